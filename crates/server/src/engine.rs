//! All lanes together: where an event finds its lane.

mod host;

use crate::cell::{Clock, HeldLane, LaneCell};
use crate::desk::Desks;
use crate::impossible::Impossible;
use crate::lane::{Arrival, Lane, LaneEvent, Moment, Outside, RunId};
use crate::loading::Loaded;
use crate::platform::{Platform, SendError};
use crate::tap;
use arc_swap::ArcSwapOption;
use bytes::Bytes;
use foldhash::fast::FixedState;
use module_api::{
    ConnectionId, Delivery, Host, LogLevel, NetworkDirection, NetworkOctets, Operation, Outbox,
    RateLimiter, RawMessage, Reception, RouteRun, RunEnd, Runtime, StreamProtocols, Text, World,
};
use parking_lot::Mutex;
use sip::{HeaderId, Message, ParseError, Transport};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::fmt;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How many lanes of calls there are for each thread that can run at a time. Many more than threads, so that two seldom want
/// the same one; not more than needed, for what a lane keeps is the colder the more others have their turn before it.
const LANES_PER_THREAD: usize = 16;

/// Few lanes are enough for few threads, and the most that the numbers by which scripts name transactions have room for.
const LANES: RangeInclusive<usize> = 32..=192;

/// Shorter datagrams keep a way through NAT open, and are nothing that a script sees (observed on 5.6.3).
const SHORTEST: usize = 32;

/// How many lanes there are for what belongs to no call. One after the other of them gets the next run.
const CONTROL_LANES: usize = 32;

/// All lanes, and the configuration they work with.
pub struct Engine {
    cells: Box<[LaneCell]>,
    /// How many of them are for calls.
    lanes: usize,
    current: ArcSwapOption<Loaded>,
    /// Configurations that were replaced and are still in use somewhere.
    replaced: Mutex<Vec<Arc<Loaded>>>,
    world: Arc<dyn Platform>,
    desks: Desks,
    start: Instant,
    hasher: FixedState,
    next_control: AtomicUsize,
    /// Holds back what is said of datagrams that the system refuses.
    telling: RateLimiter,
    /// Holds back what is said of octets that are no message.
    telling_of_unreadable: RateLimiter,
    impossible: Impossible,
    own: Weak<Engine>,
}

impl Engine {
    /// Lanes without a configuration. All randomness comes from `seed`.
    pub fn new(world: Arc<dyn Platform>, seed: u64) -> Arc<Engine> {
        let start = world.now();
        let lanes = (world.threads() * LANES_PER_THREAD).clamp(*LANES.start(), *LANES.end());
        let mut random = fastrand::Rng::with_seed(seed);
        Arc::new_cyclic(|own| Engine {
            cells: (0..lanes + CONTROL_LANES)
                .map(|index| LaneCell::new(Lane::new(index, random.u64(..), start)))
                .collect(),
            lanes,
            current: ArcSwapOption::empty(),
            replaced: Mutex::default(),
            world,
            desks: Desks::default(),
            start,
            hasher: FixedState::with_seed(random.u64(..)),
            next_control: AtomicUsize::new(0),
            telling: RateLimiter::new(10, Duration::from_secs(1)),
            telling_of_unreadable: RateLimiter::new(10, Duration::from_secs(1)),
            impossible: Impossible::default(),
            own: own.clone(),
        })
    }

    /// Begins to work with the first configuration: modules and event routes do what they do once.
    pub fn begin(&self, loaded: Arc<Loaded>) {
        let runtime = loaded.runtime.clone();
        self.install(loaded);
        self.raise(&runtime, "core:modinit-before");
        for begin in &runtime.hooks.starts {
            begin(&runtime);
        }
        self.raise(&runtime, "core:worker-one-init");
    }

    /// Runs one of the core's event routes, if the configuration has it.
    fn raise(&self, runtime: &Arc<Runtime>, event: &str) {
        if let Some(route) = runtime.routes.event.get(event) {
            self.run_route(RouteRun::event(runtime, *route));
        }
    }

