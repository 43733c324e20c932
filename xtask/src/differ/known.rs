//! Where our server is meant to differ.

use super::compare::Difference;
use super::generate::Settings;
use super::play::{CALLER, LOG};
use super::scenario::{DeedKind, Scenario};

/// A deliberate difference.
pub struct Known {
    /// What, and why.
    pub reason: &'static str,
    /// Whether it can occur in a scenario.
    applies: fn(&Settings, &Scenario) -> bool,
    /// Whether it accounts for what one place saw.
    explains: fn(&Difference) -> bool,
}

/// All of them.
const KNOWN: &[Known] = &[
    Known {
        reason: "with cancel_b_method 0 the 200 to a CANCEL goes before the 487, which it is the cause of",
        applies: |settings, scenario| {
            settings.has("cancel_b_method", 0) && scenario.call.does(DeedKind::Cancel)
        },
        explains: |it| it.place == CALLER && sorted(&it.theirs) == sorted(&it.ours),
    },
    Known {
        reason: "a provisional response that a reply route drops counts as a response: its branch is cancelled (RFC 3261 §9.1)",
        applies: |_, scenario| scenario.routes.contains("drop;"),
        explains: |it| {
            let is_told =
                |line: &&String| line.ends_with(" replied") || line.starts_with("CANCEL ");
            differing(it).all(|line| is_told(&line))
        },
    },
    Known {
        reason: "the 200 of a branch that was given up is forwarded as any other (RFC 3261 §16.7 step 5)",
        applies: |_, scenario| scenario.call.method == "INVITE",
        explains: |it| {
            let added: Vec<&String> = differing(it).collect();
            it.ours.len() > it.theirs.len()
                && it.ours.starts_with(&it.theirs)
                && added
                    .iter()
                    .all(|line| line.starts_with("200 ") || line.contains(" s=200 "))
        },
    },
    Known {
        reason: "with failure_reply_mode 2 the branches that a branch's failure added are those of a new round too",
        applies: |settings, scenario| {
            settings.has("failure_reply_mode", 2)
                && scenario.routes.contains("event_route[tm:branch-failure")
        },
        explains: |_| true,
    },
    Known {
        reason: "provisional responses to a MESSAGE that was cancelled are seen by its reply route and its caller",
        applies: |_, scenario| scenario.call.method == "MESSAGE",
        explains: |it| {
            let is_provisional = |line: &&String| {
                line.starts_with("18") || (it.place == LOG && line.contains(" s=18"))
            };
            it.ours.len() > it.theirs.len() && differing(it).all(|line| is_provisional(&line))
        },
    },
    Known {
        reason: "an INVITE that comes again after the ACK is absorbed (RFC 3261 §17.2.1, Confirmed)",
        applies: |_, scenario| scenario.call.does(DeedKind::Again),
        explains: |it| {
            let is_repeated = |line: &&String| line.ends_with(" again");
            it.place == CALLER
                && it.theirs.len() > it.ours.len()
                && differing(it).all(|line| is_repeated(&line))
        },
    },
    Known {
        reason: "what is no INVITE is sent again although a provisional response came (RFC 3261 §17.1.2.2)",
        applies: |_, scenario| scenario.call.method != "INVITE",
        explains: |it| {
            let is_repeated = |line: &&String| line.ends_with(" again");
            it.ours.len() > it.theirs.len() && differing(it).all(|line| is_repeated(&line))
        },
    },
];

/// Why all that differs is meant to, if it is.
pub fn reason(
    settings: &Settings,
    scenario: &Scenario,
    differences: &[Difference],
) -> Option<&'static str> {
    let known_of = |difference: &Difference| {
        KNOWN
            .iter()
            .find(|known| (known.applies)(settings, scenario) && (known.explains)(difference))
    };
    let reasons: Option<Vec<&'static str>> = differences
        .iter()
        .map(|difference| known_of(difference).map(|known| known.reason))
        .collect();
    reasons?.first().copied()
}

fn sorted(lines: &[String]) -> Vec<&String> {
    let mut lines: Vec<&String> = lines.iter().collect();
    lines.sort();
    lines
}

/// Lines that only one of the two saw.
fn differing(difference: &Difference) -> impl Iterator<Item = &String> {
    let Difference { theirs, ours, .. } = difference;
    let only_theirs = theirs.iter().filter(|line| !ours.contains(line));
    only_theirs.chain(ours.iter().filter(|line| !theirs.contains(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::generate;

    fn at_caller(theirs: &[&str], ours: &[&str]) -> [Difference; 1] {
        let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
        [Difference {
            place: CALLER.to_owned(),
            theirs: lines(theirs),
            ours: lines(ours),
        }]
    }

    #[test]
    fn the_order_of_a_cancelled_call_is_meant_and_another_status_is_not() {
        let scenario = Scenario::parse(0, "# caller: INVITE cancel@250").unwrap();
        let mut settings = generate::settings(1);
        let turned = at_caller(&["487 a", "200 b"], &["200 b", "487 a"]);
        settings.set("cancel_b_method", "0".to_owned());
        assert!(reason(&settings, &scenario, &turned).is_some());
        let other = at_caller(&["487 a", "200 b"], &["200 b", "500 a"]);
        assert!(reason(&settings, &scenario, &other).is_none());
        settings.set("cancel_b_method", "1".to_owned());
        assert!(reason(&settings, &scenario, &turned).is_none());
    }
}
