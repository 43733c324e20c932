//! The door of a lane: how events come to it from many threads, and how it is had by one at a time.

use crate::lane::{Lane, LaneEvent, Moment, Outside};
use module_api::Call;
use parking_lot::{Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The thread's own context for the next message. A lane borrows it for each event, so that it stays in the processor's
/// cache.
pub type Spare<'a> = &'a mut Option<Box<Call>>;

/// A lane with the door through which events come.
pub struct LaneCell {
    lane: Mutex<Lane>,
    inbox: Mutex<VecDeque<LaneEvent>>,
    /// The next deadline in nanoseconds after the engine's start; `u64::MAX` is none.
    deadline: AtomicU64,
}

impl LaneCell {
    /// A cell around a lane.
    pub fn new(lane: Lane) -> LaneCell {
        LaneCell {
            lane: Mutex::new(lane),
            inbox: Mutex::default(),
            deadline: AtomicU64::new(u64::MAX),
        }
    }

    /// When the lane wants to be woken next, in nanoseconds after the engine's start.
    pub fn deadline(&self) -> u64 {
        self.deadline.load(Ordering::Relaxed)
    }

    /// Handles an event here and now, or leaves it to the thread that has the lane.
    pub fn handle(
        &self,
        event: LaneEvent,
        clock: &dyn Clock,
        outside: &dyn Outside,
        spare: Spare<'_>,
    ) {
        match self.hold() {
            Some(mut held) => {
                held.handle(event, clock.moment(), outside, spare);
                held.release(clock, outside, spare);
            }
            None => {
                self.leave(event);
                self.work(clock, outside, spare);
            }
        }
    }

    /// The lane, if nobody else has it.
    pub fn hold(&self) -> Option<HeldLane<'_>> {
        Some(HeldLane {
            lane: self.lane.try_lock()?,
            cell: self,
        })
    }

    /// Leaves an event for whoever has the lane next. To be followed by [`LaneCell::work`].
    pub fn leave(&self, event: LaneEvent) {
        self.inbox.lock().push_back(event);
    }

    /// Handles what was left, unless somebody has the lane, who then does it.
    pub fn work(&self, clock: &dyn Clock, outside: &dyn Outside, spare: Spare<'_>) {
        // Whoever had the lane may have looked into the inbox just before an event got there.
        while !self.inbox.lock().is_empty() {
            let Some(mut held) = self.hold() else { return };
            held.work_off(clock.moment(), outside, spare);
            held.note_deadline(clock);
        }
    }
}

/// A lane in the hands of this thread. What it has sent must have left before it is released.
pub struct HeldLane<'a> {
    lane: MutexGuard<'a, Lane>,
    cell: &'a LaneCell,
}

impl HeldLane<'_> {
    /// The lane's number.
    pub fn index(&self) -> usize {
        self.lane.index
    }

    /// Handles an event after those that were left, which are older.
    pub fn handle(
        &mut self,
        event: LaneEvent,
        moment: Moment,
        outside: &dyn Outside,
        spare: Spare<'_>,
    ) {
        self.work_off(moment, outside, spare);
        self.handle_one(event, moment, outside, spare);
    }

    /// Handles the events that were left.
    pub fn work_off(&mut self, moment: Moment, outside: &dyn Outside, spare: Spare<'_>) {
        loop {
            let Some(event) = self.cell.inbox.lock().pop_front() else {
                return;
            };
            self.handle_one(event, moment, outside, spare);
        }
    }

    fn handle_one(
        &mut self,
        event: LaneEvent,
        moment: Moment,
        outside: &dyn Outside,
        spare: Spare<'_>,
    ) {
        std::mem::swap(&mut self.lane.spare, spare);
        self.lane.handle(event, moment, outside);
        std::mem::swap(&mut self.lane.spare, spare);
    }

    /// Lets others have the lane, and sees to what was left for it meanwhile.
    pub fn release(self, clock: &dyn Clock, outside: &dyn Outside, spare: Spare<'_>) {
        let cell = self.cell;
        self.note_deadline(clock);
        drop(self);
        cell.work(clock, outside, spare);
    }

    fn note_deadline(&self, clock: &dyn Clock) {
        let next = self.lane.next_deadline();
        let deadline = next.map_or(u64::MAX, |at| clock.since_start(at).as_nanos() as u64);
        let before = self.cell.deadline.load(Ordering::Relaxed);
        if before != deadline {
            // The timer thread must see it when it plans its sleep, or hear of it afterwards.
            self.cell.deadline.store(deadline, Ordering::SeqCst);
            if let Some(at) = next.filter(|_| deadline < before) {
                clock.deadline_set(at);
            }
        }
    }
}

/// The time as lanes see it.
pub trait Clock: Send + Sync {
    /// This moment.
    fn moment(&self) -> Moment;
    /// How long after the start an instant is.
    fn since_start(&self, at: Instant) -> Duration;
    /// Told that some lane wants to be woken earlier than before.
    fn deadline_set(&self, at: Instant);
}
