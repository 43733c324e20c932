//! Random call flows through our server and a real Kamailio, side by side: both run one script with many scenarios, and what
//! either end saw and what was logged is compared.
//!
//! Scenarios come from [`generate`]; [`play`] plays them through one server; [`known`] lists the differences that are meant.
//! A scenario that differs is played once more, by itself, so that a machine that stumbled once is no finding.

mod callee;
mod caller;
mod compare;
mod generate;
mod known;
mod plan;
mod play;
mod record;
mod report;
mod scenario;
mod script;

use std::fs;

use anyhow::{Context, Result, anyhow, bail};
use lexopt::prelude::{Long, ValueExt};

use crate::bench::server::ServerUnderTest;
use crate::workspace::{KAMAILIO, cargo};
use compare::differences;
use generate::Settings;
use play::{Record, play};
use report::Outcome;
use scenario::Scenario;

/// How many scenarios there are where nobody says.
const SCENARIOS: usize = 100;
/// Memory for a process of the peer that reads a script of so many routes, as a server is named on the command line.
const ROOM: &str = ",arg=-M 128";
/// What stands between the scenarios of a file.
const BETWEEN: &str = "-----\n";

/// What the command line asked for.
struct Options {
    seed: u64,
    scenarios: Vec<Scenario>,
    settings: Settings,
    peer: ServerUnderTest,
    server: ServerUnderTest,
    shows_all: bool,
}

/// Runs `cargo xtask differ [--seed N] [--scenarios N] [--only N,…] [--file FILE] [--set NAME=VALUE] [--peer BINARY] [--server BINARY] [--show]`.
///
/// # Errors
/// When a server does not start, or something differs that is not meant to.
pub fn run(parser: lexopt::Parser) -> Result<()> {
    let options = read(parser)?;
    let first = options.play_both(&options.scenarios)?;
    let suspects = options.differing(&options.scenarios, &first, options.shows_all);
    if suspects.is_empty() {
        println!("{} scenarios, none differs", options.scenarios.len());
        return Ok(());
    }
    let again: Vec<Scenario> = suspects.iter().map(|it| it.scenario.clone()).collect();
    let second = options.play_both(&again)?;
    let confirmed = options.differing(&again, &second, false);
    for outcome in &confirmed {
        let number = outcome.scenario.number;
        println!(
            "== scenario {number} differs: --seed {} --only {number}",
            options.seed
        );
        println!("{}", outcome.tell());
    }
    if !confirmed.is_empty() {
        println!("with {}", options.settings);
    }
    let (all, once) = (options.scenarios.len(), again.len() - confirmed.len());
    println!(
        "{all} scenarios: {} differ, {once} did so once only",
        confirmed.len()
    );
    if !confirmed.is_empty() {
        bail!("something differs that is not meant to");
    }
    Ok(())
}

fn read(mut parser: lexopt::Parser) -> Result<Options> {
    let (mut seed, mut count, mut shows_all) = (1, SCENARIOS, false);
    let (mut only, mut file) = (None, None);
    let mut peer = KAMAILIO.to_owned();
    let mut server = None;
    let mut set = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seed") => seed = parser.value()?.parse()?,
            Long("scenarios") => count = parser.value()?.parse()?,
            Long("only") => only = Some(parser.value()?.string()?),
            Long("file") => file = Some(parser.value()?.string()?),
            Long("peer") => peer = parser.value()?.string()?,
            Long("server") => server = Some(parser.value()?.string()?),
            Long("set") => set.push(parser.value()?.string()?),
            Long("show") => shows_all = true,
            _ => return Err(argument.unexpected().into()),
        }
    }
    let scenarios = match (file, only) {
        (Some(file), _) => from_file(&file)?,
        (None, Some(only)) => numbers(&only)?
            .into_iter()
            .map(|number| generate::scenario(seed, number))
            .collect(),
        (None, None) => (0..count)
            .map(|number| generate::scenario(seed, number))
            .collect(),
    };
    let mut settings = generate::settings(seed);
    for parameter in set {
        let (name, value) = parameter.split_once('=').context("--set NAME=VALUE")?;
        settings.set(name, value.to_owned());
    }
    Ok(Options {
        seed,
        scenarios,
        settings,
        peer: format!("peer={peer}{ROOM}").parse()?,
        server: format!("server={}{ROOM}", server.map_or_else(build, Ok)?).parse()?,
        shows_all,
    })
}

fn numbers(list: &str) -> Result<Vec<usize>> {
    let numbers = list.split(',').map(|number| Ok(number.parse()?));
    numbers.collect()
}

fn from_file(path: &str) -> Result<Vec<Scenario>> {
    let text = fs::read_to_string(path).with_context(|| path.to_owned())?;
    let scenarios = text.split(BETWEEN).enumerate();
    scenarios
        .map(|(number, text)| Scenario::parse(number, text))
        .collect()
}

/// Builds our server beside this program.
fn build() -> Result<String> {
    let status = cargo()
        .args(["build", "--quiet", "--package", "kahea"])
        .status()?;
    if !status.success() {
        bail!("our server does not compile");
    }
    let here = std::env::current_exe()?;
    Ok(here.with_file_name("kahea").to_string_lossy().into_owned())
}

/// What was seen with the peer and with our server.
struct Records {
    theirs: Record,
    ours: Record,
}

impl Options {
    /// Plays the scenarios through both at once.
    fn play_both(&self, scenarios: &[Scenario]) -> Result<Records> {
        std::thread::scope(|scope| {
            let theirs = scope.spawn(|| play(&self.peer, &self.settings, scenarios));
            let ours = play(&self.server, &self.settings, scenarios)?;
            let theirs = theirs
                .join()
                .map_err(|_| anyhow!("the peer's player broke"))??;
            Ok(Records { theirs, ours })
        })
    }

    /// Those that differ and are not meant to.
    fn differing<'a>(
        &self,
        scenarios: &'a [Scenario],
        records: &'a Records,
        shows_all: bool,
    ) -> Vec<Outcome<'a>> {
        let mut found = Vec::new();
        for scenario in scenarios {
            let seen =
                |record: &'a Record| record.get(&scenario.number).map_or(&[][..], Vec::as_slice);
            let (theirs, ours) = (seen(&records.theirs), seen(&records.ours));
            let outcome = Outcome {
                scenario,
                theirs,
                ours,
                differences: differences(theirs, ours),
            };
            if shows_all {
                println!("== scenario {}\n{}", scenario.number, outcome.tell());
            }
            if outcome.differences.is_empty() {
                continue;
            }
            match known::reason(&self.settings, scenario, &outcome.differences) {
                Some(reason) => println!("scenario {} differs as meant: {reason}", scenario.number),
                None => found.push(outcome),
            }
        }
        found
    }
}
