//! The sockets we listen on.

use std::fmt;
use std::net::SocketAddr;

use sip::Transport;

/// What to listen on: one `listen=` or `socket={}` after names and interfaces were resolved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListenSpec {
    /// What it carries.
    pub transport: Transport,
    /// The address to bind. Port 0 lets the kernel choose.
    pub address: SocketAddr,
    /// The host name as it was written, where it was not an address (`listen=udp:sip.example.org`).
    pub host: Option<String>,
    /// Host and port to put into Via and Record-Route. Port 0 means the socket's own.
    pub advertise: Option<(String, u16)>,
    /// The socket's name, as `$fsn` and `$Rn` know it.
    pub name: Option<String>,
    /// The address may be away from this machine at times (`virtual`): it is ours only while an interface has it.
    pub is_virtual: bool,
    /// The worker group the script asked for (`agname`). A hint.
    pub agname: Option<String>,
    /// `socket_workers`, 0 where not given. A hint.
    pub workers: u16,
    /// The interface that joins the multicast group `address` (`mcast`).
    pub mcast: Option<String>,
    /// The device whose routes the socket takes (`vrf`).
    pub vrf: Option<String>,
}

impl ListenSpec {
    /// A socket without any of the optional attributes.
    pub fn new(transport: Transport, address: SocketAddr) -> ListenSpec {
        ListenSpec {
            transport,
            address,
            host: None,
            advertise: None,
            name: None,
            is_virtual: false,
            agname: None,
            workers: 0,
            mcast: None,
            vrf: None,
        }
    }

    /// Binds a socket to the device, where one is named.
    pub(crate) fn bind_device(&self, socket: &socket2::Socket) -> std::io::Result<()> {
        match &self.vrf {
            Some(device) => socket.bind_device(Some(device.as_bytes())),
            None => Ok(()),
        }
    }

    /// The host as it was written: a name, or the address, without brackets.
    pub fn given_host(&self) -> String {
        match &self.host {
            Some(host) => host.trim_matches(['[', ']']).to_owned(),
            None => self.address.ip().to_string(),
        }
    }
}

/// Names one of the sockets we listen on; the position in the [`SocketTable`](crate::SocketTable).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SocketId(pub u16);

/// A socket we listen on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Socket {
    /// Its place in the table.
    pub id: SocketId,
    /// What was asked for; `address` is what was bound.
    pub spec: ListenSpec,
    /// The host for Via and Record-Route: the advertised one, or our address (in brackets if IPv6).
    pub via_host: String,
    /// The port that goes with `via_host`.
    pub via_port: u16,
}

impl Socket {
    pub(crate) fn new(id: SocketId, spec: ListenSpec) -> Socket {
        let (via_host, via_port) = match &spec.advertise {
            Some((host, 0)) => (host.clone(), spec.address.port()),
            Some((host, port)) => (host.clone(), *port),
            None => (
                match spec.address {
                    SocketAddr::V4(address) => address.ip().to_string(),
                    SocketAddr::V6(address) => format!("[{}]", address.ip()),
                },
                spec.address.port(),
            ),
        };
        Socket {
            id,
            spec,
            via_host,
            via_port,
        }
    }

    /// What it carries.
    pub fn transport(&self) -> Transport {
        self.spec.transport
    }

    /// The address it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.spec.address
    }

    /// Whether it receives what is sent to any of the machine's addresses.
    pub fn is_wildcard(&self) -> bool {
        self.spec.address.ip().is_unspecified()
    }
}

/// As `$fs` and `$Ru` print it: `udp:127.0.0.1:5060`.
impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.spec.transport, self.spec.address)
    }
}
