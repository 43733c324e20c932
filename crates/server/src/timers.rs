//! One thread for all deadlines: those of lanes and the periodic work of modules.
//!
//! While nothing is due nothing ticks: the thread sleeps until the first deadline.

use crate::engine::Engine;
use module_api::Runtime;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Deadlines closer together than this are served by one waking.
const GRAIN: Duration = Duration::from_millis(1);

/// What wakes the timer thread.
pub struct Alarm {
    rung: Mutex<bool>,
    bell: Condvar,
    stopped: AtomicBool,
    start: Instant,
    /// When the thread will wake by itself, in nanoseconds after `start`. 0 while it is awake: it looks at all deadlines
    /// before it sleeps.
    planned: AtomicU64,
}

impl Default for Alarm {
    fn default() -> Alarm {
        Alarm {
            rung: Mutex::default(),
            bell: Condvar::default(),
            stopped: AtomicBool::new(false),
            start: Instant::now(),
            planned: AtomicU64::new(0),
        }
    }
}

impl Alarm {
    /// Told of a deadline: the timer thread is woken only if it would sleep longer.
    pub fn set(&self, deadline: Instant) {
        let deadline = self.since_start(deadline);
        if deadline.saturating_add(GRAIN.as_nanos() as u64) < self.planned.load(Ordering::SeqCst) {
            self.look_again();
        }
    }

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
        self.stopped.store(true, Ordering::Relaxed);
        self.look_again();
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn since_start(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_nanos() as u64
    }

    /// Says when the thread will wake. Deadlines have to be looked at once more afterwards: one that was set before may
    /// have been missed, one that is set later rings.
    fn plan(&self, until: Option<Instant>) {
        let planned = until.map_or(u64::MAX, |until| self.since_start(until));
        self.planned.store(planned, Ordering::SeqCst);
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
        self.planned.store(0, Ordering::SeqCst);
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
        let next = || {
            let next = [
                engine.next_deadline(),
                periodic.as_ref().and_then(Periodic::next),
            ];
            let next = next.into_iter().flatten().min();
            next.map(|at| at.max(now + GRAIN))
        };
        let planned = next();
        alarm.plan(planned);
        alarm.wait(planned.into_iter().chain(next()).min());
    }
}
