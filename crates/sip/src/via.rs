//! Via.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::params::{ParamSpans, ParamsEnd};
use crate::scan::{Reader, decimal, is_host, is_token};
use crate::{Param, Params, Span, Transport};

/// Where the parts of one Via value are (RFC 3261 §20.42, RFC 3581).
///
/// All spans are offsets in the buffer that it was parsed from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Via {
    /// From protocol name to the end of the last parameter or comment.
    pub whole: Span,
    /// `SIP`.
    pub protocol: Span,
    /// `2.0`.
    pub version: Span,
    /// `UDP`, as written.
    pub transport_name: Span,
    /// The transport, when it is one that we know.
    pub transport: Option<Transport>,
    /// Host of sent-by; an IPv6 address keeps its brackets.
    pub host: Span,
    /// Port of sent-by, when written.
    pub port: Option<u16>,
    /// Parameters with their leading `;`; empty when there is none.
    pub params: Span,
    /// Value of `branch`.
    pub branch: Option<Span>,
    /// Value of `received`.
    pub received: Option<Span>,
    /// Value of `maddr`.
    pub maddr: Option<Span>,
    /// The whole `received` parameter with its `;`; empty when there is none.
    pub received_param: Span,
    /// The `rport` parameter.
    pub rport: Rport,
    /// The whole `rport` parameter with its `;`; empty when there is none.
    pub rport_param: Span,
    /// Text of a comment after the parameters, without the parentheses.
    pub comment: Option<Span>,
}

/// The `rport` parameter of a Via (RFC 3581).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rport {
    /// There is none.
    #[default]
    Absent,
    /// `;rport`: the sender asks for its source port.
    Empty,
    /// `;rport=5060`.
    Value(u16),
    /// With a value that is no port.
    Invalid,
}

/// The parameters that are read while a Via is.
enum Known {
    Branch,
    Received,
    Rport,
    Maddr,
    Other,
}

impl Known {
    #[inline]
    fn of(name: &[u8]) -> Known {
        // Nearly all write them so.
        match name {
            b"branch" => Known::Branch,
            b"rport" => Known::Rport,
            b"received" => Known::Received,
            _ => Known::of_odd_case(name),
        }
    }

    #[cold]
    fn of_odd_case(name: &[u8]) -> Known {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            6 if is(b"branch") => Known::Branch,
            8 if is(b"received") => Known::Received,
            5 if is(b"rport") => Known::Rport,
            5 if is(b"maddr") => Known::Maddr,
            _ => Known::Other,
        }
    }
}

impl Via {
    /// Reads `text` as one Via value.
    ///
    /// # Errors
    /// The offset where the reader gave up.
    pub fn parse(text: &[u8]) -> Result<Via, u32> {
        let mut reader = Reader::new(text, Span::from_offsets(0, text.len()));
        let via = Via::read(&mut reader).map_err(|at| at as u32)?;
        if reader.is_at_end() {
            Ok(via)
        } else {
            Err(reader.at as u32)
        }
    }

