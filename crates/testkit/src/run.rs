//! Runs a spec against the server in virtual time.

use crate::bench::{Bench, SERVER, Sent};
use crate::pattern::{fits, missing};
use crate::places::{self, Heard};
use crate::spec::{Block, Role, Spec};
use module_api::{Fault, ModuleExport, RpcValue, Text};
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// Where the server departs from a spec.
#[derive(Clone, Debug)]
pub struct SpecFailure {
    /// The line of the block.
    pub line: usize,
    /// What is different.
    pub reason: String,
    /// The flow so far.
    pub ladder: String,
}

impl fmt::Display for SpecFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason.trim_end())?;
        match self.ladder.as_str() {
            "" => Ok(()),
            ladder => write!(f, "\nthe flow so far:\n{ladder}"),
        }
    }
}

/// One message of the flow.
struct Step {
    at: Duration,
    from: String,
    to: String,
    what: String,
}

struct Story<'a> {
    modules: &'a [&'static ModuleExport],
    bench: Option<Bench>,
    /// What the last configuration's author is shown.
    shown: String,
    people: BTreeMap<String, SocketAddr>,
    unread: VecDeque<Sent>,
    /// What each has heard, for what it says next.
    heard: BTreeMap<String, Heard>,
    steps: Vec<Step>,
    log_read: usize,
}