    /// Makes a configuration the one that new messages are handled with.
    pub fn install(&self, loaded: Arc<Loaded>) {
        let before = self.current.swap(Some(loaded));
        let mut replaced = self.replaced.lock();
        // One that nobody but its own configuration holds serves no call any more.
        replaced.retain(|loaded| Arc::strong_count(&loaded.runtime) > 1);
        replaced.extend(before);
    }

    /// The configuration that new messages are handled with.
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.current.load_full()
    }

    /// Handles octets that have arrived, on this thread.
    pub fn receive(&self, bytes: Bytes, reception: Reception) {
        let current = self.current.load();
        let Some(loaded) = &*current else { return };
        self.receive_one(loaded, bytes, reception);
    }

    /// Handles octets by themselves, after the event route that everything received goes through.
    fn receive_one(&self, loaded: &Arc<Loaded>, bytes: Bytes, reception: Reception) {
        let bytes = self.tapped(loaded, bytes, reception);
        let modes = loaded.runtime.settings.received_route_mode;
        self.raise_received(loaded, (bytes, reception), modes);
    }

    /// Handles octets that have arrived together, the oldest first. What they are answered with leaves together.
    ///
    /// `distributed` is called when the next ones may be taken from where these came from.
    pub fn receive_all(
        &self,
        arrived: impl Iterator<Item = (Bytes, Reception)>,
        is_shared: bool,
        distributed: impl FnOnce(),
    ) {
        let current = self.current.load();
        let Some(loaded) = &*current else { return };
        if loaded.events.received.is_some() {
            for (bytes, reception) in arrived {
                self.receive_one(loaded, bytes, reception);
            }
            return;
        }
        let moment = self.moment();
        let mut desk = self.desks.take();
        let collected = Collected {
            engine: self,
            loaded,
            outbox: RefCell::new(&mut desk.outbox),
            closing: RefCell::default(),
        };
        let spare = &mut desk.spare;
        let mut held: SmallVec<[HeldLane<'_>; 32]> = SmallVec::new();
        let mut touched: SmallVec<[&LaneCell; 32]> = SmallVec::new();
        for (bytes, reception) in arrived {
            let bytes = self.tapped(loaded, bytes, reception);
            let Some(message) = self.parse(loaded, bytes, reception) else {
                continue;
            };
            let index = self.lane_of(message.call_id().unwrap_or_default());
            let Some(cell) = self.cells.get(index) else {
                continue;
            };
            let event = LaneEvent::Message(Arrival { message, reception });
            if is_shared {
                // Another thread may have the next messages of the same calls as soon as these are distributed.
                cell.leave(event);
                if !touched.iter().any(|known| std::ptr::eq(*known, cell)) {
                    touched.push(cell);
                }
                continue;
            }
            match held.iter_mut().find(|lane| lane.index() == index) {
                Some(lane) => lane.handle(event, moment, &collected, spare),
                None => match cell.hold() {
                    Some(mut lane) => {
                        lane.handle(event, moment, &collected, spare);
                        held.push(lane);
                    }
                    None => {
                        cell.leave(event);
                        touched.push(cell);
                    }
                },
            }
        }
        distributed();
        for cell in touched {
            if let Some(mut lane) = cell.hold() {
                lane.work_off(moment, &collected, spare);
                held.push(lane);
            }
        }
        self.leave(*collected.outbox.borrow_mut());
        for connection in collected.closing.take() {
            self.close(connection);
        }
        for lane in held {
            lane.release(self, self, spare);
        }
        self.desks.put(desk);
    }

    /// What `event_route[network:msg]` makes of octets that came in.
    fn tapped(&self, loaded: &Arc<Loaded>, bytes: Bytes, reception: Reception) -> Bytes {
        match loaded.events.network {
            Some(_) => tap::incoming(loaded, bytes, reception, self.moment()),
            None => bytes,
        }
    }

    /// Sends messages, as `event_route[network:msg]` makes them.
    fn leave(&self, outbox: &mut Outbox) {
        let current = self.current.load();
        let loaded = current
            .as_ref()
            .filter(|loaded| loaded.events.network.is_some());
        if let Some(loaded) = loaded {
            tap::outgoing_all(loaded, outbox, self.moment());
        }
        drop(current);
        self.world.send_all(outbox, &mut |bytes, delivery, error| {
            self.lost(bytes, delivery, error);
            self.unsent(bytes);
        });
    }

    /// Runs `event_route[core:msg-received]` before octets are taken for a message, as `modes` says: first as for octets (2), then
    /// as for a whole message (1).
    fn raise_received(
        &self,
        loaded: &Arc<Loaded>,
        (bytes, reception): (Bytes, Reception),
        modes: i64,
    ) {
        let route = loaded.events.received;
        let route = route.filter(|_| modes != 0 && !is_too_short(&bytes, &reception));
        let Some(route) = route else {
            return self.accept(loaded, bytes, reception);
        };
        let engine = self.own.clone();
        let mode = if modes & 2 != 0 { 2 } else { 1 };
        let raw = RawMessage {
            bytes: Text::from(bytes),
            mode,
        };
        self.run_route_in_order(RouteRun {
            reception: Some(reception),
            note: Some(Box::new(move |notes| notes.set(raw))),
            done: Some(Box::new(move |call, outcome| {
                let (Some(engine), Some(raw)) = (engine.upgrade(), call.notes.take::<RawMessage>())
                else {
                    return;
                };
                if outcome.end != RunEnd::Drop
                    && let Some(loaded) = engine.current()
                {
                    let received = (raw.bytes.into_bytes(), reception);
                    engine.raise_received(&loaded, received, modes & !mode & 1);
                }
            })),
            ..RouteRun::event(&loaded.runtime, route)
        });
    }

    /// Handles octets as a message, if they are one.
    fn accept(&self, loaded: &Loaded, bytes: Bytes, reception: Reception) {
        if let Some(message) = self.parse(loaded, bytes, reception) {
            let lane = self.lane_of(message.call_id().unwrap_or_default());
            let arrival = Arrival { message, reception };
            self.post(lane, LaneEvent::Message(arrival));
        }
    }

    /// The message that octets are; none is told to the script.
    fn parse(&self, loaded: &Loaded, bytes: Bytes, reception: Reception) -> Option<Message> {
        let mut others = loaded.runtime.hooks.octets.iter();
        if others.any(|hook| hook(&loaded.runtime, &bytes, &reception)) {
            return None;
        }
        if is_too_short(&bytes, &reception) {
            return None;
        }
        let kept = loaded
            .events
            .parse_error
            .map(|route| (route, bytes.clone()));
        let is_response = bytes.starts_with(b"SIP/2.0 ");
        let length = bytes.len();
        let most = loaded.runtime.settings.message_max();
        let parsed = match length <= most {
            true => Message::parse(bytes),
            false => Err(ParseError::TooLarge),
        };
        let takes_http = loaded
            .runtime
            .settings
            .tcp
            .accept_protocols
            .has(StreamProtocols::HTTP);
        match parsed {
            Ok(message) if message.is_http() && takes_http => return Some(message),
            Ok(message) if !message.is_http() && has_readable_vias(&message) => {
                return Some(message);
            }
            parsed => {
                let traffic = &loaded.runtime.traffic;
                match is_response {
                    true => traffic.bad_responses.increment(),
                    false => traffic.bad_messages.increment(),
                }
                if parsed.is_ok() {
                    traffic.bad_headers.increment();
                }
                let may_stay = loaded.runtime.settings.tcp.script_mode != 0;
                let is_http = parsed.as_ref().is_ok_and(Message::is_http);
                if let Some(id) = reception.connection.filter(|_| is_http || !may_stay) {
                    self.world.close_connection(id);
                }
                let reason = parsed.as_ref().err();
                self.tell_of_unreadable(loaded, reason, length, reception.peer);
                if let Some((route, received)) = kept {
                    let octets = Text::from(received);
                    let raw = RawMessage {
                        bytes: octets.clone(),
                        mode: 0,
                    };
                    self.run_route(RouteRun {
                        message: parsed.ok(),
                        reception: Some(reception),
                        note: Some(Box::new(move |notes| {
                            notes.set(raw);
                            notes.set(NetworkOctets {
                                octets,
                                direction: NetworkDirection::Incoming,
                            });
                        })),
                        ..RouteRun::event(&loaded.runtime, route)
                    });
                }
            }
        }
        None
    }

    /// Tells the operator of octets that are no message (`corelog`).
    #[cold]
    fn tell_of_unreadable(
        &self,
        loaded: &Loaded,
        reason: Option<&ParseError>,
        length: usize,
        peer: SocketAddr,
    ) {
        let runtime = &loaded.runtime;
        let Some(suppressed) = self.telling_of_unreadable.admit(self.unix_time()) else {
            return;
        };
        let most = runtime.settings.message_max();
        let reason: &dyn fmt::Display = match reason {
            Some(_) if length > most => &format_args!("more than {most} (msg_recv_max_size)"),
            Some(reason) => reason,
            None => &"no Via that can be read, or an unreadable second one",
        };
        runtime.log(
            runtime.settings.log.core(),
            format_args!("{length} octets from {peer} are no message: {reason}{suppressed}"),
        );
    }

    /// Tells the operator that a connection was closed for a fault of its peer (`corelog`).
    #[cold]
    pub fn tell_of_fault(&self, loaded: &Loaded, fault: &str, peer: SocketAddr) {
        if let Some(suppressed) = self.telling_of_unreadable.admit(self.unix_time()) {
            let runtime = &loaded.runtime;
            runtime.log(
                runtime.settings.log.core(),
                format_args!("the connection of {peer} is closed: {fault}{suppressed}"),
            );
        }
    }

    /// Tells the operator of a datagram that the system has refused. Of streams whoever opens the connection tells.
    #[cold]
    fn lost(&self, bytes: &[u8], delivery: &Delivery, error: SendError) {
        let (Transport::Udp, SendError::System(_)) = (delivery.transport, error) else {
            return;
        };
        let Some(loaded) = self.current() else { return };
        if let Some(suppressed) = self.telling.admit(self.unix_time()) {
            let (what, length, peer) = (kind(bytes), bytes.len(), delivery.peer);
            loaded.runtime.log(
                LogLevel::Warning,
                format_args!(
                    "{what} of {length} octets was not sent to udp:{peer}: {error}{suppressed}"
                ),
            );
        }
    }

    /// Tells of a message that will not leave.
    pub fn unsent(&self, bytes: &[u8]) {
        if let Some(loaded) = self.current() {
            for hook in &loaded.runtime.hooks.unsent {
                hook(&loaded.runtime, bytes);
            }
        }
    }

    /// Wakes the lanes whose deadline has passed.
    pub fn wake(&self, now: Instant) {
        if let Some(loaded) = &*self.current.load() {
            self.impossible.tell(&loaded.runtime);
        }
        let now = self.since_start(now).as_nanos() as u64;
        for (index, cell) in self.cells.iter().enumerate() {
            if cell.deadline() <= now {
                self.post(index, LaneEvent::Deadline);
            }
        }
    }

    /// When the first lane wants to be woken.
    pub fn next_deadline(&self) -> Option<Instant> {
        let first = self.cells.iter().map(LaneCell::deadline).min()?;
        (first != u64::MAX).then(|| self.start + Duration::from_nanos(first))
    }

    /// Whether a run that messages have begun is parked in any lane, so that its answer is still to come.
    pub fn has_calls_waiting(&self) -> bool {
        let idle = Arc::new(AtomicUsize::new(0));
        for index in 0..self.cells.len() {
            let idle = idle.clone();
            let look = Box::new(move |lane: &Lane| {
                idle.fetch_add(usize::from(!lane.holds_calls()), Ordering::Relaxed);
            });
            self.post(index, LaneEvent::Look(look));
        }
        // A lane that is at work has not answered yet, and counts as one with calls.
        idle.load(Ordering::Relaxed) < self.cells.len()
    }

    fn lane_of(&self, call_id: &[u8]) -> usize {
        (self.hasher.hash_one(call_id) % self.lanes as u64) as usize
    }

    fn post(&self, lane: usize, event: LaneEvent) {
        if let Some(cell) = self.cells.get(lane) {
            let mut desk = self.desks.take();
            cell.handle(event, self, self, &mut desk.spare);
            self.desks.put(desk);
        }
    }
}

