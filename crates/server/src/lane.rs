//! Lanes: single owners of everything that belongs to their calls.
//!
//! Whoever has an event for a call runs the call's lane right there if nobody else does, or leaves the event in the lane's
//! inbox for the thread that does. What a lane sends has left before the lane is released, or stands in the queue of its
//! connection: messages of a call cannot overtake each other.

use crate::life;
use crate::loading::Loaded;
use crate::parked::{Parked, weight_of};
use module_api::{
    Admission, Answer, Awaited, Call, ConnectionId, LaneState, LaneTask, LogLevel, Outbox,
    ParkedRun, RateLimiter, Reception, RouteJob, RouteOutcome, RouteRun, RunEnd, Runtime, Traffic,
    Work,
};
use script_vm::Run;
use sip::{Message, Method};
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stdx::Text;

/// How many messages of one call wait while a run of it is parked. More are dropped and counted.
const MAILBOX_MAX: usize = 64;

/// How often in a row modules may want a lane at once. More have to wait for the timer.
const WAKES_MAX: usize = 64;

/// What becomes of a run that may not wait.
const REFUSED: RouteOutcome = RouteOutcome {
    code: 0,
    end: RunEnd::Drop,
};

/// Everything that can happen to a lane.
pub enum LaneEvent {
    /// A message has arrived.
    Message(Arrival),
    /// What a parked run waits for has answered.
    Completion(RunId, Answer),
    /// A deadline of the lane may have passed.
    Deadline,
    /// A route block is to be run that belongs to no message.
    Control(Box<RouteRun>),
    /// A module has work for the lane.
    Task(LaneTask),
    /// An operator asks about the lane.
    Look(Box<dyn FnOnce(&Lane) + Send>),
}

/// A message that has arrived, parsed.
pub struct Arrival {
    /// The message.
    pub message: Message,
    /// How it came in.
    pub reception: Reception,
}

/// The number of a parked run within its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(u64);

/// A call with parked runs that hold its later messages back.
#[derive(Default)]
struct Held {
    /// These runs.
    by: SmallVec<[RunId; 2]>,
    /// What has come meanwhile.
    mailbox: VecDeque<Arrival>,
}

/// When something happens, by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Monotonic time.
    pub now: Instant,
    /// Time since 1970.
    pub unix_time: Duration,
}

/// What the world outside of a lane does for it while it handles an event.
pub trait Outside {
    /// Sends what a run has produced, in order.
    fn send(&self, outbox: &mut Outbox);
    /// Closes a connection once what was sent before has left.
    fn close(&self, connection: ConnectionId);
    /// Starts an operation whose answer comes back as [`LaneEvent::Completion`].
    fn start(&self, lane: usize, run: RunId, operation: module_api::Operation);
    /// The configuration that new messages are handled with; none before there is one.
    fn loaded(&self) -> Option<Arc<Loaded>>;
    /// The configuration that a runtime is of, also one that has been replaced.
    fn loaded_of(&self, runtime: &Arc<Runtime>) -> Option<Arc<Loaded>>;
}

/// The single owner of its calls.
pub struct Lane {
    /// Its number.
    pub index: usize,
    /// What modules keep here; lent to the call that runs.
    pub state: LaneState,
    /// The time of the event being handled.
    pub now: Instant,
    /// The same, since 1970.
    pub unix_time: Duration,
    parked: BTreeMap<RunId, Box<Parked>>,
    /// When parked runs go on by themselves.
    wakes: BTreeSet<(Instant, RunId)>,
    /// The calls whose messages wait for a parked run, by Call-ID.
    held: BTreeMap<Text, Held>,
    next_run: u64,
    /// A context for the next message, whose memory is used again.
    pub spare: Option<Box<Call>>,
    /// What modules have to say between two runs.
    outbox: Outbox,
    /// Runs that modules have begun.
    jobs: VecDeque<RouteJob>,
    /// Holds back what is said of messages that are not let in, and of runs that may not wait.
    pub telling: RateLimiter,
}

impl Lane {
    /// A lane whose randomness comes from `seed`.
    pub fn new(index: usize, seed: u64, now: Instant) -> Lane {
        Lane {
            index,
            state: LaneState::seeded(index, seed, now),
            now,
            unix_time: Duration::ZERO,
            parked: BTreeMap::new(),
            wakes: BTreeSet::new(),
            held: BTreeMap::new(),
            next_run: 0,
            spare: None,
            outbox: Outbox::default(),
            jobs: VecDeque::new(),
            telling: RateLimiter::new(1, Duration::from_secs(1)),
        }
    }