/// Runs all blocks; the first difference ends it.
pub fn run_spec(spec: &Spec, modules: &[&'static ModuleExport]) -> Result<(), SpecFailure> {
    let mut story = Story::new(modules);
    for block in spec.blocks.iter().filter(|block| block.is_for_us()) {
        story.play(block).map_err(|reason| SpecFailure {
            line: block.line,
            reason,
            ladder: story.ladder(),
        })?;
    }
    Ok(())
}

/// The page with each `ladder` block replaced by what happens.
pub fn accept_ladders(page: &str, modules: &[&'static ModuleExport]) -> Result<String, String> {
    let spec = Spec::parse(page)?;
    let mut story = Story::new(modules);
    let mut ladders = Vec::new();
    for block in spec.blocks.iter().filter(|block| block.is_for_us()) {
        if block.role == Role::Ladder {
            ladders.push((block.line, story.ladder()));
        } else {
            story
                .play(block)
                .map_err(|reason| format!("line {}: {reason}", block.line))?;
        }
    }
    let mut out = String::with_capacity(page.len());
    let mut skipping = false;
    for (index, line) in page.lines().enumerate() {
        if skipping && line.starts_with("```") {
            skipping = false;
        }
        if !skipping {
            out.push_str(line);
            out.push('\n');
        }
        if let Some((_, ladder)) = ladders.iter().find(|(at, _)| *at == index + 1) {
            out.push_str(ladder);
            skipping = true;
        }
    }
    Ok(out)
}

impl<'a> Story<'a> {
    fn new(modules: &'a [&'static ModuleExport]) -> Self {
        Story {
            modules,
            bench: None,
            shown: String::new(),
            people: BTreeMap::new(),
            unread: VecDeque::new(),
            heard: BTreeMap::new(),
            steps: Vec::new(),
            log_read: 0,
        }
    }

    fn play(&mut self, block: &Block) -> Result<(), String> {
        match &block.role {
            Role::Configuration => self.configure(&block.text),
            Role::Diagnostics => self.diagnostics(&block.text),
            Role::In(name) => self.receive(name, &block.text),
            Role::Out(name) => self.expect(name, &block.text),
            Role::Quiet => match self.unread.front() {
                None => Ok(()),
                Some(sent) => Err(format!(
                    "nothing was to be sent, but this was:\n{}",
                    sent.text
                )),
            },
            Role::After(time) => {
                self.bench()?.pass(*time);
                self.collect();
                Ok(())
            }
            Role::Log => self.expect_log(&block.text),
            Role::Rpc(words) => self.rpc(words, &block.text),
            Role::Ladder => {
                let ladder = self.ladder();
                match first_difference(&ladder, &block.text) {
                    None => Ok(()),
                    Some(line) => Err(format!(
                        "`{line}` is not what happens at this place; where what happens is right, `cargo xtask spec FILE --accept` writes it"
                    )),
                }
            }
        }
    }

    fn bench(&mut self) -> Result<&mut Bench, String> {
        let shown = &self.shown;
        self.bench.as_mut().ok_or_else(|| match shown.as_str() {
            "" => "there is no `cfg` block before this one".to_owned(),
            shown => format!("the configuration does not load:\n{}", shown.trim_end()),
        })
    }

    fn configure(&mut self, text: &str) -> Result<(), String> {
        let text = if text.contains("listen=") || text.contains("listen =") {
            self.fill(text)
        } else {
            // At the end, where it moves no line.
            format!("{}\nlisten=udp:{SERVER}\n", self.fill(text))
        };
        let modules = self.modules;
        // The configuration may name people; they keep their addresses.
        let people = std::mem::take(&mut self.people);
        *self = Story::new(modules);
        self.people = people;
        match Bench::new(&text, modules, 1) {
            Ok(bench) => {
                self.shown = bench.warnings.clone();
                self.bench = Some(bench);
            }
            Err(shown) => self.shown = shown,
        }
        self.collect();
        Ok(())
    }

    fn diagnostics(&self, expected: &str) -> Result<(), String> {
        let mut shown = self.shown.lines();
        for wanted in expected.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(unwanted) = wanted.trim().strip_prefix("! ") {
                if self.shown.lines().any(|line| fits(unwanted, line.trim())) {
                    return Err(format!(
                        "`{unwanted}` is among the diagnostics:\n{}",
                        self.shown
                    ));
                }
                continue;
            }
            if !shown.any(|line| fits(wanted.trim(), line.trim())) {
                return Err(format!(
                    "`{wanted}` is not among the diagnostics:\n{}",
                    self.shown
                ));
            }
        }
        Ok(())
    }

    /// The address of somebody; each has an own one, given out in the order of their appearance.
    fn address(&mut self, name: &str) -> SocketAddr {
        let next = self.people.len() as u8 + 11;
        *self
            .people
            .entry(name.to_owned())
            .or_insert_with(|| ([127, 0, 0, next], 5060).into())
    }

    /// Replaces `{server}` and `{name}` by addresses.
    fn fill(&mut self, text: &str) -> String {
        let Ok(filled) = places::fill(text, |name| {
            Ok::<_, Infallible>(match name {
                "server" => SERVER.to_owned(),
                name => self.address(name).to_string(),
            })
        });
        filled
    }

    fn receive(&mut self, name: &str, text: &str) -> Result<(), String> {
        let peer = self.address(name);
        let text = self
            .heard
            .entry(name.to_owned())
            .or_default()
            .put_into(text);
        let text = self.fill(&text);
        let heard = self.heard.entry(name.to_owned()).or_default();
        let message = wire_form(&heard.answer(&text));
        self.bench()?;
        self.collect();
        let Some(bench) = &mut self.bench else {
            return Ok(());
        };
        self.steps.push(Step {
            at: bench.elapsed(),
            from: name.to_owned(),
            to: "server".to_owned(),
            what: message.lines().next().unwrap_or("").to_owned(),
        });
        if !bench.receive(peer, &message) {
            return Err("this is no message".to_owned());
        }
        self.collect();
        Ok(())
    }

    fn collect(&mut self) {
        let Some(bench) = &mut self.bench else { return };
        for sent in bench.take_sent() {
            self.steps.push(Step {
                at: sent.at,
                from: match sent.from {
                    Some(from) => self.name_of(from),
                    None => "server".to_owned(),
                },
                to: self.name_of(sent.to),
                what: first_line(&sent.text),
            });
            self.unread.push_back(sent);
        }
    }

    fn expect(&mut self, name: &str, text: &str) -> Result<(), String> {
        let address = self.address(name);
        let expected = match self.heard.get(name) {
            Some(heard) => heard.put_into(text),
            None => text.to_owned(),
        };
        let expected = self.fill(&expected);
        let Some(position) = self.unread.iter().position(|sent| sent.to == address) else {
            return Err(self.nothing_sent(name));
        };
        let Some(sent) = self.unread.remove(position) else {
            return Ok(());
        };
        self.heard
            .entry(name.to_owned())
            .or_default()
            .hear(&sent.text);
        match missing(&expected, &sent.text) {
            None => Ok(()),
            Some(line) => Err(format!(
                "`{line}` is not in what was sent to {name}:\n{}",
                sent.text
            )),
        }
    }

    /// That somebody hears nothing, with what may tell why.
    fn nothing_sent(&self, name: &str) -> String {
        let mut out = format!("nothing was sent to {name}");
        for sent in &self.unread {
            let hears = self.name_of(sent.to);
            let first = sent.text.lines().next().unwrap_or("");
            let _ = write!(out, "\nbut to {hears}: {first}");
        }
        let log = self.bench.as_ref().map_or_else(Vec::new, Bench::log);
        for line in log {
            let _ = write!(out, "\nlog: {line}");
        }
        out
    }

    /// Who has an address.
    fn name_of(&self, address: SocketAddr) -> String {
        let known = self.people.iter().find(|(_, theirs)| **theirs == address);
        known.map_or_else(|| address.to_string(), |(name, _)| name.clone())
    }

    fn expect_log(&mut self, expected: &str) -> Result<(), String> {
        let expected = self.fill(expected);
        let from = self.log_read;
        let log = self.bench()?.log();
        let mut lines = log.iter().enumerate().skip(from);
        for wanted in expected.lines().filter(|line| !line.trim().is_empty()) {
            let wanted = wanted.trim();
            let pattern = format!("*{wanted}*");
            match lines.find(|(_, line)| fits(&pattern, line)) {
                Some((at, _)) => self.log_read = at + 1,
                None => return Err(not_in_log(wanted, &log, self.log_read)),
            }
        }
        Ok(())
    }

    fn rpc(&mut self, words: &[String], expected: &str) -> Result<(), String> {
        let Some((command, arguments)) = words.split_first() else {
            return Err("which command?".to_owned());
        };
        let arguments: Vec<String> = arguments.iter().map(|word| self.fill(word)).collect();
        let arguments = arguments
            .iter()
            .map(|word| match (word.strip_prefix("s:"), word.parse()) {
                (Some(text), _) => RpcValue::Str(Text::from(text)),
                (None, Ok(number)) => RpcValue::Int(number),
                (None, Err(_)) => RpcValue::Str(Text::from(word.as_str())),
            })
            .collect();
        let answer = match self.bench()?.rpc(command, arguments) {
            Ok(values) => values.iter().map(|value| shown(value, 0)).collect(),
            // As kamcmd shows it, to whom a page gives its commands with a peer.
            Err(Fault {
                code,
                missing: Some(missing),
                ..
            }) => format!("error: {code} - {missing}\n"),
            Err(fault) => format!("error: {fault}\n"),
        };
        self.collect();
        // Texts may end with the line ends of the wire.
        let lines: Vec<&str> = answer.lines().filter(|line| !line.is_empty()).collect();
        let wanted: Vec<&str> = expected.lines().collect();
        if lines.len() == wanted.len()
            && lines
                .iter()
                .zip(wanted)
                .all(|(line, wanted)| fits(wanted, line))
        {
            Ok(())
        } else {
            Err(format!("the answer is:\n{answer}"))
        }
    }

    fn ladder(&self) -> String {
        let mut out = String::new();
        for step in &self.steps {
            let _ = writeln!(
                out,
                "{:>9.3}  {} -> {}  {}",
                step.at.as_secs_f64(),
                step.from,
                step.to,
                step.what
            );
        }
        out
    }
}

