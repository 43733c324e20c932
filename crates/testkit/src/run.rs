//! Runs a spec against the server in virtual time.

use crate::bench::{Bench, SERVER, Sent};
use crate::pattern::{fits, missing};
use crate::places::{self, Heard};
use crate::spec::{Block, Role, Spec};
use module_api::{Fault, ModuleExport, RpcValue, Text};
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write;
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
                if ladder.trim() == block.text.trim() {
                    Ok(())
                } else {
                    Err("the flow is another one; where it is right, `cargo xtask spec FILE --accept` writes it".to_owned())
                }
            }
        }
    }

    fn bench(&mut self) -> Result<&mut Bench, String> {
        let shown = &self.shown;
        self.bench
            .as_mut()
            .ok_or_else(|| format!("no configuration before it is loaded\n{shown}"))
    }

    fn configure(&mut self, text: &str) -> Result<(), String> {
        let text = if text.contains("listen=") || text.contains("listen =") {
            self.fill(text)
        } else {
            format!("listen=udp:{SERVER}\n{}", self.fill(text))
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
            let known = self.people.iter().find(|(_, address)| **address == sent.to);
            self.steps.push(Step {
                at: sent.at,
                from: "server".to_owned(),
                to: known.map_or_else(|| sent.to.to_string(), |(name, _)| name.clone()),
                what: sent.text.lines().next().unwrap_or("").to_owned(),
            });
            self.unread.push_back(sent);
        }
    }

    fn expect(&mut self, name: &str, text: &str) -> Result<(), String> {
        let address = self.address(name);
        let expected = self.fill(text);
        let Some(position) = self.unread.iter().position(|sent| sent.to == address) else {
            let log = self
                .bench
                .as_ref()
                .map_or_else(Vec::new, |bench| bench.log());
            return Err(format!(
                "nothing was sent to {name}; the log:\n{}",
                log.join("\n")
            ));
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
                None => return Err(format!("`{wanted}` is not in the log:\n{}", log.join("\n"))),
            }
        }
        Ok(())
    }

    fn rpc(&mut self, words: &[String], expected: &str) -> Result<(), String> {
        let Some((command, arguments)) = words.split_first() else {
            return Err("which command?".to_owned());
        };
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

/// An RPC value, indented as in a tree.
fn shown(value: &RpcValue, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        RpcValue::Int(number) => format!("{indent}{number}\n"),
        RpcValue::Double(number) => format!("{indent}{number}\n"),
        RpcValue::Str(text) => format!("{indent}{text}\n"),
        RpcValue::Null => format!("{indent}{}\n", RpcValue::NOTHING),
        RpcValue::Array(values) => values.iter().map(|value| shown(value, depth)).collect(),
        RpcValue::Struct(members) => members
            .iter()
            .map(|(name, value)| match value {
                RpcValue::Struct(_) | RpcValue::Array(_) => {
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
