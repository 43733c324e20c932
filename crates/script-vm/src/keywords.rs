//! Keywords that read a part of the message, and the comparisons only they know.

use crate::expression::{Expr, is_null, pure};
use diagnostics::Diagnostic;
use module_api::ast::{self, BinaryOp, Constant, ExprKind, Keyword};
use module_api::{Binder, Call, Value, relay, transport_of};
use sip::{Message, Transport, Uri};
use std::net::{IpAddr, SocketAddr};

/// An expression that reads what a keyword names.
pub fn read(keyword: Keyword) -> Expr {
    Expr::Native(match keyword {
        Keyword::Method => Box::new(method),
        Keyword::Uri | Keyword::Status => Box::new(uri_or_status),
        Keyword::FromUri => Box::new(|call| header_uri(call, Party::From)),
        Keyword::ToUri => Box::new(|call| header_uri(call, Party::To)),
        Keyword::MessageLength => Box::new(|call| Value::Int(call.message.buffer().len() as i64)),
        Keyword::SourceIp | Keyword::DestinationIp | Keyword::SendIp | Keyword::ToIp => {
            Box::new(move |call| match address(call, keyword) {
                Some(address) => Value::from(address.ip().to_string().as_str()),
                None => Value::Null,
            })
        }
        Keyword::SourcePort | Keyword::DestinationPort | Keyword::SendPort | Keyword::ToPort => {
            Box::new(move |call| match address(call, keyword) {
                Some(address) => Value::Int(i64::from(address.port())),
                None => Value::Null,
            })
        }
        Keyword::Proto | Keyword::SendProto => {
            Box::new(move |call| match transport(call, keyword) {
                Some(transport) => Value::from(transport.name()),
                None => Value::Null,
            })
        }
        Keyword::AddressFamily | Keyword::SendAddressFamily => {
            Box::new(move |call| match address(call, keyword) {
                Some(address) if address.is_ipv4() => Value::from_static("INET"),
                Some(_) => Value::from_static("INET6"),
                None => Value::Null,
            })
        }
        Keyword::UriHost => Box::new(|call| uri_part(call, |uri| Value::from(uri.host()))),
        Keyword::UriPort => {
            Box::new(|call| uri_part(call, |uri| Value::Int(i64::from(uri.port().unwrap_or(0)))))
        }
    })
}

/// A comparison with something that only keywords are compared with; none when it is an ordinary one.
pub fn comparison(
    op: BinaryOp,
    left: &ast::Expr,
    right: &ast::Expr,
    binder: &mut Binder<'_>,
) -> Result<Option<Expr>, Diagnostic> {
    let wanted = match op {
        BinaryOp::Equal => true,
        BinaryOp::NotEqual => false,
        _ => return Ok(None),
    };
    let (left, right) = match (&left.kind, &right.kind) {
        (ExprKind::Constant(_) | ExprKind::Address(_), ExprKind::Keyword(_)) => (right, left),
        _ => (left, right),
    };
    let test: Test = match (&left.kind, &right.kind) {
        (ExprKind::Keyword(keyword), ExprKind::Constant(Constant::Myself)) => myself_test(*keyword),
        (ExprKind::Keyword(keyword), ExprKind::Address(network)) => {
            let (keyword, network) = (*keyword, *network);
            Box::new(move |call| {
                address(call, keyword).is_some_and(|address| network.holds(address.ip()))
            })
        }
        (ExprKind::Keyword(keyword), ExprKind::Constant(Constant::Protocol(protocol))) => {
            let (keyword, wanted) = (*keyword, transport_of(*protocol));
            Box::new(move |call| transport(call, keyword) == Some(wanted))
        }
        (ExprKind::Keyword(keyword), ExprKind::Constant(Constant::Inet | Constant::Inet6)) => {
            let keyword = *keyword;
            let v4 = matches!(right.kind, ExprKind::Constant(Constant::Inet));
            Box::new(move |call| address(call, keyword).is_some_and(|a| a.is_ipv4() == v4))
        }
        (_, ExprKind::Constant(Constant::Protocol(protocol))) => {
            let (left, name) = (pure(left, binder)?, transport_of(*protocol).name());
            Box::new(move |call| {
                left.value(call)
                    .is_ok_and(|v| v.to_text().eq_ignore_ascii_case(name.as_bytes()))
            })
        }
        (_, ExprKind::Constant(Constant::Myself)) => {
            let left = pure(left, binder)?;
            Box::new(move |call| match left.value(call) {
                Ok(value) => names_us(call, &value.to_text()),
                Err(_) => false,
            })
        }
        (_, ExprKind::Address(network)) => {
            let (left, network) = (pure(left, binder)?, *network);
            Box::new(move |call| match left.value(call) {
                Ok(value) => value
                    .to_text()
                    .to_str()
                    .and_then(|text| text.trim_matches(['[', ']']).parse().ok())
                    .is_some_and(|ip| network.holds(ip)),
                Err(_) => false,
            })
        }
        (_, ExprKind::Constant(_)) => return Ok(None),
        _ if is_null(right) => return Ok(None),
        (ExprKind::Keyword(keyword), _) => match ordinary_test(*keyword, right, binder)? {
            Some(test) => test,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Expr::Native(Box::new(move |call| {
        Value::Int(i64::from(test(call) == wanted))
    }))))
}