/// That a line is missing from what of the log was not read yet.
fn not_in_log(wanted: &str, log: &[String], read: usize) -> String {
    let (read, left) = log.split_at(read.min(log.len()));
    let mut out = format!("`{wanted}` is not in the log:\n{}", left.join("\n"));
    if !read.is_empty() {
        let _ = write!(out, "\nread before:\n{}", read.join("\n"));
    }
    out
}

/// The first line of a flow as a page has it that is not what happens there.
fn first_difference<'a>(happens: &'a str, written: &'a str) -> Option<&'a str> {
    let (mut happens, mut written) = (happens.trim().lines(), written.trim().lines());
    loop {
        match (happens.next(), written.next()) {
            (None, None) => return None,
            (happens, written) if happens.map(str::trim) == written.map(str::trim) => {}
            (_, written) => return Some(written.map_or("the end of the block", str::trim)),
        }
    }
}

/// An RPC value, indented as in a tree.
fn shown(value: &RpcValue, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        RpcValue::Int(number) => format!("{indent}{number}\n"),
        RpcValue::Double(number) => format!("{indent}{number}\n"),
        RpcValue::Str(text) => format!("{indent}{text}\n"),
        RpcValue::Null => format!("{indent}{}\n", RpcValue::NOTHING),
        RpcValue::Array(values) => values.iter().map(|value| shown(value, depth)).collect(),
        RpcValue::Struct(members) | RpcValue::Named(members) => members
            .iter()
            .map(|(name, value)| match value {
                RpcValue::Struct(_) | RpcValue::Array(_) | RpcValue::Named(_) => {
                    format!("{indent}{name}:\n{}", shown(value, depth + 1))
                }
                plain => format!("{indent}{name}: {}", shown(plain, 0)),
            })
            .collect(),
    }
}

