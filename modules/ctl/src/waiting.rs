//! Answers to datagrams that the system had no room for when they were given.

use crate::listener::{Delivery, Listener, Sender};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many answers wait at most; the one that has waited for longest makes room.
const ANSWERS_MAX: usize = 64;
/// For how long an answer waits: a client that has not made room by then is not going to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers that wait for room, in the order in which they were given.
#[derive(Default)]
pub struct WaitingAnswers(VecDeque<Waiting>);

struct Waiting {
    /// Which of the listeners was asked.
    listener: usize,
    sender: Sender,
    answer: Vec<u8>,
    since: Instant,
}

impl WaitingAnswers {
    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives an answer to who has asked the listener with that index, or keeps it until there is room.
    pub fn give(
        &mut self,
        listeners: &[Listener],
        listener: usize,
        sender: Sender,
        answer: Vec<u8>,
        now: Instant,
    ) {
        let waiting = Waiting {
            listener,
            sender,
            answer,
            since: now,
        };
        if waiting.is_over(listeners, now) {
            return;
        }
        if self.0.len() >= ANSWERS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(waiting);
    }

    /// Gives those for which there is room by now, and gives up those that have waited long enough.
    pub fn retry(&mut self, listeners: &[Listener], now: Instant) {
        self.0.retain(|waiting| !waiting.is_over(listeners, now));
    }
}

impl Waiting {
    fn is_over(&self, listeners: &[Listener], now: Instant) -> bool {
        let Some(listener) = listeners.get(self.listener) else {
            return true;
        };
        listener.reply(&self.sender, &self.answer) == Delivery::Over
            || now.saturating_duration_since(self.since) >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::bench::{ANSWER, Server};
    use std::io;
    use std::os::unix::net::UnixDatagram;

    /// Asks over a connected socket, and is answered or waited for.
    fn ask(server: &Server, client: &UnixDatagram, waiting: &mut WaitingAnswers, now: Instant) {
        client.send(b"question").unwrap();
        let (_, sender) = server.listeners[0].receive(&mut [0; 64]).unwrap();
        waiting.give(&server.listeners, 0, sender, ANSWER.to_vec(), now);
    }

    fn connected(server: &Server, name: &str) -> UnixDatagram {
        let client = server.client(name);
        client.connect(&server.path).unwrap();
        client
    }

    fn heard(client: &UnixDatagram) -> io::Result<usize> {
        client.recv(&mut [0; 20_000])
    }

    #[test]
    fn who_has_connected_is_answered_when_others_who_have_and_do_not_read_are_gone() {
        let server = Server::open("waiting");
        let (mut waiting, now) = (WaitingAnswers::default(), Instant::now());
        let silent: Vec<UnixDatagram> = (0..40)
            .map(|number| connected(&server, &number.to_string()))
            .collect();
        for client in &silent {
            ask(&server, client, &mut waiting, now);
        }
        let reader = connected(&server, "reader");
        ask(&server, &reader, &mut waiting, now);
        assert_eq!(
            heard(&reader).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        drop(silent);
        waiting.retry(&server.listeners, now);
        assert_eq!(heard(&reader).unwrap(), ANSWER.len());
        assert!(waiting.is_empty());
    }

    #[test]
    fn who_asks_much_before_reading_is_answered_all_the_same() {
        let server = Server::open("much");
        let (mut waiting, now) = (WaitingAnswers::default(), Instant::now());
        let client = connected(&server, "client");
        for _ in 0..30 {
            ask(&server, &client, &mut waiting, now);
        }
        let mut answers = 0;
        while !waiting.is_empty() || answers < 30 {
            while heard(&client).is_ok() {
                answers += 1;
            }
            waiting.retry(&server.listeners, now);
        }
        assert_eq!(answers, 30);
    }

    #[test]
    fn an_answer_that_nobody_makes_room_for_is_given_up() {
        let server = Server::open("patience");
        let (mut waiting, now) = (WaitingAnswers::default(), Instant::now());
        let client = connected(&server, "client");
        for _ in 0..200 {
            ask(&server, &client, &mut waiting, now);
        }
        assert_eq!(waiting.0.len(), ANSWERS_MAX);
        waiting.retry(&server.listeners, now + PATIENCE / 2);
        assert_eq!(waiting.0.len(), ANSWERS_MAX);
        waiting.retry(&server.listeners, now + PATIENCE);
        assert!(waiting.is_empty());
    }
}