    /// Reads one value of a list; leaves the reader at the comma after it or at the end.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Via, usize> {
        reader.skip_blanks();
        let start = reader.at;
        let (protocol, version) = read_protocol(reader)?;
        let transport_name = read_protocol_part(reader)?;
        reader.skip_blanks();
        let host = read_host(reader)?;
        let mut end = reader.at;
        reader.skip_blanks();
        let mut port = None;
        if reader.eat(b':') {
            reader.skip_blanks();
            let (number, digits) = reader.take_number();
            port = Some(as_port(number).ok_or(digits.start as usize)?);
            end = reader.at;
            reader.skip_blanks();
        }
        let mut via = Via {
            whole: Span::from_offsets(start, end),
            protocol,
            version,
            transport_name,
            transport: Transport::from_name(transport_name.of(reader.bytes)),
            host,
            port,
            params: Span::point(end as u32),
            branch: None,
            received: None,
            maddr: None,
            received_param: Span::EMPTY,
            rport: Rport::Absent,
            rport_param: Span::EMPTY,
            comment: None,
        };
        via.read_params(reader)?;
        via.read_comment(reader)?;
        match reader.peek() {
            None | Some(b',') => Ok(via),
            Some(_) => Err(reader.at),
        }
    }

    fn read_params(&mut self, reader: &mut Reader<'_>) -> Result<(), usize> {
        if reader.peek() != Some(b';') {
            return Ok(());
        }
        self.params.start = reader.at as u32;
        self.params.end = reader.at as u32;
        let mut params = Params::reading(*reader, ParamsEnd::CommaOrComment);
        while let Some(param) = params.step() {
            self.params.end = param.end;
            self.note(reader.bytes, &param);
        }
        self.whole.end = self.params.end.max(self.whole.end);
        reader.at = params.end()?;
        Ok(())
    }

    #[inline]
    fn note(&mut self, buffer: &[u8], param: &ParamSpans) {
        match Known::of(param.name.of(buffer)) {
            Known::Branch if self.branch.is_none() => self.branch = param.value,
            Known::Received if self.received_param.is_empty() => {
                self.received = param.value;
                self.received_param = Span::new(param.start, param.end);
            }
            Known::Rport if self.rport == Rport::Absent => {
                self.rport_param = Span::new(param.start, param.end);
                self.rport = match param.value.map(|value| value.of(buffer)) {
                    None | Some([]) => Rport::Empty,
                    Some(digits) => as_port(decimal(digits)).map_or(Rport::Invalid, Rport::Value),
                }
            }
            Known::Maddr if self.maddr.is_none() => self.maddr = param.value,
            _ => {}
        }
    }

    fn read_comment(&mut self, reader: &mut Reader<'_>) -> Result<(), usize> {
        reader.skip_blanks();
        if !reader.eat(b'(') {
            return Ok(());
        }
        let start = reader.at;
        let mut depth = 1;
        while depth > 0 {
            reader.take_while(|byte| !matches!(byte, b'(' | b')' | b'\\'));
            match reader.peek().ok_or(reader.at)? {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => reader.at += 1,
            }
            reader.at += 1;
        }
        self.comment = Some(Span::from_offsets(start, reader.at - 1));
        self.whole.end = reader.at as u32;
        reader.skip_blanks();
        Ok(())
    }

    /// The parameters; their spans are offsets in `buffer`.
    pub fn params<'a>(&self, buffer: &'a [u8]) -> Params<'a> {
        Params::within(buffer, self.params)
    }

    /// The parameter of that name.
    pub fn param<'a>(&self, buffer: &'a [u8], name: &[u8]) -> Option<Param<'a>> {
        self.params(buffer).named(name)
    }

    /// The host as an address, when it is one.
    pub fn host_address(&self, buffer: &[u8]) -> Option<IpAddr> {
        parse_address(self.host.of(buffer))
    }

    /// The port of sent-by, or the default of its transport.
    pub fn port_or_default(&self) -> u16 {
        self.port
            .unwrap_or_else(|| self.transport.unwrap_or(Transport::Udp).default_port())
    }

    /// Whether the branch identifies a transaction as RFC 3261 §8.1.1.7 says: `z9hG4bK` and something behind it (RFC 4475 §3.2.1).
    pub fn has_rfc3261_branch(&self, buffer: &[u8]) -> bool {
        let branch = self.branch.unwrap_or_default().of(buffer);
        branch.starts_with(crate::BRANCH_COOKIE) && branch.len() > crate::BRANCH_COOKIE.len()
    }
}

/// An IP address as SIP writes hosts: dotted quad, or IPv6 with or without brackets.
pub fn parse_address(host: &[u8]) -> Option<IpAddr> {
    let inner = match host {
        [b'[', inner @ .., b']'] => inner,
        _ => host,
    };
    if let Some(address) = parse_ipv4(inner) {
        return Some(IpAddr::V4(address));
    }
    if !inner.contains(&b':') {
        return None;
    }
    let text = std::str::from_utf8(inner).ok()?;
    text.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// A dotted quad: four decimal numbers up to 255 without leading zeros.
fn parse_ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let (first, text) = leading_octet(text)?;
    let (second, text) = leading_octet(text.strip_prefix(b".")?)?;
    let (third, text) = leading_octet(text.strip_prefix(b".")?)?;
    let (fourth, text) = leading_octet(text.strip_prefix(b".")?)?;
    text.is_empty()
        .then(|| Ipv4Addr::new(first, second, third, fourth))
}

/// The number up to 255 that `text` begins with, and what is behind it. Behind a zero in front it does not look for more digits.
#[inline]
fn leading_octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let (first, mut text) = text.split_first()?;
    let mut value = u16::from(first.checked_sub(b'0').filter(|digit| *digit <= 9)?);
    if value > 0 {
        for _ in 0..2 {
            let [digit @ b'0'..=b'9', behind @ ..] = text else {
                break;
            };
            value = value * 10 + u16::from(digit - b'0');
            text = behind;
        }
    }
    Some((u8::try_from(value).ok()?, text))
}

/// Protocol and version, up to the slash behind them.
#[inline]
fn read_protocol(reader: &mut Reader<'_>) -> Result<(Span, Span), usize> {
    let start = reader.at;
    if reader.rest().starts_with(b"SIP/2.0/") {
        reader.at += 8;
        return Ok((
            Span::from_offsets(start, start + 3),
            Span::from_offsets(start + 4, start + 7),
        ));
    }
    let protocol = read_protocol_part(reader)?;
    read_slash(reader)?;
    let version = read_protocol_part(reader)?;
    read_slash(reader)?;
    Ok((protocol, version))
}

#[inline]
fn read_protocol_part(reader: &mut Reader<'_>) -> Result<Span, usize> {
    let part = reader.take_while(is_token);
    if part.is_empty() {
        Err(reader.at)
    } else {
        Ok(part)
    }
}

