//! One UDP socket and the threads that read it.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};
use std::{hint, io, thread};

use bytes::Bytes;
use sip::Transport;
use socket2::Socket;

use super::crew::Crew;
use super::receive::{BATCH, Datagram, ReceiveBatch, Wait};
use crate::company::{Company, rest};
use crate::os::be_punctual;
use crate::received::{Handler, Received, Turn};
use crate::socket::SocketId;

/// How often a thread looks whether the turn is free before it gives up or goes to sleep: about 20 µs, longer than it
/// takes to put one batch into queues.
const TURN_SPINS: u32 = 400;
/// Pause after a receive error, so that a persistent one does not turn into a busy loop.
const ERROR_PAUSE: Duration = Duration::from_millis(10);

/// A UDP socket we listen on.
pub(crate) struct UdpPort {
    pub(crate) socket: Socket,
    id: SocketId,
    address: SocketAddr,
    /// Held by the thread that reads.
    turn: Mutex<()>,
    /// Threads that help the leader, or have been called.
    pub(super) helpers: AtomicUsize,
    received: AtomicU64,
    receive_errors: AtomicU64,
    panics: AtomicU64,
}

impl UdpPort {
    pub(crate) fn new(socket: Socket, id: SocketId, address: SocketAddr) -> UdpPort {
        UdpPort {
            socket,
            id,
            address,
            turn: Mutex::new(()),
            helpers: AtomicUsize::new(0),
            received: AtomicU64::new(0),
            receive_errors: AtomicU64::new(0),
            panics: AtomicU64::new(0),
        }
    }

    /// The leader's life: waits for datagrams and hands them over, until the crew is told to stop.
    ///
    /// The call that waits also empties the queue up to one batch, so the next call finds out whether there is more
    /// without another system call.
    pub(super) fn lead(self: &Arc<Self>, crew: &Arc<Crew>) {
        let mut reader = Reader::new(self);
        let mut load = Load::new(crew.help_after);
        let mut company = Company::new(crew.receive_wait_max);
        let mut is_at_rest = true;
        be_punctual();
        loop {
            let turn = self.wait_for_turn();
            let count = reader.batch.receive(&self.socket, Wait::ForOne);
            if let Some(deadline) = crew.stop_by() {
                if count.is_ok() {
                    reader.deliver(turn, Instant::now(), &*crew.handler);
                }
                self.drain(&mut reader, crew, deadline);
                return;
            }
            match count {
                Ok(count) => {
                    let at = Instant::now();
                    if is_at_rest {
                        is_at_rest = false;
                        self.end_waits_after(Some(crew.rest_after));
                    }
                    if load.wants_help(count, at) {
                        crew.call(self);
                    }
                    reader.deliver(turn, at, &*crew.handler);
                    load.took(count, at);
                    if let Some(pause) = company.pause(count, BATCH, at) {
                        rest(pause);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    drop(turn);
                    is_at_rest = true;
                    self.end_waits_after(None);
                    crew.handler.at_rest();
                }
                Err(error) => {
                    drop(turn);
                    if error.kind() != io::ErrorKind::Interrupted {
                        self.note_error();
                        thread::park_timeout(ERROR_PAUSE);
                    }
                }
            }
        }
    }

    /// Has a thread that waits for datagrams look up after that long.
    fn end_waits_after(&self, limit: Option<Duration>) {
        if self.socket.set_read_timeout(limit).is_err() {
            self.note_error();
        }
    }

    /// Hands over what the system has already taken, so that nobody who asked before the end goes without an answer.
    fn drain(&self, reader: &mut Reader<'_>, crew: &Crew, deadline: Instant) {
        while Instant::now() < deadline {
            let turn = self.wait_for_turn();
            if reader.batch.receive(&self.socket, Wait::No).is_err() {
                return;
            }
            // A socket that is shut for reading may give empty datagrams without end.
            if reader.batch.datagrams().all(|one| one.octets.is_empty()) {
                return;
            }
            reader.deliver(turn, Instant::now(), &*crew.handler);
        }
    }

    /// A helper's stay: reads and works as long as there is more than the leader can do.
    pub(super) fn help(&self, batch: &mut Option<ReceiveBatch>, crew: &Crew) {
        let mut reader = Reader::with(self, batch.take());
        // The leader calls before it hands over a full batch, and gives its turn up soon.
        let mut next = Some(self.wait_for_turn());
        while let Some(turn) = next
            && !crew.is_stopping()
        {
            match reader.batch.receive(&self.socket, Wait::No) {
                Ok(_) => {
                    reader.deliver(turn, Instant::now(), &*crew.handler);
                }
                Err(_) => break,
            }
            // Not to be had means that the leader holds it while waiting for datagrams: there are none.
            next = self.try_turn();
        }
        *batch = Some(reader.batch);
    }

    pub(crate) fn counts(&self) -> UdpCounts {
        UdpCounts {
            received: self.received.load(Ordering::Relaxed),
            receive_errors: self.receive_errors.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn is_wildcard(&self) -> bool {
        self.address.ip().is_unspecified()
    }

    fn wait_for_turn(&self) -> MutexGuard<'_, ()> {
        self.try_turn()
            .unwrap_or_else(|| self.turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn try_turn(&self) -> Option<MutexGuard<'_, ()>> {
        for _ in 0..TURN_SPINS {
            match self.turn.try_lock() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => hint::spin_loop(),
            }
        }
        None
    }

    pub(super) fn note_error(&self) {
        self.receive_errors.fetch_add(1, Ordering::Relaxed);
    }

    fn to_received(&self, datagram: &Datagram<'_>, at: Instant) -> Received {
        Received {
            bytes: Bytes::copy_from_slice(datagram.octets),
            transport: Transport::Udp,
            local: match datagram.local {
                Some(ip) => SocketAddr::new(ip, self.address.port()),
                None => self.address,
            },
            socket: self.id,
            peer: datagram.peer,
            connection: None,
            at,
        }
    }
}

/// Counters of one UDP socket since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UdpCounts {
    /// Datagrams read.
    pub received: u64,
    /// Reads that failed.
    pub receive_errors: u64,
    /// Panics of the handler that were caught.
    pub panics: u64,
}

/// A thread's own room for reading from a port.
struct Reader<'a> {
    port: &'a UdpPort,
    batch: ReceiveBatch,
    received: Vec<Received>,
}

