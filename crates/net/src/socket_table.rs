//! All sockets we listen on, and the questions about them.

use std::net::{IpAddr, SocketAddr};

use sip::Transport;

use crate::interface::OwnAddresses;
use crate::route::RouteLookup;
use crate::socket::{ListenSpec, Socket, SocketId};

/// Every socket the server listens on, in the order of the configuration. Does not change once the server has started.
#[derive(Debug, Default)]
pub struct SocketTable {
    sockets: Vec<Socket>,
    routes: RouteLookup,
    own_addresses: OwnAddresses,
}

impl SocketTable {
    /// The table of these sockets; their ids are their positions.
    pub fn new(specs: impl IntoIterator<Item = ListenSpec>) -> SocketTable {
        let sockets = (0..=u16::MAX)
            .zip(specs)
            .map(|(number, spec)| Socket::new(SocketId(number), spec))
            .collect();
        SocketTable {
            sockets,
            ..SocketTable::default()
        }
    }

    /// The socket with this id.
    pub fn get(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(usize::from(id.0))
    }

    /// All sockets, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Socket> {
        self.sockets.iter()
    }

    /// The socket bound to exactly this address.
    pub fn find(&self, transport: Transport, address: SocketAddr) -> Option<&Socket> {
        self.sockets
            .iter()
            .find(|socket| socket.transport() == transport && socket.address() == address)
    }

    /// Whether `host` and `port` are those of a socket of ours. Names are compared with the name written in `listen`
    /// and the advertised one, never resolved. `port` 0 and no transport match any.
    ///
    /// Address and port may each be the real or the advertised one (observed on 5.6.3, which accepts every combination).
    /// A wildcard socket is only known by its wildcard address. A `virtual` one counts while an interface of this
    /// machine has the address.
    pub fn is_local(&self, host: &str, port: u16, transport: Option<Transport>) -> bool {
        let ip = parse_host(host);
        self.sockets.iter().any(|socket| {
            let spec = &socket.spec;
            let advertised = spec.advertise.as_ref();
            (transport.is_none() || transport == Some(spec.transport))
                && (port == 0
                    || spec.address.port() == port
                    || advertised.is_some_and(|(_, advertised)| *advertised == port))
                && (ip == Some(spec.address.ip())
                    || is_same_name(spec.host.as_deref(), host)
                    || is_same_name(advertised.map(|(host, _)| host.as_str()), host))
                && (!spec.is_virtual || self.own_addresses.contains(spec.address.ip()))
        })
    }

    /// The socket to send from where none is prescribed: the one the request came in on if it fits, else the first of
    /// the same transport and address family.
    pub fn outgoing(
        &self,
        transport: Transport,
        peer: SocketAddr,
        received_on: Option<SocketId>,
    ) -> Option<&Socket> {
        let fits = |socket: &&Socket| {
            socket.transport() == transport && socket.address().is_ipv4() == peer.is_ipv4()
        };
        received_on
            .and_then(|id| self.get(id))
            .filter(fits)
            .or_else(|| self.sockets.iter().find(fits))
    }

    /// As [`outgoing`](Self::outgoing), but asks the kernel which of our addresses it would send from (`mhomed=1`).
    /// Answers are kept for a while. Falls back to `outgoing` where the kernel's answer is no socket of ours.
    pub fn outgoing_by_route(
        &self,
        transport: Transport,
        peer: SocketAddr,
        received_on: Option<SocketId>,
    ) -> Option<&Socket> {
        let Some(source) = self.routes.source_address(peer) else {
            return self.outgoing(transport, peer, received_on);
        };
        let fits =
            |socket: &&Socket| socket.transport() == transport && socket.address().ip() == source;
        received_on
            .and_then(|id| self.get(id))
            .filter(fits)
            .or_else(|| self.sockets.iter().find(fits))
            .or_else(|| self.outgoing(transport, peer, received_on))
    }
}

impl<'a> IntoIterator for &'a SocketTable {
    type Item = &'a Socket;
    type IntoIter = std::slice::Iter<'a, Socket>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// An IP address, IPv6 with or without brackets.
fn parse_host(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(inner) => inner.parse().ok(),
        None => host.parse().ok(),
    }
}