impl Clock for Engine {
    fn moment(&self) -> Moment {
        Moment {
            now: self.world.now(),
            unix_time: self.world.unix_time(),
        }
    }

    fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.start)
    }

    fn deadline_set(&self, at: Instant) {
        self.world.deadline_set(at);
    }
}

/// An engine's outside that keeps back what is sent, so that it leaves together.
struct Collected<'a> {
    engine: &'a Engine,
    /// The configuration as it was when the messages arrived.
    loaded: &'a Arc<Loaded>,
    outbox: RefCell<&'a mut Outbox>,
    /// The connections to be closed afterwards.
    closing: RefCell<Vec<ConnectionId>>,
}

impl Outside for Collected<'_> {
    fn send(&self, outbox: &mut Outbox) {
        let mut collected = self.outbox.borrow_mut();
        // Memory that has grown to a batch's size stays here: given to whoever sends, each lane would come to keep as much.
        if collected.is_empty() && collected.buffer.capacity() <= outbox.buffer.capacity() {
            std::mem::swap(&mut **collected, outbox);
        } else {
            outbox.drain(|bytes, delivery| collected.push(*delivery, bytes));
        }
    }

    fn close(&self, connection: ConnectionId) {
        self.closing.borrow_mut().push(connection);
    }

    fn start(&self, lane: usize, run: RunId, operation: Operation) {
        self.engine.start(lane, run, operation);
    }

    fn loaded(&self) -> Option<Arc<Loaded>> {
        Some(self.loaded.clone())
    }

    fn loaded_of(&self, runtime: &Arc<Runtime>) -> Option<Arc<Loaded>> {
        if Arc::ptr_eq(&self.loaded.runtime, runtime) {
            return Some(self.loaded.clone());
        }
        self.engine.loaded_of(runtime)
    }
}

