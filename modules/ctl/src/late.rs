//! Answers that come after their command has ended, on their way to who waits for them.

use crate::listener::Sender;
use crate::protocol::Protocol;
use module_api::{Answered, BoxFuture, Runtime};
use parking_lot::Mutex;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Who waits for an answer.
pub enum Place<P: Protocol> {
    /// The connection with that number.
    Connection(u64),
    /// The sender of a datagram to the listener with that index.
    Datagram(usize, Sender),
    /// Whoever wrote that request to the source.
    Source(P::Request),
}

/// The answers that have come, each with who waits for it.
type Arrived<P> = Mutex<Vec<(Place<P>, Vec<u8>)>>;

/// Where answers come in for the service's thread.
pub struct Late<P: Protocol> {
    arrived: Arc<Arrived<P>>,
    wake: Arc<UnixStream>,
}

impl<P: Protocol> Late<P> {
    /// Nothing is awaited yet; `wake` wakes the thread.
    pub fn new(wake: Arc<UnixStream>) -> Late<P> {
        Late {
            arrived: Arc::default(),
            wake,
        }
    }

    /// The answer if it is there; else it goes to `place` when it is.
    pub fn at_once(
        &self,
        runtime: &Arc<Runtime>,
        answered: Answered<Vec<u8>>,
        place: impl FnOnce() -> Place<P>,
    ) -> Option<Vec<u8>> {
        match answered {
            Answered::Now(answer) => Some(answer),
            Answered::Later(answer) => {
                self.await_answer(runtime, answer, place());
                None
            }
        }
    }

    /// Sees to it that an answer goes to `place` when it is there.
    pub fn await_answer(
        &self,
        runtime: &Arc<Runtime>,
        answer: BoxFuture<Vec<u8>>,
        place: Place<P>,
    ) {
        let (arrived, wake) = (self.arrived.clone(), self.wake.clone());
        runtime.host.spawn(Box::pin(async move {
            let answer = answer.await;
            arrived.lock().push((place, answer));
            // Full is as good as written; else the thread has ended.
            let _ = (&*wake).write(&[0]);
        }));
    }

    /// Takes what has come.
    pub fn take(&self) -> Vec<(Place<P>, Vec<u8>)> {
        std::mem::take(&mut *self.arrived.lock())
    }
}
