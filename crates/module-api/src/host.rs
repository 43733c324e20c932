//! What the server does for modules and relays: sending, routes of their own, work in lanes.

use crate::avp::Attributes;
use crate::call::Call;
use crate::outbox::Delivery;
use crate::route::RouteId;
use crate::runtime::Runtime;
use crate::world::World;
use catalog::RouteKind;
use sip::Message;
use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

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

/// The server as modules see it: its lanes, and the world around them.
pub trait Host: World + Any {
    /// The runtime that new messages are handled with; none before the server has begun. A reload replaces it: whoever
    /// outlives a configuration asks each time.
    fn runtime(&self) -> Option<Arc<Runtime>> {
        None
    }
    /// Runs work that blocks on something outside, on a thread of its own; false when no thread can be had.
    fn run_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        std::thread::Builder::new()
            .name("outside".to_owned())
            .spawn(work)
            .is_ok()
    }
    /// Runs a route block on a lane of its own kind.
    fn run_route(&self, run: RouteRun);
    /// Like [`Host::run_route`], except that runs begun this way by one thread are run in the order in which they were begun.
    fn run_route_in_order(&self, run: RouteRun);
    /// How many lanes there are; their numbers are below that.
    fn lanes(&self) -> usize;
    /// Has work done in a lane: on this thread if nobody holds the lane, else by whoever does. Within a run of that same lane it
    /// is done when the run has ended or parked.
    fn on_lane(&self, lane: crate::work::LaneKey<'_>, task: crate::work::LaneTask);
    /// Sends a message that belongs to no run.
    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> bool;
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