    /// Handles one event. Never waits.
    pub fn handle(&mut self, event: LaneEvent, moment: Moment, outside: &dyn Outside) {
        self.now = moment.now;
        self.unix_time = moment.unix_time;
        match event {
            LaneEvent::Message(arrival) => self.arrive(arrival, outside),
            LaneEvent::Completion(run, answer) => self.resume(run, answer, outside),
            LaneEvent::Deadline => self.wake(outside),
            LaneEvent::Control(run) => life::control(self, *run, outside),
            LaneEvent::Look(look) => look(self),
            LaneEvent::Task(task) => {
                if let Some(loaded) = outside.loaded() {
                    self.work(&loaded, outside, task);
                }
            }
        }
        self.finish_work(outside);
    }

    /// When the lane wants to be woken next.
    pub fn next_deadline(&self) -> Option<Instant> {
        let parked = self.wakes.first().map(|(at, _)| *at);
        parked.into_iter().chain(self.state.next_wake()).min()
    }

    /// Lets module code have the lane, and sends what it has to say.
    pub fn work<T>(
        &mut self,
        loaded: &Arc<Loaded>,
        outside: &dyn Outside,
        act: impl FnOnce(&mut Work<'_>) -> T,
    ) -> T {
        let mut work = Work {
            runtime: &loaded.runtime,
            state: &mut self.state,
            outbox: &mut self.outbox,
            now: self.now,
            unix_time: self.unix_time,
            jobs: &mut self.jobs,
            spare: &mut self.spare,
        };
        let result = act(&mut work);
        outside.send(&mut self.outbox);
        result
    }

    /// Runs what modules have begun, and calls those who want the lane now.
    fn finish_work(&mut self, outside: &dyn Outside) {
        for _ in 0..WAKES_MAX {
            while let Some(job) = self.jobs.pop_front() {
                life::job(self, job, outside);
            }
            if !self.state.take_wake(self.now) {
                return;
            }
            if let Some(loaded) = outside.loaded() {
                self.work(&loaded, outside, |work| {
                    for hook in &loaded.runtime.hooks.wakes {
                        hook(work);
                    }
                });
            }
        }
    }

    /// Whether there are parked runs of calls, not only such that belong to none.
    pub fn holds_calls(&self) -> bool {
        !self.held.is_empty()
    }

    /// The parked runs, for operators.
    pub fn parked(&self) -> impl Iterator<Item = ParkedRun> + '_ {
        self.parked.values().map(|parked| parked.told())
    }

