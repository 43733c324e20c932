//! What else the machine does while we measure: the reason not to believe a figure.

use std::fs;
use std::time::{Duration, Instant};

/// Longest quiet moment looked for.
const LOOK: Duration = Duration::from_millis(250);
/// Cores in use by others below which the machine counts as quiet.
const QUIET_CORES: f64 = 0.25;

/// CPU seconds of the whole machine since it started.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineReading {
    busy: f64,
    stolen: f64,
    at: Option<Instant>,
}

impl MachineReading {
    /// Reads the machine's counters, which advance in hundredths of a second.
    pub fn take() -> Self {
        let text = fs::read_to_string("/proc/stat").unwrap_or_default();
        let mut reading = Self::parse(text.lines().next().unwrap_or_default());
        reading.at = Some(Instant::now());
        reading
    }

    fn parse(line: &str) -> Self {
        let ticks: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .filter_map(|field| field.parse().ok())
            .collect();
        let at = |index: usize| ticks.get(index).copied().unwrap_or(0.0);
        // user nice system idle iowait irq softirq steal
        Self {
            busy: (at(0) + at(1) + at(2) + at(5) + at(6)) / 100.0,
            stolen: at(7) / 100.0,
            at: None,
        }
    }

    /// Cores busy, and cores taken away by the hypervisor, on average since `earlier`.
    pub fn cores_since(&self, earlier: &Self) -> (f64, f64) {
        let wall = match (self.at, earlier.at) {
            (Some(now), Some(then)) => (now - then).as_secs_f64().max(1e-3),
            _ => 1.0,
        };
        (
            (self.busy - earlier.busy) / wall,
            (self.stolen - earlier.stolen) / wall,
        )
    }
}

/// Waits for a moment in which nobody else works, `patience` at most.
pub fn wait_for_quiet(patience: Duration) {
    let start = Instant::now();
    while start.elapsed() < patience {
        let before = MachineReading::take();
        std::thread::sleep(LOOK);
        if MachineReading::take().cores_since(&before).0 < QUIET_CORES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_stolen_time_is_not_work() {
        let reading = MachineReading::parse("cpu  100 0 50 9000 10 0 25 300 0 0");
        assert!((reading.busy - 1.75).abs() < 1e-9);
        assert!((reading.stolen - 3.0).abs() < 1e-9);
    }
}
