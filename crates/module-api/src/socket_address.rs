//! Socket addresses as texts: `proto:host:port`, transport and port optional.

use crate::sockets::{SocketInfo, Sockets};
use sip::Transport;
use stdx::Text;

/// The parts of a socket address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketAddress<'a> {
    /// The transport, when written.
    pub transport: Option<Transport>,
    /// The host; IPv6 with its brackets.
    pub host: &'a [u8],
    /// The port, when written.
    pub port: Option<u16>,
}

impl<'a> SocketAddress<'a> {
    /// Reads an address; none when it has no host, or a port that is no number.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let (transport, rest) = match stdx::ascii::split_once(text, b':') {
            Some((first, rest)) if Transport::from_name(first).is_some() => {
                (Transport::from_name(first), rest)
            }
            _ => (None, text),
        };
        let (host, port) = match rest {
            [b'[', ..] => {
                let close = rest.iter().position(|byte| *byte == b']')?;
                let (host, behind) = rest.split_at_checked(close + 1)?;
                match behind {
                    b"" => (host, None),
                    [b':', port @ ..] => (host, Some(port)),
                    _ => return None,
                }
            }
            _ => match stdx::ascii::split_once(rest, b':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        if host.is_empty() {
            return None;
        }
        let port = match port {
            Some(port) => Some(u16::try_from(stdx::number::parse_u64(port)?).ok()?),
            None => None,
        };
        Some(SocketAddress {
            transport,
            host,
            port,
        })
    }

    /// The SIP URI of it: `sip:host:port;transport=proto` with the parts that are there.
    pub fn to_uri(self) -> Text {
        let mut out = Vec::with_capacity(48);
        out.extend_from_slice(b"sip:");
        out.extend_from_slice(self.host);
        if let Some(port) = self.port {
            out.push(b':');
            stdx::number::push_decimal(&mut out, i64::from(port));
        }
        if let Some(transport) = self.transport {
            out.extend_from_slice(b";transport=");
            out.extend_from_slice(transport.name().as_bytes());
        }
        Text::from(out)
    }

    /// The same with the transport's default port where none was written.
    #[must_use]
    pub fn with_default_port(mut self) -> Self {
        let transport = self.transport.unwrap_or(Transport::Udp);
        self.port.get_or_insert(transport.default_port());
        self
    }

    /// The first of our sockets that has or advertises this address; without a port, whatever its port (observed on 5.6.3).
    pub fn find(self, sockets: &Sockets) -> Option<&SocketInfo> {
        let address = sip::parse_address(self.host);
        let has_port = |own: u16| self.port.is_none_or(|port| port == own);
        sockets.list.iter().find(|socket| {
            let names = |shown: &[u8]| shown.eq_ignore_ascii_case(self.host);
            let is_bound = address == Some(socket.address.ip()) || names(&socket.host);
            let is_advertised = || {
                let advertised = socket.advertised.as_ref();
                let is_port = || has_port(socket.shown_port()) || has_port(socket.address.port());
                advertised.is_some_and(|(shown, _)| names(shown)) && is_port()
            };
            let is_transport = self
                .transport
                .is_none_or(|transport| transport == socket.transport);
            is_transport && ((is_bound && has_port(socket.address.port())) || is_advertised())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Observed on 5.6.3, which knows `tls` only when TLS is on.
    #[test]
    fn addresses_become_uris() {
        for (text, uri) in [
            (
                "tcp:127.0.0.1:5061",
                Some("sip:127.0.0.1:5061;transport=tcp"),
            ),
            ("udp:1.2.3.4", Some("sip:1.2.3.4;transport=udp")),
            ("1.2.3.4", Some("sip:1.2.3.4")),
            ("[::1]:5", Some("sip:[::1]:5")),
            ("udp:[::1]:5", Some("sip:[::1]:5;transport=udp")),
            ("", None),
            ("udp:", None),
            ("udp:h:x", None),
            ("[::1", None),
            ("[::1]x", None),
            ("h:70000", None),
        ] {
            assert_eq!(
                SocketAddress::parse(text.as_bytes()).map(SocketAddress::to_uri),
                uri.map(Text::from),
                "{text}"
            );
        }
    }
}