    /// The parked runs that hold a call back.
    fn parked_of<'a>(&'a self, held: &'a Held) -> impl Iterator<Item = (RunId, &'a Parked)> {
        let runs = held.by.iter();
        runs.filter_map(|id| Some((*id, &**self.parked.get(id)?)))
    }

    fn arrive(&mut self, arrival: Arrival, outside: &dyn Outside) {
        if !self.held.is_empty() {
            let id = arrival.message.call_id().unwrap_or_default();
            if self.held.contains_key(id) && self.cancels_parked(&arrival, outside) {
                return;
            }
            if let Some(held) = self.held.get(id) {
                let is_known = self
                    .parked_of(held)
                    .any(|(_, parked)| is_same(&parked.message(), &arrival));
                if is_known {
                    return;
                }
                let is_full = held.mailbox.len() >= MAILBOX_MAX;
                let by = self.parked_of(held).next();
                let loaded = by.map(|(_, parked)| parked.loaded().clone());
                if let Some(loaded) = loaded {
                    match is_full || is_memory_full(&loaded) {
                        true => loaded.runtime.traffic.refused_messages.increment(),
                        false => self.hold(&loaded, arrival, outside),
                    }
                }
                return;
            }
        }
        life::message(self, arrival, outside);
    }

    /// Puts a message into the mailbox of its call.
    fn hold(&mut self, loaded: &Arc<Loaded>, arrival: Arrival, outside: &dyn Outside) {
        if !arrival.message.is_request()
            && let Some(hook) = &loaded.runtime.hooks.waiting_response
        {
            self.work(loaded, outside, |work| hook(work, &arrival.message));
        }
        let memory = &loaded.runtime.traffic.parked_memory;
        memory.add(weight_of(&arrival.message));
        let id = arrival.message.call_id().unwrap_or_default();
        if let Some(held) = self.held.get_mut(id) {
            held.mailbox.push_back(arrival);
        }
    }

    /// Whether this is a CANCEL for an INVITE whose run is parked, and a module has dealt with it.
    fn cancels_parked(&mut self, arrival: &Arrival, outside: &dyn Outside) -> bool {
        if arrival.message.method() != Method::Cancel || !arrival.message.is_request() {
            return false;
        }
        let call_id = arrival.message.call_id().unwrap_or_default();
        let held = self.held.get(call_id);
        let found = held.and_then(|held| {
            self.parked_of(held).find(|(_, parked)| {
                parked.after().can_be_cancelled() && is_cancelled_by(&parked.message(), arrival)
            })
        });
        let Some((id, loaded)) = found.map(|(id, parked)| (id, parked.loaded().clone())) else {
            return false;
        };
        let Some(mut parked) = self.parked.remove(&id) else {
            return false;
        };
        let admission = match &loaded.runtime.hooks.cancel {
            Some(hook) => self.work(&loaded, outside, |work| {
                hook(work, &arrival.message, &arrival.reception, parked.call())
            }),
            None => Admission::Continue,
        };
        self.parked.insert(id, parked);
        admission == Admission::Consumed
    }

    /// Takes note of what a run came to.
    pub fn settle(
        &mut self,
        loaded: &Arc<Loaded>,
        mut call: Box<Call>,
        run: Run,
        outcome: script_vm::Outcome,
        after: life::After,
        outside: &dyn Outside,
    ) {
        match outcome {
            script_vm::Outcome::Done(outcome) => {
                life::ended(self, loaded, call, outcome, after, outside);
            }
            script_vm::Outcome::Parked { what, .. } if !self.may_wait(loaded, &what) => {
                life::ended(self, loaded, call, REFUSED, after, outside);
            }
            script_vm::Outcome::Parked { what, on } => {
                outside.send(&mut call.outbox);
                std::mem::swap(&mut self.state, &mut call.lane);
                let id = RunId(self.next_run);
                self.next_run += 1;
                if after.holds_call_back() {
                    let held = self.held.entry(call_id(&call.message)).or_default();
                    held.by.push(id);
                }
                match on {
                    Awaited::Delay(delay) => {
                        let wakes = self.now.checked_add(delay);
                        self.wakes.extend(wakes.map(|at| (at, id)));
                    }
                    Awaited::Operation(operation) => outside.start(self.index, id, operation),
                }
                let parked = Parked::new(run, call, loaded.clone(), what, after);
                loaded.runtime.traffic.parked_runs.add(1);
                loaded.runtime.traffic.parked_memory.add(parked.weight());
                self.parked.insert(id, Box::new(parked));
            }
        }
    }

    /// Whether one more run may wait; the operator is told of one that may not.
    fn may_wait(&self, loaded: &Loaded, what: &str) -> bool {
        if !is_memory_full(loaded) {
            return true;
        }
        let traffic = &loaded.runtime.traffic;
        traffic.refused_runs.increment();
        if let Some(suppressed) = self.telling.admit(self.unix_time) {
            let waiting = traffic.parked_runs.value();
            loaded.runtime.log(
                LogLevel::Error,
                format_args!(
                    "{waiting} runs that wait take all the memory they may have (parked_memory): one that wants to wait for {what} \
                     ends{suppressed}"
                ),
            );
        }
        false
    }

    /// A context for a message, with the lane's state lent to it.
    pub fn context(
        &mut self,
        loaded: &Arc<Loaded>,
        message: Message,
        reception: Reception,
    ) -> Box<Call> {
        let mut call = match self.spare.take() {
            Some(mut call) => {
                call.reuse(
                    &loaded.runtime,
                    message,
                    reception,
                    self.now,
                    self.unix_time,
                );
                call
            }
            None => Box::new(Call::new(
                loaded.runtime.clone(),
                message,
                reception,
                self.now,
                self.unix_time,
            )),
        };
        std::mem::swap(&mut self.state, &mut call.lane);
        call
    }

    /// Takes from a context what it was lent; what it has sent leaves.
    pub fn take_back(&mut self, call: &mut Call, outside: &dyn Outside) {
        outside.send(&mut call.outbox);
        std::mem::swap(&mut self.state, &mut call.lane);
    }

    /// Lends the lane's state to a context that is about to run.
    pub fn lend(&mut self, call: &mut Call) {
        std::mem::swap(&mut self.state, &mut call.lane);
        call.now = self.now;
        call.unix_time = self.unix_time;
    }

    /// Takes a context back as a whole.
    pub fn give_back(&mut self, mut call: Box<Call>, outside: &dyn Outside) {
        self.take_back(&mut call, outside);
        self.keep(call);
    }

    /// Keeps a context that was taken back, for its memory.
    pub fn keep(&mut self, call: Box<Call>) {
        self.spare = Some(call);
    }

    fn resume(&mut self, id: RunId, answer: Answer, outside: &dyn Outside) {
        let Some(parked) = self.parked.remove(&id) else {
            return;
        };
        let traffic = &parked.loaded().runtime.traffic;
        traffic.parked_runs.add(-1);
        traffic.parked_memory.add(-parked.weight());
        let (mut run, mut call, loaded, after) = parked.into_parts();
        let call_id = after.holds_call_back().then(|| call_id(&call.message));
        self.lend(&mut call);
        let outcome = run.resume(&loaded.program, &mut call, answer);
        self.settle(&loaded, call, run, outcome, after, outside);
        if let Some(call_id) = call_id {
            // What the end of the run has set going comes before what has waited for it.
            self.finish_work(outside);
            self.release(&call_id, id, &loaded.runtime.traffic, outside);
        }
    }

    /// One run less holds a call back; after the last what waited is handled, unless that parks a run again.
    fn release(&mut self, id: &Text, run: RunId, traffic: &Traffic, outside: &dyn Outside) {
        if let Some(held) = self.held.get_mut(id) {
            held.by.retain(|known| *known != run);
        }
        while self.held.get(id).is_some_and(|held| held.by.is_empty()) {
            let Some(Held { mut mailbox, .. }) = self.held.remove(id) else {
                return;
            };
            let Some(arrival) = mailbox.pop_front() else {
                return;
            };
            traffic.parked_memory.add(-weight_of(&arrival.message));
            life::message(self, arrival, outside);
            self.finish_work(outside);
            if !mailbox.is_empty() {
                // Messages that came meanwhile are newer than those that wait.
                let held = self.held.entry(id.clone()).or_default();
                mailbox.append(&mut held.mailbox);
                held.mailbox = mailbox;
            }
        }
    }

    fn wake(&mut self, outside: &dyn Outside) {
        // Runs that park again, and for no time at all, have to wait for the next event.
        let new = RunId(self.next_run);
        while let Some((at, id)) = self.wakes.first().copied() {
            if at > self.now || id >= new {
                return;
            }
            self.wakes.remove(&(at, id));
            self.resume(id, Box::new(()), outside);
        }
    }
}

