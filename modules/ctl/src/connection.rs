//! One connection of a client.

use crate::protocol::Protocol;
use nix::poll::PollFlags;
use socket2::Socket;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How long a client may take over a request or over reading a reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection of a client.
pub struct Connection {
    /// Its number.
    pub id: u64,
    /// The number of the listener it was accepted at.
    pub listener: usize,
    socket: Socket,
    input: Vec<u8>,
    output: Vec<u8>,
    active: Instant,
    ended: bool,
    /// How many answers are to come.
    awaited: usize,
}

impl Connection {
    /// A connection just accepted at the listener of that number.
    pub fn new(id: u64, listener: usize, socket: Socket, now: Instant) -> Connection {
        Connection {
            id,
            listener,
            socket,
            input: Vec::new(),
            output: Vec::new(),
            active: now,
            ended: false,
            awaited: 0,
        }
    }

    /// What is to be waited on.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// What to wait for: nothing is read while a reply waits to be written, nor after the end; a peer that is gone is
    /// always told.
    pub fn interest(&self) -> PollFlags {
        match (self.output.is_empty(), self.ended) {
            (false, _) => PollFlags::POLLOUT,
            (true, false) => PollFlags::POLLIN,
            (true, true) => PollFlags::empty(),
        }
    }

    /// Whether there is no more to do for it; `idle` is how long it may be silent between two requests.
    pub fn is_over(&self, now: Instant, idle: Duration) -> bool {
        let limit = match self.input.is_empty() && self.output.is_empty() {
            true if self.awaited > 0 => Duration::MAX,
            true => idle,
            false => PATIENCE,
        };
        let silent = now.saturating_duration_since(self.active) > limit;
        silent || (self.ended && self.output.is_empty() && self.awaited == 0)
    }

    /// Since when it has been silent, if it has been for so long that it may be closed in favour of another. One whose answer
    /// is still to come is not silent.
    pub fn silent_since(&self, now: Instant) -> Option<Instant> {
        let is_silent = now.saturating_duration_since(self.active) > PATIENCE;
        (self.awaited == 0 && is_silent).then_some(self.active)
    }

    /// Goes on, now that the socket is ready. `answer` gives the answer to a request, or nothing when it comes later.
    pub fn advance<P: Protocol>(
        &mut self,
        protocol: &P,
        buffer: &mut [u8],
        now: Instant,
        mut answer: impl FnMut(u64, P::Request) -> Option<Vec<u8>>,
    ) {
        self.active = now;
        if self.output.is_empty() && self.ended {
            // Nothing was waited for but the peer's being gone.
            self.awaited = 0;
        } else if self.output.is_empty() {
            match self.socket.read(buffer) {
                Ok(0) => self.ended = true,
                Ok(length) => {
                    let read = buffer.get(..length).unwrap_or_default();
                    self.input.extend_from_slice(read);
                    for request in protocol.take(&mut self.input) {
                        self.ended |= protocol.ends_stream(&request);
                        match answer(self.id, request) {
                            Some(answer) => self.output.extend(answer),
                            None => self.awaited += 1,
                        }
                    }
                    self.ended |= self.input.len() > P::REQUEST_MAX;
                }
                Err(error) if is_temporary(&error) => {}
                Err(_) => self.ended = true,
            }
        }
        self.write();
    }

    /// Writes an answer that has come later.
    pub fn finish(&mut self, answer: &[u8], now: Instant) {
        self.active = now;
        self.awaited = self.awaited.saturating_sub(1);
        self.output.extend_from_slice(answer);
        self.write();
    }

    fn write(&mut self) {
        while !self.output.is_empty() {
            match self.socket.write(&self.output) {
                Ok(length) => drop(self.output.drain(..length)),
                Err(error) if is_temporary(&error) => return,
                Err(_) => {
                    self.output.clear();
                    self.ended = true;
                }
            }
        }
    }
}

fn is_temporary(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), Interrupted | WouldBlock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Type};

    #[test]
    fn who_has_said_nothing_for_long_gives_way_unless_an_answer_is_to_come() {
        let (socket, _peer) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        let start = Instant::now();
        let mut connection = Connection::new(1, 0, socket, start);
        let later = start + PATIENCE + Duration::from_secs(1);
        assert_eq!(connection.silent_since(start + PATIENCE), None);
        assert_eq!(connection.silent_since(later), Some(start));
        connection.awaited = 1;
        assert_eq!(connection.silent_since(later), None);
    }
}
