//! Aliases: `address~port~transport`, the transport as a number. Contacts and Path carry where a phone really is in that form.

use crate::{Transport, parse_address, serialize};
use stdx::{ascii, number};

/// The alias of an address.
pub fn write(address: &[u8], port: i64, transport: Transport) -> Vec<u8> {
    let mut out = Vec::with_capacity(address.len() + 8);
    out.extend_from_slice(address);
    out.push(b'~');
    number::push_decimal(&mut out, port);
    out.push(b'~');
    number::push_decimal(&mut out, i64::from(transport.number()));
    out
}

/// Why a parameter is no alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    /// It does not look like one.
    #[error("it is no alias")]
    Other,
    /// It looks like one, but cannot be read.
    #[error("the alias cannot be read")]
    Malformed,
}

/// What is shorter is no alias (observed on 5.6.3).
const LENGTH_MIN: usize = 5;

/// The URI that an alias stands for: `sip:address:port;transport=tcp`.
///
/// COMPAT: names of hosts are taken as well, and neither they nor the port are looked at closely (observed on 5.6.3): whoever
/// sends something there finds out whether they make sense.
///
/// # Errors
/// Tells what is no alias from one that is broken.
pub fn uri(alias: &[u8]) -> Result<Vec<u8>, AliasError> {
    if alias.len() < LENGTH_MIN {
        return Err(AliasError::Other);
    }
    let (host, rest) = ascii::split_once(alias, b'~').ok_or(AliasError::Malformed)?;
    let (port, transport) = ascii::split_once(rest, b'~').ok_or(AliasError::Malformed)?;
    let transport = match transport {
        [digit] => digit.checked_sub(b'0').and_then(Transport::from_number),
        _ => None,
    };
    let transport = transport.ok_or(AliasError::Malformed)?;
    let mut out = Vec::with_capacity(48);
    out.extend_from_slice(b"sip:");
    match parse_address(host) {
        Some(address) => serialize::push_host(&mut out, address),
        None => out.extend_from_slice(host),
    }
    out.push(b':');
    out.extend_from_slice(port);
    if transport != Transport::Udp {
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(transport.uri_name().as_bytes());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_read_as_it_is_written() {
        let uri = |alias: &str| uri(alias.as_bytes()).map(|uri| String::from_utf8(uri).unwrap());
        for (alias, expected) in [
            ("127.0.0.1~5062~1", "sip:127.0.0.1:5062"),
            ("127.0.0.1~5062~2", "sip:127.0.0.1:5062;transport=tcp"),
            ("[::1]~5060~3", "sip:[::1]:5060;transport=tls"),
            ("::1~5060~6", "sip:[::1]:5060;transport=ws"),
            ("host.lan~5060~1", "sip:host.lan:5060"),
            ("1.2.3.4~99999~2", "sip:1.2.3.4:99999;transport=tcp"),
        ] {
            assert_eq!(uri(alias).as_deref(), Ok(expected));
        }
        for short in ["", "foo", "~~", "~5~1"] {
            assert_eq!(uri(short), Err(AliasError::Other), "{short}");
        }
        for alias in [
            "127.0.0.1~1~9",
            "127.0.0.1~1",
            "127.0.0.1~1~1x",
            "127.0.0.1~1~0",
            "127.0.0.1",
        ] {
            assert_eq!(uri(alias), Err(AliasError::Malformed), "{alias}");
        }
        assert_eq!(write(b"1.2.3.4", 5678, Transport::Tls), b"1.2.3.4~5678~3");
    }
}
