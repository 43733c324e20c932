//! What modules want to be called for, registered while they come to life.

use crate::call::Call;
use crate::call::Reception;
use crate::outbox::{ConnectionId, SocketId};
use crate::route::RouteOutcome;
use crate::runtime::Runtime;
use crate::work::Work;
use sip::{Message, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whether a message goes on to the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It does.
    Continue,
    /// The hook has dealt with it.
    Consumed,
}

/// A hook that sees each message of its kind before the script does.
pub type MessageHook = Box<dyn Fn(&mut Call) -> Admission + Send + Sync>;

/// Work done periodically, outside any call.
pub type TimerHook = Box<dyn Fn(&Arc<Runtime>, Instant) + Send + Sync>;

/// Answers the request at hand with a status and a reason, if it has a transaction.
pub type Responder =
    Box<dyn Fn(&mut Call, i64, &[u8]) -> Option<crate::step::Verdict> + Send + Sync>;

/// Takes a response that the core's reply route has let pass; given back, it is forwarded without state.
pub type ResponseOwner = Box<dyn Fn(&mut Work<'_>, Box<Call>) -> Option<Box<Call>> + Send + Sync>;

/// Called when the script of a request has ended, with how it did.
pub type RequestEndHook = Box<dyn Fn(&mut Call, RouteOutcome) + Send + Sync>;

/// Called in a lane at the time that was asked for ([`crate::LaneState::wake_at`]).
pub type WakeHook = Box<dyn Fn(&mut Work<'_>) + Send + Sync>;

/// Told of a CANCEL for an INVITE whose run is parked, with the context of that run. Unless consumed, the CANCEL waits for
/// the run to end.
pub type CancelHook =
    Box<dyn Fn(&mut Work<'_>, &Message, &Reception, &mut Call) -> Admission + Send + Sync>;

/// Told of a response that waits because a run of its call is parked; it will be handled when that run has ended.
pub type WaitingResponseHook = Box<dyn Fn(&mut Work<'_>, &Message) + Send + Sync>;

/// Called when a connection comes or goes.
pub type ConnectionHook = Box<dyn Fn(&Arc<Runtime>, &ConnectionChange) + Send + Sync>;

/// How `event_route[network:msg]` sees octets.
pub struct NetworkTap {
    /// Fewer octets than that pass without it.
    pub length_min: usize,
    /// The variable that has what they are changed to; without it, or where it has no text, they stay as they are.
    pub changed: Option<crate::pvar::BoundVariable>,
}

/// Told of a message that was to be sent and that will not leave: the socket did not take it, or its connection has ended
/// before. May be called from within any lane.
pub type UnsentHook = Box<dyn Fn(&Arc<Runtime>, &[u8]) + Send + Sync>;

/// What happened to a stream connection.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionChange {
    /// Its number.
    pub id: ConnectionId,
    /// What happened.
    pub kind: ConnectionChangeKind,
    /// Its transport.
    pub transport: Transport,
    /// Our socket it belongs to.
    pub socket: SocketId,
    /// Our end.
    pub local: SocketAddr,
    /// Their end.
    pub peer: SocketAddr,
    /// What a module marked it with; 0 when none did.
    pub mark: u32,
}

/// The kinds of [`ConnectionChange`]. All but `Opened` end the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionChangeKind {
    /// It can be used.
    Opened,
    /// It was closed in an orderly way.
    Closed,
    /// The peer reset it.
    Reset,
    /// Something that was expected did not arrive in time.
    TimedOut,
    /// It could not be opened.
    ConnectFailed,
}

/// Appends parameters to our Via, each with its semicolon.
pub type ViaHook = Box<dyn Fn(&Call, &mut Vec<u8>) + Send + Sync>;

/// Run once when the server starts.
pub type StartHook = Box<dyn Fn(&Arc<Runtime>) + Send + Sync>;

/// A periodic timer.
pub struct Timer {
    /// For operators.
    pub name: String,
    /// The time between two runs; at least 1 ms.
    pub interval: Duration,
    /// What it does.
    pub work: TimerHook,
}

/// Shown octets that have arrived before they are read as a message; whether it has dealt with them.
pub type OctetsHook =
    Box<dyn Fn(&Arc<Runtime>, &[u8], &crate::call::Reception) -> bool + Send + Sync>;

/// Everything that modules have registered.
#[derive(Default)]
pub struct Hooks {
    /// Shown what arrives before it is read as a message.
    pub octets: Vec<OctetsHook>,
    /// Run for each request before `request_route`.
    pub request: Vec<MessageHook>,
    /// Run for each response before the reply route.
    pub response: Vec<MessageHook>,
    /// Run once when the server starts, before the first message.
    pub starts: Vec<StartHook>,
    /// Told of connections that come and go.
    pub connections: Vec<ConnectionHook>,
    /// Told of messages that will not leave.
    pub unsent: Vec<UnsentHook>,
    /// Asked for deferred pieces of text when a message is written.
    pub fills: Vec<crate::relay::Fill>,
    /// Asked for parameters of our Via when a request is written.
    pub via_params: Vec<ViaHook>,
    /// Asked for parameters of the top Via when a response of our own is written.
    pub response_via_params: Vec<ViaHook>,
    /// Answers a request through its transaction; none from it means that there is no transaction.
    pub responder: Option<Responder>,
    /// Takes responses after the reply route.
    pub response_owner: Option<ResponseOwner>,
    /// Called when the script of a request has ended.
    pub request_ends: Vec<RequestEndHook>,
    /// Called before each action of the script. Only programs that are compiled when it is there pause for it.
    pub action: Option<crate::action::ActionHook>,
    /// Has `event_route[network:msg]` see the octets that come and go.
    pub network: Option<NetworkTap>,
    /// Called when a lane is woken.
    pub wakes: Vec<WakeHook>,
    /// Told of a CANCEL for an INVITE whose run is parked.
    pub cancel: Option<CancelHook>,
    /// Told of a response that waits because a run of its call is parked.
    pub waiting_response: Option<WaitingResponseHook>,
    /// Run periodically.
    pub timers: Vec<Timer>,
    /// Domains that are ours together with all their subdomains; copied into [`crate::Sockets::families`].
    pub families: Vec<crate::sockets::Alias>,
    /// The database engines. Drivers register while they are loaded; whoever opens a database does so when started.
    pub databases: db::Drivers,
}

impl Hooks {
    /// Registers periodic work.
    pub fn every(
        &mut self,
        name: impl Into<String>,
        interval: Duration,
        work: impl Fn(&Arc<Runtime>, Instant) + Send + Sync + 'static,
    ) {
        let interval = interval.max(Duration::from_millis(1));
        self.timers.push(Timer {
            name: name.into(),
            interval,
            work: Box::new(work),
        });
    }

    /// Registers a hook for other protocols on our sockets.
    pub fn on_octets(
        &mut self,
        hook: impl Fn(&Arc<Runtime>, &[u8], &crate::call::Reception) -> bool + Send + Sync + 'static,
    ) {
        self.octets.push(Box::new(hook));
    }

    /// Registers what is done once when the server starts; not done again by a reload.
    pub fn on_start(&mut self, work: impl Fn(&Arc<Runtime>) + Send + Sync + 'static) {
        self.starts.push(Box::new(work));
    }

    /// Registers a hook for requests.
    pub fn on_request(&mut self, hook: impl Fn(&mut Call) -> Admission + Send + Sync + 'static) {
        self.request.push(Box::new(hook));
    }

    /// Registers a hook for responses.
    pub fn on_response(&mut self, hook: impl Fn(&mut Call) -> Admission + Send + Sync + 'static) {
        self.response.push(Box::new(hook));
    }
}
