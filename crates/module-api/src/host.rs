//! What the server does for modules and relays: clocks, sending, back ends, routes of their own.

use crate::avp::Attributes;
use crate::call::Call;
use crate::outbox::{ConnectionId, Delivery};
use crate::route::RouteId;
use crate::runtime::Runtime;
use catalog::RouteKind;
use sip::Message;
use std::any::Any;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A future that the server drives.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Called when a run outside any call has ended.
pub type RouteDone = Box<dyn FnOnce(&mut crate::call::Call, crate::route::RouteOutcome) + Send>;

/// A route block to be run outside any call: timers, event routes.
pub struct RouteRun {
    /// The runtime whose program has it.
    pub runtime: Arc<Runtime>,
    /// The block.
    pub route: RouteId,
    /// The kind it runs as.
    pub kind: RouteKind,
    /// The message it sees; without one it sees the stand-in request.
    pub message: Option<Message>,
    /// How that message came in, or which connection the event is about.
    pub reception: Option<crate::call::Reception>,
    /// What the script has attached to the message that the run is about.
    pub attached: Option<Attached>,
    /// A note for the run ([`crate::Call::notes`]), set by its type.
    pub note: Option<Box<dyn FnOnce(&mut crate::notes::Notes) + Send>>,
    /// Called with the run's context and its outcome when the run has ended.
    pub done: Option<RouteDone>,
}

impl RouteRun {
    /// A run of an event route that sees no message, and whose end nobody wants to know.
    pub fn event(runtime: &Arc<Runtime>, route: RouteId) -> RouteRun {
        RouteRun {
            runtime: runtime.clone(),
            route,
            kind: RouteKind::Event,
            message: None,
            reception: None,
            attached: None,
            note: None,
            done: None,
        }
    }
}

/// What a script has attached to a message, for the event route that is about it: AVPs of all kinds and flags. What that route
/// changes of it is gone with its run.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// AVPs of all kinds.
    pub attributes: Box<Attributes>,
    /// Message flags.
    pub message_flags: u32,
    /// The flags of the branch.
    pub branch_flags: u32,
}

impl Attached {
    /// What is attached to the message at hand.
    pub fn of(call: &Call) -> Attached {
        Attached {
            attributes: call.attributes.clone(),
            message_flags: call.flags.message,
            branch_flags: call.target.flags,
        }
    }

    /// Attaches it to another.
    pub fn attach_to(self, call: &mut Call) {
        call.attributes = self.attributes;
        call.flags.message = self.message_flags;
        call.target.flags = self.branch_flags;
    }
}

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
    pub fn of_host(host: &dyn Host, name: &[u8]) -> Located {
        // The port keeps the answer to the addresses of this name (RFC 3263 §4.2).
        let uri = stdx::Text::concat(&[b"sip:", name, b":5060;transport=udp"]);
        match sip::Uri::parse(&uri) {
            Ok(_) => host.locate(&uri),
            Err(_) => Located::Ready(Vec::new()),
        }
    }
}

/// The server as modules see it. The test bench implements it in virtual time.
pub trait Host: Send + Sync + Any {
    /// Monotonic time.
    fn now(&self) -> Instant;
    /// Time since 1970.
    fn unix_time(&self) -> Duration;
    /// The runtime that new messages are handled with; none before the server has begun. A reload replaces it: whoever
    /// outlives a configuration asks each time.
    fn runtime(&self) -> Option<Arc<Runtime>> {
        None
    }
    /// Drives a future outside the lanes.
    fn spawn(&self, task: BoxFuture<()>);
    /// A future that is ready after `delay`.
    fn sleep(&self, delay: Duration) -> BoxFuture<()>;
    /// Runs work that blocks on something outside, on a thread of its own; false when no thread can be had.
    fn run_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        std::thread::Builder::new()
            .name("outside".to_owned())
            .spawn(work)
            .is_ok()
    }
    /// Hands the cache of DNS answers to `work`, with the time; false when there is none.
    fn with_dns_cache(&self, _work: &mut dyn FnMut(&mut locate::DnsCache, Instant)) -> bool {
        false
    }
    /// Puts a question to the name servers.
    fn ask_dns(&self, _query: &locate::Query) -> BoxFuture<locate::Answer> {
        Box::pin(std::future::ready(locate::Answer::Failed))
    }
    /// Runs a route block on a lane of its own kind.
    fn run_route(&self, run: RouteRun);
    /// Like [`Host::run_route`], except that runs begun this way by one thread are run in the order in which they were begun.
    fn run_route_in_order(&self, run: RouteRun);
    /// Has work done in a lane: on this thread if nobody holds the lane, else by whoever does. Within a run of that same lane it
    /// is done when the run has ended or parked.
    fn on_lane(&self, lane: crate::work::LaneKey<'_>, task: crate::work::LaneTask);
    /// Sends a message that belongs to no run.
    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> bool;
    /// Makes sure that there is a connection for a stream delivery, and begins to open one if there is none; false when it is
    /// clear at once that nothing can be sent. A datagram needs a way that the system knows.
    fn open_connection(&self, _delivery: &Delivery) -> bool {
        true
    }
    /// The places a URI stands for.
    fn locate(&self, uri: &stdx::Text) -> Located;
    /// The socket that the system's routing would use to reach a place (`mhomed`).
    fn route_to(&self, hop: NextHop) -> Option<crate::outbox::SocketId>;
    /// A stream connection by its number; none when it is being closed.
    fn connection(&self, id: ConnectionId) -> Option<ConnectionInfo>;
    /// All stream connections, by number.
    fn connections(&self) -> Vec<ConnectionInfo>;
    /// Closes a stream connection; whether it was there.
    fn close_connection(&self, id: ConnectionId) -> bool;
    /// Lets a connection also serve for another port of its peer; whether it was there.
    fn alias_connection(&self, id: ConnectionId, port: u16) -> bool;
    /// Gives the connection another idle lifetime; whether it was there.
    fn set_connection_lifetime(&self, id: ConnectionId, lifetime: Duration) -> bool;
    /// Has the system probe the peer of a connection when it is silent, or stop that; whether that could be done.
    fn set_connection_keepalive(&self, _id: ConnectionId, _keepalive: Option<KeepAlive>) -> bool {
        false
    }
    /// Marks a connection with a number that is reported when it ends ([`crate::ConnectionChange::mark`]); whether it was there.
    fn set_connection_mark(&self, _id: ConnectionId, _mark: u32) -> bool {
        false
    }
    /// Applies these parameters to stream connections from now on; whether that can be done.
    fn set_streams(&self, _tcp: &crate::settings::TcpSettings) -> bool {
        false
    }
    /// Resolves names by these parameters from now on; whether that can be done.
    fn set_names(&self, _dns: &crate::settings::DnsSettings) -> bool {
        false
    }
    /// Has the system's configuration of name servers read again; whether that can be done.
    fn read_name_servers(&self) -> bool {
        false
    }
    /// Begins a clean stop of the server.
    fn stop(&self);
    /// Calls `tell` with the script runs that are parked, and what each waits for, as soon as every lane has been asked.
    fn parked(&self, tell: Box<dyn FnOnce(Vec<ParkedRun>) + Send + Sync>);
}

/// A parked run, as operators see it.
#[derive(Clone, Debug)]
pub struct ParkedRun {
    /// The Call-ID of its message.
    pub call_id: stdx::Text,
    /// What it waits for.
    pub what: String,
    /// Where in the configuration it stopped.
    pub place: String,
    /// Since when it waits.
    pub since: Instant,
}
