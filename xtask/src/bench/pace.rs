//! When the next request is due: an open loop, which does not slow down because the server does.

use std::time::Duration;

use crate::random::Random;

/// Poisson arrivals at a mean rate.
pub struct Pace {
    next: f64,
    gap: f64,
    random: Random,
}

impl Pace {
    /// Arrivals at `rate` per second, the first at once. Equal seeds give equal arrivals.
    pub fn new(rate: f64, seed: u64) -> Self {
        Self {
            next: 0.0,
            gap: 1.0 / rate,
            random: Random::new(seed | 1),
        }
    }

    /// Whether a request is due `since_start`.
    pub fn is_due(&self, since_start: Duration) -> bool {
        self.next <= since_start.as_secs_f64()
    }

    /// How long until the next one is due.
    pub fn until_next(&self, since_start: Duration) -> Duration {
        Duration::from_secs_f64((self.next - since_start.as_secs_f64()).max(0.0))
    }

    /// Moves on to the next arrival.
    pub fn advance(&mut self) {
        // Exponentially distributed gaps make a Poisson process.
        self.next -= self.random.unit().ln() * self.gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_keep_their_mean_rate() {
        let mut pace = Pace::new(1000.0, 7);
        for _ in 0..50_000 {
            pace.advance();
        }
        assert!((49.0..51.0).contains(&pace.next), "{}", pace.next);
        assert!(pace.is_due(Duration::from_secs(60)));
        assert!(!pace.is_due(Duration::from_secs(40)));
    }
}
