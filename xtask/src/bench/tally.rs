//! What became of the units of a load.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Units begun.
    pub sent: usize,
    /// Units that ended as they should.
    pub answered: usize,
    /// Messages that were wrong, by what was wrong.
    pub faults: BTreeMap<&'static str, usize>,
    /// Requests the far end saw.
    pub forwarded: usize,
    /// Response times in microseconds, sorted.
    pub latencies_us: Vec<u32>,
    /// Time from the first to the last beginning of a unit.
    pub sending: Duration,
    /// CPU time of this end.
    pub client_cpu: Duration,
}

impl Outcome {
    /// Units per second that were really begun.
    pub fn rate(&self) -> f64 {
        self.sent as f64 / self.sending.as_secs_f64().max(1e-9)
    }

    /// Part of the units that did not end as they should, 0 to 1.
    pub fn bad_share(&self) -> f64 {
        (self.sent - self.answered.min(self.sent)) as f64 / self.sent.max(1) as f64
    }

    /// The response time below which `share` of the units stay, in microseconds.
    pub fn percentile(&self, share: f64) -> Option<u32> {
        let last = self.latencies_us.len().checked_sub(1)?;
        let index = (self.latencies_us.len() as f64 * share) as usize;
        self.latencies_us.get(index.min(last)).copied()
    }
}

/// The units of a run while it goes on.
pub struct Tally {
    /// When the messages being looked at were received.
    pub now: Instant,
    /// When each unit began; `None` before that and once it has ended.
    begun: Vec<Option<Instant>>,
    ended: usize,
    outcome: Outcome,
}

impl Tally {
    /// A tally of `count` units.
    pub fn new(count: usize) -> Self {
        Self {
            now: Instant::now(),
            begun: vec![None; count],
            ended: 0,
            outcome: Outcome::default(),
        }
    }

    /// How many units were begun.
    pub fn begun(&self) -> usize {
        self.outcome.sent
    }

    /// Whether there is nothing left to wait for.
    pub fn all_ended(&self) -> bool {
        self.ended == self.begun.len()
    }

    /// Counts the next unit as begun and returns its number.
    pub fn begin(&mut self, now: Instant) -> usize {
        let unit = self.outcome.sent;
        if let Some(begun) = self.begun.get_mut(unit) {
            *begun = Some(now);
        }
        self.outcome.sent += 1;
        unit
    }

    /// Notes a fault of a message, if there is one.
    pub fn note(&mut self, fault: Option<&'static str>) {
        if let Some(what) = fault {
            *self.outcome.faults.entry(what).or_default() += 1;
        }
    }

    /// Counts a request at the far end and returns how many there were before.
    pub fn forwarded(&mut self) -> usize {
        self.outcome.forwarded += 1;
        self.outcome.forwarded - 1
    }

    /// Takes the response time of `unit`.
    pub fn answered(&mut self, unit: usize) {
        if let Some(Some(begun)) = self.begun.get(unit) {
            let latency = (self.now - *begun).as_micros() as u32;
            self.outcome.latencies_us.push(latency);
        }
    }

    /// Ends `unit`: well, or with the faults that were noted.
    pub fn end(&mut self, unit: usize, is_right: bool) {
        match self.begun.get_mut(unit).and_then(Option::take) {
            Some(_) => {
                self.ended += 1;
                self.outcome.answered += usize::from(is_right);
            }
            None => self.note(Some("a response to what had ended")),
        }
    }

    /// What came of it all.
    pub fn into_outcome(mut self, sending: Duration, client_cpu: Duration) -> Outcome {
        self.outcome.latencies_us.sort_unstable();
        Outcome {
            sending,
            client_cpu,
            ..self.outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_what_was_measured() {
        let outcome = Outcome {
            latencies_us: (1..=100).collect(),
            sent: 200,
            answered: 100,
            ..Outcome::default()
        };
        assert_eq!(outcome.percentile(0.5), Some(51));
        assert_eq!(outcome.percentile(1.0), Some(100));
        assert!((outcome.bad_share() - 0.5).abs() < 1e-9);
        assert_eq!(Outcome::default().percentile(0.5), None);
    }

    #[test]
    fn a_unit_ends_once() {
        let mut tally = Tally::new(2);
        let start = Instant::now();
        assert_eq!((tally.begin(start), tally.begin(start)), (0, 1));
        tally.now = start + Duration::from_micros(70);
        tally.answered(0);
        tally.end(0, true);
        tally.end(0, true);
        assert!(!tally.all_ended());
        tally.end(1, false);
        assert!(tally.all_ended());
        let outcome = tally.into_outcome(Duration::ZERO, Duration::ZERO);
        assert_eq!((outcome.sent, outcome.answered), (2, 1));
        assert_eq!(outcome.latencies_us, [70]);
        assert_eq!(outcome.faults["a response to what had ended"], 1);
    }
}
