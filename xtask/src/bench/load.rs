//! One open-loop run: OPTIONS at a mean rate, their responses checked, and, for forwarding, the far end that answers.
//!
//! One thread does all of it, so that its own cost is the same for every server.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use super::message::{Template, forwarded_fault, response_fault, status, write_answer};
use super::pace::Pace;
use super::process::thread_cpu;
use super::udp::{BATCH, Batch, bind, local_address, tighten_timers, wait_readable};

/// Of every so many messages one is checked in full once the first thousand were.
const CHECK_ONE_IN: usize = 16;
const CHECK_FIRST: usize = 1000;

/// What to send.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The server under test.
    pub server: SocketAddrV4,
    /// Where the far end listens; `None` when the server answers itself.
    pub far_end: Option<SocketAddrV4>,
    /// Mean requests per second.
    pub rate: f64,
    /// How many requests.
    pub count: usize,
    /// How long to wait for the last responses.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Requests sent.
    pub sent: usize,
    /// Requests answered correctly.
    pub answered: usize,
    /// Messages that were wrong, by what was wrong.
    pub faults: BTreeMap<&'static str, usize>,
    /// Requests the far end saw.
    pub forwarded: usize,
    /// Response times in microseconds, sorted.
    pub latencies_us: Vec<u32>,
    /// Time from the first to the last request.
    pub sending: Duration,
    /// CPU time of this end.
    pub client_cpu: Duration,
}

impl Outcome {
    /// Requests per second that were really sent.
    pub fn rate(&self) -> f64 {
        self.sent as f64 / self.sending.as_secs_f64().max(1e-9)
    }

    /// Part of the requests without a correct response, 0 to 1.
    pub fn bad_share(&self) -> f64 {
        (self.sent - self.answered.min(self.sent)) as f64 / self.sent.max(1) as f64
    }

    /// The response time below which `share` of the requests stay, in microseconds.
    pub fn percentile(&self, share: f64) -> Option<u32> {
        let last = self.latencies_us.len().checked_sub(1)?;
        let index = (self.latencies_us.len() as f64 * share) as usize;
        self.latencies_us.get(index.min(last)).copied()
    }

    fn note(&mut self, fault: Option<&'static str>) {
        if let Some(what) = fault {
            *self.faults.entry(what).or_default() += 1;
        }
    }
}

/// Runs the load on a thread of its own and waits for its end.
///
/// # Errors
/// When a socket cannot be bound.
pub fn run(load: Load) -> io::Result<Outcome> {
    std::thread::spawn(move || Client::new(load).map(Client::run))
        .join()
        .map_err(|_| io::Error::other("the load thread panicked"))?
}

struct Client {
    load: Load,
    template: Template,
    socket: UdpSocket,
    far_end: Option<(UdpSocket, SocketAddrV4)>,
    received: Batch,
    requests: Batch,
    answers: Batch,
    /// When each request was sent; `None` before that and once it is answered.
    sent_at: Vec<Option<Instant>>,
    last_sent: Instant,
    ended: usize,
    outcome: Outcome,
}

impl Client {
    fn new(load: Load) -> io::Result<Self> {
        let socket = bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let far_end = match load.far_end {
            Some(address) => Some((bind(address)?, address)),
            None => None,
        };
        let local = local_address(&socket)?;
        let run = std::process::id().rotate_left(12) ^ u32::from(local.port());
        Ok(Self {
            template: Template {
                run,
                local,
                request_uri: format!("sip:{}", load.server),
            },
            socket,
            far_end,
            received: Batch::default(),
            requests: Batch::default(),
            answers: Batch::default(),
            sent_at: vec![None; load.count],
            last_sent: Instant::now(),
            ended: 0,
            outcome: Outcome::default(),
            load,
        })
    }

    fn run(mut self) -> Outcome {
        tighten_timers();
        let cpu = thread_cpu();
        let start = Instant::now();
        let mut pace = Pace::new(self.load.rate, u64::from(self.template.run));
        loop {
            self.send_due(&mut pace, start);
            if self.is_over() {
                break;
            }
            self.wait(&pace, start);
            self.receive_responses();
            self.answer_forwarded();
        }
        self.outcome.latencies_us.sort_unstable();
        self.outcome.sending = self.last_sent - start;
        self.outcome.client_cpu = thread_cpu().saturating_sub(cpu);
        self.outcome
    }

