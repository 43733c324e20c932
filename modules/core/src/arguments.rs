//! Arguments that only core functions take.

use diagnostics::codes::params;
use module_api::ast::{Constant, ExprKind, HostLiteral, Keyword, SocketLiteral};
use module_api::{
    ArgError, ArgKind, ArgSource, AvpName, Binder, Call, Diagnostic, ScriptArg, Template, Text,
    TextSource, transport_of,
};
use sip::{Transport, Uri};
use std::net::IpAddr;
use stdx::number::parse_i64;

/// A host or a port: constant, `uri:host`, `uri:port`, or text with variables.
pub struct UriPart(pub Text);

/// A host or a port, bound.
pub enum UriPartSource {
    /// The Request-URI's host.
    Host,
    /// The Request-URI's port.
    Port,
    /// Anything else.
    Text(TextSource),
}

impl ScriptArg for UriPart {
    type Bound = UriPartSource;
    const KIND: ArgKind = ArgKind::Other("host or port");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        Ok(match &source.expr.kind {
            ExprKind::Keyword(Keyword::UriHost) => UriPartSource::Host,
            ExprKind::Keyword(Keyword::UriPort) => UriPartSource::Port,
            ExprKind::Address(address) => constant(Text::from(host(address.ip))),
            ExprKind::Socket(socket) => constant(Text::from(written(socket))),
            _ => UriPartSource::Text(TextSource::bind(source, binder)?),
        })
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        let uri = |call: &Call| {
            Uri::parse(call.request_uri())
                .ok()
                .map(|uri| (Text::from(uri.host()), uri.port().unwrap_or(0)))
        };
        match bound {
            UriPartSource::Text(source) => source.text(call).map(UriPart),
            UriPartSource::Host => uri(call)
                .map(|(host, _)| UriPart(host))
                .ok_or_else(|| ArgError("the Request-URI has no host".to_owned())),
            UriPartSource::Port => uri(call)
                .map(|(_, port)| UriPart(Text::from(i64::from(port))))
                .ok_or_else(|| ArgError("the Request-URI has no port".to_owned())),
        }
    }
}

fn constant(text: Text) -> UriPartSource {
    UriPartSource::Text(TextSource::Template(Template::constant(text)))
}

/// One of our sockets: `udp:1.2.3.4:5060`, in quotes or not.
pub struct SocketArg(pub Text);

/// A socket, bound.
pub enum SocketSource {
    /// As written.
    Constant(Text),
    /// Text with variables.
    Text(TextSource),
}

impl ScriptArg for SocketArg {
    type Bound = SocketSource;
    const KIND: ArgKind = ArgKind::Other("socket");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        Ok(match &source.expr.kind {
            ExprKind::Socket(socket) => SocketSource::Constant(Text::from(written(socket))),
            ExprKind::Address(address) => SocketSource::Constant(Text::from(host(address.ip))),
            _ => SocketSource::Text(TextSource::bind(source, binder)?),
        })
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        match bound {
            SocketSource::Constant(text) => Ok(SocketArg(text.clone())),
            SocketSource::Text(source) => source.text(call).map(SocketArg),
        }
    }
}

fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// `proto:host:port`.
fn written(socket: &SocketLiteral) -> String {
    let mut out = String::new();
    if let Some(protocol) = socket.protocol {
        out.push_str(transport_of(protocol).name());
        out.push(':');
    }
    match &socket.host {
        HostLiteral::Ip(address, _) => out.push_str(&host(*address)),
        HostLiteral::Name(name) => out.push_str(&name.text),
        HostLiteral::Any(_) | HostLiteral::List(_) => {}
    }
    if let Some(port) = &socket.port {
        out.push(':');
        out.push_str(&port.value.to_string());
    }
    out
}

/// The name of a transport, bare or in quotes.
pub struct TransportArg(pub Transport);

impl ScriptArg for TransportArg {
    type Bound = Transport;
    const KIND: ArgKind = ArgKind::Other("transport");

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        if let ExprKind::Constant(Constant::Protocol(protocol)) = &source.expr.kind {
            return Ok(transport_of(*protocol));
        }
        source
            .literal()
            .and_then(|name| Transport::from_name(name.as_bytes()))
            .ok_or_else(|| source.error("the name of a transport is needed here"))
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(TransportArg(*bound))
    }
}

/// Text that is taken as it stands, as all functions of the core take theirs: a variable in it is just its letters.
pub struct Fixed(pub Text);

impl ScriptArg for Fixed {
    type Bound = Text;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let text = match &source.expr.kind {
            ExprKind::Address(address) => Text::from(host(address.ip)),
            ExprKind::Socket(socket) => Text::from(written(socket)),
            _ => match source.literal() {
                Some(text) => Text::from(text),
                None => return Err(source.error("a constant text is needed here")),
            },
        };
        if names_variable(&text) {
            let message = "the text is taken as it stands, variables in it are not expanded";
            let warning = Diagnostic::warning(params::WRONG_ARGUMENT, source.span(), message);
            binder.diagnostics.push(warning);
        }
        Ok(text)
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Fixed(bound.clone()))
    }
}

fn names_variable(text: &[u8]) -> bool {
    let begins = |next: &u8| next.is_ascii_alphabetic() || *next == b'(';
    text.windows(2)
        .any(|pair| matches!(pair, [b'$', next] if begins(next)))
}

/// An AVP by its name: `$avp(s:x)`, or the same in quotes with or without `$avp(…)`.
pub struct AvpArg(pub AvpName);

impl ScriptArg for AvpArg {
    type Bound = AvpName;
    const KIND: ArgKind = ArgKind::Other("AVP");

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let wanted = match &source.expr.kind {
            ExprKind::Variable(variable) if &*variable.class == "avp" => {
                variable.inner.as_ref().map(|inner| &*inner.text)
            }
            _ => source.literal(),
        };
        let name = wanted.map(|text| {
            let inner = text
                .strip_prefix("$avp(")
                .and_then(|text| text.strip_suffix(')'));
            inner.unwrap_or(text)
        });
        match name {
            Some(name) if !name.is_empty() => Ok(avp_name(name)),
            _ => Err(source.error("the name of an AVP is needed here")),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(AvpArg(bound.clone()))
    }
}

fn avp_name(name: &str) -> AvpName {
    let number = name
        .strip_prefix("i:")
        .and_then(|digits| parse_i64(digits.as_bytes()));
    match number {
        Some(number) => AvpName::Number(number),
        None => AvpName::Text(Text::from(name.strip_prefix("s:").unwrap_or(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avps_are_named_by_text_or_number() {
        assert_eq!(avp_name("s:x"), AvpName::Text(Text::from("x")));
        assert_eq!(avp_name("x"), AvpName::Text(Text::from("x")));
        assert_eq!(avp_name("i:5"), AvpName::Number(5));
        assert_eq!(avp_name("i:x"), AvpName::Text(Text::from("i:x")));
    }

    #[test]
    fn a_dollar_before_a_name_looks_like_a_variable() {
        assert!(names_variable(b"a$rU"));
        assert!(names_variable(b"$(rU{s.len})"));
        assert!(!names_variable(b"5$"));
        assert!(!names_variable(b"costs $5"));
    }
}
