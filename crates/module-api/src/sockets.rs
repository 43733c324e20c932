//! Our sockets and our names, as the script sees them.

use crate::outbox::SocketId;
use script_syntax::ast::Protocol;
use sip::{Transport, Uri};
use std::net::{IpAddr, SocketAddr};
use stdx::Text;

/// One of our sockets.
#[derive(Clone, Debug)]
pub struct SocketInfo {
    /// Its number.
    pub id: SocketId,
    /// Its transport.
    pub transport: Transport,
    /// The address it is bound to.
    pub address: SocketAddr,
    /// The address as a header shows it: IPv6 in brackets.
    pub host: Text,
    /// The host as the configuration names it: a name, or an address without brackets.
    pub given_host: Text,
    /// What our headers say instead of the address (`advertise`).
    pub advertised: Option<(Text, u16)>,
    /// The name `$fsn` knows it by.
    pub name: Option<Text>,
}

impl SocketInfo {
    /// The host our headers name.
    pub fn shown_host(&self) -> &Text {
        self.advertised
            .as_ref()
            .map_or(&self.host, |(host, _)| host)
    }

    /// The port our headers name.
    pub fn shown_port(&self) -> u16 {
        match &self.advertised {
            Some((_, port)) if *port != 0 => *port,
            _ => self.address.port(),
        }
    }

    /// The port our headers are told to name (`advertise`), where they are told one.
    pub fn told_port(&self) -> Option<u16> {
        let (_, port) = self.advertised.as_ref()?;
        (*port != 0).then_some(*port)
    }

    /// Whether `port` goes without saying behind `host`: 5060 at an IP address, as in 5.6.3. A name without a port is
    /// looked up as a service, which may be another machine (RFC 3263 §4), and the default of TLS is another.
    pub fn is_understood(&self, host: &[u8], port: u16) -> bool {
        let is_address = || self.advertised.is_none() && *self.host == *host;
        port == 5060
            && self.transport.default_port() == port
            && (is_address() || sip::parse_address(host).is_some())
    }

    /// `proto:host:port`, as `$fs` shows it.
    pub fn text(&self) -> Text {
        self.text_with(&self.host, self.address.port())
    }

    /// `proto:host:port` as our headers name it.
    pub fn shown_text(&self) -> Text {
        self.text_with(self.shown_host(), self.shown_port())
    }

    fn text_with(&self, host: &[u8], port: u16) -> Text {
        let transport = self.transport.name();
        let mut out = Vec::with_capacity(32);
        out.extend_from_slice(transport.to_ascii_lowercase().as_bytes());
        out.push(b':');
        out.extend_from_slice(host);
        out.push(b':');
        stdx::number::push_decimal(&mut out, i64::from(port));
        Text::from(out)
    }
}

/// A name or address of ours, from `alias`, `domain` or the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The host, lower case; none is any host (`*`).
    pub host: Option<Text>,
    /// The port; none matches every port.
    pub port: Option<u16>,
    /// The transport; none matches every transport.
    pub transport: Option<Transport>,
}

/// All our sockets and names.
#[derive(Clone, Debug, Default)]
pub struct Sockets {
    /// By number.
    pub list: Vec<SocketInfo>,
    /// Other names of ours, in the order in which they became known. Lists of them begin with the last, as in 5.6.3.
    pub aliases: Vec<Alias>,
    /// Domains that are ours together with all their subdomains (`alias_subdomains` of corex).
    pub families: Vec<Alias>,
}

/// Whether a host is a domain or below it.
fn belongs_to(host: &[u8], domain: &[u8]) -> bool {
    let Some(split) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    let (before, end) = host.split_at_checked(split).unwrap_or_default();
    end.eq_ignore_ascii_case(domain) && before.last().is_none_or(|last| *last == b'.')
}

impl Sockets {
    /// A socket by its number.
    pub fn get(&self, id: SocketId) -> Option<&SocketInfo> {
        self.list.get(usize::from(id.0))
    }

    /// The socket bound to an address.
    pub fn find(&self, transport: Option<Transport>, address: SocketAddr) -> Option<&SocketInfo> {
        self.list.iter().find(|socket| {
            socket.address == address && transport.is_none_or(|t| t == socket.transport)
        })
    }

    /// The socket of a name, in any case.
    pub fn named(&self, name: &[u8]) -> Option<&SocketInfo> {
        self.list.iter().find(|socket| {
            socket
                .name
                .as_ref()
                .is_some_and(|n| n.eq_ignore_ascii_case(name))
        })
    }

