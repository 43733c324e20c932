//! The connection table, as administrators and scripts see it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sip::Transport;

use crate::received::{ClosedBy, ConnectionId};
use crate::socket::SocketId;
use crate::stream::{
    Connection, ConnectionState, Peer, Streams, TcpConfig, TcpCounts, Wanted, keep_alive,
};

/// The stream connections of a server. Clones are the same table.
#[derive(Clone)]
pub struct Connections {
    streams: Arc<Streams>,
}

/// One line of `core.tcp_list`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionInfo {
    /// Its number.
    pub id: ConnectionId,
    /// TCP, or what runs on it.
    pub transport: Transport,
    /// Where it is in its life.
    pub state: ConnectionState,
    /// The listening socket it belongs to.
    pub socket: SocketId,
    /// Our address.
    pub local: SocketAddr,
    /// The other end's address.
    pub peer: SocketAddr,
    /// Whether the peer opened it.
    pub accepted: bool,
    /// Time left without traffic.
    pub timeout: Duration,
    /// Time without traffic that ends it.
    pub lifetime: Duration,
    /// Octets that wait to be written.
    pub queued: usize,
    /// See [`Connections::set_mark`].
    pub mark: u32,
}

/// How a silent peer is probed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeepAlive {
    /// Silence before the first probe.
    pub idle: Duration,
    /// Time between probes.
    pub interval: Duration,
    /// Unanswered probes that end the connection.
    pub count: u32,
}

impl Connections {
    pub(crate) fn new(streams: Arc<Streams>) -> Connections {
        Connections { streams }
    }

    /// All connections, the oldest number first.
    pub fn list(&self) -> Vec<ConnectionInfo> {
        let config = self.streams.config();
        let now = self.streams.millis(Instant::now());
        let all = self.streams.table.all();
        all.iter()
            .map(|connection| info(connection, &config, now))
            .collect()
    }

    /// One connection.
    pub fn get(&self, id: ConnectionId) -> Option<ConnectionInfo> {
        let connection = self.streams.table.get(id)?;
        let now = self.streams.millis(Instant::now());
        Some(info(&connection, &self.streams.config(), now))
    }

    /// Connections there are.
    pub fn len(&self) -> usize {
        self.streams.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it is in its life; `None` if it is gone.
    pub fn state(&self, id: ConnectionId) -> Option<ConnectionState> {
        self.streams
            .table
            .get(id)
            .map(|connection| connection.state())
    }

    /// Whether it can be sent on.
    pub fn is_alive(&self, id: ConnectionId) -> bool {
        self.streams
            .table
            .get(id)
            .is_some_and(|connection| connection.is_usable())
    }

    /// A connection to this peer, also by an alias. `local` prefers those of one of our sockets' addresses.
    pub fn find(
        &self,
        transport: Transport,
        peer: SocketAddr,
        local: Option<SocketAddr>,
    ) -> Option<ConnectionId> {
        let any = match peer {
            SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
            SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
        };
        let address = Peer {
            transport,
            address: peer,
        };
        let wanted = Wanted {
            local: local.unwrap_or(any),
            prefers_port: self.streams.config().connection_match,
        };
        self.streams
            .table
            .find(address, wanted)
            .map(|connection| connection.id)
    }

    /// Closes a connection as soon as what is queued has left; it takes no more messages. False if it is gone.
    pub fn close(&self, id: ConnectionId) -> bool {
        let connection = self.streams.table.get(id);
        if let Some(connection) = &connection {
            connection.close(ClosedBy::Request);
        }
        connection.is_some()
    }

    /// From now on messages to this port of the peer may use this connection too (`force_tcp_alias`). False if it is gone,
    /// or stands for twelve other ports already.
    pub fn alias(&self, id: ConnectionId, port: u16) -> bool {
        self.streams.alias(id, port)
    }

    /// Changes the time without traffic that ends this connection. False if it is gone.
    pub fn set_lifetime(&self, id: ConnectionId, lifetime: Duration) -> bool {
        let Some(connection) = self.streams.table.get(id) else {
            return false;
        };
        let millis = u64::try_from(lifetime.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        connection.clock.lifetime.store(millis, Ordering::Relaxed);
        self.streams.look_again();
        true
    }

    /// Has the system probe the peer when it is silent, or stop that. `Ok(false)` if the connection is gone.
    ///
    /// # Errors
    /// If the system refuses the values.
    pub fn set_keepalive(
        &self,
        id: ConnectionId,
        keepalive: Option<KeepAlive>,
    ) -> io::Result<bool> {
        let Some(connection) = self.streams.table.get(id) else {
            return Ok(false);
        };
        let socket = connection.stream.socket();
        match keepalive {
            Some(KeepAlive {
                idle,
                interval,
                count,
            }) => {
                keep_alive(&socket, Some(idle), Some(interval), Some(count))?;
            }
            None => socket.set_keepalive(false)?,
        }
        Ok(true)
    }

    /// Attaches a number to a connection, for whoever handles its events. False if it is gone.
    pub fn set_mark(&self, id: ConnectionId, mark: u32) -> bool {
        let connection = self.streams.table.get(id);
        if let Some(connection) = &connection {
            connection.mark.store(mark, Ordering::Relaxed);
        }
        connection.is_some()
    }

    /// Counters and gauges.
    pub fn counts(&self) -> TcpCounts {
        self.streams.counts()
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<TcpConfig> {
        self.streams.config()
    }

    /// Changes the settings. Those of sockets apply to connections made from now on; listening sockets stay as they are.
    pub fn set_config(&self, config: TcpConfig) {
        self.streams.set_config(config);
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

fn info(connection: &Connection, config: &TcpConfig, now: u64) -> ConnectionInfo {
    let ends = &connection.ends;
    let lifetime = connection.lifetime(config);
    let idle = now.saturating_sub(connection.clock.active.get().unwrap_or(now));
    ConnectionInfo {
        id: connection.id,
        transport: ends.transport,
        state: connection.state(),
        socket: ends.socket,
        local: ends.local,
        peer: ends.peer,
        accepted: ends.accepted,
        timeout: lifetime.saturating_sub(Duration::from_millis(idle)),
        lifetime,
        queued: connection.queued(),
        mark: connection.mark.load(Ordering::Relaxed),
    }
}
