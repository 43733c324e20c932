//! Sending, from any thread, without waiting.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use sip::Transport;

use crate::connections::Connections;
use crate::reach::Reach;
use crate::received::ConnectionId;
use crate::socket::SocketId;
use crate::socket_table::SocketTable;
use crate::stream::{ConnectError, Connection, Gathered, Refused, Streams, Taken, Target};
use crate::udp::{
    HEADERS, Outgoing, RawConfig, RawDatagram, RawIpv4, UdpPort, send_many, send_one,
};

/// How many routers a datagram may pass, as 5.6.3 sends those that say whom they come from.
const TTL_OF_OTHERS: u8 = 69;

/// Where a message goes, and from where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The socket of ours to send from. A stream need not be that socket's, but gets its address.
    pub socket: SocketId,
    /// What carries it.
    pub transport: Transport,
    /// Who gets it.
    pub peer: SocketAddr,
    /// The address of ours to send from, where the socket is a wildcard: [`Received::local`](crate::Received::local) of
    /// what is answered.
    pub source: Option<IpAddr>,
    /// The connection to use, if it still exists.
    pub connection: Option<ConnectionId>,
    /// The peer's port for a new connection, where it is another one.
    pub anew: Option<u16>,
    /// What else is asked for.
    pub flags: SendFlags,
}

/// Wishes about a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SendFlags {
    /// Fail rather than open a connection.
    pub no_connect: bool,
    /// Close the connection after this message.
    pub close_after: bool,
}

impl Delivery {
    /// A delivery from this socket, without further wishes.
    pub fn new(socket: SocketId, transport: Transport, peer: SocketAddr) -> Delivery {
        Delivery {
            socket,
            transport,
            peer,
            source: None,
            connection: None,
            anew: None,
            flags: SendFlags::default(),
        }
    }
}

/// What became of a message that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// The kernel has it.
    Written,
    /// It waits for the peer, or for the connection to open. Should it never leave, a
    /// [`ConnectionEvent`](crate::ConnectionEvent) hands it back.
    Queued,
}

/// Why a message was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// The delivery names a socket that does not exist or carries something else.
    #[error("no such socket")]
    NoSocket,
    /// The transport cannot be sent over.
    #[error("transport not available")]
    NoTransport,
    /// There is no connection, and none may be opened.
    #[error("no connection")]
    NoConnection,
    /// `tcp_max_connections` is reached.
    #[error("too many connections")]
    TooManyConnections,
    /// The peer does not take messages as fast as they come.
    #[error("queue full")]
    QueueFull,
    /// The operating system refuses; its error number.
    #[error("{}", io::Error::from_raw_os_error(*.0))]
    System(i32),
    /// The server has not started, or stops.
    #[error("not started")]
    NotStarted,
}

/// Sends messages. Clones are the same sender.
#[derive(Clone)]
pub struct Sender {
    table: Arc<SocketTable>,
    /// By socket id; `None` for sockets that are not UDP.
    udp: Arc<[Option<Arc<UdpPort>>]>,
    streams: Arc<Streams>,
    reach: Arc<Reach>,
    raw: Arc<RawSender>,
}

/// The raw socket, and which of our own datagrams leave by it.
pub(crate) struct RawSender {
    pub(crate) raw: RawIpv4,
    pub(crate) config: Option<RawConfig>,
}

impl Sender {
    pub(crate) fn new(
        table: Arc<SocketTable>,
        udp: Arc<[Option<Arc<UdpPort>>]>,
        streams: Arc<Streams>,
        raw: RawSender,
    ) -> Sender {
        Sender {
            table,
            udp,
            streams,
            reach: Arc::new(Reach::new()),
            raw: Arc::new(raw),
        }
    }

    /// The sockets that can be sent from.
    pub fn sockets(&self) -> &Arc<SocketTable> {
        &self.table
    }

    /// The connection table.
    pub fn connections(&self) -> Connections {
        Connections::new(Arc::clone(&self.streams))
    }

    /// What lets go of messages that have waited to leave together.
    pub fn gathered(&self) -> Gathered {
        Gathered::new(&self.streams)
    }