impl<'a> Reader<'a> {
    fn new(port: &'a UdpPort) -> Reader<'a> {
        Reader::with(port, None)
    }

    fn with(port: &'a UdpPort, batch: Option<ReceiveBatch>) -> Reader<'a> {
        Reader {
            port,
            batch: match batch {
                Some(batch) if batch.tells_local_address() == port.is_wildcard() => batch,
                _ => ReceiveBatch::new(port.is_wildcard()),
            },
            received: Vec::with_capacity(BATCH),
        }
    }

    /// Hands the batch, which was read at `at`, to the handler.
    fn deliver(&mut self, turn: MutexGuard<'_, ()>, at: Instant, handler: &dyn Handler) {
        let port = self.port;
        // An empty datagram is a keepalive that asks for nothing.
        let datagrams = self
            .batch
            .datagrams()
            .filter(|datagram| !datagram.octets.is_empty());
        self.received
            .extend(datagrams.map(|datagram| port.to_received(&datagram, at)));
        if self.received.is_empty() {
            return;
        }
        // Only the holder of the turn writes: no read-modify-write is needed.
        let before = port.received.load(Ordering::Relaxed);
        port.received
            .store(before + self.received.len() as u64, Ordering::Relaxed);
        let is_shared = port.helpers.load(Ordering::Relaxed) > 0;
        let turn = Turn::new(turn, is_shared);
        // A panic must not make the server deaf.
        let received = &mut self.received;
        if catch_unwind(AssertUnwindSafe(|| handler.received_batch(received, turn))).is_err() {
            port.panics.fetch_add(1, Ordering::Relaxed);
        }
        self.received.clear();
    }
}

/// Whether one thread keeps up.
struct Load {
    help_after: Duration,
    /// Since when every batch was full.
    full_since: Option<Instant>,
    /// What one datagram takes, averaged.
    per_datagram: Duration,
}

impl Load {
    fn new(help_after: Duration) -> Load {
        Load {
            help_after,
            full_since: None,
            per_datagram: Duration::ZERO,
        }
    }

    /// Whether another thread is worth what waking it costs, 3 to 40 µs, and what the two then cost each other: short
    /// bursts are cheaper on one.
    fn wants_help(&mut self, count: usize, now: Instant) -> bool {
        let expected = self
            .per_datagram
            .saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        if count < BATCH {
            self.full_since = None;
            return count > 1 && expected > self.help_after;
        }
        let since = *self.full_since.get_or_insert(now);
        now.saturating_duration_since(since) + expected > self.help_after
    }

    fn took(&mut self, count: usize, began: Instant) {
        // A clock reading is worth it only where the load could matter.
        if count < 4 {
            return;
        }
        let Ok(count) = u32::try_from(count) else {
            return;
        };
        let each = began.elapsed() / count;
        self.per_datagram = (self.per_datagram * 7 + each) / 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_called_for_when_batches_stay_full() {
        let mut load = Load::new(Duration::from_millis(1));
        let start = Instant::now();
        let after = |micros| start + Duration::from_micros(micros);
        assert!(!load.wants_help(BATCH, start));
        assert!(!load.wants_help(BATCH, after(900)));
        assert!(load.wants_help(BATCH, after(1100)));
        assert!(!load.wants_help(BATCH - 1, after(1200)));
        assert!(!load.wants_help(BATCH, after(1300)));
    }

    #[test]
    fn help_is_called_for_when_datagrams_take_long() {
        let mut load = Load {
            per_datagram: Duration::from_micros(300),
            ..Load::new(Duration::from_millis(1))
        };
        let now = Instant::now();
        assert!(!load.wants_help(1, now));
        assert!(!load.wants_help(3, now));
        assert!(load.wants_help(4, now));
    }
}
