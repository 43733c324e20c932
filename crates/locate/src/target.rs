//! What a URI asks for, before any DNS (RFC 3263 §4).

use std::net::SocketAddr;

use sip::{Scheme, Transport, Uri, parse_address};
use stdx::Text;

use crate::record::canonical_name;
use crate::{Destination, Locator, Settings};

/// Why a URI leads nowhere. The fault is always that of whoever wrote the URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocateError {
    /// Only `sip` and `sips` URIs name a host.
    #[error("the URI names no host")]
    NoHost,
    /// The host is neither an address nor a possible name.
    #[error("the host is not a possible name")]
    BadHost,
    /// A `sips` URI that asks for a transport without encryption.
    #[error("a sips URI cannot be reached over {0}")]
    InsecureTransport(Transport),
    /// A numeric IPv6 host where IPv6 is switched off.
    #[error("IPv6 is switched off")]
    FamilyOff,
}

/// Host, port and transport that a URI asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name, in lower case.
    pub host: Text,
    /// The port, if one is asked for.
    pub port: Option<u16>,
    /// The transport, if one is asked for.
    pub transport: Option<Transport>,
}

/// The beginning of locating.
#[derive(Debug)]
pub enum Start {
    /// The host is an address: there is one destination and nothing to ask.
    Ready(Destination),
    /// The host is a name.
    Resolve(Box<Locator>),
}

/// Begins to locate `uri`. `seed` decides between SRV records by weight.
pub fn start(uri: &Uri<'_>, settings: &Settings, seed: u64) -> Result<Start, LocateError> {
    if let Some(destination) = numeric(uri, settings.default_transport())? {
        if !settings.families.allows(destination.address.ip()) {
            return Err(LocateError::FamilyOff);
        }
        return Ok(Start::Ready(destination));
    }
    let transport = transport(uri)?;
    let port = port(uri);
    let host = canonical_name(uri.host()).ok_or(LocateError::BadHost)?;
    let target = Target {
        host,
        port,
        transport,
    };
    Ok(Start::Resolve(Box::new(Locator::new(
        target, *settings, seed,
    ))))
}

/// The destination of a URI whose host is an address: there is nothing to ask. `otherwise` is the transport where it asks for none.
///
/// COMPAT: `maddr` is not looked at (observed on 5.6.3).
///
/// # Errors
/// The URI asks for what cannot be, or names no host.
pub fn numeric(uri: &Uri<'_>, otherwise: Transport) -> Result<Option<Destination>, LocateError> {
    if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
        return Err(LocateError::NoHost);
    }
    let transport = transport(uri)?;
    let Some(address) = parse_address(uri.host()) else {
        return Ok(None);
    };
    let transport = transport.unwrap_or(otherwise);
    let port = port(uri).unwrap_or(transport.default_port());
    let address = SocketAddr::new(address, port);
    Ok(Some(Destination { transport, address }))
}

/// The port a URI asks for.
fn port(uri: &Uri<'_>) -> Option<u16> {
    // COMPAT: port 0 counts as no port (observed on 5.6.3).
    uri.port().filter(|port| *port != 0)
}

/// The transport a URI asks for; one that we do not know counts as none.
fn transport(uri: &Uri<'_>) -> Result<Option<Transport>, LocateError> {
    let named = uri.transport();
    if !uri.is_secure() {
        return Ok(named);
    }
    match named {
        None | Some(Transport::Tcp | Transport::Tls) => Ok(Some(Transport::Tls)),
        Some(Transport::Ws | Transport::Wss) => Ok(Some(Transport::Wss)),
        Some(other @ (Transport::Udp | Transport::Sctp)) => {
            Err(LocateError::InsecureTransport(other))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Families;

    fn check(uri: &str, expected: Result<&str, LocateError>) {
        check_with(uri, &Settings::default(), expected);
    }

    fn check_with(uri: &str, settings: &Settings, expected: Result<&str, LocateError>) {
        let parsed = Uri::parse(uri.as_bytes()).unwrap();
        let found = start(&parsed, settings, 1).map(|start| match start {
            Start::Ready(Destination { transport, address }) => format!("{transport} {address}"),
            Start::Resolve(locator) => {
                let Target {
                    host,
                    port,
                    transport,
                } = locator.target();
                format!("{host} {port:?} {transport:?}")
            }
        });
        assert_eq!(found.as_deref().map_err(|error| *error), expected, "{uri}");
    }

    #[test]
    fn numeric_hosts_need_no_question() {
        check("sip:u@127.0.1.2", Ok("udp 127.0.1.2:5060"));
        check("sip:127.0.1.2:0", Ok("udp 127.0.1.2:5060"));
        check(
            "sip:127.0.1.2:5080;transport=TCP;lr",
            Ok("tcp 127.0.1.2:5080"),
        );
        check("sip:127.0.1.2;transport=tls", Ok("tls 127.0.1.2:5061"));
        check("sip:127.0.1.2;transport=foo", Ok("udp 127.0.1.2:5060"));
        check("sip:127.0.1.2;maddr=127.0.1.3", Ok("udp 127.0.1.2:5060"));
        check("sips:127.0.1.2", Ok("tls 127.0.1.2:5061"));
        check("sips:127.0.1.2;transport=tcp", Ok("tls 127.0.1.2:5061"));
        check("sips:127.0.1.2:99;transport=ws", Ok("wss 127.0.1.2:99"));
    }

    #[test]
    fn numeric_ipv6_needs_the_family_to_be_on() {
        check("sip:[::1]", Err(LocateError::FamilyOff));
        let settings = Settings {
            families: Families::V4ThenV6,
            ..Settings::default()
        };
        check_with("sip:[::1]:5070", &settings, Ok("udp [::1]:5070"));
        let settings = Settings {
            families: Families::V6,
            ..Settings::default()
        };
        check_with("sip:127.0.0.1", &settings, Ok("udp 127.0.0.1:5060"));
    }

    #[test]
    fn names_are_to_be_resolved() {
        check("sip:u@Example.COM", Ok("example.com None None"));
        check("sip:example.com.:5080", Ok("example.com Some(5080) None"));
        check("sips:example.com", Ok("example.com None Some(Tls)"));
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        check("tel:+123", Err(LocateError::NoHost));
        check("urn:service:sos", Err(LocateError::NoHost));
        check(
            "sips:a.test;transport=udp",
            Err(LocateError::InsecureTransport(Transport::Udp)),
        );
        let long = format!("sip:{}.test", "x".repeat(64));
        check(&long, Err(LocateError::BadHost));
    }
}
