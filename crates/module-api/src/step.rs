//! What a script function returns: a verdict at once, or what it waits for.

use crate::call::Call;
use crate::route::{RouteId, RouteOutcome};
use catalog::RouteKind;
use std::any::Any;
use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The return code of a script function: positive is true, negative is false, 0 ends the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict(pub i64);

impl Verdict {
    /// Success (1).
    pub const TRUE: Verdict = Verdict(1);
    /// Failure (-1).
    pub const FALSE: Verdict = Verdict(-1);
    /// The script ends, as with `exit` (0).
    pub const EXIT: Verdict = Verdict(0);

    /// `TRUE` or `FALSE`.
    pub const fn of(truth: bool) -> Verdict {
        if truth { Verdict::TRUE } else { Verdict::FALSE }
    }
}

/// A verdict that `$rc` does not show: the core's own functions are more like statements (observed on 5.6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unrecorded(pub Verdict);

impl Unrecorded {
    /// Success.
    pub const TRUE: Unrecorded = Unrecorded(Verdict::TRUE);

    /// `TRUE` or `FALSE`.
    pub const fn of(truth: bool) -> Unrecorded {
        Unrecorded(Verdict::of(truth))
    }
}

/// What an awaited operation answers with; only the continuation knows its type.
pub type Answer = Box<dyn Any + Send>;

/// An operation that runs outside the lanes.
pub type Operation = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What continues the run once the answer is there.
pub type Continuation = Box<dyn FnOnce(&mut Call, Answer) -> Step + Send>;

/// What a script function returns.
pub enum Step {
    /// It is done, with this return code.
    Done(Verdict),
    /// It is done, and `$rc` stays what it was.
    Unrecorded(Verdict),
    /// The run parks until an operation has answered.
    Wait(Box<Waiting>),
    /// The run enters a route block, then goes on with the function.
    Enter(Box<Entry>),
}

/// A parked run's reason, and what goes on afterwards.
pub struct Waiting {
    /// For operators: what is awaited, such as `http GET example.org`.
    pub what: Cow<'static, str>,
    /// The thing awaited.
    pub on: Awaited,
    /// What goes on with the answer.
    pub then: Continuation,
}

/// The things a run can wait for.
pub enum Awaited {
    /// Time; the answer is `()`.
    Delay(Duration),
    /// An operation on the runtime for back ends.
    Operation(Operation),
}

/// A route block to run in the middle of a function.
pub struct Entry {
    /// The block.
    pub route: RouteId,
    /// The kind it runs as.
    pub kind: RouteKind,
    /// What goes on when it has ended.
    pub then: Box<dyn FnOnce(&mut Call, RouteOutcome) -> Step + Send>,
}

impl Step {
    /// Waits for `operation`, then goes on with its output.
    pub fn wait<T: Send + 'static, S: Into<Step>>(
        what: impl Into<Cow<'static, str>>,
        operation: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Call, T) -> S + Send + 'static,
    ) -> Step {
        Step::Wait(Box::new(Waiting {
            what: what.into(),
            on: Awaited::Operation(Box::pin(async move { Box::new(operation.await) as Answer })),
            then: Box::new(move |call, answer| match answer.downcast::<T>() {
                Ok(answer) => then(call, *answer).into(),
                Err(_) => {
                    stdx::never!("an operation answered with a type nobody asked for");
                    Step::Done(Verdict::FALSE)
                }
            }),
        }))
    }

    /// Goes on with the answer of a database: at once when it is there, else as soon as it is. `what` names the request
    /// for operators.
    pub fn answered<T: Send + 'static, S: Into<Step>>(
        call: &mut Call,
        what: &'static str,
        pending: db::Pending<T>,
        then: impl FnOnce(&mut Call, Result<T, db::Error>) -> S + Send + 'static,
    ) -> Step {
        match pending {
            db::Pending::Ready(result) => then(call, result).into(),
            db::Pending::Later(answer) => Step::wait(what, answer, then),
        }
    }

    /// Waits for `delay`, then goes on.
    pub fn sleep<S: Into<Step>>(
        delay: Duration,
        then: impl FnOnce(&mut Call) -> S + Send + 'static,
    ) -> Step {
        Step::Wait(Box::new(Waiting {
            what: Cow::Borrowed("time"),
            on: Awaited::Delay(delay),
            then: Box::new(move |call, _| then(call).into()),
        }))
    }

    /// The same, but `$rc` stays what it was.
    #[must_use]
    pub fn unrecorded(self) -> Step {
        match self {
            Step::Done(verdict) | Step::Unrecorded(verdict) => Step::Unrecorded(verdict),
            Step::Wait(mut waiting) => {
                let then = waiting.then;
                waiting.then = Box::new(|call, answer| then(call, answer).unrecorded());
                Step::Wait(waiting)
            }
            Step::Enter(mut entry) => {
                let then = entry.then;
                entry.then = Box::new(|call, outcome| then(call, outcome).unrecorded());
                Step::Enter(entry)
            }
        }
    }

    /// Runs the route block `route` as `kind`, then goes on with how it ended.
    pub fn enter<S: Into<Step>>(
        route: RouteId,
        kind: RouteKind,
        then: impl FnOnce(&mut Call, RouteOutcome) -> S + Send + 'static,
    ) -> Step {
        Step::Enter(Box::new(Entry {
            route,
            kind,
            then: Box::new(move |call, outcome| then(call, outcome).into()),
        }))
    }
}

impl From<Verdict> for Step {
    fn from(verdict: Verdict) -> Self {
        Step::Done(verdict)
    }
}

impl From<Unrecorded> for Step {
    fn from(verdict: Unrecorded) -> Self {
        Step::Unrecorded(verdict.0)
    }
}

impl From<bool> for Step {
    fn from(truth: bool) -> Self {
        Step::Done(Verdict::of(truth))
    }
}
