//! Where our server is meant to differ: what a family's table of that is made of, and how it is read.

use super::compare::Difference;
use super::record::Event;
use super::scenario::Scenario;
use super::settings::Settings;

/// A deliberate difference.
pub struct Known<P> {
    /// What, and why.
    pub reason: &'static str,
    /// Whether it can occur in a scenario.
    pub applies: fn(&Settings, &Scenario<P>) -> bool,
    /// What it accounts for.
    pub explains: Explains<P>,
}

/// What a deliberate difference accounts for.
pub enum Explains<P> {
    /// A line that is another one with us, which stands in the same place of what its place saw.
    Line(fn(&str, &str) -> bool),
    /// What one place saw, if it is so.
    Place(fn(&Difference) -> bool),
    /// All that was seen, if one place saw this: other events follow from it.
    All(fn(&Difference) -> bool),
    /// All that was seen, if all that differs is so.
    Whole(fn(&[Difference]) -> bool),
    /// All that was seen, if it follows from something that both saw alike in places that may differ or not.
    After(fn(&Scenario<P>, &[Difference], &[&Event]) -> bool),
}

/// What there is to be explained of a scenario.
pub struct Seen<'a, P> {
    /// The scenario.
    pub scenario: &'a Scenario<P>,
    /// What was seen with the peer.
    pub theirs: &'a [Event],
    /// What was seen with our server.
    pub ours: &'a [Event],
    /// The places that differ.
    pub differences: &'a [Difference],
}

/// Why all that differs is meant to, if it is.
pub fn reason<P>(
    table: &'static [Known<P>],
    settings: &Settings,
    seen: &Seen<'_, P>,
) -> Option<&'static str> {
    let (scenario, differences) = (seen.scenario, seen.differences);
    let both = in_both(seen.theirs, seen.ours);
    let all: Vec<&Known<P>> = table
        .iter()
        .filter(|known| (known.applies)(settings, scenario))
        .collect();
    let (rest, of_lines) = without_lines(&all, differences);
    if rest.is_empty() {
        return of_lines;
    }
    let whole = all.iter().find(|known| match known.explains {
        Explains::All(begins) => rest.iter().any(begins),
        // What a line accounts for may have told of it.
        Explains::Whole(explains) => explains(&rest) || explains(differences),
        Explains::After(explains) => {
            explains(scenario, &rest, &both) || explains(scenario, differences, &both)
        }
        Explains::Line(_) | Explains::Place(_) => false,
    });
    if let Some(known) = whole {
        return Some(known.reason);
    }
    let of_place = |difference: &Difference| {
        let known = all.iter().find(|known| match known.explains {
            Explains::Place(explains) => explains(difference),
            _ => false,
        });
        known.map(|known| known.reason)
    };
    let reasons: Option<Vec<&'static str>> = rest.iter().map(of_place).collect();
    reasons?.first().copied()
}

/// What both saw, in whatever order.
fn in_both<'a>(theirs: &[Event], ours: &'a [Event]) -> Vec<&'a Event> {
    let is_theirs = |event: &&Event| {
        let mut theirs = theirs.iter();
        theirs.any(|it| it.place == event.place && it.text == event.text)
    };
    ours.iter().filter(is_theirs).collect()
}

/// What differs beyond lines that are meant to, and why one of those is.
fn without_lines<P>(
    all: &[&'static Known<P>],
    differences: &[Difference],
) -> (Vec<Difference>, Option<&'static str>) {
    let mut reason = None;
    let mut rest = differences.to_vec();
    for Difference { theirs, ours, .. } in &mut rest {
        if theirs.len() != ours.len() {
            continue;
        }
        for (theirs, ours) in theirs
            .iter()
            .zip(ours)
            .filter(|(theirs, ours)| theirs != ours)
        {
            let known = all.iter().find(|known| match known.explains {
                Explains::Line(explains) => explains(theirs, ours),
                _ => false,
            });
            if let Some(known) = known {
                ours.clone_from(theirs);
                reason = Some(known.reason);
            }
        }
    }
    rest.retain(|it| it.theirs != it.ours);
    (rest, reason)
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

/// What tests of tables ask.
#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::differ::compare::differences;
    use crate::differ::family::Family;
    use std::time::Duration;

    /// What was seen: places and lines.
    type Lines<'a> = &'a [(&'a str, &'a str)];

    /// Why it is meant that this was seen with these parameters, if it is.
    pub fn reason_of<F: Family>(
        parameters: &[(&str, &str)],
        scenario: &str,
        theirs: Lines<'_>,
        ours: Lines<'_>,
    ) -> Option<&'static str> {
        let mut settings = Settings::default();
        for (name, value) in parameters {
            settings.set(name, value);
        }
        let event = |(place, text): &(&str, &str)| Event {
            at: Duration::ZERO,
            place: (*place).to_owned(),
            text: (*text).to_owned(),
        };
        let theirs: Vec<Event> = theirs.iter().map(event).collect();
        let ours: Vec<Event> = ours.iter().map(event).collect();
        let seen = Seen {
            scenario: &Scenario::parse(0, scenario).unwrap(),
            theirs: &theirs,
            ours: &ours,
            differences: &differences(&theirs, &ours),
        };
        reason(F::KNOWN, &settings, &seen)
    }
}