fn is_same_name(ours: Option<&str>, host: &str) -> bool {
    ours.is_some_and(|ours| ours.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(transport: Transport, address: &str) -> ListenSpec {
        ListenSpec::new(transport, address.parse().unwrap())
    }

    fn advertised(address: &str, host: &str, port: u16) -> ListenSpec {
        ListenSpec {
            advertise: Some((host.into(), port)),
            ..spec(Transport::Udp, address)
        }
    }

    fn table() -> SocketTable {
        SocketTable::new([
            spec(Transport::Udp, "127.0.0.1:5060"),
            advertised("127.0.0.1:5070", "203.0.113.7", 0),
            advertised("127.0.0.1:5080", "Sip.Example.Org", 5099),
            ListenSpec {
                name: Some("six".into()),
                ..spec(Transport::Udp, "[::1]:5060")
            },
            ListenSpec {
                host: Some("localhost".into()),
                ..spec(Transport::Tcp, "127.0.0.1:5061")
            },
            spec(Transport::Udp, "0.0.0.0:5090"),
            ListenSpec {
                is_virtual: true,
                ..spec(Transport::Udp, "203.0.113.99:5060")
            },
            ListenSpec {
                is_virtual: true,
                ..spec(Transport::Udp, "127.0.0.1:6060")
            },
        ])
    }

    #[test]
    fn an_address_is_local_if_a_socket_has_it_or_advertises_it() {
        let table = table();
        for (host, port, transport, expected) in [
            ("127.0.0.1", 5060, None, true),
            ("127.0.0.1", 5060, Some(Transport::Udp), true),
            ("127.0.0.1", 5060, Some(Transport::Tcp), false),
            ("127.0.0.1", 0, None, true),
            ("127.0.0.1", 5062, None, false),
            ("203.0.113.7", 5070, None, true),
            ("203.0.113.7", 5060, None, false),
            ("sip.example.org", 5099, None, true),
            ("sip.example.org", 5080, None, true),
            ("127.0.0.1", 5099, None, true),
            ("[::1]", 5060, None, true),
            ("::1", 5060, None, true),
            ("[::1", 5060, None, false),
            ("LOCALHOST", 5061, Some(Transport::Tcp), true),
            ("localhost", 5060, None, false),
            ("0.0.0.0", 5090, None, true),
            ("127.0.0.1", 5090, None, false),
            ("203.0.113.99", 5060, None, false),
            ("127.0.0.1", 6060, None, true),
            ("", 0, None, false),
        ] {
            assert_eq!(
                table.is_local(host, port, transport),
                expected,
                "{host}:{port} {transport:?}"
            );
        }
    }

    #[test]
    fn the_advertised_port_defaults_to_the_bound_one() {
        let table = table();
        let via = |id: u16| {
            let socket = table.get(SocketId(id)).unwrap();
            (socket.via_host.clone(), socket.via_port)
        };
        assert_eq!(via(0), ("127.0.0.1".into(), 5060));
        assert_eq!(via(1), ("203.0.113.7".into(), 5070));
        assert_eq!(via(2), ("Sip.Example.Org".into(), 5099));
        assert_eq!(via(3), ("[::1]".into(), 5060));
    }

    #[test]
    fn the_receiving_socket_is_preferred_for_sending_if_it_fits() {
        let table = table();
        let choose = |transport, peer: &str, received_on: Option<u16>| {
            table
                .outgoing(transport, peer.parse().unwrap(), received_on.map(SocketId))
                .map(|socket| socket.id.0)
        };
        assert_eq!(choose(Transport::Udp, "127.0.0.9:1", None), Some(0));
        assert_eq!(choose(Transport::Udp, "127.0.0.9:1", Some(2)), Some(2));
        assert_eq!(choose(Transport::Udp, "127.0.0.9:1", Some(4)), Some(0));
        assert_eq!(choose(Transport::Udp, "[::1]:1", Some(2)), Some(3));
        assert_eq!(choose(Transport::Tcp, "127.0.0.9:1", Some(0)), Some(4));
        assert_eq!(choose(Transport::Tcp, "[::1]:1", None), None);
        assert_eq!(choose(Transport::Tls, "127.0.0.9:1", None), None);
    }

    #[test]
    fn the_kernel_chooses_the_socket_by_route() {
        let table = SocketTable::new([
            spec(Transport::Udp, "192.0.2.250:5060"),
            spec(Transport::Udp, "127.0.0.1:5060"),
            spec(Transport::Udp, "127.0.0.1:5070"),
        ]);
        let peer = "127.0.0.1:9".parse().unwrap();
        let choose = |received_on| {
            table
                .outgoing_by_route(Transport::Udp, peer, received_on)
                .unwrap()
                .id
        };
        assert_eq!(choose(None), SocketId(1));
        assert_eq!(choose(Some(SocketId(0))), SocketId(1));
        assert_eq!(choose(Some(SocketId(2))), SocketId(2));
    }

    #[test]
    fn sockets_are_found_by_transport_and_address() {
        let table = table();
        let found = table.find(Transport::Udp, "[::1]:5060".parse().unwrap());
        assert_eq!(found.unwrap().id, SocketId(3));
        assert!(
            table
                .find(Transport::Tls, "[::1]:5060".parse().unwrap())
                .is_none()
        );
        assert_eq!(found.unwrap().to_string(), "udp:[::1]:5060");
    }
}