/// Whether what waits takes all the memory it may have.
fn is_memory_full(loaded: &Loaded) -> bool {
    let runtime = &loaded.runtime;
    runtime.traffic.parked_memory.value() >= runtime.settings.parked_memory << 20
}

/// Whether a message that has arrived is the one being handled, sent again.
fn is_same(known: &Message, arrival: &Arrival) -> bool {
    let new = &arrival.message;
    let branch = |message: &Message| {
        message
            .top_via()
            .ok()
            .and_then(|via| via.branch)
            .map(|span| message.slice(span))
    };
    known.is_request()
        && new.is_request()
        && known.method_name() == new.method_name()
        && known.cseq().ok().map(|cseq| cseq.number) == new.cseq().ok().map(|cseq| cseq.number)
        && branch(known) == branch(new)
}

/// Whether a CANCEL that has arrived is for the INVITE being handled (RFC 3261 §9.1, §9.2): branches that can be guessed are not
/// enough to take somebody else's call back.
fn is_cancelled_by(invite: &Message, cancel: &Arrival) -> bool {
    let new = &cancel.message;
    let sender = |message: &Message| {
        let via = message.top_via().ok()?;
        let host = message.text(via.host).to_ascii_lowercase();
        Some((message.slice(via.branch?), host, via.port_or_default()))
    };
    let number = |message: &Message| message.cseq().ok().map(|cseq| cseq.number);
    invite.is_request()
        && invite.method() == Method::Invite
        && number(invite) == number(new)
        && invite.call_id() == new.call_id()
        && sender(invite).is_some()
        && sender(invite) == sender(new)
}

fn call_id(message: &Message) -> Text {
    Text::from(message.call_id().unwrap_or_default())
}
