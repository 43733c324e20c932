//! The task of a connection: cuts messages out of it, and takes it out of the table in the end.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::Message;
use sip::framing::{Frame, FramingError, FramingLimits, StreamFramer, WithoutContentLength};

use super::TcpConfig;
use super::connection::{Connection, ConnectionState, Flush, Flushed, ending_of};
use super::gathering::Handling;
use super::shared::Streams;
use crate::received::{ClosedBy, ConnectionEvent, ConnectionEventKind, Handler, Received};

/// Tells an HTTP client that its body is wanted.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// Octets read at a time.
const READ: usize = 16_384;
/// Reads after which other tasks get their chance.
const READS_IN_A_ROW: usize = 8;
/// This much between two messages may be line ends rather than the start of a message.
const LINE_ENDS: usize = 3;
/// How long we listen on after closing: data that arrives at a closed socket would answer with RST, which could overtake
/// our last message.
const LINGER: Duration = Duration::from_secs(1);

/// Reads one connection until it ends.
pub(crate) struct Reader {
    streams: Arc<Streams>,
    handler: Arc<dyn Handler>,
    connection: Arc<Connection>,
    framer: StreamFramer,
    /// `Opened` was told.
    is_told: bool,
}

impl Reader {
    pub(crate) fn new(
        streams: Arc<Streams>,
        handler: Arc<dyn Handler>,
        connection: Arc<Connection>,
        config: &TcpConfig,
    ) -> Reader {
        let limits = FramingLimits {
            message_bytes: config.rd_buf_size,
            without_content_length: match config.accept_no_cl {
                true => WithoutContentLength::NoBody,
                false => WithoutContentLength::Refuse,
            },
        };
        Reader {
            streams,
            handler,
            connection,
            framer: StreamFramer::new(limits),
            is_told: false,
        }
    }

    /// Puts octets before what is read.
    pub(super) fn feed(&mut self, octets: &[u8]) {
        self.framer.feed(octets);
    }

    /// Waits for the connection to open, once.
    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.connection.state() == ConnectionState::Connecting {
            let connected = match self.connection.stream.poll_connected(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(connected) => connected,
            };
            match connected {
                Ok(()) => {
                    self.connection.clock.fresh.clear();
                    let flushed = self
                        .connection
                        .flush(Flush::Connected, self.streams.queued());
                    if flushed == Ok(Flushed::Blocked) {
                        self.streams.flush_in_background(&self.connection);
                    }
                }
                Err(error) => {
                    let errno = error.raw_os_error().unwrap_or(libc::ECONNREFUSED);
                    self.connection
                        .end(ConnectionEventKind::ConnectFailed { errno });
                    return Poll::Ready(());
                }
            }
        }
        self.is_told = true;
        let accepted = self.connection.ends.accepted;
        let counters = &self.streams.counters;
        counters.established.add_one();
        match accepted {
            true => counters.passive_open.add_one(),
            false => counters.connect_success.add_one(),
        }
        self.tell(ConnectionEventKind::Opened { accepted }, Vec::new());
        if self.framer.buffered() > 0 {
            self.deliver_frames(Instant::now());
        }
        Poll::Ready(())
    }

    /// Reads what is there and delivers the messages that became complete.
    fn read(&mut self) {
        let mut room = [MaybeUninit::<u8>::uninit(); READ];
        let octets = match self.connection.stream.try_read(&mut room) {
            Ok([]) => {
                return self
                    .connection
                    .end(ConnectionEventKind::Closed(ClosedBy::Peer));
            }
            Ok(octets) => octets,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                return;
            }
            Err(error) => return self.connection.end(ending_of(&error)),
        };
        let at = Instant::now();
        let now = self.streams.millis(at);
        let clock = &self.connection.clock;
        clock.active.set(now);
        clock.fresh.clear();
        self.framer.feed(octets);
        let handling = Handling::begin();
        let is_cut = self.deliver_frames(at);
        drop(handling);
        let clock = &self.connection.clock;
        if self.framer.buffered() <= LINE_ENDS {
            clock.partial.clear();
        } else if is_cut || clock.partial.get().is_none() {
            clock.partial.set(now);
            self.streams.expect_rest_of_message(now);
        }
    }

    /// Whether there was any frame.
    fn deliver_frames(&mut self, at: Instant) -> bool {
        let mut is_cut = false;
        while self.connection.ending().is_none() {
            self.streams.let_go_of_late();
            match self.framer.next() {
                Ok(Some(Frame::Http(bytes))) if Message::parse(bytes.clone()).is_err() => {
                    self.refuse_http("400 Bad Request", FramingError::NotSip);
                }
                Ok(Some(Frame::Message(bytes) | Frame::Http(bytes))) => self.deliver(bytes, at),
                Ok(Some(Frame::Expectation)) => {
                    // A peer that does not take it goes on by itself, or not at all.
                    let _ = self.streams.send_on(&self.connection, CONTINUE, false);
                }
                Ok(Some(Frame::KeepAlive)) => {
                    if self.streams.config().crlf_ping {
                        // A peer that does not take the answer shows by other means.
                        let _ = self.streams.send_on(&self.connection, b"\r\n", false);
                    }
                }
                Ok(None) => return is_cut,
                Err(error @ FramingError::TransferCoding) => {
                    self.refuse_http("411 Length Required", error);
                }
                Err(FramingError::TooLarge) => {
                    let limit = self.framer.limits().message_bytes;
                    self.connection
                        .end(ConnectionEventKind::Closed(ClosedBy::TooLarge { limit }));
                }
                Err(error) => self.connection.end(unreadable(error)),
            }
            is_cut = true;
        }
        is_cut
    }

    /// Answers what speaks HTTP and cannot be taken, so that nobody waits for an answer that never comes.
    fn refuse_http(&self, status: &str, error: FramingError) {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        // A peer that does not take the answer is let go just the same.
        let _ = self
            .streams
            .send_on(&self.connection, answer.as_bytes(), false);
        self.connection.end(unreadable(error));
    }

    fn deliver(&self, bytes: Bytes, at: Instant) {
        let ends = &self.connection.ends;
        let received = Received {
            bytes,
            transport: ends.transport,
            local: ends.local,
            socket: ends.socket,
            peer: ends.peer,
            connection: Some(self.connection.id),
            at,
        };
        self.streams.counters.received.add_one();
        if catch_unwind(AssertUnwindSafe(|| self.handler.received(received))).is_err() {
            self.streams.counters.panics.add_one();
        }
    }

    fn tell(&self, kind: ConnectionEventKind, unsent: Vec<Bytes>) {
        let event = event_of(&self.connection, kind, unsent);
        if catch_unwind(AssertUnwindSafe(|| self.handler.connection_event(event))).is_err() {
            self.streams.counters.panics.add_one();
        }
    }

    /// The end: out of the table, and everybody is told.
    fn finish(&self, kind: ConnectionEventKind) {
        let unsent = self.streams.forget(&self.connection, kind);
        if self.streams.config().close_rst {
            self.connection.stream.reset_on_close();
        } else if matches!(
            kind,
            ConnectionEventKind::Closed(
                ClosedBy::Request
                    | ClosedBy::Framing(_)
                    | ClosedBy::TooLarge { .. }
                    | ClosedBy::Shutdown
            )
        ) {
            self.connection.stream.finish_writing();
            self.streams.spawn(linger(Arc::clone(&self.connection)));
        }
        self.tell(kind, unsent);
        self.streams.note_gone();
    }
}

