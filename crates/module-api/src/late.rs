//! Answers of RPC commands that come after the command's function has ended.

use crate::call::Call;
use crate::rpc::{Fault, RpcReply, RpcValue};
use crate::step::Step;
use crate::world::BoxFuture;
use futures_channel::oneshot;
use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

/// How many commands may wait for their answers at a time.
const LATE_MAX: usize = 256;

/// What comes of a command.
pub type RpcOutcome = Result<RpcReply, Fault>;

/// Something that is there, or comes later.
pub enum Answered<T> {
    /// There.
    Now(T),
    /// To come.
    Later(BoxFuture<T>),
}

impl<T: Send + 'static> Answered<T> {
    /// What `with` makes of it, when it is there.
    pub fn map<U: Send + 'static>(self, with: impl FnOnce(T) -> U + Send + 'static) -> Answered<U> {
        match self {
            Answered::Now(answer) => Answered::Now(with(answer)),
            Answered::Later(answer) => Answered::Later(Box::pin(async move { with(answer.await) })),
        }
    }

    /// Goes on with it in a script: at once when it is there, else as soon as it is. `what` names it for operators.
    pub fn step<S: Into<Step>>(
        self,
        call: &mut Call,
        what: impl Into<Cow<'static, str>>,
        then: impl FnOnce(&mut Call, T) -> S + Send + 'static,
    ) -> Step {
        match self {
            Answered::Now(answer) => then(call, answer).into(),
            Answered::Later(answer) => Step::wait(what, answer, then),
        }
    }
}

/// What an RPC command that answers later is answered with, once; a command whose handle is dropped is answered with a fault.
pub struct LateAnswer(oneshot::Sender<Result<Vec<RpcValue>, Fault>>);

impl LateAnswer {
    pub(crate) fn new() -> (Self, oneshot::Receiver<Result<Vec<RpcValue>, Fault>>) {
        let (sender, receiver) = oneshot::channel();
        (LateAnswer(sender), receiver)
    }

    /// Answers. Whoever asked may have lost patience.
    pub fn finish(self, answer: Result<Vec<RpcValue>, Fault>) {
        let _ = self.0.send(answer);
    }
}

/// How many commands wait for their answers.
#[derive(Default)]
pub struct Slots(AtomicUsize);

/// The right to wait for an answer; given back when dropped.
pub struct Slot(Arc<Slots>);

impl Slots {
    /// How many wait now.
    pub fn taken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn take(slots: &Arc<Slots>) -> Result<Slot, Fault> {
        // The slot gives back what the count is too high by.
        let slot = Slot(slots.clone());
        match slots.0.fetch_add(1, Ordering::Relaxed) {
            0..LATE_MAX => Ok(slot),
            _ => Err(Fault::new(503, "too many commands wait for answers")),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The promised answer, or a fault when `expiry` comes first.
pub(crate) fn within(
    mut answer: oneshot::Receiver<Result<Vec<RpcValue>, Fault>>,
    mut expiry: BoxFuture<()>,
    slot: Slot,
) -> BoxFuture<Result<Vec<RpcValue>, Fault>> {
    Box::pin(async move {
        let answer = std::future::poll_fn(|context| {
            if let Poll::Ready(answer) = Pin::new(&mut answer).poll(context) {
                return Poll::Ready(answer.map_err(|_| "no answer came"));
            }
            let expired = expiry.as_mut().poll(context);
            expired.map(|()| Err("no answer came in time"))
        });
        let answer = answer.await;
        drop(slot);
        answer.unwrap_or_else(|reason| Err(Fault::new(500, reason)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    #[test]
    fn only_so_many_commands_wait_at_a_time() {
        let slots = Arc::new(Slots::default());
        let held: Vec<Slot> = (0..LATE_MAX)
            .map(|_| Slots::take(&slots).unwrap())
            .collect();
        assert_eq!(Slots::take(&slots).err().map(|fault| fault.code), Some(503));
        assert_eq!(slots.taken(), LATE_MAX);
        drop(held);
        assert_eq!(slots.taken(), 0);
    }

    #[test]
    fn a_handle_that_is_dropped_answers_with_a_fault() {
        let slots = Arc::new(Slots::default());
        let (handle, receiver) = LateAnswer::new();
        let never = Box::pin(std::future::pending());
        let mut late = within(receiver, never, Slots::take(&slots).unwrap());
        let mut context = Context::from_waker(Waker::noop());
        assert!(late.as_mut().poll(&mut context).is_pending());
        drop(handle);
        let expected = Err(Fault::new(500, "no answer came"));
        assert_eq!(late.as_mut().poll(&mut context), Poll::Ready(expected));
        assert_eq!(slots.taken(), 0);
    }

    #[test]
    fn a_limit_ends_the_wait() {
        let slots = Arc::new(Slots::default());
        let (_handle, receiver) = LateAnswer::new();
        let at_once = Box::pin(std::future::ready(()));
        let mut late = within(receiver, at_once, Slots::take(&slots).unwrap());
        let mut context = Context::from_waker(Waker::noop());
        let expected = Err(Fault::new(500, "no answer came in time"));
        assert_eq!(late.as_mut().poll(&mut context), Poll::Ready(expected));
    }
}
