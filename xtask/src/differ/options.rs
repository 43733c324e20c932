//! What the command line asks for.

use std::fs;

use anyhow::{Context, Result, bail};
use lexopt::prelude::{Long, ValueExt};

use super::family::{Family, scenario, settings};
use super::scenario::{Plot, Scenario};
use super::settings::Settings;
use crate::bench::server::ServerUnderTest;
use crate::workspace::{KAMAILIO, cargo};

/// How many scenarios there are where nobody says.
const SCENARIOS: usize = 100;
/// Memory for a process of the peer that reads a script of so many routes, as a server is named on the command line.
const ROOM: &str = ",arg=-M 128";
/// What stands between the scenarios of a file.
const BETWEEN: &str = "-----\n";

/// What the command line asked for.
pub struct Options {
    /// The family, if it is named.
    pub family: Option<String>,
    /// What chance begins at.
    pub seed: u64,
    /// The real Kamailio.
    pub peer: ServerUnderTest,
    /// Our server.
    pub server: ServerUnderTest,
    /// Whether scenarios that do not differ are shown too.
    pub shows_all: bool,
    chosen: Chosen,
    /// Parameters and values that are set by hand.
    set: Vec<(String, String)>,
}

/// Which scenarios are played.
enum Chosen {
    /// The first so many of the run.
    First(usize),
    /// These of the run.
    Only(Vec<usize>),
    /// Those of a file.
    File(String),
}

/// Reads the command line.
///
/// # Errors
/// When it makes no sense, or there is no server.
pub fn read(mut parser: lexopt::Parser) -> Result<Options> {
    let (mut family, mut seed, mut shows_all) = (None, 1, false);
    let mut chosen = Chosen::First(SCENARIOS);
    let mut peer = KAMAILIO.to_owned();
    let mut server = None;
    let mut set = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("family") => family = Some(parser.value()?.string()?),
            Long("seed") => seed = parser.value()?.parse()?,
            Long("scenarios") => chosen = Chosen::First(parser.value()?.parse()?),
            Long("only") => chosen = Chosen::Only(numbers(&parser.value()?.string()?)?),
            Long("file") => chosen = Chosen::File(parser.value()?.string()?),
            Long("peer") => peer = parser.value()?.string()?,
            Long("server") => server = Some(parser.value()?.string()?),
            Long("set") => set.push(parameter(&parser.value()?.string()?)?),
            Long("show") => shows_all = true,
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(Options {
        family,
        seed,
        chosen,
        set,
        peer: format!("peer={peer}{ROOM}").parse()?,
        server: format!("server={}{ROOM}", server.map_or_else(build, Ok)?).parse()?,
        shows_all,
    })
}

impl Options {
    /// The scenarios.
    ///
    /// # Errors
    /// When they stand in a file that makes no sense.
    pub fn scenarios<F: Family>(&self) -> Result<Vec<Scenario<F::Plot>>> {
        let drawn = |number| scenario::<F>(self.seed, number);
        match &self.chosen {
            Chosen::First(count) => Ok((0..*count).map(drawn).collect()),
            Chosen::Only(numbers) => Ok(numbers.iter().copied().map(drawn).collect()),
            Chosen::File(path) => from_file(path),
        }
    }

    /// The settings of the run.
    pub fn settings<F: Family>(&self) -> Settings {
        settings::<F>(self.seed, &self.set)
    }
}

fn from_file<P: Plot>(path: &str) -> Result<Vec<Scenario<P>>> {
    let text = fs::read_to_string(path).with_context(|| path.to_owned())?;
    let scenarios = text.split(BETWEEN).enumerate();
    scenarios
        .map(|(number, text)| Scenario::parse(number, text))
        .collect()
}

fn numbers(list: &str) -> Result<Vec<usize>> {
    let numbers = list.split(',').map(|number| Ok(number.parse()?));
    numbers.collect()
}

fn parameter(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("--set MODULE.NAME=VALUE")?;
    if !name.contains('.') {
        bail!("--set {text}: of which module is it?");
    }
    Ok((name.to_owned(), value.to_owned()))
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
