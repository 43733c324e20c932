//! Points in time that many threads may set.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A point in time in milliseconds since the table was made, or none.
pub(crate) struct Millis(AtomicU64);

impl Millis {
    pub(crate) const fn unset() -> Millis {
        Millis(AtomicU64::new(0))
    }

    pub(crate) fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Option<u64> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            point => Some(point),
        }
    }
}

/// Milliseconds since `epoch`, never 0.
pub(crate) fn millis_since(epoch: Instant, now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(epoch).as_millis())
        .map_or(u64::MAX, |millis| millis + 1)
}

/// The point in time that much later.
pub(crate) fn after(millis: u64, time: Duration) -> u64 {
    millis.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