    /// Sends one message. A datagram is with the kernel when this returns. A stream message goes over the connection that
    /// is named, or another to the same peer, or one that is opened in the background.
    ///
    /// # Errors
    /// If it is known at once that the message will not leave.
    pub fn send(&self, to: &Delivery, message: &[u8]) -> Result<Sent, SendError> {
        match to.transport {
            Transport::Udp => {
                if let Some(config) = self.splits(to, message) {
                    return self.send_split(to, message, config);
                }
                let datagram = Outgoing {
                    octets: message,
                    peer: to.peer,
                    source: to.source,
                };
                send_one(&self.udp_port(to.socket)?.socket, &datagram)
                    .map_err(|error| system_error(&error))?;
                Ok(Sent::Written)
            }
            Transport::Tcp => self.over_stream(to, Some(message)),
            Transport::Tls | Transport::Ws | Transport::Wss | Transport::Sctp => {
                Err(SendError::NoTransport)
            }
        }
    }

    /// Sees to it that there is a connection for a stream message, and begins to open one if there is none. Datagrams need
    /// a way that the kernel knows.
    ///
    /// # Errors
    /// If it is known at once that no message will leave.
    pub fn open(&self, to: &Delivery) -> Result<(), SendError> {
        match to.transport {
            Transport::Udp => {
                let socket = self.table.get(to.socket).ok_or(SendError::NoSocket)?;
                match self.reach.is_open(socket.address(), to.peer) {
                    true => Ok(()),
                    false => Err(SendError::System(libc::ENETUNREACH)),
                }
            }
            Transport::Tcp => self.over_stream(to, None).map(|_| ()),
            Transport::Tls | Transport::Ws | Transport::Wss | Transport::Sctp => {
                Err(SendError::NoTransport)
            }
        }
    }

    /// Sends messages in order; datagrams that follow each other leave with one system call. Calls `failed` for each
    /// message that was not sent, by its position.
    pub fn send_all(
        &self,
        messages: &[(Delivery, &[u8])],
        mut failed: impl FnMut(usize, SendError),
    ) {
        let mut first = 0;
        while let Some((to, octets)) = messages.get(first) {
            let rest = messages.get(first..).unwrap_or_default();
            let run = rest
                .iter()
                .take_while(|(next, next_octets)| {
                    to.transport == Transport::Udp
                        && next.transport == Transport::Udp
                        && next.socket == to.socket
                        && self.splits(next, next_octets).is_none()
                })
                .count();
            if run < 2 {
                if let Err(error) = self.send(to, octets) {
                    failed(first, error);
                }
                first += 1;
                continue;
            }
            self.send_datagrams(rest.get(..run).unwrap_or_default(), |position, error| {
                failed(first + position, error);
            });
            first += run;
        }
    }

    /// Opens what [`Sender::send_as`] needs.
    ///
    /// # Errors
    /// Without the privilege (`CAP_NET_RAW`).
    pub fn open_raw(&self) -> Result<(), SendError> {
        let opened = self.raw.raw.open();
        opened.map(|_| ()).map_err(|error| system_error(&error))
    }

    /// Sends a datagram that says it comes from `source`, which need not be an address of ours.
    ///
    /// # Errors
    /// If it does not leave.
    pub fn send_as(
        &self,
        source: SocketAddrV4,
        peer: SocketAddrV4,
        octets: &[u8],
    ) -> Result<Sent, SendError> {
        let datagram = RawDatagram {
            source,
            peer,
            octets,
            ttl: TTL_OF_OTHERS,
            mtu: u16::MAX,
        };
        let sent = self.raw.raw.send(&datagram);
        sent.map(|()| Sent::Written)
            .map_err(|error| system_error(&error))
    }

    /// How a datagram is to be split, if it is too long to be sent whole (`udp4_raw_mtu`).
    fn splits(&self, to: &Delivery, octets: &[u8]) -> Option<RawConfig> {
        let config = self.raw.config?;
        let is_long = HEADERS + octets.len() > usize::from(config.mtu);
        (is_long && to.transport == Transport::Udp && to.peer.is_ipv4()).then_some(config)
    }

