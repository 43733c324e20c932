//! What arrives, and who is told.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::MutexGuard;
use std::time::Instant;

use bytes::Bytes;
use sip::Transport;
use sip::framing::FramingError;

use crate::socket::SocketId;

/// Names a stream connection for as long as it lives: the number a script sees as `$conid`.
///
/// The first connection of a server is 1; numbers rise by one and are not used again before 4,294,967,295 connections
/// were made. A connection attempt that fails has taken a number too, as on 5.6.3.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct ConnectionId(NonZeroU32);

impl ConnectionId {
    /// The connection with this number; 0 never names one.
    pub fn new(number: u32) -> Option<ConnectionId> {
        NonZeroU32::new(number).map(ConnectionId)
    }

    /// The number, 1 or more.
    pub fn number(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One datagram, or one message cut out of a stream.
#[derive(Clone, Debug)]
pub struct Received {
    /// The octets, unread. A buffer of its own: keeping it keeps nothing else alive.
    pub bytes: Bytes,
    /// What carried it.
    pub transport: Transport,
    /// Our address that it was sent to. Differs from the socket's own only where that is a wildcard.
    pub local: SocketAddr,
    /// The listening socket it came in on, or the one a connection of ours was opened for.
    pub socket: SocketId,
    /// Who sent it.
    pub peer: SocketAddr,
    /// The stream it was cut from; `None` for a datagram.
    pub connection: Option<ConnectionId>,
    /// When it was read from the kernel. All messages of one read share one clock reading.
    pub at: Instant,
}

/// Receives everything that arrives. Called on the thread that read it, which reads nothing else meanwhile: an
/// implementation finishes its work or puts it aside, and never waits.
pub trait Handler: Send + Sync + 'static {
    /// A message arrived.
    fn received(&self, received: Received);

    /// Several datagrams arrived at one socket, the oldest first. They are taken out of `batch`, whose storage is used
    /// again.
    ///
    /// While `turn` is held no other thread reads this socket. A handler that works on several threads puts the messages
    /// into its queues in order, drops `turn`, and works the queues off afterwards: the order of the messages of one
    /// call is then safe although two threads share the load.
    fn received_batch(&self, batch: &mut Vec<Received>, turn: Turn<'_>) {
        for received in batch.drain(..) {
            self.received(received);
        }
        drop(turn);
    }

    /// The calling thread reads a socket and has found nothing there for some seconds: time to tidy up. Not called again before it
    /// has read something.
    fn at_rest(&self) {}

    /// A connection came or went. Called after the last message of that connection was delivered.
    fn connection_event(&self, event: ConnectionEvent);

    /// A connection was closed as soon as it was accepted, because of a limit. Strangers decide how often this is called.
    fn connection_refused(&self, _peer: SocketAddr, _limit: Limit) {}
}

/// What keeps a connection from being taken: a limit on connections, or how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `tcp_max_connections`: of all connections.
    All,
    /// `tcp_accept_iplimit`: of those accepted from one address.
    PerAddress,
    /// `tcp_accept_haproxy`: it begins with a PROXY header that cannot be read.
    ProxyHeader,
}

/// The right to read a socket. Dropping it lets another thread read the next datagrams.
pub struct Turn<'a> {
    guard: Option<MutexGuard<'a, ()>>,
    is_shared: bool,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(guard: MutexGuard<'a, ()>, is_shared: bool) -> Turn<'a> {
        Turn {
            guard: Some(guard),
            is_shared,
        }
    }

    /// Whether other threads are reading the same socket at the moment. If not, nothing is gained by queueing first and
    /// working afterwards.
    pub fn is_shared(&self) -> bool {
        self.is_shared && self.guard.is_some()
    }
}

/// What happened to a connection.
#[derive(Debug)]
pub struct ConnectionEvent {
    /// The connection.
    pub id: ConnectionId,
    /// What happened.
    pub kind: ConnectionEventKind,
    /// TCP, or what runs on it.
    pub transport: Transport,
    /// The listening socket it belongs to.
    pub socket: SocketId,
    /// Our address.
    pub local: SocketAddr,
    /// The other end's address.
    pub peer: SocketAddr,
    /// What [`Connections::set_mark`](crate::Connections::set_mark) put there; 0 unless somebody did.
    pub mark: u32,
    /// Messages that were accepted for sending and of which no octet has left. Empty for `Opened`.
    pub unsent: Vec<Bytes>,
}

/// The kinds of [`ConnectionEvent`]. All but `Opened` end the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConnectionEventKind {
    /// It can be used. `accepted` tells the peer's connections from ours.
    Opened {
        /// The peer connected to us.
        accepted: bool,
    },
    /// It was closed in an orderly way.
    Closed(ClosedBy),
    /// The peer, or somebody in its name, sent RST.
    Reset,
    /// Something that was waited for did not come.
    TimedOut(Overdue),
    /// It could not be opened. The operating system's error number, or `ETIMEDOUT`.
    ConnectFailed {
        /// As in `errno(3)`.
        errno: i32,
    },
}

impl ConnectionEventKind {
    /// What was wrong with the peer, where messages were lost by it: a clause, with the setting it went against if there is one.
    pub fn fault(self) -> Option<String> {
        match self {
            Self::Closed(ClosedBy::Framing(error)) => {
                Some(format!("what comes over it cannot be read: {error}"))
            }
            Self::Closed(ClosedBy::TooLarge { limit }) => Some(format!(
                "a message has more than {limit} octets (tcp_rd_buf_size)"
            )),
            Self::Closed(ClosedBy::QueueFull) => Some(
                "it takes messages more slowly than they are sent (tcp_conn_wq_max)".to_owned(),
            ),
            Self::TimedOut(Overdue::RestOfMessage) => {
                Some("the rest of a message does not come (tcp_msg_read_timeout)".to_owned())
            }
            Self::TimedOut(Overdue::Writing) => {
                Some("it does not take what is sent (tcp_send_timeout)".to_owned())
            }
            _ => None,
        }
    }
}

/// Who closed a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClosedBy {
    /// The peer sent FIN.
    Peer,
    /// We were asked to close it.
    Request,
    /// What came cannot be cut into messages.
    Framing(FramingError),
    /// What came is longer than a message may be (`tcp_rd_buf_size`).
    TooLarge {
        /// The most octets.
        limit: usize,
    },
    /// The peer reads too slowly: its queue of unsent messages ran over (`tcp_conn_wq_max`, `tcp_wq_max`).
    QueueFull,
    /// Reading or writing failed otherwise.
    Error,
    /// The server stops.
    Shutdown,
}

/// What a connection timed out on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overdue {
    /// Keepalive probes, or retransmissions of data, were not acknowledged.
    Acknowledgement,
    /// Nothing was sent or received for `tcp_connection_lifetime`.
    Traffic,
    /// Nothing was received on a new connection for `tcp_msg_data_timeout`.
    FirstData,
    /// A message was not complete after `tcp_msg_read_timeout`.
    RestOfMessage,
    /// The peer took nothing for `tcp_send_timeout`.
    Writing,
}
