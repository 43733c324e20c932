//! One open-loop run: units are begun at a mean rate, whatever the server does, and every message that comes is judged.
//!
//! One thread does all of it, both ends included, so that its own cost is the same for every server. What a unit
//! consists of is a [`Traffic`].

use std::io;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::call::Calls;
use super::message::Run;
use super::options::Options;
use super::pace::Pace;
use super::process::thread_cpu;
use super::register::Registrations;
use super::tally::{Outcome, Tally};
use super::udp::{BATCH, Batch, tighten_timers};
use super::wire::{Arrived, End, Wire};
use super::workload::Exchange;

/// What to send.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// What one unit is.
    pub exchange: Exchange,
    /// The server under test.
    pub server: SocketAddrV4,
    /// Where the far end listens, if the server forwards.
    pub far_end: Option<SocketAddrV4>,
    /// Mean units per second.
    pub rate: f64,
    /// How many units.
    pub count: usize,
    /// How long to wait for the last units to end.
    pub patience: Duration,
    /// Tells the messages of this run from those of others. A refresh has that of the registrations it repeats.
    pub run: u32,
}

/// A number for [`Load::run`] that was not used a moment ago.
pub fn fresh_run() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = now.map_or(0, |now| now.as_nanos() as u32);
    std::process::id().rotate_left(12) ^ nanoseconds
}

/// What a unit consists of: how it begins, and what each message means to it.
pub trait Traffic {
    /// Begins `unit`.
    fn begin(&mut self, unit: usize, wire: &mut Wire);
    /// Goes on with what arrived.
    fn receive(&mut self, arrived: &Arrived<'_>, wire: &mut Wire, tally: &mut Tally);
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
    traffic: Box<dyn Traffic>,
    wire: Wire,
    tally: Tally,
    received: Batch,
    last_begun: Instant,
}

impl Client {
    fn new(load: Load) -> io::Result<Self> {
        let wire = Wire::open(load.far_end)?;
        let run = Run {
            number: load.run,
            local: wire.near_address()?,
            server: load.server,
        };
        Ok(Self {
            traffic: traffic(&load, run),
            wire,
            tally: Tally::new(load.count),
            received: Batch::default(),
            last_begun: Instant::now(),
            load,
        })
    }

    fn run(mut self) -> Outcome {
        tighten_timers();
        let cpu = thread_cpu();
        let start = Instant::now();
        let mut pace = Pace::new(self.load.rate, u64::from(self.load.run));
        loop {
            self.begin_due(&mut pace, start);
            self.wire.flush(Instant::now());
            if self.is_over() {
                break;
            }
            self.wire.wait(self.until_next(&pace, start));
            self.receive(End::Near);
            self.receive(End::Far);
        }
        let sending = self.last_begun - start;
        let client_cpu = thread_cpu().saturating_sub(cpu);
        self.tally.into_outcome(sending, client_cpu)
    }

    fn is_over(&self) -> bool {
        let all_begun = self.tally.begun() == self.load.count;
        all_begun && (self.tally.all_ended() || self.last_begun.elapsed() > self.load.patience)
    }

    /// Begins what is due, no more at once than goes out in one system call.
    fn begin_due(&mut self, pace: &mut Pace, start: Instant) {
        let now = Instant::now();
        for _ in 0..BATCH {
            if self.tally.begun() == self.load.count || !pace.is_due(now - start) {
                break;
            }
            let unit = self.tally.begin(now);
            self.traffic.begin(unit, &mut self.wire);
            self.last_begun = now;
            pace.advance();
        }
    }

    fn until_next(&self, pace: &Pace, start: Instant) -> Duration {
        if self.tally.begun() < self.load.count {
            return pace.until_next(start.elapsed());
        }
        let left = self.load.patience.saturating_sub(self.last_begun.elapsed());
        left + Duration::from_millis(1)
    }

    fn receive(&mut self, end: End) {
        loop {
            let count = self.wire.receive(end, &mut self.received);
            self.tally.now = Instant::now();
            for (message, peer) in self.received.iter().take(count) {
                let arrived = Arrived { end, message, peer };
                self.traffic
                    .receive(&arrived, &mut self.wire, &mut self.tally);
            }
            self.wire.flush(self.tally.now);
            if count < BATCH {
                break;
            }
        }
    }
}

fn traffic(load: &Load, run: Run) -> Box<dyn Traffic> {
    // Without a far end nothing is sent to it.
    let far_end = load.far_end.unwrap_or(load.server);
    match load.exchange {
        Exchange::Answer | Exchange::Forward => Box::new(Options::new(run, far_end)),
        Exchange::Call => Box::new(Calls::new(run, far_end, load.count)),
        Exchange::Register => Box::new(Registrations::open(run, 1)),
        Exchange::Refresh => Box::new(Registrations::open(run, 2)),
        Exchange::RegisterAuth => Box::new(Registrations::locked(run)),
    }
}