    /// The first socket that can reach `peer` over `transport`.
    pub fn reaching(&self, transport: Transport, peer: IpAddr) -> Option<&SocketInfo> {
        self.list.iter().find(|socket| {
            socket.transport == transport && socket.address.is_ipv4() == peer.is_ipv4()
        })
    }

    /// Whether a host names us, whatever the port.
    pub fn is_our_host(&self, host: &[u8]) -> bool {
        let ip = sip::parse_address(host);
        self.list.iter().any(|socket| {
            ip == Some(socket.address.ip())
                || socket
                    .advertised
                    .as_ref()
                    .is_some_and(|(shown, _)| shown.eq_ignore_ascii_case(host))
        }) || self.aliases.iter().any(|alias| {
            alias
                .host
                .as_ref()
                .is_none_or(|name| name.eq_ignore_ascii_case(host))
        }) || self.families.iter().any(|family| {
            let name = family.host.as_ref();
            name.is_some_and(|name| belongs_to(host, name))
        })
    }

    /// Whether a URI leads to us. Its transport says which port goes without saying, and nothing else (observed on 5.6.3): who
    /// ends TLS in front of us has our Routes say so.
    pub fn are_meant_by(&self, uri: &Uri<'_>) -> bool {
        let transport = uri.transport().unwrap_or(Transport::Udp);
        let port = uri.port().filter(|port| *port > 0);
        self.is_myself(uri.host(), port.unwrap_or(transport.default_port()), None)
    }

    /// Whether a host and port name us. Port 0 stands for the default port of the transport.
    pub fn is_myself(&self, host: &[u8], port: u16, transport: Option<Transport>) -> bool {
        let ip = sip::parse_address(host);
        let effective = match (port, transport) {
            (0, Some(transport)) => transport.default_port(),
            (0, None) => 5060,
            (port, _) => port,
        };
        let fits = |wanted: Option<Transport>| {
            transport.is_none() || wanted.is_none() || wanted == transport
        };
        self.list.iter().any(|socket| {
            let by_address = ip == Some(socket.address.ip()) && socket.address.port() == effective;
            let by_advertised = socket
                .advertised
                .as_ref()
                .is_some_and(|(shown, shown_port)| {
                    shown.eq_ignore_ascii_case(host)
                        && (*shown_port == 0 || *shown_port == effective)
                });
            (by_address || by_advertised) && fits(Some(socket.transport))
        }) || self.aliases.iter().any(|alias| {
            alias
                .host
                .as_ref()
                .is_none_or(|name| name.eq_ignore_ascii_case(host))
                && alias.port.is_none_or(|wanted| wanted == effective)
                && fits(alias.transport)
        }) || self.families.iter().any(|family| {
            let name = family.host.as_ref();
            // Without a port any will do (observed on 5.6.3).
            name.is_some_and(|name| belongs_to(host, name))
                && (port == 0 || family.port.is_none_or(|wanted| wanted == port))
                && fits(family.transport)
        })
    }
}

/// The transport that a protocol of a configuration names.
pub fn transport_of(protocol: Protocol) -> Transport {
    match protocol {
        Protocol::Udp => Transport::Udp,
        Protocol::Tcp => Transport::Tcp,
        Protocol::Tls => Transport::Tls,
        Protocol::Sctp => Transport::Sctp,
        Protocol::Ws => Transport::Ws,
        Protocol::Wss => Transport::Wss,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As observed on 5.6.3.
    #[test]
    fn a_family_is_us_with_all_that_is_below_it() {
        let family = |host: &str, port, transport| Alias {
            host: Some(Text::from(host)),
            port,
            transport,
        };
        let sockets = Sockets {
            families: vec![
                family("example.net", None, None),
                family("example.com", Some(5070), Some(Transport::Udp)),
            ],
            ..Sockets::default()
        };
        for (host, port, transport, expected) in [
            ("example.net", 0, None, true),
            ("a.example.net", 0, None, true),
            ("a.b.EXAMPLE.net", 7777, None, true),
            ("xexample.net", 0, None, false),
            ("net", 0, None, false),
            ("a.example.com", 0, None, true),
            ("a.example.com", 5070, None, true),
            ("a.example.com", 5071, None, false),
            ("a.example.com", 5070, Some(Transport::Tcp), false),
        ] {
            let is_us = sockets.is_myself(host.as_bytes(), port, transport);
            assert_eq!(is_us, expected, "{host}:{port}");
        }
    }
}
