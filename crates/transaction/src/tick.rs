//! Time as transactions count it.

use std::time::Duration;

/// The length of a tick: deadlines that lie close together are served by one waking.
const MILLIS: u64 = 16;

/// A moment, in ticks of 16 ms after a start that all share. Deadlines are never early, and late by less than a tick.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Tick(pub u64);

impl Tick {
    /// A moment that does not come.
    pub const NEVER: Tick = Tick(u64::MAX);

    /// The tick that has begun at a time after the start.
    pub fn at(since_start: Duration) -> Tick {
        Tick(since_start.as_millis() as u64 / MILLIS)
    }

    /// The first tick that begins at or after that many milliseconds from now.
    #[must_use]
    pub fn after_ms(self, millis: u32) -> Tick {
        // The present tick may be nearly over: one more, lest the deadline be early.
        Tick(
            self.0
                .saturating_add(u64::from(millis).div_ceil(MILLIS))
                .saturating_add(1),
        )
    }

    /// When it begins, after the start.
    pub fn since_start(self) -> Duration {
        Duration::from_millis(self.0.saturating_mul(MILLIS))
    }

    /// Whether it comes at all.
    pub fn is_set(self) -> bool {
        self != Tick::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_early_and_hardly_late() {
        for start in [0, 1, 15, 16, 1000] {
            let start = Duration::from_millis(start);
            for delay in [0, 1, 16, 500, 4000] {
                let due = Tick::at(start).after_ms(delay).since_start();
                let wanted = start + Duration::from_millis(u64::from(delay));
                assert!(due >= wanted, "{start:?} {delay}");
                assert!(
                    due - wanted <= Duration::from_millis(32),
                    "{start:?} {delay}"
                );
            }
        }
    }
}
