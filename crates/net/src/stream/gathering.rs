//! Lets messages for one connection leave together.
//!
//! The system takes as long to send ten messages over a stream as it does to send one, and what is sent wakes the peer. Where
//! traffic is dense, what a thread sends while it handles what streams have brought waits in the queue of its connection, and
//! leaves when the thread has nothing else to do.

use std::cell::Cell;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::connection::{Connection, Flush, Flushed};
use super::shared::Streams;

/// A thread that always has something to do lets go of what waits after so long.
const LONGEST: Duration = Duration::from_millis(1);
/// Nothing waits.
const NOTHING: u64 = u64::MAX;

thread_local! {
    static IS_HANDLING: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, this thread handles what a stream has brought.
pub(super) struct Handling(());

impl Handling {
    pub(super) fn begin() -> Handling {
        IS_HANDLING.set(true);
        Handling(())
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        IS_HANDLING.set(false);
    }
}

/// The connections whose queues wait to be written.
pub(super) struct Gathering {
    is_wanted: AtomicBool,
    waiting: Mutex<Vec<Arc<Connection>>>,
    /// Since when; microseconds.
    since: AtomicU64,
}

impl Default for Gathering {
    fn default() -> Gathering {
        Gathering {
            is_wanted: AtomicBool::new(false),
            waiting: Mutex::default(),
            since: AtomicU64::new(NOTHING),
        }
    }
}

/// Has what waits on the streams of a server leave. Does not keep them alive.
#[derive(Clone)]
pub struct Gathered(Weak<Streams>);

impl Gathered {
    pub(crate) fn new(streams: &Arc<Streams>) -> Gathered {
        Gathered(Arc::downgrade(streams))
    }

    /// Writes what waits, and has more wait from now on if that `is_wanted`. To be called by each thread of the runtime when it
    /// has nothing else to do.
    pub fn let_go(&self, is_wanted: bool) {
        if let Some(streams) = self.0.upgrade() {
            streams.let_go(is_wanted);
        }
    }
}

impl Streams {
    /// Whether what this thread sends now may wait until [`Streams::let_go`].
    pub(super) fn may_gather(&self) -> bool {
        self.gathering.is_wanted.load(Ordering::Relaxed) && IS_HANDLING.get()
    }

    /// Notes that the queue of a connection waits to be written.
    pub(super) fn gather(&self, connection: &Arc<Connection>, now: Instant) {
        let gathering = &self.gathering;
        let mut waiting = gathering
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            gathering.since.store(self.micros(now), Ordering::Relaxed);
        }
        waiting.push(Arc::clone(connection));
    }

    /// See [`Gathered::let_go`].
    pub(super) fn let_go(self: &Arc<Self>, is_wanted: bool) {
        let gathering = &self.gathering;
        gathering.is_wanted.store(is_wanted, Ordering::Relaxed);
        if gathering.since.load(Ordering::Relaxed) == NOTHING {
            return;
        }
        let waiting = {
            let mut waiting = gathering
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            gathering.since.store(NOTHING, Ordering::Relaxed);
            mem::take(&mut *waiting)
        };
        for connection in waiting {
            // Whoever reads the connection deals with a failure.
            if connection.flush(Flush::Gathered, self.queued()) == Ok(Flushed::Blocked) {
                self.flush_in_background(&connection);
            }
        }
    }

    /// Writes what has waited for too long.
    pub(super) fn let_go_of_late(self: &Arc<Self>) {
        let since = self.gathering.since.load(Ordering::Relaxed);
        if since == NOTHING {
            return;
        }
        if self.micros(Instant::now()) >= since + LONGEST.as_micros() as u64 {
            self.let_go(true);
        }
    }
}
