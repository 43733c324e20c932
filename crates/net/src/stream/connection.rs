//! One connection: its state, its clock and what waits to be written.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;
use sip::Transport;
use smallvec::SmallVec;

use super::TcpConfig;
use super::clock::Millis;
use super::table::Connecting;
use super::transport_stream::TransportStream;
use super::write_queue::{QueueFull, QueueLimits, WriteQueue};
use crate::received::{ClosedBy, ConnectionEventKind, ConnectionId, Overdue};
use crate::socket::SocketId;

/// Other ports one connection may stand for.
const ALIASES_MAX: usize = 12;

/// Who is connected to whom, for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) transport: Transport,
    pub(crate) socket: SocketId,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// The peer connected to us.
    pub(crate) accepted: bool,
}

/// A connection in the table.
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) ends: Ends,
    pub(crate) stream: TransportStream,
    pub(crate) clock: Clock,
    pub(crate) mark: AtomicU32,
    state: AtomicU8,
    /// Why it ends; set once, by whoever finds out first.
    ending: OnceLock<ConnectionEventKind>,
    /// The reading task, which does the ending.
    reader: Mutex<Option<Waker>>,
    output: Mutex<Output>,
}

/// What the deadlines of a connection are counted from.
pub(crate) struct Clock {
    /// Last traffic.
    pub(crate) active: Millis,
    /// When the connection was begun, until it is open and the first data came.
    pub(crate) fresh: Millis,
    /// When a message began that is not complete yet.
    pub(crate) partial: Millis,
    /// Since when the peer takes nothing of what waits for it.
    pub(crate) blocked: Millis,
    /// Milliseconds without traffic that end it; 0 is the configured time.
    pub(crate) lifetime: AtomicU64,
}

/// The life of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ConnectionState {
    /// We are connecting; what is sent is queued.
    Connecting,
    /// It is in use.
    Open,
    /// It takes no more messages.
    Closing,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Taken {
    /// All of it is with the kernel.
    Written,
    /// Some of it is queued, and will be written when there is room.
    Queued,
    /// Some of it is queued, and the caller has to see to it that it is written.
    FlushNeeded,
    /// It is queued and would not have to be; the caller has to see to it that it is written soon.
    Gathered,
}

/// What is wanted besides sending a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    Nothing,
    /// It may wait for others that go the same way.
    Gather,
    /// The connection is to be closed behind it.
    Close,
}

/// Why a message was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// The connection takes no messages any more.
    NotOpen,
    QueueFull(QueueFull),
    /// Writing failed with this error number.
    Failed(i32),
}

/// What is known when a flush begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flush {
    /// Connecting has begun; success means that the connection is open already.
    Connecting,
    /// The connection has just become open.
    Connected,
    /// The stream said that there is room.
    Writable,
    /// What could have left before is to leave now.
    Gathered,
}

/// How far a flush came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flushed {
    All,
    /// The peer takes no more for the moment.
    Blocked,
}

#[derive(Default)]
struct Output {
    queue: WriteQueue,
    /// Somebody waits for room to write.
    is_flushing: bool,
    /// There would be room for what is queued.
    is_gathered: bool,
    /// To be closed once the queue is empty.
    close_when_empty: Option<ClosedBy>,
    /// Its place among those that are not open yet.
    connecting: Option<Connecting>,
    aliases: SmallVec<[u16; 2]>,
}

impl Connection {
    pub(crate) fn new(
        id: ConnectionId,
        ends: Ends,
        stream: TransportStream,
        state: ConnectionState,
    ) -> Connection {
        Connection {
            id,
            ends,
            stream,
            clock: Clock {
                active: Millis::unset(),
                fresh: Millis::unset(),
                partial: Millis::unset(),
                blocked: Millis::unset(),
                lifetime: AtomicU64::new(0),
            },
            mark: AtomicU32::new(0),
            state: AtomicU8::new(state as u8),
            ending: OnceLock::new(),
            reader: Mutex::default(),
            output: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> ConnectionState {
        match self.state.load(Ordering::Acquire) {
            0 => ConnectionState::Connecting,
            1 => ConnectionState::Open,
            _ => ConnectionState::Closing,
        }
    }

    /// Whether a message may be given to it.
    pub(crate) fn is_usable(&self) -> bool {
        self.state() != ConnectionState::Closing
    }

    /// Why it ends, once that is known.
    pub(crate) fn ending(&self) -> Option<ConnectionEventKind> {
        self.ending.get().copied()
    }

    /// Ends it for this reason, unless it ends already. The reading task does the rest.
    pub(crate) fn end(&self, kind: ConnectionEventKind) {
        if self.ending.set(kind).is_ok() {
            self.state
                .store(ConnectionState::Closing as u8, Ordering::Release);
            let reader = self
                .reader
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(reader) = reader {
                reader.wake();
            }
        }
    }

    /// The task to wake when the connection ends.
    pub(crate) fn set_reader(&self, waker: &Waker) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if !reader.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *reader = Some(waker.clone());
        }
    }

