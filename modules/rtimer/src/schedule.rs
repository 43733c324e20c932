//! Timers and the runs they start.

use crate::params::Params;
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
pub fn declare(params: &Params, found: &mut Vec<Diagnostic>) -> Vec<TimerSpec> {
    let usual = Duration::from_secs(params.default_interval.unsigned_abs());
    let mut timers: Vec<TimerSpec> = Vec::new();
    for declared in &params.timer {
        let mut odd = Vec::new();
        match timer_spec(&declared.value.to_str_lossy(), usual, &mut odd) {
            Ok(timer) if timers.iter().any(|known| known.name == timer.name) => {
                let name = &timer.name;
                let message = format!("parameter `timer`: timer `{name}` is declared twice");
                found.push(declared.error(message));
            }
            Ok(timer) => timers.push(timer),
            Err(reason) => found.push(declared.error(format!("parameter `timer`: {reason}"))),
        }
        let odd = odd.into_iter();
        found.extend(odd.map(|text| declared.warning(format!("parameter `timer`: {text}"))));
    }
    for declared in &params.exec {
        let mut odd = Vec::new();
        match exec_spec(&declared.value.to_str_lossy(), &mut odd) {
            Ok((name, route)) => match timers.iter_mut().find(|timer| timer.name == name) {
                Some(timer) => timer.routes.extend(route.map(|value| Placed {
                    value,
                    span: declared.span,
                })),
                None => {
                    let message = format!("parameter `exec`: there is no timer `{name}`");
                    found.push(declared.error(message));
                }
            },
            Err(reason) => found.push(declared.error(format!("parameter `exec`: {reason}"))),
        }
        let odd = odd.into_iter();
        found.extend(odd.map(|text| declared.warning(format!("parameter `exec`: {text}"))));
    }
    timers
}

/// The attributes of a text; the value of one that has none is empty.
fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';')
        .map(str::trim)
        .filter(|attribute| !attribute.is_empty())
        .map(|attribute| {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            (key.trim(), value.trim())
        })
}

fn timer_spec(text: &str, usual: Duration, odd: &mut Vec<String>) -> Result<TimerSpec, String> {
    let mut name = None;
    let mut interval = usual;
    for attribute in attributes(text) {
        match attribute {
            ("name", value) => name = Some(Text::from(value)),
            ("interval", value) => interval = read_interval(value, usual, odd)?,
            ("mode", _) => {}
            (key, _) => odd.push(format!(
                "timers have no attribute `{key}`, so it does nothing"
            )),
        }
    }
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or("a timer needs a name: `name=NAME`")?;
    Ok(TimerSpec {
        name,
        interval,
        routes: Vec::new(),
    })
}

/// Seconds, or microseconds with a `u` after them.
fn read_interval(text: &str, usual: Duration, odd: &mut Vec<String>) -> Result<Duration, String> {
    let micros = text.strip_suffix(['u', 'U']);
    let digits = micros.unwrap_or(text);
    let number: u32 = match digits {
        "" => 0,
        digits => digits
            .parse()
            .map_err(|_| format!("`{text}` is no interval"))?,
    };
    Ok(match micros {
        // 5.6.3 begins the next run when one is over.
        Some(_) if number == 0 => {
            odd.push(format!(
                "the interval `{text}` is 0: 1 millisecond is taken"
            ));
            Duration::from_millis(1)
        }
        Some(_) => Duration::from_micros(number.into()),
        None if number == 0 => {
            let seconds = usual.as_secs();
            odd.push(format!(
                "the interval `{text}` is 0: `default_interval` is taken, {seconds} seconds"
            ));
            usual
        }
        None => Duration::from_secs(number.into()),
    })
}

/// The timer's name and the route block, where there is one.
fn exec_spec(text: &str, odd: &mut Vec<String>) -> Result<(Text, Option<Text>), String> {
    let (mut timer, mut route) = (None, None);
    for attribute in attributes(text) {
        match attribute {
            ("timer", value) if !value.is_empty() => timer = Some(Text::from(value)),
            ("route", value) if !value.is_empty() => route = Some(Text::from(value)),
            ("timer" | "route", _) => {}
            (key, _) => odd.push(format!("there is no attribute `{key}`, so it does nothing")),
        }
    }
    let timer = timer.ok_or("the form is `timer=NAME;route=ROUTE`")?;
    if route.is_none() {
        odd.push("without a route nothing is run".to_owned());
    }
    Ok((timer, route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_seconds_or_microseconds() {
        let read = |text| {
            let mut odd = Vec::new();
            let interval = read_interval(text, Duration::from_secs(120), &mut odd);
            interval.map(|interval| (interval, odd.len()))
        };
        assert_eq!(read("10"), Ok((Duration::from_secs(10), 0)));
        assert_eq!(read("10000u"), Ok((Duration::from_millis(10), 0)));
        assert_eq!(read("0"), Ok((Duration::from_secs(120), 1)));
        assert_eq!(read(""), Ok((Duration::from_secs(120), 1)));
        assert_eq!(read("0u"), Ok((Duration::from_millis(1), 1)));
        assert!(read("soon").is_err());
        assert!(read("-1").is_err());
    }

    #[test]
    fn a_timer_needs_a_name() {
        let read = |text| timer_spec(text, Duration::from_secs(120), &mut Vec::new());
        let timer = read("name=q1;interval=10000u;mode=1;").unwrap();
        assert_eq!(
            (timer.name, timer.interval),
            (Text::from_static("q1"), Duration::from_millis(10))
        );
        assert_eq!(read("name=t").unwrap().interval, Duration::from_secs(120));
        assert!(read("interval=5").is_err());
        assert!(read("name=;interval=5").is_err());
    }
}
