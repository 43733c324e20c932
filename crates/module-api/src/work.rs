//! What module code acts on while it holds a lane and no route block is running.

use crate::call::{Call, Reception};
use crate::lane::LaneState;
use crate::outbox::Outbox;
use crate::route::{RouteId, RouteOutcome};
use crate::runtime::Runtime;
use catalog::RouteKind;
use sip::Message;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What goes on when a route block that module code began has ended.
pub type AfterJob = Box<dyn FnOnce(&mut Work<'_>, Box<Call>, RouteOutcome) + Send>;

/// Work that is brought to a lane from elsewhere.
pub type LaneTask = Box<dyn FnOnce(&mut Work<'_>) + Send>;

/// A route block to be run over a context that a module has made.
pub struct RouteJob {
    /// The context; its runtime is the one whose program has the block.
    pub call: Box<Call>,
    /// The block.
    pub route: RouteId,
    /// The kind it runs as.
    pub kind: RouteKind,
    /// What goes on with the context when the run has ended.
    pub then: AfterJob,
}

/// Which lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneKey<'a> {
    /// The lane of the calls with this Call-ID.
    OfCall(&'a [u8]),
    /// The lane of this number ([`LaneState::number`]).
    Number(usize),
}

/// A lane in the hands of module code: between two runs, never during one.
pub struct Work<'a> {
    /// What is loaded.
    pub runtime: &'a Arc<Runtime>,
    /// What modules keep in the lane.
    pub state: &'a mut LaneState,
    /// What is to be sent.
    pub outbox: &'a mut Outbox,
    /// When the event that is being handled happened.
    pub now: Instant,
    /// The same, as time since 1970.
    pub unix_time: Duration,
    /// Runs begun and not yet started.
    pub jobs: &'a mut VecDeque<RouteJob>,
    /// A context whose memory can be used again.
    pub spare: &'a mut Option<Box<Call>>,
}

impl Work<'_> {
    /// Has a route block run when this work is done, after those begun before. The run may park; later messages with its
    /// Call-ID then wait.
    pub fn begin(&mut self, job: RouteJob) {
        self.jobs.push_back(job);
    }

    /// A context for `message`. The lane's state is not in it until it runs.
    pub fn context(
        &mut self,
        runtime: &Arc<Runtime>,
        message: Message,
        reception: Reception,
    ) -> Box<Call> {
        match self.spare.take() {
            Some(mut call) => {
                call.reuse(runtime, message, reception, self.now, self.unix_time);
                call
            }
            None => Box::new(Call::new(
                runtime.clone(),
                message,
                reception,
                self.now,
                self.unix_time,
            )),
        }
    }

    /// Takes a context back so that its memory is used again. What it has in its outbox is lost.
    pub fn give_back(&mut self, call: Box<Call>) {
        *self.spare = Some(call);
    }
}
