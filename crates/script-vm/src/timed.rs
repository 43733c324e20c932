//! Telling of functions that take long (`latency_limit_action`).

use module_api::{Action, Call, LogLevel, Step, Waiting};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A call that is being timed.
#[derive(Clone)]
pub(crate) struct Timed {
    action: Arc<Action>,
    since: Instant,
}

impl Timed {
    /// A call of `action` that begins now, where there is a limit.
    pub fn begin(call: &Call, action: &Arc<Action>) -> Option<Timed> {
        let is_limited = call.runtime.settings.log.latency_limit_function.get() > 0;
        is_limited.then(|| Timed {
            action: action.clone(),
            since: call.runtime.host.now(),
        })
    }

    /// Takes note of what the function came to; of one that waits, when it has gone on. The time of a block that it enters is
    /// the block's.
    pub fn end(self, call: &mut Call, step: Step) -> Step {
        match step {
            Step::Wait(waiting) => {
                let Waiting { what, on, then } = *waiting;
                let then = Box::new(move |call: &mut Call, answer| {
                    let step = then(call, answer);
                    self.end(call, step)
                });
                Step::Wait(Box::new(Waiting { what, on, then }))
            }
            Step::Enter(entry) => Step::Enter(entry),
            step @ (Step::Done(_) | Step::Unrecorded(_)) => {
                self.tell(call);
                step
            }
        }
    }

    fn tell(&self, call: &mut Call) {
        let log = &call.runtime.settings.log;
        let level = LogLevel::from_number(log.latency_level.get());
        let limit = u64::try_from(log.latency_limit_function.get()).unwrap_or(0);
        let took = call
            .runtime
            .host
            .now()
            .saturating_duration_since(self.since);
        if took <= Duration::from_micros(limit) {
            return;
        }
        call.place = self.action.place;
        let (name, took) = (&self.action.name, took.as_micros());
        call.log(
            level,
            format_args!("action [{name}] took too long [{took} us]"),
        );
    }
}