impl Outside for Engine {
    fn send(&self, outbox: &mut Outbox) {
        if !outbox.is_empty() {
            self.leave(outbox);
        }
    }

    fn close(&self, connection: ConnectionId) {
        self.world.close_connection(connection);
    }

    fn start(&self, lane: usize, run: RunId, operation: Operation) {
        let engine = self.own.clone();
        self.world.spawn(Box::pin(async move {
            let answer = operation.await;
            if let Some(engine) = engine.upgrade() {
                engine.post(lane, LaneEvent::Completion(run, answer));
            }
        }));
    }

    fn loaded(&self) -> Option<Arc<Loaded>> {
        self.current()
    }

    fn loaded_of(&self, runtime: &Arc<Runtime>) -> Option<Arc<Loaded>> {
        let is_of = |loaded: &Arc<Loaded>| Arc::ptr_eq(&loaded.runtime, runtime);
        match self.current().filter(is_of) {
            Some(loaded) => Some(loaded),
            None => self.replaced.lock().iter().find(|l| is_of(l)).cloned(),
        }
    }
}

/// Whether octets are too few for a message.
fn is_too_short(bytes: &[u8], reception: &Reception) -> bool {
    !reception.transport.is_stream() && bytes.len() < SHORTEST
}

/// Whether the top Via can be read, and the one below where there is one: without that no response finds its way.
fn has_readable_vias(message: &Message) -> bool {
    message.reads(HeaderId::Via.bit())
        && message.top_via().is_ok()
        && message.second_via().is_none_or(|via| via.is_ok())
}

/// What a message is, in a sentence.
fn kind(bytes: &[u8]) -> String {
    let Ok(message) = Message::parse(Bytes::copy_from_slice(bytes)) else {
        return "what is no message".to_owned();
    };
    let method = message.cseq().map(|cseq| message.text(cseq.method_name));
    let method = Text::from(method.unwrap_or_default());
    match message.is_request() {
        true => format!("a request {method}"),
        false => format!("a response {} to {method}", message.status()),
    }
}