#[inline]
fn read_slash(reader: &mut Reader<'_>) -> Result<(), usize> {
    reader.skip_blanks();
    if !reader.eat(b'/') {
        return Err(reader.at);
    }
    reader.skip_blanks();
    Ok(())
}

#[inline]
fn read_host(reader: &mut Reader<'_>) -> Result<Span, usize> {
    let start = reader.at;
    if reader.eat(b'[') {
        reader.take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'%'));
        if !reader.eat(b']') {
            return Err(reader.at);
        }
        return Ok(Span::from_offsets(start, reader.at));
    }
    let host = reader.take_while(is_host);
    if host.is_empty() {
        Err(start)
    } else {
        Ok(host)
    }
}

#[inline]
fn as_port(number: Option<u32>) -> Option<u16> {
    number.and_then(|number| u16::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_are_found() {
        let text = b"SIP/2.0/WSS h.invalid:443 ;branch=z9hG4bKx;RPORT=5060;received=\t10.0.0.1;maddr=m;i=1;alias;oc=\"a,;b\" (a (nested) comment)";
        let via = Via::parse(text).unwrap();
        assert_eq!(
            (via.transport, via.port, via.rport),
            (Some(Transport::Wss), Some(443), Rport::Value(5060))
        );
        assert_eq!(
            (via.protocol.of(text), via.version.of(text)),
            (&b"SIP"[..], &b"2.0"[..])
        );
        assert_eq!(
            (via.host.of(text), via.transport_name.of(text)),
            (&b"h.invalid"[..], &b"WSS"[..])
        );
        assert!(via.has_rfc3261_branch(text));
        assert_eq!(
            via.received.map(|span| span.of(text)),
            Some(&b"10.0.0.1"[..])
        );
        assert_eq!(via.maddr.map(|span| span.of(text)), Some(&b"m"[..]));
        assert_eq!(
            via.param(text, b"I").and_then(|param| param.value),
            Some(&b"1"[..])
        );
        assert_eq!(
            via.param(text, b"alias").map(|param| param.value),
            Some(None)
        );
        assert_eq!(
            via.param(text, b"oc").map(|param| param.text()),
            Some(&b"a,;b"[..])
        );
        assert_eq!(
            via.comment.map(|span| span.of(text)),
            Some(&b"a (nested) comment"[..])
        );
        assert_eq!(via.whole.of(text), text);
    }

    #[test]
    fn hostile_rports_are_told_apart() {
        for (text, rport) in [
            ("", Rport::Absent),
            (";rport", Rport::Empty),
            (";rport=", Rport::Empty),
            (";rport=1", Rport::Value(1)),
            (";rport=99999999999", Rport::Invalid),
            (";rport=x", Rport::Invalid),
        ] {
            let via = Via::parse(format!("SIP/2.0/UDP h{text};branch=1").as_bytes()).unwrap();
            assert_eq!((via.rport, via.port_or_default()), (rport, 5060), "{text}");
        }
    }

    #[test]
    fn an_unknown_transport_is_kept_by_name() {
        let text = b"SIP/2.0/DCCP h";
        let via = Via::parse(text).unwrap();
        assert_eq!(
            (via.transport, via.transport_name.of(text)),
            (None, &b"DCCP"[..])
        );
    }

    #[test]
    fn what_is_no_via_is_refused() {
        for text in [
            "",
            "127.0.0.1;branch=1",
            "SIP/2.0/UDP ;branch=1",
            "SIP/2.0/UDP",
            "SIP/2.0 h",
            "@@@@ ,,,, ;;;",
            "SIP/2.0/UDP h:99999",
            "SIP/2.0/UDP h:",
            "SIP/2.0/UDP [::1",
            "SIP/2.0/UDP h;a=\"b",
            "SIP/2.0/UDP h (comment",
            "SIP/2.0/UDP h x",
            "SIP/2.0/UDP h, SIP/2.0/UDP i",
        ] {
            assert!(Via::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_are_read_with_and_without_brackets() {
        for (text, address) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("1.2.3", None),
            ("999.1.1.1", None),
            ("0.0.0.0", Some("0.0.0.0")),
            ("255.255.255.255", Some("255.255.255.255")),
            ("256.1.1.1", None),
            ("01.1.1.1", None),
            ("1.1.1.00", None),
            ("1.1.1.1234", None),
            ("1.1.1.1.", None),
            ("1.1.1.", None),
            (".1.1.1", None),
            ("1..1.1", None),
            ("1.1.1.1.1", None),
            ("1.1.1.x", None),
            ("[::ffff:1.2.3.4]", Some("::ffff:1.2.3.4")),
            ("host", None),
            ("", None),
        ] {
            assert_eq!(
                parse_address(text.as_bytes()),
                address.map(|text| text.parse().unwrap()),
                "{text}"
            );
        }
    }
}
