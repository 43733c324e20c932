//! Plays scenarios through one server: its ends, the clock and the log in one loop.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::family::Family;
use super::log::Log;
use super::record::Record;
use super::scenario::{Plot, Scenario};
use super::settings::Settings;
use super::stage::{Arrival, Stage};
use super::store::{Store, Swap};
use crate::bench::server::{Running, ServerUnderTest};

/// How long after one scenario the next one begins.
const GAP: Duration = Duration::from_millis(10);
/// How long one run takes at most.
const END: Duration = Duration::from_secs(30);

/// Our ends: they do what a plot says, and react to what arrives.
pub trait Cast: Sized {
    /// What they are told to do.
    type Plot: Plot;
    /// Something that happens later.
    type Due;
    /// The names of the server's sockets, one at least.
    const SOCKETS: &'static [&'static str] = &["server"];
    /// Their own names.
    const ENDS: &'static [&'static str];
    /// When nothing has been seen for so long, everything is over; no timer that a script sets is longer.
    const QUIET: Duration;

    /// Those of these scenarios.
    fn new(scenarios: &[Scenario<Self::Plot>], stage: &Stage<Self::Due>) -> Self;

    /// Says what will happen in a scenario, or in one act of it, that begins then.
    fn begin(
        &self,
        scenario: &Scenario<Self::Plot>,
        act: Option<usize>,
        time: Instant,
        stage: &mut Stage<Self::Due>,
    );

    /// Does what is due.
    fn act(&mut self, due: Self::Due, stage: &mut Stage<Self::Due>);

    /// Takes what arrived.
    fn receive(&mut self, arrival: &Arrival, stage: &mut Stage<Self::Due>);
}

/// In this act, and those after it, each server has the rows that the other one left.
const SWAPPED: usize = 2;

/// Plays `scenarios` through `server`.
///
/// # Errors
/// When it does not start, or ends by itself.
pub fn play<F: Family>(
    server: &ServerUnderTest,
    settings: &Settings,
    scenarios: &[Scenario<F::Plot>],
    swap: Swap,
) -> Result<Record> {
    let mut stage = Stage::open(F::Cast::SOCKETS, F::Cast::ENDS)?;
    let mut cast = F::Cast::new(scenarios, &stage);
    let mut script = stage.names.resolve(&F::script(settings, scenarios));
    let mut acts = 1;
    let store = F::tables(settings).map(|tables| Store::new(&server.name, &tables));
    let store = store.transpose()?;
    if let Some(store) = &store {
        script = store.resolve(&script);
        let all = scenarios.iter().map(|it| it.plot.acts());
        acts = all.max().unwrap_or_default();
    }
    stage.release();
    for act in 0..acts {
        if let Some(store) = store.as_ref().filter(|_| act == SWAPPED) {
            store.exchange(&swap, &stage.names)?;
        }
        let act = (acts > 1).then_some(act);
        play_act::<F>(server, &script, (scenarios, act), &mut cast, &mut stage)?;
    }
    // Who still waits for rows is told that there are none.
    drop(swap);
    Ok(stage.into_record())
}

/// Plays an act of the scenarios, or all of each.
fn play_act<F: Family>(
    server: &ServerUnderTest,
    script: &str,
    (scenarios, act): (&[Scenario<F::Plot>], Option<usize>),
    cast: &mut F::Cast,
    stage: &mut Stage<<F::Cast as Cast>::Due>,
) -> Result<()> {
    let first = *stage.sockets.first().context("no socket of the server")?;
    let mut running = Running::start_with(server, script, first)?;
    let mut log = Log::open(&running)?;
    let mut time = Instant::now();
    for scenario in scenarios {
        time += GAP;
        stage.begin(scenario.number, time);
        cast.begin(scenario, act, time, stage);
    }
    let end = time + END;
    while Instant::now() < end.min(stage.last + F::Cast::QUIET) {
        while let Some(due) = stage.next_due() {
            cast.act(due, stage);
        }
        stage.wait();
        for arrival in stage.arrivals() {
            cast.receive(&arrival, stage);
        }
        let lines = log.lines()?;
        let lines = lines.iter().map(|line| F::without_chance(line));
        stage.note_log(&lines.collect::<Vec<_>>());
        if let Some(status) = running.end()? {
            bail!("{} ended by itself: {status}", server.name);
        }
    }
    Ok(())
}
