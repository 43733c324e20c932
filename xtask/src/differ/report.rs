//! What is printed of a scenario: its text, both ladders beside each other, and what differs.

use std::fmt::Write;
use std::time::Duration;

use super::compare::{Difference, side_by_side};
use super::record::Event;
use super::scenario::{Plot, Scenario};

/// The width of a ladder.
const WIDTH: usize = 76;
/// Between events of one instant less time passes than this.
const INSTANT: Duration = Duration::from_millis(12);

/// A scenario and what was seen of it.
pub struct Outcome<'a, P> {
    /// The scenario.
    pub scenario: &'a Scenario<P>,
    /// What was seen with the peer.
    pub theirs: &'a [Event],
    /// What was seen with our server.
    pub ours: &'a [Event],
    /// The places that differ.
    pub differences: Vec<Difference>,
}

impl<P: Plot> Outcome<'_, P> {
    /// All of it.
    pub fn tell(&self) -> String {
        let mut text = self.scenario.to_string();
        let _ = writeln!(text, "\n{:<WIDTH$} | ours", "theirs");
        text += &ladders(self.theirs, self.ours);
        for difference in &self.differences {
            let _ = writeln!(text, "\nat {}, - theirs, + ours:", difference.place);
            text += &lines(difference);
        }
        text
    }
}

/// Both ladders; equal steps stand in one row, with their times.
fn ladders(theirs: &[Event], ours: &[Event]) -> String {
    let (theirs, ours) = (in_order(theirs), in_order(ours));
    let [left, right] =
        [&theirs, &ours].map(|events| -> Vec<String> { events.iter().map(step).collect() });
    let [left_lines, right_lines] =
        [&left, &right].map(|steps| -> Vec<&str> { steps.iter().map(String::as_str).collect() });
    let (mut left_times, mut right_times) = (theirs.iter(), ours.iter());
    let mut text = String::new();
    for (left, right) in side_by_side(&left_lines, &right_lines) {
        let left = left.map_or_else(String::new, |step| timed(left_times.next(), step));
        let right = right.map_or_else(String::new, |step| timed(right_times.next(), step));
        let _ = writeln!(text, "{left:<WIDTH$} | {right}");
    }
    text
}

/// Events by time, and by place where no time passed between them.
fn in_order(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.at);
    let instants = events.chunk_by_mut(|one, next| next.at.saturating_sub(one.at) < INSTANT);
    instants.for_each(|instant| instant.sort_by(|one, other| one.place.cmp(&other.place)));
    events
}

fn step(event: &Event) -> String {
    format!("{}: {}", event.place, event.text)
}

fn timed(event: Option<&Event>, step: &str) -> String {
    let seconds = event.map_or(0.0, |event| event.at.as_secs_f64());
    let whole = format!("{seconds:6.3} {step}");
    whole.chars().take(WIDTH).collect()
}

/// The lines of one place, those that only one of the two saw marked.
fn lines(difference: &Difference) -> String {
    let [left, right] = [&difference.theirs, &difference.ours]
        .map(|lines| -> Vec<&str> { lines.iter().map(String::as_str).collect() });
    let mut text = String::new();
    for row in side_by_side(&left, &right) {
        let _ = match row {
            (Some(line), Some(_)) => writeln!(text, "  {line}"),
            (Some(line), None) => writeln!(text, "- {line}"),
            (None, Some(line)) => writeln!(text, "+ {line}"),
            (None, None) => Ok(()),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differ::calls::Call;
    use crate::differ::compare::differences;

    #[test]
    fn what_only_one_saw_is_marked_on_both_sides() {
        let event = |text: &str| Event {
            at: Duration::from_millis(20),
            place: "caller".to_owned(),
            text: text.to_owned(),
        };
        let (theirs, ours) = ([event("100"), event("486")], [event("100"), event("487")]);
        let outcome = Outcome {
            scenario: &Scenario::<Call>::parse(0, "route[S%n] { }").unwrap(),
            theirs: &theirs,
            ours: &ours,
            differences: differences(&theirs, &ours),
        };
        let told = outcome.tell();
        assert!(
            told.starts_with("# caller: INVITE\nroute[S%n] { }\n"),
            "{told}"
        );
        assert!(told.contains("\n  100\n- 486\n+ 487\n"), "{told}");
        assert!(told.contains(" 0.020 caller: 100 "), "{told}");
    }
}
