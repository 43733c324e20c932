//! Connections that we open.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use sip::Transport;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::clock::after;
use super::connection::{Connection, ConnectionState, Ends, Flush, Flushed, Refused, Taken};
use super::reader::{Reader, event_of};
use super::shared::Streams;
use super::table::{Peer, Wanted};
use super::transport_stream::TransportStream;
use super::{TcpConfig, options};
use crate::os::set_int;
use crate::received::{ConnectionEventKind, ConnectionId};
use crate::socket::SocketId;

/// Whom to connect to, and for which of our sockets.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) transport: Transport,
    pub(crate) socket: SocketId,
    /// The address of that socket.
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
}

/// Why a message could not be given to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ConnectError {
    NotStarted,
    TooMany,
    /// The operating system's error number.
    Failed(i32),
    Refused(Refused),
}

impl Streams {
    /// Sends on a connection to the target, which is opened in the background if there is none. A refusal that is known
    /// at once, as it is on the loopback, is returned; a later one becomes an event.
    pub(crate) fn connect_and_send(
        self: &Arc<Self>,
        target: &Target,
        message: &[u8],
        close_after: bool,
    ) -> Result<Taken, ConnectError> {
        self.connect(target, Some((message, close_after)))
    }

    /// As [`Self::connect_and_send`], without anything to send yet.
    pub(crate) fn open(self: &Arc<Self>, target: &Target) -> Result<Taken, ConnectError> {
        self.connect(target, None)
    }

    fn connect(
        self: &Arc<Self>,
        target: &Target,
        first: Option<(&[u8], bool)>,
    ) -> Result<Taken, ConnectError> {
        let config = self.config();
        let peer = Peer {
            transport: target.transport,
            address: target.peer,
        };
        let wanted = Wanted {
            local: target.local,
            prefers_port: config.connection_match,
        };
        let send_on = |existing| match first {
            Some((message, close_after)) => self
                .send_on(&existing, message, close_after)
                .map_err(ConnectError::Refused),
            None => Ok(Taken::Written),
        };
        if let Some(existing) = self.table.find(peer, wanted) {
            return send_on(existing);
        }
        if self.runtime().is_none() {
            return Err(ConnectError::NotStarted);
        }
        let id = self.table.next_id();
        // Held until the new connection is in it, so that two senders do not open two. Nothing below waits.
        let mut shard = self.table.peer_shard(peer);
        if let Some(existing) = shard.find(wanted) {
            drop(shard);
            return send_on(existing);
        }
        let connection = self.begin_connect(id, target, &config)?;
        let queued = first.map_or(Ok(()), |(message, close_after)| {
            connection.enqueue_first(message, &self.queue_limits(&config), close_after)
        });
        if let Err(full) = queued {
            self.counters.sendq_full.add_one();
            self.table.release();
            return Err(ConnectError::Refused(Refused::QueueFull(full)));
        }
        shard.insert(&connection);
        drop(shard);
        self.table.insert(&connection);
        let now = self.millis(Instant::now());
        self.sweep.expect(after(
            now,
            config.connect_timeout.min(config.connection_lifetime),
        ));
        self.start_connection(connection, &config, usize::from(first.is_some()))
    }

    /// Starts connecting.
    fn begin_connect(
        self: &Arc<Self>,
        id: ConnectionId,
        target: &Target,
        config: &TcpConfig,
    ) -> Result<Arc<Connection>, ConnectError> {
        if self.is_stopping() || self.handler().is_none() {
            return Err(ConnectError::NotStarted);
        }
        let max = config.max_connections;
        let place = self.table.reserve_connecting(max);
        let Some(place) = place.filter(|_| self.table.reserve(max)) else {
            self.counters.local_reject.add_one();
            return Err(ConnectError::TooMany);
        };
        let stream = self.open_stream(target, config).map_err(|error| {
            self.counters.connect_failed.add_one();
            self.table.release();
            ConnectError::Failed(error.raw_os_error().unwrap_or(libc::ECONNREFUSED))
        })?;
        let ends = Ends {
            transport: target.transport,
            socket: target.socket,
            local: stream.local_address().unwrap_or(target.local),
            peer: target.peer,
            accepted: false,
        };
        let connection = Connection::new(id, ends, stream, ConnectionState::Connecting);
        connection.hold(place);
        let now = self.millis(Instant::now());
        connection.clock.active.set(now);
        connection.clock.fresh.set(now);
        Ok(Arc::new(connection))
    }