/// A test of what a keyword reads.
type Test = Box<dyn Fn(&mut Call) -> bool + Send + Sync>;

/// The comparison of a keyword with a value: methods and URIs without regard to letter case, addresses with networks too
/// (`src_ip == "10.0.0.0/8"`; observed on 5.6.3). None where it compares as any value does.
fn ordinary_test(
    keyword: Keyword,
    right: &ast::Expr,
    binder: &mut Binder<'_>,
) -> Result<Option<Test>, Diagnostic> {
    let right = match keyword {
        Keyword::Method | Keyword::Uri | Keyword::FromUri | Keyword::ToUri => pure(right, binder)?,
        Keyword::SourceIp | Keyword::DestinationIp | Keyword::SendIp | Keyword::ToIp => {
            return pure(right, binder).map(|right| Some(address_test(keyword, right)));
        }
        _ => return Ok(None),
    };
    if let (Keyword::Method, Expr::Constant(Value::Str(name))) = (keyword, &right) {
        let name = name.clone();
        return Ok(Some(Box::new(move |call| {
            method_name(&call.message).is_some_and(|method| method.eq_ignore_ascii_case(&name))
        })));
    }
    let Expr::Native(left) = read(keyword) else {
        return Ok(None);
    };
    Ok(Some(Box::new(move |call| {
        let left = left(call).into_text();
        right
            .value(call)
            .is_ok_and(|value| value.to_text().eq_ignore_ascii_case(&left))
    })))
}

/// Whether an address is the one, or in the network, that a value tells.
fn address_test(keyword: Keyword, right: Expr) -> Test {
    let constant = match &right {
        Expr::Constant(Value::Str(text)) => network(text),
        _ => None,
    };
    Box::new(move |call| {
        let Some(address) = address(call, keyword) else {
            return false;
        };
        let network = match constant {
            Some(network) => Some(network),
            None => right
                .value(call)
                .ok()
                .and_then(|value| self::network(&value.to_text())),
        };
        network.is_some_and(|network| network.holds(address.ip()))
    })
}

/// The address or network that a text names: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `[2001:db8::1]`.
fn network(text: &[u8]) -> Option<ast::Address> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (text, None),
    };
    let ip: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let mask = match mask {
        None => None,
        Some(mask) => Some(match mask.parse::<u8>() {
            Ok(length) => ast::Address::mask_of(ip, length)?,
            Err(_) => mask.trim_matches(['[', ']']).parse().ok()?,
        }),
    };
    Some(ast::Address { ip, mask })
}

