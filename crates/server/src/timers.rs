//! One thread for all deadlines: those of lanes and the periodic work of modules.
//!
//! While nothing is due nothing ticks: the thread sleeps until the first deadline.

use crate::engine::Engine;
use module_api::Runtime;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Deadlines closer together than this are served by one waking.
const GRAIN: Duration = Duration::from_millis(1);

/// What wakes the timer thread.
#[derive(Default)]
pub struct Alarm {
    rung: Mutex<bool>,
    bell: Condvar,
    /// Not 0 when the thread is to end.
    stopped: AtomicU64,
}

impl Alarm {
    /// Makes the timer thread look at all deadlines again.
    pub fn look_again(&self) {
        let mut rung = self.rung.lock();
        if !*rung {
            *rung = true;
            self.bell.notify_one();
        }
    }

    /// Makes the timer thread end.
    pub fn stop(&self) {
        self.stopped.store(1, Ordering::Relaxed);
        self.look_again();
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) != 0
    }

    fn wait(&self, until: Option<Instant>) {
        let mut rung = self.rung.lock();
        if !*rung {
            match until {
                Some(until) => {
                    self.bell.wait_until(&mut rung, until);
                }
                None => self.bell.wait(&mut rung),
            }
        }
        *rung = false;
    }
}

/// The next run of each periodic timer of a runtime.
pub struct Periodic {
    runtime: Arc<Runtime>,
    next: Vec<Instant>,
}

impl Periodic {
    /// All timers of a runtime, each due one interval from `now`.
    pub fn new(runtime: Arc<Runtime>, now: Instant) -> Periodic {
        let next = runtime
            .hooks
            .timers
            .iter()
            .map(|timer| now + timer.interval)
            .collect();
        Periodic { runtime, next }
    }

    /// Runs what is due. A timer that is late does not run twice to catch up.
    pub fn run_due(&mut self, now: Instant) {
        for (next, timer) in self.next.iter_mut().zip(&self.runtime.hooks.timers) {
            if *next <= now {
                (timer.work)(&self.runtime, now);
                *next += timer.interval;
                if *next <= now {
                    *next = now + timer.interval;
                }
            }
        }
    }

    /// When the first of them is due.
    pub fn next(&self) -> Option<Instant> {
        self.next.iter().min().copied()
    }
}

/// The timer thread's work, until the alarm is stopped.
pub fn drive(engine: &Engine, alarm: &Alarm) {
    let mut periodic: Option<Periodic> = None;
    while !alarm.is_stopped() {
        let now = Instant::now();
        if let Some(loaded) = engine.current() {
            let stale = periodic
                .as_ref()
                .is_none_or(|p| !Arc::ptr_eq(&p.runtime, &loaded.runtime));
            if stale {
                periodic = Some(Periodic::new(loaded.runtime.clone(), now));
            }
        }
        if let Some(periodic) = &mut periodic {
            periodic.run_due(now);
        }
        engine.wake(now);
        let next = [
            engine.next_deadline(),
            periodic.as_ref().and_then(Periodic::next),
        ];
        let next = next.into_iter().flatten().min();
        alarm.wait(next.map(|at| at.max(now + GRAIN)));
    }
}
