//! Timers and the runs they start.

use crate::params::Params;
use diagnostics::codes;
use module_api::{Diagnostic, Notes, Placed, RouteId, RouteRun, Runtime, Text};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A timer as declared.
#[derive(Clone, Debug)]
pub struct TimerSpec {
    /// Its name.
    pub name: Text,
    /// The time between two runs.
    pub interval: Duration,
    /// The route blocks it runs.
    pub routes: Vec<Placed<Text>>,
}

/// The number of the timer, for the run.
pub struct Worker(pub i64);

/// One route block run by one timer.
pub struct Schedule {
    route: RouteId,
    worker: i64,
    /// Whether the run before is still going.
    busy: Arc<AtomicBool>,
}

impl Schedule {
    /// A schedule for `route`.
    pub fn new(route: RouteId, worker: i64) -> Schedule {
        Schedule {
            route,
            worker,
            busy: Arc::default(),
        }
    }

    /// Starts a run unless the one before is still going.
    pub fn run(&self, runtime: &Arc<Runtime>) {
        if self.busy.swap(true, Ordering::Relaxed) {
            return;
        }
        let (busy, worker) = (self.busy.clone(), self.worker);
        runtime.host.run_route(RouteRun {
            note: Some(Box::new(move |notes: &mut Notes| notes.set(Worker(worker)))),
            done: Some(Box::new(move |_, _| busy.store(false, Ordering::Relaxed))),
            ..RouteRun::event(runtime, self.route)
        });
    }
}

/// Reads the timers and what they run.
pub fn declare(params: &Params) -> Result<Vec<TimerSpec>, Vec<Diagnostic>> {
    let mut timers: Vec<TimerSpec> = Vec::new();
    let mut mistakes = Vec::new();
    let mut refuse = |name: &str, span, reason: String| {
        let message = format!("parameter `{name}`: {reason}");
        mistakes.push(Diagnostic::error(
            codes::params::BAD_PARAMETER,
            span,
            message,
        ));
    };
    for declared in &params.timer {
        match timer_spec(&declared.value.to_str_lossy(), params.default_interval) {
            Ok(timer) if timers.iter().any(|known| known.name == timer.name) => {
                let reason = format!("timer `{}` is declared twice", timer.name);
                refuse("timer", declared.span, reason);
            }
            Ok(timer) => timers.push(timer),
            Err(reason) => refuse("timer", declared.span, reason),
        }
    }
    for declared in &params.exec {
        match exec_spec(&declared.value.to_str_lossy()) {
            Ok((name, route)) => match timers.iter_mut().find(|timer| timer.name == name) {
                Some(timer) => {
                    timer.routes.push(Placed {
                        value: route,
                        span: declared.span,
                    });
                }
                None => refuse("exec", declared.span, format!("there is no timer `{name}`")),
            },
            Err(reason) => refuse("exec", declared.span, reason),
        }
    }
    if mistakes.is_empty() {
        Ok(timers)
    } else {
        Err(mistakes)
    }
}

fn attributes(text: &str) -> impl Iterator<Item = Result<(&str, &str), String>> {
    text.split(';')
        .map(str::trim)
        .filter(|a| !a.is_empty())
        .map(|attribute| {
            attribute
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()))
                .ok_or_else(|| format!("`{attribute}` has no value"))
        })
}

fn timer_spec(text: &str, default_interval: i64) -> Result<TimerSpec, String> {
    let mut name = None;
    let mut interval = Duration::from_secs(u64::try_from(default_interval).unwrap_or(120));
    for attribute in attributes(text) {
        match attribute? {
            ("name", value) => name = Some(Text::from(value)),
            ("interval", value) => interval = read_interval(value)?,
            ("mode", _) => {}
            (key, _) => return Err(format!("timers have no attribute `{key}`")),
        }
    }
    let name = name.ok_or("a timer needs a name: `name=NAME`")?;
    Ok(TimerSpec {
        name,
        interval,
        routes: Vec::new(),
    })
}

/// Seconds, or microseconds with a `u` after them.
fn read_interval(text: &str) -> Result<Duration, String> {
    let bad = |_| format!("`{text}` is no interval");
    let interval = match text.strip_suffix(['u', 'U']) {
        Some(micros) => Duration::from_micros(micros.trim().parse().map_err(bad)?),
        None => Duration::from_secs(text.parse().map_err(bad)?),
    };
    if interval.is_zero() {
        Err("the interval is 0".to_owned())
    } else {
        Ok(interval)
    }
}

fn exec_spec(text: &str) -> Result<(Text, Text), String> {
    let (mut timer, mut route) = (None, None);
    for attribute in attributes(text) {
        match attribute? {
            ("timer", value) => timer = Some(Text::from(value)),
            ("route", value) => route = Some(Text::from(value)),
            (key, _) => return Err(format!("there is no attribute `{key}`")),
        }
    }
    match (timer, route) {
        (Some(timer), Some(route)) => Ok((timer, route)),
        _ => Err("the form is `timer=NAME;route=ROUTE`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_seconds_or_microseconds() {
        assert_eq!(read_interval("10"), Ok(Duration::from_secs(10)));
        assert_eq!(read_interval("10000u"), Ok(Duration::from_millis(10)));
        assert!(read_interval("0").is_err());
        assert!(read_interval("soon").is_err());
    }

    #[test]
    fn a_timer_needs_a_name() {
        let timer = timer_spec("name=q1;interval=10000u;mode=1;", 120).unwrap();
        assert_eq!(
            (timer.name, timer.interval),
            (Text::from_static("q1"), Duration::from_millis(10))
        );
        assert_eq!(
            timer_spec("name=t", 120).unwrap().interval,
            Duration::from_secs(120)
        );
        assert!(timer_spec("interval=5", 120).is_err());
    }
}
