//! Who sends the requests, and who answers them. What arrives is told octet by octet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::exchange::Exchange;
use crate::bench::message::{first_line_word, status};
use crate::differ::play::Cast;
use crate::differ::record::Names;
use crate::differ::scenario::Scenario;
use crate::differ::stage::{Arrival, Stage};
use crate::differ::streams::Owner;

/// The names of our ends.
const ENDS: &[&str] = &[CALLER, "callee"];
/// Who sends requests.
const CALLER: &str = "caller";
/// What a scenario's number stands behind in its identifiers, and all that is drawn for a tag or a branch begins with.
const NUMBER: &str = "differ";
/// The tag of who is called.
const TAG: &str = "differ-far";
/// What stands before identifiers that the server makes by chance.
const MADE: [&str; 2] = ["branch=z9hG4bK", ";tag="];

/// Both ends of all scenarios.
pub struct Ends {
    exchanges: BTreeMap<usize, Exchange>,
    seen: BTreeSet<(Owner, Vec<u8>)>,
}

impl Cast for Ends {
    type Plot = Exchange;
    type Due = usize;
    const ENDS: &'static [&'static str] = ENDS;
    const QUIET: Duration = Duration::from_millis(1_200);

    fn new(scenarios: &[Scenario<Exchange>], _: &Stage<usize>) -> Self {
        let all = scenarios.iter();
        Self {
            exchanges: all.map(|it| (it.number, it.plot.clone())).collect(),
            seen: BTreeSet::new(),
        }
    }

    fn begin(
        &self,
        scenario: &Scenario<Exchange>,
        _: Option<usize>,
        time: Instant,
        stage: &mut Stage<usize>,
    ) {
        stage.at(time, scenario.number);
    }

    fn act(&mut self, number: usize, stage: &mut Stage<usize>) {
        let exchange = self.exchanges.get(&number);
        let request = exchange.map(|it| it.request(number, &stage.names));
        stage.send(0, request);
    }

    fn receive(&mut self, arrival: &Arrival, stage: &mut Stage<usize>) {
        let Arrival { at, message, .. } = arrival;
        let (Some(number), Owner::End(end)) = (number_of(message), at) else {
            return;
        };
        if !self.seen.insert((*at, message.clone())) {
            return;
        }
        let Some(name) = ENDS.get(*end) else {
            return;
        };
        for line in told(message, &stage.names) {
            stage.note(number, name, line);
        }
        if status(message).is_none() && *name != CALLER {
            let exchange = self.exchanges.get(&number);
            let response = exchange.map(|it| it.response(message, TAG));
            stage.answer(arrival, response);
        }
    }
}

/// The number of the scenario that a message belongs to, whichever of its identifiers is left.
fn number_of(message: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(message);
    let mut behind = text.split(NUMBER).skip(1);
    behind.find_map(|rest| rest.split_once('-')?.0.parse().ok())
}

/// The lines of a message, without what the server made by chance.
fn told(message: &[u8], names: &Names) -> Vec<String> {
    let text = names.restore(&String::from_utf8_lossy(message));
    let text = MADE
        .into_iter()
        .fold(text, |text, mark| without(&text, mark));
    let lines = text.split("\r\n").map(seen);
    if first_line_word(message, 0) == b"ACK" {
        // That of a refusal is made here, its length as the INVITE has it or as it is.
        return lines.filter(|line| !is_length(line)).collect();
    }
    lines.collect()
}

/// Whether a line is the header field of the body's length.
pub fn is_length(line: &str) -> bool {
    ["Content-Length:", "l:"]
        .iter()
        .any(|name| line.starts_with(name))
}

/// A line whose characters that end no line are seen, whatever they are.
fn seen(line: &str) -> String {
    let mut told = String::new();
    for letter in line.chars() {
        if letter.is_control() {
            told.extend(letter.escape_debug());
        } else {
            told.push(letter);
        }
    }
    told
}

/// A text without the identifiers that the server made.
pub fn without_made(text: &str) -> String {
    let text = text.to_owned();
    MADE.into_iter()
        .fold(text, |text, mark| without(&text, mark))
}

/// A text without the identifiers that stand behind a mark and are none of ours.
fn without(text: &str, mark: &str) -> String {
    let mut parts = text.split(mark);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, part| {
        let is_of_it = |letter: char| letter.is_ascii_alphanumeric() || ".-_~".contains(letter);
        let rest = if part.starts_with(NUMBER) {
            part
        } else {
            part.trim_start_matches(is_of_it)
        };
        told + mark + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_messages_are_told_equally() {
        let mut names = Names::default();
        names.add("server", "127.0.0.1:4000".parse().unwrap());
        let message = |branch: &str, tag: &str| {
            let via = format!("Via: SIP/2.0/UDP 127.0.0.1:4000;branch=z9hG4bK{branch}\r\n");
            let ours = "Via: SIP/2.0/UDP a;branch=z9hG4bKdiffer12-\r\nX: \"\n\r\n";
            format!("SIP/2.0 200 OK\r\n{via}{ours}To: <a>;tag={tag};x=y\r\n\r\n")
        };
        let one = message("c8af.0", "1234-ab");
        let all = told(one.as_bytes(), &names);
        assert_eq!(all, told(message("0", "x").as_bytes(), &names));
        assert_eq!(all[1], "Via: SIP/2.0/UDP server;branch=z9hG4bK");
        assert_eq!(all[2], "Via: SIP/2.0/UDP a;branch=z9hG4bKdiffer12-");
        assert_eq!(all[3..5], ["X: \"\\n", "To: <a>;tag=;x=y"]);
        assert_eq!(number_of(one.as_bytes()), Some(12));
    }
}
