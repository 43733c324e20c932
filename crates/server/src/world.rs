//! What the lanes need of the world: time, sockets, back ends. The real one and the test bench's are both behind this.

use module_api::{
    BoxFuture, ConnectionId, ConnectionInfo, Delivery, DnsSettings, KeepAlive, Located, NextHop,
    Outbox, SocketId, TcpSettings, Text,
};
pub use net::SendError;
use std::time::{Duration, Instant};

/// What is told of messages that were not sent.
pub type Unsent<'a> = dyn FnMut(&[u8], &Delivery, SendError) + 'a;

/// The world outside of the lanes.
pub trait World: Send + Sync + 'static {
    /// How many threads can run at a time.
    fn threads(&self) -> usize {
        1
    }
    /// Monotonic time.
    fn now(&self) -> Instant;
    /// Time since 1970.
    fn unix_time(&self) -> Duration;
    /// Told that a lane wants to be woken at `at`.
    fn deadline_set(&self, at: Instant);
    /// Drives a future.
    fn spawn(&self, task: BoxFuture<()>);
    /// A future that is ready after `delay`.
    fn sleep(&self, delay: Duration) -> BoxFuture<()>;
    /// Sends a message.
    ///
    /// # Errors
    /// When it could not be handed to a socket.
    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> Result<(), SendError>;
    /// Sends messages in order; `unsent` is given those that could not be handed to a socket.
    fn send_all(&self, outbox: &mut Outbox, unsent: &mut Unsent<'_>) {
        outbox.drain(|bytes, delivery| {
            if let Err(error) = self.send(delivery, bytes) {
                unsent(bytes, delivery, error);
            }
        });
    }
    /// Sees to it that a stream message can be sent; false when it is known at once that it cannot.
    fn open_connection(&self, _delivery: &Delivery) -> bool {
        true
    }
    /// The places a URI stands for.
    fn locate(&self, uri: &Text) -> Located;
    /// Puts a question to the name servers.
    fn ask_dns(&self, query: &locate::Query) -> BoxFuture<locate::Answer>;
    /// Hands the cache of DNS answers to `work`, with the time; false when there is none.
    fn with_dns_cache(&self, work: &mut dyn FnMut(&mut locate::DnsCache, Instant)) -> bool;
    /// The socket that the system's routing would use to reach a place.
    fn route_to(&self, hop: NextHop) -> Option<SocketId>;
    /// A stream connection.
    fn connection(&self, id: ConnectionId) -> Option<ConnectionInfo>;
    /// All stream connections.
    fn connections(&self) -> Vec<ConnectionInfo>;
    /// Closes a stream connection.
    fn close_connection(&self, id: ConnectionId) -> bool;
    /// Lets a connection also serve for another port of its peer.
    fn alias_connection(&self, id: ConnectionId, port: u16) -> bool;
    /// Gives a connection another idle lifetime.
    fn set_connection_lifetime(&self, id: ConnectionId, lifetime: Duration) -> bool;
    /// Has the system probe a silent peer, or stop that.
    fn set_connection_keepalive(&self, _id: ConnectionId, _keepalive: Option<KeepAlive>) -> bool {
        false
    }
    /// Marks a connection.
    fn set_connection_mark(&self, _id: ConnectionId, _mark: u32) -> bool {
        false
    }
    /// Looks after stream connections as these parameters say from now on.
    fn set_streams(&self, _tcp: &TcpSettings) -> bool {
        false
    }
    /// Resolves names as these parameters say from now on.
    fn set_names(&self, _dns: &DnsSettings) -> bool {
        false
    }
    /// Has the system's configuration of name servers read again.
    fn read_name_servers(&self) -> bool {
        false
    }
    /// Begins a clean stop of the server.
    fn stop(&self);
}