    fn is_over(&self) -> bool {
        let all_sent = self.outcome.sent == self.load.count;
        self.ended == self.load.count || (all_sent && self.last_sent.elapsed() > self.load.patience)
    }

    fn send_due(&mut self, pace: &mut Pace, start: Instant) {
        let now = Instant::now();
        while self.outcome.sent < self.load.count
            && pace.is_due(now - start)
            && !self.requests.is_full()
        {
            let index = self.outcome.sent;
            let template = &self.template;
            self.requests
                .push(self.load.server, |buffer| template.write(buffer, index, ""));
            self.sent_at[index] = Some(now);
            self.outcome.sent += 1;
            self.last_sent = now;
            pace.advance();
        }
        self.requests.send(&self.socket);
    }

    fn wait(&self, pace: &Pace, start: Instant) {
        let timeout = if self.outcome.sent < self.load.count {
            pace.until_next(start.elapsed())
        } else {
            self.load
                .patience
                .saturating_sub(self.last_sent.elapsed())
                .saturating_add(Duration::from_millis(1))
        };
        if timeout.is_zero() {
            return;
        }
        match &self.far_end {
            Some((far_end, _)) => wait_readable(&[&self.socket, far_end], timeout),
            None => wait_readable(&[&self.socket], timeout),
        }
    }

    fn receive_responses(&mut self) {
        while self.received.receive(&self.socket) > 0 {
            let now = Instant::now();
            for (message, _) in self.received.iter() {
                let index = self.template.index_of(message);
                match (status(message), index) {
                    (Some(100..=199), _) => {}
                    (Some(_), Some(index)) => {
                        let Some(sent) = self.sent_at.get_mut(index).and_then(Option::take) else {
                            self.outcome.note(Some("a second response"));
                            continue;
                        };
                        self.ended += 1;
                        let checked = index < CHECK_FIRST || index.is_multiple_of(CHECK_ONE_IN);
                        let fault = match checked {
                            true => response_fault(message, &self.template, index),
                            false => {
                                (status(message) != Some(200)).then_some("a status other than 200")
                            }
                        };
                        self.outcome.answered += usize::from(fault.is_none());
                        self.outcome.note(fault);
                        self.outcome
                            .latencies_us
                            .push((now - sent).as_micros() as u32);
                    }
                    _ => self.outcome.note(Some("a message nobody asked for")),
                }
            }
            if self.received.iter().count() < BATCH {
                break;
            }
        }
    }

    fn answer_forwarded(&mut self) {
        let Some((socket, local)) = &self.far_end else {
            return;
        };
        loop {
            let count = self.received.receive(socket);
            for (message, peer) in self.received.iter() {
                if status(message).is_some() {
                    continue;
                }
                let seen = self.outcome.forwarded;
                self.outcome.forwarded += 1;
                if seen < CHECK_FIRST || seen.is_multiple_of(CHECK_ONE_IN) {
                    self.outcome.note(forwarded_fault(message, peer));
                }
                self.answers
                    .push(peer, |buffer| write_answer(message, *local, buffer));
            }
            self.answers.send(socket);
            if count < BATCH {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_what_was_measured() {
        let outcome = Outcome {
            latencies_us: (1..=100).collect(),
            sent: 200,
            answered: 100,
            ..Outcome::default()
        };
        assert_eq!(outcome.percentile(0.5), Some(51));
        assert_eq!(outcome.percentile(1.0), Some(100));
        assert!((outcome.bad_share() - 0.5).abs() < 1e-9);
        assert_eq!(Outcome::default().percentile(0.5), None);
    }

    #[test]
    fn a_far_end_alone_is_a_server_that_adds_no_via() {
        let address =
            local_address(&bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap()).unwrap();
        let outcome = run(Load {
            server: address,
            far_end: Some(address),
            rate: 2000.0,
            count: 20,
            patience: Duration::from_secs(1),
        })
        .unwrap();
        assert_eq!(
            (outcome.sent, outcome.answered, outcome.forwarded),
            (20, 20, 20)
        );
        assert_eq!(
            outcome.faults["a forwarded request without a second Via"],
            20
        );
    }
}
