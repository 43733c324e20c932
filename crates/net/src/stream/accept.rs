//! Connections that peers open.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use super::clock::after;
use super::connection::{Connection, ConnectionState, Ends};
use super::proxy_header::{self, Proxied};
use super::reader::Reader;
use super::shared::Streams;
use super::table::{Peer, Wanted};
use super::transport_stream::TransportStream;
use super::{TcpConfig, options};
use crate::config::IpConfig;
use crate::os::set_int;
use crate::received::{Handler, Limit};
use crate::socket::{ListenSpec, Socket as ListenSocket};

/// Pause when the system has no room for another connection.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Opens, binds and listens.
pub(crate) fn bind_tcp(spec: &ListenSpec, ip: &IpConfig, config: &TcpConfig) -> io::Result<Socket> {
    let address = spec.address;
    let kind = Type::STREAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))?;
    ip.apply(&socket, address)?;
    spec.bind_device(&socket)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // For TCP this allows a restart while old connections are still in TIME_WAIT; it shares nothing.
    socket.set_reuse_address(true)?;
    if config.reuse_port {
        socket.set_reuse_port(true)?;
    }
    if !config.defer_accept.is_zero() {
        let seconds = i32::try_from(config.defer_accept.as_secs()).unwrap_or(i32::MAX);
        set_int(&socket, libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, seconds)?;
    }
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(config.listen_backlog).unwrap_or(i32::MAX))?;
    Ok(socket)
}

/// A socket that is accepted from.
pub(crate) struct Listener {
    pub(crate) listener: TcpListener,
    pub(crate) entrance: Arc<Entrance>,
}

impl Listener {
    /// The task: accepts until it is aborted.
    pub(crate) async fn run(self) {
        let streams = &self.entrance.streams;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => self.entrance.admit(stream, peer),
                Err(error) => {
                    if matches!(
                        error.raw_os_error(),
                        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
                    ) {
                        streams.counters.local_reject.add_one();
                        tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    }
                }
            }
        }
    }
}

/// Where accepted connections come in.
pub(crate) struct Entrance {
    pub(crate) streams: Arc<Streams>,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) socket: ListenSocket,
}

impl Entrance {
    /// Takes a connection in, or closes it at once where a limit is reached.
    fn admit(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let streams = &self.streams;
        let config = streams.config();
        if streams.is_stopping() {
            return;
        }
        if !streams.table.reserve(config.max_connections) {
            streams.counters.local_reject.add_one();
            self.handler.connection_refused(peer, Limit::All);
            return;
        }
        let local = match self.socket.is_wildcard() {
            true => stream.local_addr().unwrap_or(self.socket.address()),
            false => self.socket.address(),
        };
        let ends = Ends {
            transport: self.socket.transport(),
            socket: self.socket.id,
            local,
            peer,
            accepted: true,
        };
        if config.accept_haproxy {
            let entrance = Arc::clone(self);
            streams.spawn(async move { entrance.identify(stream, ends, &config).await });
        } else {
            self.enter(stream, ends, &[], &config);
        }
    }

    /// Finds out from the PROXY header whose connection it is.
    async fn identify(&self, stream: TcpStream, mut ends: Ends, config: &TcpConfig) {
        match tokio::time::timeout(config.wait_data, proxy_header::read(&stream)).await {
            Ok(Ok((proxied, rest))) => {
                if let Proxied::Other { peer, local } = proxied {
                    (ends.peer, ends.local) = (peer, local);
                }
                self.enter(stream, ends, &rest, config);
            }
            Ok(Err(error)) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    self.handler
                        .connection_refused(ends.peer, Limit::ProxyHeader);
                }
                self.streams.counters.local_reject.add_one();
                self.streams.table.release();
            }
            Err(_) => {
                self.streams.counters.local_reject.add_one();
                self.streams.table.release();
            }
        }
    }

    /// Puts a connection into the table and starts its task, which finds `octets` read already.
    fn enter(&self, stream: TcpStream, ends: Ends, octets: &[u8], config: &TcpConfig) {
        let streams = &self.streams;
        if !self.may_enter(config, &ends) {
            streams.counters.local_reject.add_one();
            streams.table.release();
            return;
        }
        // A connection that breaks this early shows when it is read.
        let _ = options::apply(&stream, config);
        let now = streams.millis(Instant::now());
        let id = streams.table.next_id();
        let stream = TransportStream::Tcp(stream);
        let connection = Connection::new(id, ends, stream, ConnectionState::Open);
        connection.clock.active.set(now);
        connection.clock.fresh.set(now);
        let connection = Arc::new(connection);
        streams.publish(&connection);
        streams.expect_traffic(now, config);
        let handler = Arc::clone(&self.handler);
        let mut reader = Reader::new(Arc::clone(streams), handler, connection, config);
        if !octets.is_empty() {
            reader.feed(octets);
        }
        streams.spawn(reader);
    }

    fn may_enter(&self, config: &TcpConfig, ends: &Ends) -> bool {
        let table = &self.streams.table;
        if config.accept_unique {
            let peer = Peer {
                transport: ends.transport,
                address: ends.peer,
            };
            let wanted = Wanted {
                local: ends.local,
                prefers_port: false,
            };
            if table.find(peer, wanted).is_some() {
                return false;
            }
        }
        let may = table.reserve_accepted(ends.peer.ip(), config.accept_iplimit);
        if !may {
            self.handler
                .connection_refused(ends.peer, Limit::PerAddress);
        }
        may
    }
}

impl Streams {
    /// Puts a connection into the table.
    pub(super) fn publish(&self, connection: &Arc<Connection>) {
        self.table.insert(connection);
        let peer = Peer {
            transport: connection.ends.transport,
            address: connection.ends.peer,
        };
        self.table.peer_shard(peer).insert(connection);
    }

    /// Tells the sweep about the deadlines of a connection that was opened `now`.
    fn expect_traffic(&self, now: u64, config: &TcpConfig) {
        let first = match config.msg_data_timeout.is_zero() {
            true => config.connection_lifetime,
            false => config.connection_lifetime.min(config.msg_data_timeout),
        };
        self.sweep.expect(after(now, first));
    }

    /// Tells the sweep that a message began `now`.
    pub(super) fn expect_rest_of_message(&self, now: u64) {
        let timeout = self.config().msg_read_timeout;
        if !timeout.is_zero() {
            self.sweep.expect(after(now, timeout));
        }
    }
}
