//! The people of a page when it is played over loopback, in real time.

use crate::oracle::{PATIENCE, pause};
use crate::pattern::missing;
use crate::places::{self, Heard};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long nothing has to come for it to be quiet.
const QUIET: Duration = Duration::from_millis(200);

/// How long a new message may come behind the repetition of an old one and still be what is told.
const GRACE: Duration = Duration::from_millis(150);

/// All who are in the page so far.
#[derive(Default)]
pub(crate) struct People(BTreeMap<String, Person>);

/// Somebody who talks to the server.
pub(crate) struct Person {
    pub(crate) socket: UdpSocket,
    address: SocketAddr,
    /// What it has heard, as far as the page has told of it.
    pub(crate) heard: Heard,
    /// What it has said.
    pub(crate) said: BTreeSet<String>,
    /// What has come and was not told of yet.
    unread: VecDeque<Arrived>,
    /// All that has come.
    known: Vec<String>,
}

struct Arrived {
    text: String,
    /// Whether the same has come before: the peer sends again in real time, of which a page knows nothing.
    is_repeated: bool,
    /// Whether it has come while the page let time pass.
    is_in_told_time: bool,
}

impl People {
    /// Somebody, who appears when first named. The addresses are those of the virtual world unless somebody has taken them.
    pub(crate) fn person(&mut self, name: &str) -> io::Result<&mut Person> {
        if !self.0.contains_key(name) {
            let last = self.0.len() as u8 + 11;
            let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, last], 5060)))
                .or_else(|_| UdpSocket::bind("127.0.0.1:0"))?;
            let person = Person {
                address: socket.local_addr()?,
                socket,
                heard: Heard::default(),
                said: BTreeSet::new(),
                unread: VecDeque::new(),
                known: Vec::new(),
            };
            self.0.insert(name.to_owned(), person);
        }
        self.0
            .get_mut(name)
            .ok_or_else(|| io::Error::other("nobody"))
    }

    /// Replaces `{server}` and `{name}` by addresses.
    pub(crate) fn fill(&mut self, text: &str, server: SocketAddr) -> io::Result<String> {
        places::fill(text, |name| match name {
            "server" => Ok(server.to_string()),
            name => Ok(self.person(name)?.address.to_string()),
        })
    }

    /// Another story begins, with the same people.
    pub(crate) fn forget_messages(&mut self) -> io::Result<()> {
        for person in self.0.values_mut() {
            person.gather(Duration::ZERO, false)?;
            person.unread.clear();
            person.known.clear();
            person.said.clear();
        }
        Ok(())
    }

    /// The story goes on: what was repeated before can still be told, but need not.
    pub(crate) fn go_on(&mut self) -> io::Result<()> {
        for person in self.0.values_mut() {
            person.gather(Duration::ZERO, false)?;
            for message in &mut person.unread {
                message.is_in_told_time = false;
            }
        }
        Ok(())
    }

    /// Time passes as the page says.
    pub(crate) fn pass(&mut self, time: Duration) -> io::Result<()> {
        for person in self.0.values_mut() {
            person.gather(Duration::ZERO, false)?;
        }
        pause(time);
        for person in self.0.values_mut() {
            person.gather(Duration::ZERO, true)?;
        }
        Ok(())
    }

    /// What has come and nothing has told of, with who has got it.
    pub(crate) fn unexpected(&mut self) -> io::Result<Vec<(String, String)>> {
        pause(QUIET);
        let mut out = Vec::new();
        for (name, person) in &mut self.0 {
            person.gather(Duration::ZERO, false)?;
            let untold = person
                .unread
                .drain(..)
                .filter(|message| !message.is_repeated || message.is_in_told_time);
            out.extend(untold.map(|message| (name.clone(), message.text)));
        }
        Ok(out)
    }
}

impl Person {
    /// Takes the next message that the page tells of, or says what is different.
    pub(crate) fn expect(
        &mut self,
        expected: &str,
        may_be_repeated: bool,
    ) -> io::Result<Option<String>> {
        let end = Instant::now() + PATIENCE;
        let mut grace = None;
        loop {
            self.gather(Duration::ZERO, false)?;
            let now = Instant::now();
            let fresh = self.unread.iter().position(|message| !message.is_repeated);
            if let Some(at) = fresh
                && self.is_told(at, expected)
            {
                return Ok(self.take(at, expected));
            }
            let repeated =
                (0..self.unread.len()).find(|at| may_be_repeated && self.is_told(*at, expected));
            if let Some(at) = repeated
                && (fresh.is_some() || now >= *grace.get_or_insert(now + GRACE))
            {
                return Ok(self.take(at, expected));
            }
            if let (Some(at), None) = (fresh, repeated) {
                return Ok(self.take(at, expected));
            }
            if now >= end {
                return Ok(Some("nothing came".to_owned()));
            }
            self.gather(Duration::from_millis(20), false)?;
        }
    }

    fn is_told(&self, at: usize, expected: &str) -> bool {
        let message = self.unread.get(at);
        message.is_some_and(|message| missing(expected, &message.text).is_none())
    }

    /// Takes that message; what is different in it.
    fn take(&mut self, at: usize, expected: &str) -> Option<String> {
        let message = self.unread.remove(at)?.text;
        self.heard.hear(&message);
        missing(expected, &message).map(|line| format!("`{line}` is not in\n{message}"))
    }

    /// Takes what has come from the socket; waits so long for the first.
    fn gather(&mut self, wait: Duration, is_in_told_time: bool) -> io::Result<()> {
        let mut buffer = [0u8; 65_535];
        self.socket.set_nonblocking(wait.is_zero())?;
        if !wait.is_zero() {
            self.socket.set_read_timeout(Some(wait))?;
        }
        while let Ok(length) = self.socket.recv(&mut buffer) {
            self.socket.set_nonblocking(true)?;
            let bytes = buffer.get(..length).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes).into_owned();
            let is_repeated = self.known.contains(&text);
            if !is_repeated {
                self.known.push(text.clone());
            }
            self.unread.push_back(Arrived {
                text,
                is_repeated,
                is_in_told_time,
            });
        }
        Ok(())
    }
}
