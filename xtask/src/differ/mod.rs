//! Random scenarios through our server and a real Kamailio, side by side: both run one script with many scenarios, and what our
//! ends saw and what was logged is compared.
//!
//! A [`family::Family`] says what scenarios of one kind are, a folder each: [`calls`], [`registrations`] and [`messages`]. All else is common:
//! [`play`] plays scenarios through one server, [`compare`] finds differences, and those that are meant are [`known`]. A
//! scenario that differs is played once more, by itself, so that a machine that stumbled once is no finding.

mod calls;
mod compare;
mod family;
mod known;
mod log;
mod messages;
mod options;
mod play;
mod record;
mod registrations;
mod report;
mod scenario;
mod script;
mod settings;
mod stage;
mod store;
mod streams;

use anyhow::{Result, anyhow, bail};

use compare::differences;
use family::Family;
use options::Options;
use play::play;
use record::Record;
use report::Outcome;
use scenario::Scenario;
use settings::Settings;
use store::Swap;

/// A name, and what looks for differences in scenarios of that family.
type Named = (&'static str, fn(&Options) -> Result<()>);

/// All of them; the first one is meant where nobody says.
const FAMILIES: [Named; 3] = [
    (calls::Calls::NAME, look::<calls::Calls>),
    (
        registrations::Registrations::NAME,
        look::<registrations::Registrations>,
    ),
    (messages::Messages::NAME, look::<messages::Messages>),
];

/// Runs `cargo xtask differ [--family NAME] [--seed N] [--scenarios N] [--only N,…] [--file FILE] [--set MODULE.NAME=VALUE]
/// [--peer BINARY] [--server BINARY] [--show]`.
///
/// # Errors
/// When a server does not start, or something differs that is not meant to.
pub fn run(parser: lexopt::Parser) -> Result<()> {
    let options = options::read(parser)?;
    let named = |(name, _): &&Named| options.family.as_ref().is_none_or(|family| family == name);
    match FAMILIES.iter().find(named) {
        Some((_, look)) => look(&options),
        None => bail!(
            "the families are {}",
            FAMILIES.map(|(name, _)| name).join(", ")
        ),
    }
}

/// Plays scenarios of a family and tells what differs.
fn look<F: Family>(options: &Options) -> Result<()> {
    let scenarios = options.scenarios::<F>()?;
    let settings = options.settings::<F>();
    let look = Look::<F> {
        options,
        settings: &settings,
        scenarios: &scenarios,
    };
    let first = look.play_both()?;
    let suspects = look.differing(&first, options.shows_all);
    if suspects.is_empty() {
        println!("{} scenarios, none differs", scenarios.len());
        return Ok(());
    }
    let again: Vec<Scenario<F::Plot>> = suspects.iter().map(|it| it.scenario.clone()).collect();
    let look = Look::<F> {
        scenarios: &again,
        ..look
    };
    let second = look.play_both()?;
    let confirmed = look.differing(&second, false);
    for outcome in &confirmed {
        let number = outcome.scenario.number;
        let (family, seed) = (F::NAME, options.seed);
        println!("== scenario {number} differs: --family {family} --seed {seed} --only {number}");
        println!("{}", outcome.tell());
    }
    let (all, found) = (scenarios.len(), confirmed.len());
    if found > 0 {
        println!("with {settings}");
    }
    let once = again.len() - found;
    println!("{all} scenarios: {found} differ, {once} did so once only");
    if found > 0 {
        bail!("something differs that is not meant to");
    }
    Ok(())
}

/// Scenarios to be played, and how.
struct Look<'a, F: Family> {
    options: &'a Options,
    settings: &'a Settings,
    scenarios: &'a [Scenario<F::Plot>],
}

/// What was seen with the peer and with our server.
struct Records {
    theirs: Record,
    ours: Record,
}

impl<'a, F: Family> Look<'a, F> {
    /// Plays them through both at once.
    fn play_both(&self) -> Result<Records> {
        let Options { peer, server, .. } = self.options;
        let (one, other) = Swap::pair();
        std::thread::scope(|scope| {
            let theirs = scope.spawn(move || play::<F>(peer, self.settings, self.scenarios, one));
            let ours = play::<F>(server, self.settings, self.scenarios, other)?;
            let theirs = theirs
                .join()
                .map_err(|_| anyhow!("the peer's player broke"))??;
            Ok(Records { theirs, ours })
        })
    }

    /// Those that differ and are not meant to.
    fn differing<'r>(&self, records: &'r Records, shows_all: bool) -> Vec<Outcome<'r, F::Plot>>
    where
        'a: 'r,
    {
        let mut found = Vec::new();
        for scenario in self.scenarios {
            let number = scenario.number;
            let seen = |record: &'r Record| record.get(&number).map_or(&[][..], Vec::as_slice);
            let (theirs, ours) = (seen(&records.theirs), seen(&records.ours));
            let outcome = Outcome {
                scenario,
                theirs,
                ours,
                differences: differences(theirs, ours),
            };
            if shows_all {
                println!("== scenario {number}\n{}", outcome.tell());
            }
            if outcome.differences.is_empty() {
                continue;
            }
            let seen = known::Seen {
                scenario,
                theirs,
                ours,
                differences: &outcome.differences,
            };
            match known::reason(F::KNOWN, self.settings, &seen) {
                Some(reason) => println!("scenario {number} differs as meant: {reason}"),
                None => found.push(outcome),
            }
        }
        found
    }
}
