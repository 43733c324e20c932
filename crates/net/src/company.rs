//! How long to wait for more messages before reading on.

use std::thread;
use std::time::{Duration, Instant};

/// How long a thread that reads sockets waits for more messages before it reads on.
///
/// Waking a thread costs more than reading and answering a message. Where messages come one close after the other, those
/// of a short while are handled with one waking, and what they are answered with wakes the peer once.
pub struct Company {
    /// When the last messages were read.
    last: Option<Instant>,
    /// The time between two messages, averaged.
    gap: Duration,
}

impl Company {
    /// Messages that come at longer intervals are read at once.
    const GAP_MAX: Duration = Duration::from_micros(250);
    /// How many messages are worth waiting for.
    const WANTED: u32 = 8;
    /// The longest wait: what it may cost in latency.
    const PAUSE_MAX: Duration = Duration::from_micros(300);
    /// What is assumed of a silence, however long.
    const SILENCE: Duration = Duration::from_millis(1);

    /// Nothing has been read yet.
    pub fn new() -> Company {
        Company {
            last: None,
            gap: Self::SILENCE,
        }
    }

    /// Notes that `count` messages were read at `now`, of at most `most`; answers how long to wait before the next are read.
    pub fn pause(&mut self, count: usize, most: usize, now: Instant) -> Option<Duration> {
        let since = match self.last.replace(now) {
            Some(last) => now.saturating_duration_since(last).min(Self::SILENCE),
            None => Self::SILENCE,
        };
        let each = since / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        self.gap = (self.gap * 15 + each) / 16;
        let is_dense = self.gap < Self::GAP_MAX && count < most;
        is_dense.then(|| (self.gap * Self::WANTED).min(Self::PAUSE_MAX))
    }
}

impl Default for Company {
    fn default() -> Company {
        Company::new()
    }
}

/// Waits on this thread, which has nothing else to do.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the thread that would block in the next read"
)]
pub fn rest(time: Duration) {
    thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_is_waited_for_only_where_it_comes() {
        let start = Instant::now();
        let pauses = |gap: Duration, count: usize| {
            let mut company = Company::new();
            (0..200)
                .map(|n| company.pause(count, 32, start + gap * n))
                .last()
                .flatten()
        };
        assert_eq!(pauses(Duration::from_millis(1), 1), None);
        assert_eq!(pauses(Duration::from_micros(280), 1), None);
        let dense = pauses(Duration::from_micros(20), 1).unwrap();
        assert!((Duration::from_micros(130)..=Company::PAUSE_MAX).contains(&dense));
        let slower = pauses(Duration::from_micros(200), 1);
        assert_eq!(slower, Some(Company::PAUSE_MAX));
        // What fills a batch does not wait for more.
        assert_eq!(pauses(Duration::from_micros(300), 32), None);
    }
}