    /// Keeps its place among those that are not open yet.
    pub(crate) fn hold(&self, connecting: Connecting) {
        self.output().connecting = Some(connecting);
    }

    /// From connecting to open, if it is not ending.
    fn set_open(&self, output: &mut Output) {
        output.connecting = None;
        let (from, to) = (
            ConnectionState::Connecting as u8,
            ConnectionState::Open as u8,
        );
        // It may be open already, or closing: both stay.
        let _ = self
            .state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Writes a message, or what the kernel takes of it, and queues the rest behind what is queued already.
    pub(crate) fn send(
        &self,
        message: &[u8],
        limits: &QueueLimits<'_>,
        after: After,
    ) -> Result<Taken, Refused> {
        let mut output = self.output();
        if after == After::Gather
            && let Some(taken) = self.gather(&mut output, message, limits)
        {
            return Ok(taken);
        }
        if output.is_gathered
            && self.flush_output(&mut output, Flush::Gathered, limits.total)? == Flushed::Blocked
        {
            // Whoever lets go of what waits here waits for room, whatever becomes of this message.
            output.is_flushing = false;
            output.is_gathered = true;
        }
        let written = match self.state() {
            ConnectionState::Closing => return Err(Refused::NotOpen),
            ConnectionState::Open if output.queue.is_empty() => {
                match written(self.stream.try_write(message)) {
                    Ok(written) => written,
                    Err(error) => return Err(self.write_failed(&error)),
                }
            }
            ConnectionState::Open | ConnectionState::Connecting => 0,
        };
        let taken = if written == message.len() && output.queue.is_empty() {
            Taken::Written
        } else {
            if let Err(full) = output.queue.push(message, written, limits) {
                // Part of the message has left: nothing can follow on this connection.
                if written > 0 || full == QueueFull::Connection {
                    self.end(ConnectionEventKind::Closed(ClosedBy::QueueFull));
                }
                return Err(Refused::QueueFull(full));
            }
            match self.state() {
                ConnectionState::Open if !output.is_flushing && !output.is_gathered => {
                    output.is_flushing = true;
                    Taken::FlushNeeded
                }
                _ => Taken::Queued,
            }
        };
        if after == After::Close {
            self.close_output(&mut output, ClosedBy::Request);
        }
        Ok(taken)
    }

    /// Queues a message that may wait for others, and for which there would be room; none when it has to be sent.
    fn gather(
        &self,
        output: &mut Output,
        message: &[u8],
        limits: &QueueLimits<'_>,
    ) -> Option<Taken> {
        let is_few = output.queue.len() + message.len() <= limits.gathered_max();
        let is_free = self.state() == ConnectionState::Open && !output.is_flushing;
        if !is_few || !is_free {
            return None;
        }
        output.queue.push(message, 0, limits).ok()?;
        match mem::replace(&mut output.is_gathered, true) {
            true => Some(Taken::Queued),
            false => Some(Taken::Gathered),
        }
    }

    /// Puts the message into the queue for whose sake the connection is being opened. The caller flushes.
    pub(crate) fn enqueue_first(
        &self,
        message: &[u8],
        limits: &QueueLimits<'_>,
        close_after: bool,
    ) -> Result<(), QueueFull> {
        let mut output = self.output();
        output.close_when_empty = close_after.then_some(ClosedBy::Request);
        output.queue.push(message, 0, limits)
    }

    /// Fails when connecting is known to have failed.
    pub(crate) fn probe(&self) -> Result<(), Refused> {
        match self.stream.take_error() {
            Ok(None) => Ok(()),
            Ok(Some(error)) | Err(error) => Err(self.write_failed(&error)),
        }
    }

    /// Writes what is queued until nothing is left or the peer takes no more. After [`Flushed::Blocked`] on an open
    /// connection the caller has to wait for room and flush again.
    pub(crate) fn flush(&self, flush: Flush, total: &AtomicUsize) -> Result<Flushed, Refused> {
        let mut output = self.output();
        if flush == Flush::Connected {
            self.set_open(&mut output);
        }
        self.flush_output(&mut output, flush, total)
    }

    fn flush_output(
        &self,
        output: &mut Output,
        flush: Flush,
        total: &AtomicUsize,
    ) -> Result<Flushed, Refused> {
        if flush == Flush::Gathered && !mem::take(&mut output.is_gathered) {
            // Somebody was faster, who waits for room if there was not enough.
            return Ok(Flushed::All);
        }
        while !output.queue.is_empty() {
            let result = {
                let pieces = output.queue.pieces();
                match flush {
                    Flush::Connecting | Flush::Gathered => self.stream.try_write_all(&pieces),
                    Flush::Connected | Flush::Writable => self.stream.try_write_all_again(&pieces),
                }
            };
            match written(result) {
                Ok(0) => {
                    output.is_flushing = self.state() != ConnectionState::Connecting;
                    return Ok(Flushed::Blocked);
                }
                Ok(count) => {
                    self.set_open(output);
                    output.queue.advance(count, total);
                }
                Err(error) => return Err(self.write_failed(&error)),
            }
        }
        output.is_flushing = false;
        if let Some(by) = output.close_when_empty {
            self.end(ConnectionEventKind::Closed(by));
        }
        Ok(Flushed::All)
    }

    /// Takes no more messages, and closes once those taken have left.
    pub(crate) fn close(&self, by: ClosedBy) {
        self.close_output(&mut self.output(), by);
    }

    /// Time without traffic that ends it.
    pub(crate) fn lifetime(&self, config: &TcpConfig) -> Duration {
        match self.clock.lifetime.load(Ordering::Relaxed) {
            0 => config.connection_lifetime,
            millis => Duration::from_millis(millis),
        }
    }

    /// Ends the queue; the messages of which nothing has left.
    pub(crate) fn take_unsent(&self, total: &AtomicUsize) -> Vec<Bytes> {
        self.output().queue.take_unsent(total)
    }

    /// Octets that wait.
    pub(crate) fn queued(&self) -> usize {
        self.output().queue.len()
    }

    /// Notes another port it stands for. False if it has too many, or that one already.
    pub(crate) fn add_alias(&self, port: u16) -> bool {
        let mut output = self.output();
        let is_new = output.aliases.len() < ALIASES_MAX && !output.aliases.contains(&port);
        if is_new {
            output.aliases.push(port);
        }
        is_new
    }

    /// The other ports it stands for.
    pub(crate) fn aliases(&self) -> SmallVec<[u16; 2]> {
        self.output().aliases.clone()
    }

    fn close_output(&self, output: &mut Output, by: ClosedBy) {
        if output.queue.is_empty() {
            self.end(ConnectionEventKind::Closed(by));
        } else {
            output.close_when_empty = Some(by);
            if self.state() == ConnectionState::Open {
                self.state
                    .store(ConnectionState::Closing as u8, Ordering::Release);
            }
        }
    }

    fn write_failed(&self, error: &io::Error) -> Refused {
        let errno = error.raw_os_error().unwrap_or(0);
        self.end(match self.state() {
            ConnectionState::Connecting => ConnectionEventKind::ConnectFailed { errno },
            _ => ending_of(error),
        });
        Refused::Failed(errno)
    }

    fn output(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No room is no error: nothing was written.
fn written(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ) =>
        {
            Ok(0)
        }
        result => result,
    }
}

/// What an error of an open connection means.
pub(crate) fn ending_of(error: &io::Error) -> ConnectionEventKind {
    match error.kind() {
        io::ErrorKind::ConnectionReset => ConnectionEventKind::Reset,
        io::ErrorKind::TimedOut => ConnectionEventKind::TimedOut(Overdue::Acknowledgement),
        io::ErrorKind::BrokenPipe => ConnectionEventKind::Closed(ClosedBy::Peer),
        _ => ConnectionEventKind::Closed(ClosedBy::Error),
    }
}
