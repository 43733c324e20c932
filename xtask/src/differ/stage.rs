//! Where scenarios are played: our ends' sockets, what is due when, and what was seen.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::record::{Event, Names, Record};
use super::scenario::MARK;
use super::streams::{Client, Owner, Streams, Told};
use crate::bench::udp::{bind, local_address, wait_readable};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Longest datagram.
const SIZE: usize = 65_536;

/// What is told of the answer to a ping.
const PONG: &str = "pong";
/// What is told of a connection that was closed by the server.
pub const CLOSED: &str = "closed";

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
    streams: Streams,
    /// What keeps the ports of the server's sockets until it is started.
    kept: Vec<(UdpSocket, TcpListener)>,
    /// By when it is due; the number tells those of one instant apart.
    due: BTreeMap<(Instant, u64), Due>,
    due_so_far: u64,
    begun: BTreeMap<usize, Instant>,
    /// Of which scenario the client with an address is.
    clients: BTreeMap<String, Client>,
    record: Record,
}

/// A message that came to an end.
pub struct Arrival {
    /// Who received it.
    pub at: Owner,
    /// The connection that it came over, unless it is a datagram.
    pub connection: Option<u64>,
    /// The message.
    pub message: Vec<u8>,
}

/// How many ports are tried at most until one is free for datagrams and connections.
const ATTEMPTS: usize = 20;

/// A port for datagrams and connections.
fn port() -> Result<(UdpSocket, TcpListener)> {
    let any = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    for _ in 0..ATTEMPTS {
        let socket = bind(any)?;
        if let Ok(listener) = TcpListener::bind(local_address(&socket)?) {
            return Ok((socket, listener));
        }
    }
    bail!("no port is free for both UDP and TCP")
}

impl<Due> Stage<Due> {
    /// Binds ends with these names, and finds ports for the server's sockets with those.
    ///
    /// # Errors
    /// When there are none.
    pub fn open(sockets: &[&'static str], ends: &[&'static str]) -> Result<Self> {
        let mut names = Names::default();
        let mut named = |names_of: &[&'static str]| -> Result<Vec<(UdpSocket, TcpListener)>> {
            let mut bound = Vec::new();
            for name in names_of {
                let both = port()?;
                names.add(name, local_address(&both.0)?);
                bound.push(both);
            }
            Ok(bound)
        };
        // All at once, so that no two have one port.
        let (taken, bound) = (named(sockets)?, named(ends)?);
        let addresses = taken.iter().map(|(socket, _)| local_address(socket));
        let sockets: Result<Vec<SocketAddrV4>, _> = addresses.collect();
        let mut streams = Streams::default();
        let mut ends = Vec::new();
        for (end, (socket, listener)) in bound.into_iter().enumerate() {
            streams.listen(end, listener)?;
            ends.push(socket);
        }
        Ok(Self {
            sockets: sockets?,
            names,
            last: Instant::now(),
            ends,
            streams,
            kept: taken,
            due: BTreeMap::new(),
            due_so_far: 0,
            begun: BTreeMap::new(),
            clients: BTreeMap::new(),
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

    /// The address of a client, which is connected to the server's first socket if it is not yet.
    pub fn client(&mut self, client: Client) -> Option<SocketAddrV4> {
        if let Some(address) = self.streams.address(client) {
            return Some(address);
        }
        self.streams.connect(client, *self.sockets.first()?).ok()?;
        let address = self.streams.address(client)?;
        self.names.see(client.1, address);
        self.clients.insert(address.to_string(), client);
        Some(address)
    }

    /// The connections, once those that are meant have been opened.
    pub fn streams(&mut self) -> &mut Streams {
        &mut self.streams
    }

    /// Answers what arrived, the way it came.
    pub fn answer(&mut self, arrival: &Arrival, message: Option<Vec<u8>>) {
        match (arrival.connection, arrival.at, message) {
            (connection, Owner::End(end), message) => self.answer_from(end, connection, message),
            (Some(connection), _, Some(message)) => {
                self.streams.answer(connection, &message);
            }
            _ => {}
        }
    }

    /// Sends an end's answer: as a datagram, or over a connection; over a new one if that was closed (RFC 3261 §18.2.2).
    pub fn answer_from(&mut self, end: usize, connection: Option<u64>, message: Option<Vec<u8>>) {
        let Some(message) = message else {
            return;
        };
        match (connection, self.sockets.first()) {
            (None, _) => self.send_to(end, 0, &message),
            (Some(connection), _) if self.streams.answer(connection, &message) => {}
            (Some(_), Some(server)) => {
                // Where nobody listens the answer is lost.
                let _ = self.streams.answer_anew(end, *server, &message);
            }
            (Some(_), None) => {}
        }
    }

    /// Waits until something arrives or is due, or the log is to be looked at.
    pub fn wait(&self) {
        let due = self.due.first_key_value().map(|((time, _), _)| *time);
        let until = due.map_or(LOOK, |due| due.saturating_duration_since(Instant::now()));
        let ends = self.ends.iter().map(AsFd::as_fd);
        let all: Vec<BorrowedFd<'_>> = ends.chain(self.streams.descriptors()).collect();
        wait_readable(&all.iter().collect::<Vec<_>>(), until.min(LOOK));
    }

    /// All that has arrived, end by end. Of connections it is noted that they were closed.
    pub fn arrivals(&mut self) -> Vec<Arrival> {
        let mut buffer = vec![0; SIZE];
        let mut arrivals = Vec::new();
        for (end, socket) in self.ends.iter().enumerate() {
            while let Ok(length) = socket.recv(&mut buffer) {
                arrivals.push(Arrival {
                    at: Owner::End(end),
                    connection: None,
                    message: buffer[..length].to_vec(),
                });
            }
        }
        for heard in self.streams.hear() {
            match (heard.told, heard.owner) {
                (Told::Message(message), at) => arrivals.push(Arrival {
                    at,
                    connection: Some(heard.connection),
                    message,
                }),
                (told, Owner::Client((number, name))) => {
                    let text = if told == Told::Pong { PONG } else { CLOSED };
                    self.note(number, name, text.to_owned());
                }
                (_, Owner::End(_)) => {}
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
            let text = self.names.restore(text);
            // What is about no message is about a connection.
            if let Some((number, name)) = self.clients.get(number) {
                self.note(*number, &format!("{name} {place}"), text);
            } else if let Ok(number) = number.parse() {
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