/// A message as written in a page, with the line ends of the wire. The header ends with an empty line even when the page has
/// none, and Content-Length is added when missing.
pub fn wire_form(text: &str) -> String {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let body = body.replace('\n', "\r\n");
    let mut out = head.trim_end().replace('\n', "\r\n");
    out.push_str("\r\n");
    if !head.to_ascii_lowercase().contains("\ncontent-length:") {
        let _ = write!(out, "Content-Length: {}\r\n", body.len());
    }
    out.push_str("\r\n");
    out.push_str(&body);
    out
}

/// The first line of what was sent, as a page can hold it.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").replace('\0', "\\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fails(page: &str, wanted: &str) {
        let failure = run_spec(&Spec::parse(page).unwrap(), &[]).unwrap_err();
        assert_eq!(failure.to_string(), wanted);
    }

    #[test]
    fn a_block_needs_a_configuration_that_loads() {
        fails(
            "```log\na\n```\n",
            "line 1: there is no `cfg` block before this one",
        );
        let page = "```cfg\nrequest_route {\nnothing_known();\n}\n```\n```log\na\n```\n";
        let failure = run_spec(&Spec::parse(page).unwrap(), &[]).unwrap_err();
        let begin = "line 6: the configuration does not load:\nerror[";
        let shown = failure.to_string();
        assert!(shown.starts_with(begin), "{shown}");
        // Lines are those of the block.
        assert!(shown.contains("kamailio.cfg:2:"), "{shown}");
    }

    #[test]
    fn the_first_line_of_a_flow_that_is_another_is_named() {
        let flow = "  0.000  a -> b  X\n  0.500  b -> a  Y\n";
        let differs = |written| first_difference(flow, written);
        assert_eq!(differs("0.000  a -> b  X\n  0.500  b -> a  Y"), None);
        let other = "  0.000  a -> b  X\n  0.600  b -> a  Y\n";
        assert_eq!(differs(other), Some("0.600  b -> a  Y"));
        assert_eq!(differs("0.000  a -> b  X\n"), Some("the end of the block"));
        assert_eq!(
            differs(&format!("{flow} 0.700  a -> b  Z")),
            Some("0.700  a -> b  Z")
        );
    }

    #[test]
    fn a_line_of_the_log_that_was_read_is_shown_apart() {
        let log = ["a".to_owned(), "b".to_owned()];
        assert_eq!(
            not_in_log("a", &log, 1),
            "`a` is not in the log:\nb\nread before:\na"
        );
        assert_eq!(not_in_log("c", &log[..1], 0), "`c` is not in the log:\na");
    }
}
