//! The world around the lanes: time, tasks, names and connections.

use crate::outbox::{ConnectionId, Delivery, SocketId};
use crate::settings::{DnsSettings, TcpSettings};
use std::future::Future;
use std::net::{SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::time::{Duration, Instant};

/// A future that the server drives.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What is known of a stream connection.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// Its number.
    pub id: ConnectionId,
    /// Its transport.
    pub transport: sip::Transport,
    /// Our end.
    pub local: SocketAddr,
    /// Their end.
    pub peer: SocketAddr,
    /// Bytes waiting to be written.
    pub queued_bytes: usize,
    /// How long it may stay idle from now.
    pub expires_in: Duration,
}

/// How a silent peer is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// The silence before the first probe.
    pub idle: Duration,
    /// The time between probes.
    pub interval: Duration,
    /// How many unanswered probes end the connection.
    pub count: u32,
}

/// A place a request can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The transport.
    pub transport: sip::Transport,
    /// Their address.
    pub address: SocketAddr,
}

/// The places a URI stands for, in the order in which they are to be tried (RFC 3263).
pub enum Located {
    /// Known already.
    Ready(Vec<NextHop>),
    /// The DNS has to be asked.
    Later(BoxFuture<Vec<NextHop>>),
}

impl Located {
    /// The addresses that a host name stands for, without asking for services; none when `name` is no host name.
    pub fn of_host(world: &dyn World, name: &[u8]) -> Located {
        // The port keeps the answer to the addresses of this name (RFC 3263 §4.2).
        let uri = stdx::Text::concat(&[b"sip:", name, b":5060;transport=udp"]);
        match sip::Uri::parse(&uri) {
            Ok(_) => world.locate(&uri),
            Err(_) => Located::Ready(Vec::new()),
        }
    }
}

/// The world around the lanes. The test bench has one of its own, in virtual time; where nothing else is said, there are
/// neither names nor connections in it.
pub trait World: Send + Sync {
    /// Monotonic time.
    fn now(&self) -> Instant;
    /// Time since 1970.
    fn unix_time(&self) -> Duration;
    /// Drives a future outside the lanes.
    fn spawn(&self, task: BoxFuture<()>);
    /// A future that is ready after `delay`.
    fn sleep(&self, delay: Duration) -> BoxFuture<()>;
    /// Makes sure that there is a connection for a stream delivery, and begins to open one if there is none; false when it is
    /// clear at once that nothing can be sent. A datagram needs a way that the system knows.
    fn open_connection(&self, _delivery: &Delivery) -> bool {
        true
    }
    /// Sends a datagram that says it comes from `source`, which need not be an address of ours; false when it does not leave, be
    /// it for want of the privilege.
    fn send_as(&self, _source: SocketAddrV4, _peer: SocketAddrV4, _octets: &[u8]) -> bool {
        false
    }
    /// Whether [`World::send_as`] can be used. What it needs is kept when the server gives up its privileges.
    fn can_send_as(&self) -> bool {
        false
    }
    /// The places a URI stands for.
    fn locate(&self, uri: &stdx::Text) -> Located {
        Located::Ready(crate::relay::numeric_hop(uri).into_iter().collect())
    }
    /// Puts a question to the name servers.
    fn ask_dns(&self, _query: &locate::Query) -> BoxFuture<locate::Answer> {
        Box::pin(std::future::ready(locate::Answer::Failed))
    }
    /// Hands the cache of DNS answers to `work`, with the time; false when there is none.
    fn with_dns_cache(&self, _work: &mut dyn FnMut(&mut locate::DnsCache, Instant)) -> bool {
        false
    }
    /// The socket that the system's routing would use to reach a place (`mhomed`).
    fn route_to(&self, _hop: NextHop) -> Option<SocketId> {
        None
    }
    /// A stream connection by its number; none when it is being closed.
    fn connection(&self, _id: ConnectionId) -> Option<ConnectionInfo> {
        None
    }
    /// All stream connections, by number.
    fn connections(&self) -> Vec<ConnectionInfo> {
        Vec::new()
    }
    /// The stream connection that serves for that address of a peer, by a port that stands for it too if need be.
    fn connection_to(&self, _peer: SocketAddr) -> Option<ConnectionId> {
        None
    }
    /// Closes a stream connection; whether it was there.
    fn close_connection(&self, _id: ConnectionId) -> bool {
        false
    }
    /// Lets a connection also serve for another port of its peer; whether it was there.
    fn alias_connection(&self, _id: ConnectionId, _port: u16) -> bool {
        false
    }
    /// Gives the connection another idle lifetime; whether it was there.
    fn set_connection_lifetime(&self, _id: ConnectionId, _lifetime: Duration) -> bool {
        false
    }
    /// Has the system probe the peer of a connection when it is silent, or stop that; whether that could be done.
    fn set_connection_keepalive(&self, _id: ConnectionId, _keepalive: Option<KeepAlive>) -> bool {
        false
    }
    /// Marks a connection with a number that is reported when it ends ([`crate::ConnectionChange::mark`]); whether it was there.
    fn set_connection_mark(&self, _id: ConnectionId, _mark: u32) -> bool {
        false
    }
    /// Applies these parameters to stream connections from now on; whether that can be done.
    fn set_streams(&self, _tcp: &TcpSettings) -> bool {
        false
    }
    /// Resolves names by these parameters from now on; whether that can be done.
    fn set_names(&self, _dns: &DnsSettings) -> bool {
        false
    }
    /// Has the system's configuration of name servers read again; whether that can be done.
    fn read_name_servers(&self) -> bool {
        false
    }
    /// Begins a clean stop of the server.
    fn stop(&self) {}
}