fn myself_test(keyword: Keyword) -> Test {
    match keyword {
        Keyword::SourceIp | Keyword::DestinationIp | Keyword::SendIp | Keyword::ToIp => {
            Box::new(move |call| {
                address(call, keyword).is_some_and(|address| {
                    call.runtime
                        .sockets
                        .list
                        .iter()
                        .any(|s| s.address.ip() == address.ip())
                })
            })
        }
        Keyword::FromUri => Box::new(|call| party_is_us(call, Party::From)),
        Keyword::ToUri => Box::new(|call| party_is_us(call, Party::To)),
        _ => Box::new(|call| {
            Uri::parse(call.request_uri()).is_ok_and(|uri| call.runtime.sockets.are_meant_by(&uri))
        }),
    }
}

fn party_is_us(call: &Call, party: Party) -> bool {
    match header_uri(call, party) {
        Value::Str(text) => {
            Uri::parse(&text).is_ok_and(|uri| call.runtime.sockets.are_meant_by(&uri))
        }
        _ => false,
    }
}

/// Whether a text, a URI or a host, names us.
fn names_us(call: &Call, text: &[u8]) -> bool {
    match Uri::parse(text) {
        Ok(uri) => call.runtime.sockets.are_meant_by(&uri),
        Err(_) => call.runtime.sockets.is_myself(text, 0, None),
    }
}

/// The method of a request, or of what a response answers (observed on 5.6.3).
fn method_name(message: &Message) -> Option<&[u8]> {
    match message.is_request() {
        true => Some(message.method_name()),
        false => message
            .cseq()
            .ok()
            .map(|cseq| message.text(cseq.method_name)),
    }
}

fn method(call: &mut Call) -> Value {
    Value::from_option(method_name(&call.message))
}

fn uri_or_status(call: &mut Call) -> Value {
    if call.message.is_request() {
        Value::from(call.request_uri())
    } else {
        Value::from(stdx::number::Decimal::from(i64::from(relay::current_status(call))).as_bytes())
    }
}

#[derive(Clone, Copy)]
enum Party {
    From,
    To,
}

fn header_uri(call: &Call, party: Party) -> Value {
    let address = match party {
        Party::From => call.message.from(),
        Party::To => call.message.to(),
    };
    match address {
        Ok(address) => Value::from(call.message.text(address.uri)),
        Err(_) => Value::Null,
    }
}

fn uri_part(call: &Call, read: impl Fn(&Uri<'_>) -> Value) -> Value {
    Uri::parse(call.request_uri()).map_or(Value::Null, |uri| read(&uri))
}

fn address(call: &Call, keyword: Keyword) -> Option<SocketAddr> {
    let sending = || call.sending.as_ref().map(|sending| sending.delivery);
    let ours = |id| call.runtime.sockets.get(id).map(|socket| socket.address);
    match keyword {
        Keyword::DestinationIp | Keyword::DestinationPort => Some(call.reception.local),
        Keyword::ToIp | Keyword::ToPort => sending().map(|delivery| delivery.peer),
        Keyword::SendIp | Keyword::SendPort | Keyword::SendAddressFamily => {
            sending().and_then(|delivery| ours(delivery.socket))
        }
        _ => Some(call.reception.peer),
    }
}

fn transport(call: &Call, keyword: Keyword) -> Option<Transport> {
    match keyword {
        Keyword::SendProto => call
            .sending
            .as_ref()
            .map(|sending| sending.delivery.transport),
        _ => Some(call.reception.transport),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_network_holds_the_addresses_under_its_mask() {
        for (ip, network, expected) in [
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.0.0.5/255.0.0.0", true),
            ("10.1.2.3", "10.9.2.0/255.0.255.0", true),
            ("10.1.3.3", "10.9.2.0/255.0.255.0", false),
            ("1.2.3.4", "0.0.0.0/0", true),
            ("1.2.3.4", "1.2.3.4", true),
            ("2001:db8::1", "2001:db8::/32", true),
            ("1.2.3.4", "2001:db8::/0", false),
        ] {
            let found = super::network(network.as_bytes()).unwrap();
            assert_eq!(found.holds(ip.parse().unwrap()), expected, "{ip}");
        }
        assert!(super::network(b"10.0.0.0/33").is_none());
    }
}
