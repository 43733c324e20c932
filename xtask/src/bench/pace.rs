//! When the next request is due: an open loop, which does not slow down because the server does.

use std::time::Duration;

/// Poisson arrivals at a mean rate.
pub struct Pace {
    next: f64,
    gap: f64,
    random: u64,
}

impl Pace {
    /// Arrivals at `rate` per second, the first at once. Equal seeds give equal arrivals.
    pub fn new(rate: f64, seed: u64) -> Self {
        Self {
            next: 0.0,
            gap: 1.0 / rate,
            random: seed | 1,
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
        self.next -= self.unit().ln() * self.gap;
    }

    /// Uniform in (0, 1], by splitmix64.
    fn unit(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
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
