//! Transports of SIP.

use std::fmt;

/// What carries a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Transport {
    /// RFC 3261 §18.
    Udp,
    /// RFC 3261 §18.
    Tcp,
    /// RFC 3261 §26.2.
    Tls,
    /// RFC 4168.
    Sctp,
    /// WebSocket, RFC 7118.
    Ws,
    /// WebSocket over TLS, RFC 7118.
    Wss,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Transport; 6] = [
        Transport::Udp,
        Transport::Tcp,
        Transport::Tls,
        Transport::Sctp,
        Transport::Ws,
        Transport::Wss,
    ];

    /// The transport of that name, whatever its case: `UDP` of a Via as well as `udp` of a `transport` parameter.
    #[inline]
    pub fn from_name(name: &[u8]) -> Option<Transport> {
        match name {
            b"UDP" | b"udp" => Some(Transport::Udp),
            b"TCP" | b"tcp" => Some(Transport::Tcp),
            b"TLS" | b"tls" => Some(Transport::Tls),
            _ => Transport::from_rare_name(name),
        }
    }

    #[cold]
    fn from_rare_name(name: &[u8]) -> Option<Transport> {
        Transport::ALL
            .into_iter()
            .find(|transport| name.eq_ignore_ascii_case(transport.name().as_bytes()))
    }

    /// As in a `transport` URI parameter and in socket addresses: `udp`.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Sctp => "sctp",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    /// As in a Via: `UDP`.
    pub const fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Sctp => "SCTP",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// As in the `transport` parameter of a URI that one is to be reached by: WebSocket has one name there, encrypted or not
    /// (RFC 7118 §5.2.1).
    pub const fn uri_name(self) -> &'static str {
        match self {
            Transport::Wss => Transport::Ws.name(),
            other => other.name(),
        }
    }

    /// The number by which Kamailio knows it, as in aliases.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The transport of a number.
    pub fn from_number(number: u8) -> Option<Transport> {
        Transport::ALL
            .into_iter()
            .find(|transport| transport.number() == number)
    }

    /// The port that is meant when none is written (RFC 3261 §18.1.1): that of the TCP or TLS below for WebSocket, whose
    /// clients nobody connects to.
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Tls | Transport::Wss => 5061,
            Transport::Udp | Transport::Tcp | Transport::Sctp | Transport::Ws => 5060,
        }
    }

    /// Whether the transport itself repeats what was lost (RFC 3261 §17): no SIP retransmissions.
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// Whether messages are cut out of a stream of octets by their Content-Length.
    pub const fn is_stream(self) -> bool {
        matches!(self, Transport::Tcp | Transport::Tls)
    }

    /// Whether the hop is encrypted.
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
