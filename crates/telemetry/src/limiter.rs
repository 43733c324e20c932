//! A limit on messages that strangers can trigger.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many messages were suppressed since the last one written; shown as the end of a sentence, of none as nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suppressed(pub u64);

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            number => write!(f, ", and {number} more since this was said last"),
        }
    }
}

/// Lets a few messages through at once and then one per interval; counts the rest.
///
/// Give each kind of message its own limiter. Shared between threads.
#[derive(Debug)]
pub struct RateLimiter {
    interval_ns: u64,
    /// How far ahead of the steady rate a burst may run.
    burst_ns: u64,
    /// When the next message would be due at the steady rate, since 1970.
    due_ns: AtomicU64,
    suppressed: AtomicU64,
}

impl RateLimiter {
    /// At most `burst` messages at once, then one per `interval`.
    pub const fn new(burst: u32, interval: Duration) -> RateLimiter {
        let interval_ns = interval.as_nanos() as u64;
        RateLimiter {
            interval_ns,
            burst_ns: interval_ns.saturating_mul((if burst == 0 { 1 } else { burst }) as u64),
            due_ns: AtomicU64::new(0),
            suppressed: AtomicU64::new(0),
        }
    }

    /// Asks for one message at `time` (since 1970). `Some`: write it, with what was suppressed at its end. `None`: do not.
    pub fn admit(&self, time: Duration) -> Option<Suppressed> {
        let now = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let admitted = self
            .due_ns
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |due| {
                let next = due.max(now).saturating_add(self.interval_ns);
                (next - now <= self.burst_ns).then_some(next)
            });
        match admitted {
            Ok(_) => Some(Suppressed(self.suppressed.swap(0, Ordering::Relaxed))),
            Err(_) => {
                self.suppressed.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_steady_rate() {
        let limiter = RateLimiter::new(3, Duration::from_secs(1));
        let at = |ms: u64| {
            limiter
                .admit(Duration::from_millis(1_000_000 + ms))
                .map(|s| s.0)
        };
        let admitted: Vec<_> = (0..5).map(|_| at(0)).collect();
        assert_eq!(admitted, [Some(0), Some(0), Some(0), None, None]);
        assert_eq!(at(500), None);
        assert_eq!(at(1_000), Some(3));
        assert_eq!(at(1_000), None);
        let later: Vec<_> = (0..4).map(|_| at(60_000)).collect();
        assert_eq!(later, [Some(1), Some(0), Some(0), None]);
    }

    #[test]
    fn a_clock_that_goes_back_suppresses_and_recovers() {
        let limiter = RateLimiter::new(1, Duration::from_secs(1));
        let at = |seconds| limiter.admit(Duration::from_secs(seconds)).map(|s| s.0);
        assert_eq!(at(100), Some(0));
        assert_eq!(at(50), None);
        assert_eq!(at(101), Some(1));
    }

    #[test]
    fn of_nothing_suppressed_nothing_is_said() {
        assert_eq!(format!("full{}", Suppressed(0)), "full");
        let shown = format!("full{}", Suppressed(2));
        assert_eq!(shown, "full, and 2 more since this was said last");
    }
}
