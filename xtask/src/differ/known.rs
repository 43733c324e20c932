//! Where our server is meant to differ: what a family's table of that is made of, and how it is read.

use super::compare::Difference;
use super::scenario::Scenario;
use super::settings::Settings;

/// A deliberate difference.
pub struct Known<P> {
    /// What, and why.
    pub reason: &'static str,
    /// Whether it can occur in a scenario.
    pub applies: fn(&Settings, &Scenario<P>) -> bool,
    /// What it accounts for.
    pub explains: Explains,
}

/// What a deliberate difference accounts for.
pub enum Explains {
    /// What one place saw, if it is so.
    Place(fn(&Difference) -> bool),
    /// All that was seen, if one place saw this: other events follow from it.
    All(fn(&Difference) -> bool),
}

/// Why all that differs is meant to, if it is.
pub fn reason<P>(
    table: &'static [Known<P>],
    settings: &Settings,
    scenario: &Scenario<P>,
    differences: &[Difference],
) -> Option<&'static str> {
    let all: Vec<&Known<P>> = table
        .iter()
        .filter(|known| (known.applies)(settings, scenario))
        .collect();
    let whole = all.iter().find(|known| match known.explains {
        Explains::All(begins) => differences.iter().any(begins),
        Explains::Place(_) => false,
    });
    if let Some(known) = whole {
        return Some(known.reason);
    }
    let known_of = |difference: &Difference| {
        all.iter().find(|known| match known.explains {
            Explains::Place(explains) => explains(difference),
            Explains::All(_) => false,
        })
    };
    let reasons: Option<Vec<&'static str>> = differences
        .iter()
        .map(|difference| known_of(difference).map(|known| known.reason))
        .collect();
    reasons?.first().copied()
}

/// Lines in an order that tells nothing.
pub fn sorted(lines: &[String]) -> Vec<&String> {
    let mut lines: Vec<&String> = lines.iter().collect();
    lines.sort();
    lines
}

/// The lines before the first that differs.
pub fn common(difference: &Difference) -> &[String] {
    let Difference { theirs, ours, .. } = difference;
    let pairs = theirs.iter().zip(ours);
    let count = pairs.take_while(|(theirs, ours)| theirs == ours).count();
    theirs.get(..count).unwrap_or_default()
}

/// The first line that differs, as theirs and as ours.
pub fn first(difference: &Difference) -> (Option<&String>, Option<&String>) {
    let at = common(difference).len();
    (difference.theirs.get(at), difference.ours.get(at))
}

/// Lines that only one of the two saw.
pub fn differing(difference: &Difference) -> impl Iterator<Item = &String> {
    let Difference { theirs, ours, .. } = difference;
    let only_theirs = theirs.iter().filter(|line| !ours.contains(line));
    only_theirs.chain(ours.iter().filter(|line| !theirs.contains(line)))
}
