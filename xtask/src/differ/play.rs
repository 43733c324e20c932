//! Plays scenarios through one server: its ends, the clock and the log in one loop.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::callee::{BranchId, Callees, place};
use super::caller::{Caller, is_to_poke, number_of};
use super::generate::Settings;
use super::plan::Answer;
use super::record::{Event, Names, summary};
use super::scenario::{DeedKind, MARK, Scenario};
use super::script;
use crate::bench::message::status;
use crate::bench::server::{Running, ServerUnderTest};
use crate::bench::udp::{bind, local_address, wait_readable};

/// How long after one caller the next one begins.
const GAP: Duration = Duration::from_millis(10);
/// When nothing has been seen for so long, everything is over; no timer that a script sets is longer.
const QUIET: Duration = Duration::from_millis(3_500);
/// How long one run takes at most.
const END: Duration = Duration::from_secs(30);
/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Longest datagram.
const SIZE: usize = 65_536;

/// The names of our ends; the caller's is the first.
const ENDS: [&str; 4] = ["caller", "callee1", "callee2", "callee3"];
/// What a message ends with that has been seen before.
pub const AGAIN: &str = " again";
/// The place of what is logged.
pub const LOG: &str = "log";
/// The place of what the caller sees.
pub const CALLER: &str = ENDS[0];
/// The place of what it sees of its INFO outside of the call.
const POKER: &str = "poker";

/// What was seen of each scenario, by number.
pub type Record = BTreeMap<usize, Vec<Event>>;

/// Something that happens later.
enum Due {
    Call(usize),
    Deed(usize, DeedKind),
    Answer(usize, BranchId, Answer),
}

/// The ends, what they do next, and what was seen.
struct Stage<'a> {
    scenarios: &'a [Scenario],
    server: SocketAddrV4,
    ends: Vec<UdpSocket>,
    names: Names,
    callers: BTreeMap<usize, Caller>,
    callees: Callees,
    /// By when it is due; the number tells those of one instant apart.
    due: BTreeMap<(Instant, u64), Due>,
    due_so_far: u64,
    begun: BTreeMap<usize, Instant>,
    record: Record,
    /// When something was seen last, or will be done.
    last: Instant,
}

/// Plays `scenarios` through `server`.
///
/// # Errors
/// When it does not start, or ends by itself.
pub fn play(
    server: &ServerUnderTest,
    settings: &Settings,
    scenarios: &[Scenario],
) -> Result<Record> {
    let any = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    let mut stage = Stage::open(scenarios, local_address(&bind(any)?)?)?;
    let script = stage.names.resolve(&script::whole(settings, scenarios));
    let mut running = Running::start_with(server, &script, stage.server)?;
    let mut log = Log::open(&running)?;
    stage.call_all();
    let end = Instant::now() + GAP * scenarios.len() as u32 + END;
    while Instant::now() < end.min(stage.last + QUIET) {
        stage.do_what_is_due();
        stage.wait();
        stage.receive_all();
        stage.note_log(&log.lines()?);
        if let Some(status) = running.end()? {
            bail!("{} ended by itself: {status}", server.name);
        }
    }
    Ok(stage.record)
}

impl<'a> Stage<'a> {
    fn open(scenarios: &'a [Scenario], server: SocketAddrV4) -> Result<Self> {
        let mut names = Names::default();
        names.add("server", server);
        let mut ends = Vec::new();
        for name in ENDS {
            let end = bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
            names.add(name, local_address(&end)?);
            ends.push(end);
        }
        let mut callers = BTreeMap::new();
        for Scenario { number, call, .. } in scenarios {
            callers.insert(
                *number,
                Caller::new(*number, call, local_address(&ends[0])?),
            );
        }
        Ok(Self {
            scenarios,
            server,
            ends,
            names,
            callers,
            callees: Callees::default(),
            due: BTreeMap::new(),
            due_so_far: 0,
            begun: BTreeMap::new(),
            record: BTreeMap::new(),
            last: Instant::now(),
        })
    }

    fn at(&mut self, time: Instant, due: Due) {
        self.due_so_far += 1;
        self.last = self.last.max(time);
        self.due.insert((time, self.due_so_far), due);
    }

    fn call_all(&mut self) {
        let mut time = Instant::now();
        for Scenario { number, call, .. } in self.scenarios {
            time += GAP;
            self.begun.insert(*number, time);
            self.at(time, Due::Call(*number));
            for deed in &call.deeds {
                self.at(time + deed.after, Due::Deed(*number, deed.kind));
            }
        }
    }