fn unreadable(error: FramingError) -> ConnectionEventKind {
    ConnectionEventKind::Closed(ClosedBy::Framing(error))
}

impl Future for Reader {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let reader = self.get_mut();
        // Before looking whether the connection ends, so that no ending is missed.
        reader.connection.set_reader(context.waker());
        for _ in 0..READS_IN_A_ROW {
            if let Some(kind) = reader.connection.ending() {
                reader.finish(kind);
                return Poll::Ready(());
            }
            if !reader.is_told {
                if reader.poll_open(context).is_pending() {
                    return Poll::Pending;
                }
                continue;
            }
            match reader.connection.stream.poll_readable(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => reader.read(),
                Poll::Ready(Err(error)) => reader.connection.end(ending_of(&error)),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Streams {
    /// Takes a connection that ends out of the table; the messages that have not left.
    pub(super) fn forget(&self, connection: &Connection, kind: ConnectionEventKind) -> Vec<Bytes> {
        match kind {
            ConnectionEventKind::Reset => self.counters.con_reset.add_one(),
            ConnectionEventKind::ConnectFailed { .. } => self.counters.connect_failed.add_one(),
            _ => {}
        }
        self.table.remove(connection);
        connection.take_unsent(self.queued())
    }
}

/// The event of this connection.
pub(super) fn event_of(
    connection: &Connection,
    kind: ConnectionEventKind,
    unsent: Vec<Bytes>,
) -> ConnectionEvent {
    let ends = &connection.ends;
    ConnectionEvent {
        id: connection.id,
        kind,
        transport: ends.transport,
        socket: ends.socket,
        local: ends.local,
        peer: ends.peer,
        mark: connection.mark.load(Ordering::Relaxed),
        unsent,
    }
}

/// Reads and forgets until the peer has closed too.
async fn linger(connection: Arc<Connection>) {
    let drained = async {
        while connection.stream.readable().await.is_ok() {
            let mut room = [MaybeUninit::<u8>::uninit(); 1024];
            match connection.stream.try_read(&mut room) {
                Ok([]) => return,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
                _ => {}
            }
        }
    };
    // Not having closed in time is the peer's right.
    let _ = tokio::time::timeout(LINGER, drained).await;
}