    /// Sends a datagram in packets of the size that is asked for.
    fn send_split(
        &self,
        to: &Delivery,
        octets: &[u8],
        config: RawConfig,
    ) -> Result<Sent, SendError> {
        let port = self.udp_port(to.socket)?;
        let own = self.table.get(to.socket).ok_or(SendError::NoSocket)?;
        let source = match (to.source, own.address().ip()) {
            (Some(IpAddr::V4(source)), _) | (None, IpAddr::V4(source)) => source,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        let SocketAddr::V4(peer) = to.peer else {
            return Err(SendError::NoSocket);
        };
        let ttl = match config.ttl {
            Some(ttl) => ttl,
            None => {
                let ttl = port.socket.ttl_v4().map_err(|error| system_error(&error))?;
                u8::try_from(ttl).unwrap_or(u8::MAX)
            }
        };
        let datagram = RawDatagram {
            source: SocketAddrV4::new(source, own.address().port()),
            peer,
            octets,
            ttl,
            mtu: config.mtu,
        };
        let sent = self.raw.raw.send(&datagram);
        sent.map(|()| Sent::Written)
            .map_err(|error| system_error(&error))
    }

    /// Sends datagrams from one socket.
    fn send_datagrams(
        &self,
        messages: &[(Delivery, &[u8])],
        mut failed: impl FnMut(usize, SendError),
    ) {
        let port = match messages.first().map(|(to, _)| self.udp_port(to.socket)) {
            Some(Ok(port)) => port,
            Some(Err(error)) => return (0..messages.len()).for_each(|at| failed(at, error)),
            None => return,
        };
        send_many(
            &port.socket,
            messages,
            |(to, octets)| Outgoing {
                octets,
                peer: to.peer,
                source: to.source,
            },
            |position, error| failed(position, system_error(&error)),
        );
    }

    /// Gives a message to a connection, or without one sees to it that there is a connection.
    fn over_stream(&self, to: &Delivery, message: Option<&[u8]>) -> Result<Sent, SendError> {
        let close_after = to.flags.close_after;
        let send_on = |connection: &Arc<Connection>| match message {
            Some(message) => self.streams.send_on(connection, message, close_after),
            None if connection.is_usable() => Ok(Taken::Written),
            None => Err(Refused::NotOpen),
        };
        if let Some(id) = to.connection
            && let Some(connection) = self.streams.table.get(id)
        {
            match send_on(&connection) {
                Ok(taken) => return Ok(sent(taken)),
                // It ends: as if it were gone already.
                Err(Refused::NotOpen) => {}
                Err(refused) => return Err(send_error(refused)),
            }
        }
        let socket = self.table.get(to.socket).ok_or(SendError::NoSocket)?;
        let mut peer = to.peer;
        if let Some(port) = to.anew {
            peer.set_port(port);
        }
        if to.flags.no_connect || self.streams.config().no_connect {
            let id = self
                .connections()
                .find(to.transport, peer, Some(socket.address()));
            let connection = id
                .and_then(|id| self.streams.table.get(id))
                .ok_or(SendError::NoConnection)?;
            return send_on(&connection).map(sent).map_err(send_error);
        }
        let target = Target {
            transport: to.transport,
            socket: to.socket,
            local: socket.address(),
            peer,
        };
        let taken = match message {
            Some(message) => self.streams.connect_and_send(&target, message, close_after),
            None => self.streams.open(&target),
        };
        match taken {
            Ok(taken) => Ok(sent(taken)),
            Err(ConnectError::NotStarted) => Err(SendError::NotStarted),
            Err(ConnectError::TooMany) => Err(SendError::TooManyConnections),
            Err(ConnectError::Failed(errno)) => Err(SendError::System(errno)),
            Err(ConnectError::Refused(refused)) => Err(send_error(refused)),
        }
    }

    fn udp_port(&self, socket: SocketId) -> Result<&UdpPort, SendError> {
        match self.udp.get(usize::from(socket.0)) {
            Some(Some(port)) => Ok(port),
            _ => Err(SendError::NoSocket),
        }
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

fn sent(taken: Taken) -> Sent {
    match taken {
        Taken::Written => Sent::Written,
        Taken::Queued | Taken::Gathered | Taken::FlushNeeded => Sent::Queued,
    }
}

fn send_error(refused: Refused) -> SendError {
    match refused {
        Refused::NotOpen => SendError::NoConnection,
        Refused::QueueFull(_) => SendError::QueueFull,
        Refused::Failed(errno) => SendError::System(errno),
    }
}

fn system_error(error: &io::Error) -> SendError {
    SendError::System(error.raw_os_error().unwrap_or(libc::EIO))
}