    /// Tries to write at once, and hands the connection to its task. The first `own` messages in its queue are the caller's.
    fn start_connection(
        self: &Arc<Self>,
        connection: Arc<Connection>,
        config: &TcpConfig,
        own: usize,
    ) -> Result<Taken, ConnectError> {
        let Some(handler) = self.handler() else {
            return Err(ConnectError::NotStarted);
        };
        let flushed = connection
            .probe()
            .and_then(|()| connection.flush(Flush::Connecting, self.queued()));
        let taken = match flushed {
            Ok(Flushed::All) => Taken::Written,
            Ok(Flushed::Blocked) => {
                if connection.state() == ConnectionState::Open {
                    self.flush_in_background(&connection);
                }
                Taken::Queued
            }
            Err(_) => return Err(self.refused_at_once(&connection, own)),
        };
        let reader = Reader::new(Arc::clone(self), handler, connection, config);
        self.spawn(reader);
        Ok(taken)
    }

    /// The caller is told by the result; others who queued a message meanwhile, by an event.
    fn refused_at_once(self: &Arc<Self>, connection: &Arc<Connection>, own: usize) -> ConnectError {
        let kind = connection.ending().unwrap_or(ConnectionEventKind::Reset);
        let mut unsent = self.forget(connection, kind);
        let errno = match kind {
            ConnectionEventKind::ConnectFailed { errno } => {
                unsent.drain(..own.min(unsent.len()));
                errno
            }
            _ => libc::ECONNRESET,
        };
        if !unsent.is_empty()
            && let Some(handler) = self.handler()
        {
            let event = event_of(connection, kind, unsent);
            // Not from here: the caller may be in the middle of the handler's work.
            self.spawn(async move { handler.connection_event(event) });
        }
        ConnectError::Failed(errno)
    }

    fn open_stream(
        self: &Arc<Self>,
        target: &Target,
        config: &TcpConfig,
    ) -> io::Result<TransportStream> {
        let kind = Type::STREAM.nonblocking().cloexec();
        let socket = Socket::new(Domain::for_address(target.peer), kind, Some(Protocol::TCP))?;
        self.ip.apply(&socket, target.peer)?;
        if let Some(own) = self.sockets.get(target.socket) {
            own.spec.bind_device(&socket)?;
        }
        options::apply(&socket, config)?;
        options::apply_before_connect(&socket, config)?;
        bind_source(&socket, target, config);
        match socket.connect(&target.peer.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
            _ => {}
        }
        let _context = self.runtime().map(Handle::enter);
        Ok(TransportStream::Tcp(TcpStream::from_std(socket.into())?))
    }
}

/// Chooses the address to connect from. Where that cannot be had the system chooses (as `tcp_source_ipv4` says).
fn bind_source(socket: &Socket, target: &Target, config: &TcpConfig) {
    let configured = match target.peer {
        SocketAddr::V4(_) => config.source_ipv4.map(IpAddr::V4),
        SocketAddr::V6(_) => config.source_ipv6.map(IpAddr::V6),
    };
    let ip = configured.unwrap_or(target.local.ip());
    if ip.is_unspecified() || ip.is_ipv4() != target.peer.is_ipv4() {
        return;
    }
    if config.reuse_port {
        let address = SocketAddr::new(ip, target.local.port());
        let bound = socket
            .set_reuse_address(true)
            .and_then(|()| socket.set_reuse_port(true))
            .and_then(|()| socket.bind(&address.into()));
        if bound.is_ok() {
            return;
        }
    }
    // The port is chosen when connecting, so that one port can serve for many peers.
    let _ = set_int(socket, libc::IPPROTO_IP, libc::IP_BIND_ADDRESS_NO_PORT, 1);
    let _ = socket.bind(&SocketAddr::new(ip, 0).into());
}
