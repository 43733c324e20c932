//! How long to wait for more messages before reading on.

use std::thread;
use std::time::{Duration, Instant};

/// How long a thread that reads sockets waits for more messages before it reads on.
///
/// Waking a thread costs more than reading and answering a message. Where messages come one close after the other, those
/// of a short while are handled with one waking, and what they are answered with wakes the peer once.
pub struct Company {
    /// The longest wait: what it may cost in latency.
    longest: Duration,
    /// What is assumed of a silence, however long.
    silence: Duration,
    /// When the last messages were read.
    last: Option<Instant>,
    /// The time between two messages, averaged.
    gap: Duration,
}

impl Company {
    /// Messages that come at longer intervals are read at once.
    const GAP_MAX: Duration = Duration::from_micros(250);
    /// How many messages are worth waiting for.
    const WANTED: u32 = 24;
    /// How much longer than the longest wait a silence has to be to count as one.
    const BEYOND_WAIT: Duration = Duration::from_millis(1);

    /// Nothing has been read yet. No wait is longer than `longest`; there is none if that is zero.
    pub fn new(longest: Duration) -> Company {
        let silence = longest + Self::BEYOND_WAIT;
        Company {
            longest,
            silence,
            last: None,
            gap: silence,
        }
    }

    /// Notes that `count` messages were read at `now`, of at most `most`; answers how long to wait before the next are read.
    pub fn pause(&mut self, count: usize, most: usize, now: Instant) -> Option<Duration> {
        let since = match self.last.replace(now) {
            Some(last) => now.saturating_duration_since(last).min(self.silence),
            None => self.silence,
        };
        let each = since / u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        self.gap = (self.gap * 15 + each) / 16;
        let is_worth_it = self.gap < Self::GAP_MAX && count < most && !self.longest.is_zero();
        is_worth_it.then(|| (self.gap * Self::WANTED).min(self.longest))
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
        const LONGEST: Duration = Duration::from_micros(500);
        let start = Instant::now();
        let pauses_up_to = |longest, gap: Duration, count: usize| {
            let mut company = Company::new(longest);
            (0..200)
                .map(|n| company.pause(count, 32, start + gap * n))
                .last()
                .flatten()
        };
        let pauses = |gap, count| pauses_up_to(LONGEST, gap, count);
        assert_eq!(pauses(Duration::from_millis(1), 1), None);
        assert_eq!(pauses(Duration::from_micros(280), 1), None);
        let dense = pauses(Duration::from_micros(20), 1).unwrap();
        assert!((Duration::from_micros(130)..LONGEST).contains(&dense));
        assert_eq!(pauses(Duration::from_micros(200), 1), Some(LONGEST));
        assert_eq!(
            pauses_up_to(Duration::ZERO, Duration::from_micros(20), 1),
            None
        );
        // What comes while it waits is counted by all of that time.
        let sparse = |gap, count| pauses_up_to(3 * LONGEST, gap, count);
        assert_eq!(sparse(3 * LONGEST, 7), Some(3 * LONGEST));
        assert_eq!(sparse(3 * LONGEST, 5), None);
        // What fills a batch does not wait for more.
        assert_eq!(pauses(Duration::from_micros(300), 32), None);
    }
}