    fn do_what_is_due(&mut self) {
        while let Some(first) = self.due.first_entry()
            && first.key().0 <= Instant::now()
        {
            match first.remove() {
                Due::Call(number) => {
                    let request = self.callers.get_mut(&number).map(Caller::request);
                    self.send(0, request);
                }
                Due::Deed(number, kind) => {
                    let caller = self.callers.get_mut(&number);
                    let request = caller.and_then(|caller| caller.deed(kind));
                    self.send(0, request);
                }
                Due::Answer(end, branch, answer) => {
                    let response = self.callees.answer(&branch, answer);
                    self.send(end, response);
                }
            }
        }
    }

    /// What the kernel has no room for is lost, as on a network.
    fn send(&self, end: usize, message: Option<Vec<u8>>) {
        if let (Some(end), Some(message)) = (self.ends.get(end), message) {
            let _ = end.send_to(&message, self.server);
        }
    }

    fn wait(&self) {
        let due = self.due.first_key_value().map(|((time, _), _)| *time);
        let until = due.map_or(LOOK, |due| due.saturating_duration_since(Instant::now()));
        let ends: Vec<&UdpSocket> = self.ends.iter().collect();
        wait_readable(&ends, until.min(LOOK));
    }

    fn receive_all(&mut self) {
        let mut buffer = vec![0; SIZE];
        for (index, name) in ENDS.into_iter().enumerate() {
            while let Ok(length) = self.ends[index].recv(&mut buffer) {
                let message = &buffer[..length];
                let Some(number) = number_of(message) else {
                    continue;
                };
                if status(message).is_some() {
                    self.hear(number, message);
                } else {
                    self.ask(number, index, name, message);
                }
            }
        }
    }

    /// A response came back to the caller.
    fn hear(&mut self, number: usize, response: &[u8]) {
        let Some(caller) = self.callers.get_mut(&number) else {
            return;
        };
        let heard = caller.hear(response);
        let text = told(response, heard.is_new, &self.names);
        let place = if is_to_poke(response) { POKER } else { CALLER };
        self.note(number, place.to_owned(), text);
        self.send(0, heard.request);
    }

    /// A request came to a callee.
    fn ask(&mut self, number: usize, end: usize, name: &str, request: &[u8]) {
        let Ok(address) = local_address(&self.ends[end]) else {
            return;
        };
        let received = self.callees.receive(request, address);
        let text = told(request, received.is_some(), &self.names);
        self.note(number, place(request, name), text);
        let received = received.unwrap_or_default();
        for response in received.responses {
            self.send(end, Some(response));
        }
        for answer in received.plan {
            let due = Due::Answer(end, received.branch.clone(), answer);
            self.at(Instant::now() + answer.after, due);
        }
    }

    fn note_log(&mut self, lines: &[String]) {
        for line in lines {
            // A line of the script that a diagnostic shows has the mark behind a quote.
            let Some((before, marked)) = line.split_once(MARK) else {
                continue;
            };
            if before.ends_with('"') {
                continue;
            }
            let (number, text) = marked.split_once(' ').unwrap_or((marked, ""));
            if let Ok(number) = number.parse() {
                let text = self.names.restore(text);
                self.note(number, LOG.to_owned(), text);
            }
        }
    }

    fn note(&mut self, number: usize, place: String, text: String) {
        self.last = self.last.max(Instant::now());
        let begun = self.begun.get(&number);
        let event = Event {
            at: begun.map(Instant::elapsed).unwrap_or_default(),
            place,
            text,
        };
        self.record.entry(number).or_default().push(event);
    }
}

/// A message in one line.
fn told(message: &[u8], is_new: bool, names: &Names) -> String {
    let text = summary(message, names);
    if is_new { text } else { text + AGAIN }
}

/// A log that grows.
struct Log {
    file: File,
    /// Octets of a line that has not ended.
    rest: Vec<u8>,
}

impl Log {
    fn open(running: &Running) -> io::Result<Self> {
        Ok(Self {
            file: File::open(running.log())?,
            rest: Vec::new(),
        })
    }

    /// The lines since the last look.
    fn lines(&mut self) -> io::Result<Vec<String>> {
        self.file.read_to_end(&mut self.rest)?;
        let mut lines = Vec::new();
        while let Some(end) = self.rest.iter().position(|&octet| octet == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        Ok(lines)
    }
}
