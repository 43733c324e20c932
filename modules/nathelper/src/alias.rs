//! Aliases: `address~port~transport`, the transport as a number.

use module_api::Text;
use sip::Transport;
use stdx::{ascii, number};

/// The number of a transport.
pub fn number_of(transport: Transport) -> u8 {
    match transport {
        Transport::Udp => 1,
        Transport::Tcp => 2,
        Transport::Tls => 3,
        Transport::Sctp => 4,
        Transport::Ws => 5,
        Transport::Wss => 6,
    }
}

/// The alias of an address.
pub fn write(address: &[u8], port: i64, transport: Transport) -> Vec<u8> {
    let mut out = Vec::with_capacity(address.len() + 8);
    out.extend_from_slice(address);
    out.push(b'~');
    number::push_decimal(&mut out, port);
    out.push(b'~');
    out.push(b'0' + number_of(transport));
    out
}

/// Why a parameter is no alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasError {
    /// It does not look like one.
    Other,
    /// It looks like one, but cannot be read.
    Malformed,
}

/// The URI that an alias stands for: `sip:address:port;transport=tcp`.
///
/// `explicit_udp` has the transport named also when it is UDP.
pub fn uri(alias: &[u8], explicit_udp: bool) -> Result<Text, AliasError> {
    let (host, rest) = ascii::split_once(alias, b'~').ok_or(AliasError::Other)?;
    let (port, transport) = ascii::split_once(rest, b'~').ok_or(AliasError::Malformed)?;
    let port = number::parse_u64(port).and_then(|port| u16::try_from(port).ok());
    let transport = match transport {
        [digit] => Transport::ALL
            .into_iter()
            .find(|transport| b'0' + number_of(*transport) == *digit),
        _ => None,
    };
    let (Some(port), Some(transport), Some(address)) = (port, transport, sip::parse_address(host))
    else {
        return Err(AliasError::Malformed);
    };
    let mut out = Vec::with_capacity(48);
    out.extend_from_slice(b"sip:");
    sip::serialize::push_host(&mut out, address);
    out.push(b':');
    number::push_decimal(&mut out, i64::from(port));
    if transport != Transport::Udp || explicit_udp {
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(uri_name(transport).as_bytes());
    }
    Ok(Text::from(out))
}

/// A transport as the parameter of a URI names it (RFC 7118 §5.2.1).
pub fn uri_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Wss => Transport::Ws.name(),
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_read_as_it_is_written() {
        let uri =
            |alias: &str| uri(alias.as_bytes(), false).map(|uri| uri.to_str_lossy().into_owned());
        for (alias, expected) in [
            ("127.0.0.1~5062~1", "sip:127.0.0.1:5062"),
            ("127.0.0.1~5062~2", "sip:127.0.0.1:5062;transport=tcp"),
            ("[::1]~5060~3", "sip:[::1]:5060;transport=tls"),
            ("::1~5060~6", "sip:[::1]:5060;transport=ws"),
        ] {
            assert_eq!(uri(alias).as_deref(), Ok(expected));
        }
        assert_eq!(uri("foo"), Err(AliasError::Other));
        for alias in [
            "127.0.0.1~1~9",
            "127.0.0.1~1",
            "127.0.0.1~1~1x",
            "127.0.0.1~1~0",
            "h~1~1",
            "~~",
        ] {
            assert_eq!(uri(alias), Err(AliasError::Malformed), "{alias}");
        }
        assert_eq!(write(b"1.2.3.4", 5678, Transport::Tls), b"1.2.3.4~5678~3");
    }
}
