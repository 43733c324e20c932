//! Where scenarios are played: our ends' sockets, what is due when, and what was seen.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::record::{Event, Names, Record};
use super::scenario::MARK;
use crate::bench::udp::{bind, local_address, wait_readable};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Longest datagram.
const SIZE: usize = 65_536;

/// The place of what is logged, where the line names none behind the number: `@@7/timer …`.
pub const LOG: &str = "log";

/// The ends' sockets, what is due, and what was seen.
pub struct Stage<Due> {
    /// Where the server listens; there is one at least.
    pub sockets: Vec<SocketAddrV4>,
    /// The names of addresses.
    pub names: Names,
    /// When something was seen last, or will be done.
    pub last: Instant,
    ends: Vec<UdpSocket>,
    /// What keeps the ports of the server's sockets until it is started.
    kept: Vec<UdpSocket>,
    /// By when it is due; the number tells those of one instant apart.
    due: BTreeMap<(Instant, u64), Due>,
    due_so_far: u64,
    begun: BTreeMap<usize, Instant>,
    record: Record,
}

/// A message that came to an end.
pub struct Arrival {
    /// The place of the end among all.
    pub end: usize,
    /// The message.
    pub message: Vec<u8>,
}

impl<Due> Stage<Due> {
    /// Binds ends with these names, and finds ports for the server's sockets with those.
    ///
    /// # Errors
    /// When there are none.
    pub fn open(sockets: &[&'static str], ends: &[&'static str]) -> Result<Self> {
        let any = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        let mut names = Names::default();
        let mut named = |names_of: &[&'static str]| -> Result<Vec<UdpSocket>> {
            let mut bound = Vec::new();
            for name in names_of {
                let socket = bind(any)?;
                names.add(name, local_address(&socket)?);
                bound.push(socket);
            }
            Ok(bound)
        };
        // All at once, so that no two have one port.
        let (taken, ends) = (named(sockets)?, named(ends)?);
        let sockets: Result<Vec<SocketAddrV4>, _> = taken.iter().map(local_address).collect();
        Ok(Self {
            sockets: sockets?,
            names,
            last: Instant::now(),
            ends,
            kept: taken,
            due: BTreeMap::new(),
            due_so_far: 0,
            begun: BTreeMap::new(),
            record: BTreeMap::new(),
        })
    }

    /// Leaves its ports to the server.
    pub fn release(&mut self) {
        self.kept.clear();
    }

    /// Says when a scenario begins.
    pub fn begin(&mut self, number: usize, time: Instant) {
        self.begun.entry(number).or_insert(time);
    }

    /// Puts something off.
    pub fn at(&mut self, time: Instant, due: Due) {
        self.due_so_far += 1;
        self.last = self.last.max(time);
        self.due.insert((time, self.due_so_far), due);
    }

    /// The first that is due by now.
    pub fn next_due(&mut self) -> Option<Due> {
        let first = self.due.first_entry()?;
        (first.key().0 <= Instant::now()).then(|| first.remove())
    }

    /// The address of an end.
    pub fn address(&self, end: usize) -> Option<SocketAddrV4> {
        local_address(self.ends.get(end)?).ok()
    }

    /// Sends a message to the server's first socket.
    pub fn send(&self, end: usize, message: Option<Vec<u8>>) {
        if let Some(message) = message {
            self.send_to(end, 0, &message);
        }
    }

    /// Sends a message to a socket of the server. What the kernel has no room for is lost, as on a network.
    pub fn send_to(&self, end: usize, socket: usize, message: &[u8]) {
        if let (Some(end), Some(socket)) = (self.ends.get(end), self.sockets.get(socket)) {
            let _ = end.send_to(message, socket);
        }
    }

    /// Waits until something arrives or is due, or the log is to be looked at.
    pub fn wait(&self) {
        let due = self.due.first_key_value().map(|((time, _), _)| *time);
        let until = due.map_or(LOOK, |due| due.saturating_duration_since(Instant::now()));
        let ends: Vec<&UdpSocket> = self.ends.iter().collect();
        wait_readable(&ends, until.min(LOOK));
    }

    /// All that has arrived, end by end.
    pub fn arrivals(&self) -> Vec<Arrival> {
        let mut buffer = vec![0; SIZE];
        let mut arrivals = Vec::new();
        for (end, socket) in self.ends.iter().enumerate() {
            while let Ok(length) = socket.recv(&mut buffer) {
                arrivals.push(Arrival {
                    end,
                    message: buffer[..length].to_vec(),
                });
            }
        }
        arrivals
    }

    /// Notes the lines of the log that are a scenario's.
    pub fn note_log(&mut self, lines: &[String]) {
        for line in lines {
            // A line of the script that a diagnostic shows has the mark behind a quote.
            let Some((before, marked)) = line.split_once(MARK) else {
                continue;
            };
            if before.ends_with('"') {
                continue;
            }
            let (whose, text) = marked.split_once(' ').unwrap_or((marked, ""));
            let (number, place) = whose.split_once('/').unwrap_or((whose, LOG));
            if let Ok(number) = number.parse() {
                let text = self.names.restore(text);
                self.note(number, place, text);
            }
        }
    }

    /// Notes what was seen of a scenario.
    pub fn note(&mut self, number: usize, place: &str, text: String) {
        self.last = self.last.max(Instant::now());
        let begun = self.begun.get(&number);
        let event = Event {
            at: begun.map(Instant::elapsed).unwrap_or_default(),
            place: place.to_owned(),
            text,
        };
        self.record.entry(number).or_default().push(event);
    }

    /// What was seen.
    pub fn into_record(self) -> Record {
        self.record
    }
}
