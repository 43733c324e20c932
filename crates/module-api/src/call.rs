//! The context of a script run: the message, what was done to it, and what the run may use.

use crate::avp::Attributes;
use crate::lane::{LaneState, TransactionId};
use crate::notes::Notes;
use crate::outbox::{ConnectionId, Outbox, SocketId};
use crate::runtime::Runtime;
use crate::target::{Branches, Flags, Target};
use crate::value::Value;
use crate::work::{LaneKey, Work};
use catalog::RouteKind;
use sip::{Edits, Message, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stdx::Text;

/// How a message came in.
#[derive(Clone, Copy, Debug)]
pub struct Reception {
    /// The transport.
    pub transport: Transport,
    /// Our address it arrived at.
    pub local: SocketAddr,
    /// Our socket it arrived at.
    pub socket: SocketId,
    /// The address it came from.
    pub peer: SocketAddr,
    /// The connection it came over, for streams.
    pub connection: Option<ConnectionId>,
}

/// A place in the configuration, as the program numbers them; 0 is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub u32);

/// What a response that we make ourselves contains beyond the usual.
#[derive(Clone, Debug, Default)]
pub struct ResponseExtras {
    /// Header lines, each with its CRLF (`append_to_reply`).
    pub headers: Vec<u8>,
    /// The body and its content type (`set_reply_body`). By itself, since few runs set one.
    pub body: Option<Box<(Text, Text)>>,
}

/// The context of a script run. It owns everything it needs, so that a run can park.
pub struct Call {
    /// What was loaded when the message arrived.
    pub runtime: Arc<Runtime>,
    /// The message as received.
    pub message: Message,
    /// How it came in.
    pub reception: Reception,
    /// When the event that is being handled happened.
    pub now: Instant,
    /// The same, as time since 1970.
    pub unix_time: Duration,
    /// The kind of route block the run is in.
    pub route: RouteKind,
    /// Branch 0: Request-URI, next hop, socket.
    pub target: Target,
    /// Whether branch 0 is to be used by the next relay.
    pub target_is_new: bool,
    /// The other branches.
    pub branches: Branches,
    /// The index of the branch that a branch, onsend or reply route is about.
    pub branch_index: Option<usize>,
    /// What to change in the message when it is sent on.
    pub edits: Edits,
    /// What to add to responses we make ourselves.
    pub response_extras: ResponseExtras,
    /// Message, script and internal flags.
    pub flags: Flags,
    /// AVPs of all kinds.
    pub attributes: Box<Attributes>,
    /// `$var`, `$vn`: one slot for each name of the program.
    pub variables: Vec<Value>,
    /// `$rc`: the return code of the last function or route.
    pub return_code: i64,
    /// What the run has sent.
    pub outbox: Outbox,
    /// What modules keep in the lane of this call.
    pub lane: LaneState,
    /// What modules keep with this message.
    pub notes: Notes,
    /// The transaction the run works on.
    pub transaction: Option<TransactionId>,
    /// What is being sent, while an onsend route runs.
    pub sending: Option<Box<Sending>>,
    /// The statement being run.
    pub place: Place,
    /// Memory to write texts in before their length is known.
    pub scratch: Vec<u8>,
    /// Whether `log_prefix` is being expanded.
    pub(crate) in_log_prefix: bool,
}

impl Call {
    /// A context for `message`, with everything at its start.
    pub fn new(
        runtime: Arc<Runtime>,
        message: Message,
        reception: Reception,
        now: Instant,
        unix_time: Duration,
    ) -> Call {
        let variables = runtime.initial_variables.to_vec();
        Call {
            runtime,
            message,
            reception,
            now,
            unix_time,
            route: RouteKind::Request,
            target: Target::default(),
            target_is_new: true,
            branches: Branches::default(),
            branch_index: None,
            edits: Edits::default(),
            response_extras: ResponseExtras::default(),
            flags: Flags::default(),
            attributes: Box::default(),
            variables,
            return_code: 0,
            outbox: Outbox::default(),
            lane: LaneState::default(),
            notes: Notes::default(),
            transaction: None,
            sending: None,
            place: Place::default(),
            scratch: Vec::new(),
            in_log_prefix: false,
        }
    }

    /// Puts a request to a database for the event at hand. Reads for events that have come together may share what it takes to
    /// begin one ([`db::Connection::run_at`]).
    pub fn ask(
        &self,
        database: &dyn db::Connection,
        request: db::Request,
    ) -> db::Pending<db::Answer> {
        let (pending, snapshot) = database.run_at(request, self.now);
        if let Some(snapshot) = snapshot {
            // Left for the lane that this run has: it is done when that is released, after all events that came together.
            let lane = LaneKey::Number(self.lane.number);
            let end = Box::new(move |_: &mut Work<'_>| drop(snapshot));
            self.runtime.host.on_lane(lane, end);
        }
        pending
    }

    /// Resets the context for another message, keeping its memory.
    pub fn reuse(
        &mut self,
        runtime: &Arc<Runtime>,
        message: Message,
        reception: Reception,
        now: Instant,
        unix_time: Duration,
    ) {
        if !Arc::ptr_eq(&self.runtime, runtime) {
            self.runtime = runtime.clone();
        }
        self.message = message;
        self.reception = reception;
        self.now = now;
        self.unix_time = unix_time;
        self.target = Target::default();
        self.target_is_new = true;
        self.branches.list.clear();
        self.branch_index = None;
        self.edits.clear();
        self.response_extras.headers.clear();
        self.response_extras.body = None;
        self.flags = Flags::default();
        self.attributes.clear();
        self.notes = Notes::default();
        self.transaction = None;
        self.sending = None;
        self.place = Place::default();
        self.outbox.clear();
    }

    /// Frees memory that is only kept for the next message: a run that waits may wait for long.
    pub fn give_up_memory(&mut self) {
        self.outbox = Outbox::default();
        self.scratch = Vec::new();
        self.variables.shrink_to_fit();
    }

    /// The Request-URI as it stands; empty in a response.
    pub fn request_uri(&self) -> &[u8] {
        match &self.target.uri {
            Some(uri) => uri,
            None => self.message.request_uri(),
        }
    }

    /// Sets the Request-URI; branch 0 counts as new again.
    pub fn set_request_uri(&mut self, uri: impl Into<Text>) {
        self.target.uri = Some(uri.into());
        self.target_is_new = true;
    }

    /// Sets `$du`; branch 0 counts as new again, since another place is another branch (observed on 5.6.3).
    pub fn set_next_hop(&mut self, uri: impl Into<Text>) {
        self.target.destination_uri = Some(uri.into());
        self.target_is_new = true;
    }

    /// The connection that a request to `target` leaves by whatever its next hop, where the script asks for that.
    pub fn known_connection(&self, target: &Target) -> Option<ConnectionId> {
        target
            .connection
            .filter(|_| self.flags.marks.by_known_connection)
    }

    /// The URI of the next hop: `$du` when set, else the Request-URI.
    pub fn next_hop(&self) -> &[u8] {
        match &self.target.destination_uri {
            Some(uri) if !uri.is_empty() => uri,
            _ => self.request_uri(),
        }
    }

    /// A random number from the lane's generator.
    pub fn random(&mut self) -> u64 {
        self.lane.random.u64(..)
    }

    /// Ends the use of what belongs to one top-level run only (script flags, `$var`).
    pub fn reset_for_run(&mut self, route: RouteKind) {
        self.route = route;
        self.flags.script = 0;
        self.return_code = 0;
        self.variables.clear();
        self.variables
            .extend_from_slice(&self.runtime.initial_variables);
    }
}

/// What is about to leave, as an onsend route sees it.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Where it goes.
    pub delivery: crate::outbox::Delivery,
    /// Its bytes.
    pub bytes: Text,
}
