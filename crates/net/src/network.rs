//! Start and stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sip::Transport;
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::config::NetConfig;
use crate::connections::Connections;
use crate::received::Handler;
use crate::sender::{RawSender, Sender};
use crate::socket::{ListenSpec, SocketId};
use crate::socket_table::SocketTable;
use crate::stream::{Entrance, Listener, Streams, bind_tcp};
use crate::udp::{Crew, RawIpv4, UdpCounts, UdpPort, bind_udp};

/// Why the sockets could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The operating system refuses this one.
    #[error(
        "cannot listen on {transport}:{address}: {error}{}",
        likely_cause(error, *address)
    )]
    Socket {
        /// What it was to carry.
        transport: Transport,
        /// Its address.
        address: SocketAddr,
        /// The reason.
        error: io::Error,
    },
    /// Raw sockets are wanted, and may not be opened.
    #[error("cannot open a raw socket (udp4_raw): {0}: it takes the capability CAP_NET_RAW")]
    Raw(io::Error),
    /// Sockets are numbered by 16 bits.
    #[error("more than 65,535 sockets")]
    TooMany,
    /// There is no such transport in this build.
    #[error("cannot listen on {transport}:{address}: transport not available")]
    NoTransport {
        /// What was asked for.
        transport: Transport,
        /// The address.
        address: SocketAddr,
    },
}

/// Sockets that are open, but not read yet. No thread runs: the process may still fork and give up its privileges.
pub struct BoundNetwork {
    config: NetConfig,
    sender: Sender,
    streams: Arc<Streams>,
    udp: Arc<[Option<Arc<UdpPort>>]>,
    listeners: Vec<(SocketId, socket2::Socket)>,
}

/// Opens all sockets. `runtime` is asked for the tokio runtime that streams live on, with I/O and time enabled, when the
/// first stream is needed: at the start if a stream socket is listened on, or when something is sent over a stream. Where it
/// gives none, nothing goes over streams.
///
/// # Errors
/// The first socket that cannot be opened; the others are closed again.
pub fn bind<R: Into<Option<Handle>>>(
    specs: Vec<ListenSpec>,
    config: NetConfig,
    runtime: impl Fn() -> R + Send + Sync + 'static,
) -> Result<BoundNetwork, BindError> {
    if specs.len() > usize::from(u16::MAX) {
        return Err(BindError::TooMany);
    }
    let raw = RawIpv4::new(config.ip.tos);
    let raw_config = match config.udp.raw {
        Some(wanted) => match raw.open() {
            Ok(_) => Some(wanted),
            Err(_) if wanted.is_optional => None,
            Err(error) => return Err(BindError::Raw(error)),
        },
        None => None,
    };
    let mut udp = Vec::with_capacity(specs.len());
    let mut listeners = Vec::new();
    let mut bound = Vec::with_capacity(specs.len());
    for (number, mut spec) in (0..u16::MAX).zip(specs) {
        let id = SocketId(number);
        let socket = open(&spec, &config)?;
        if let Ok(Some(address)) = socket.local_addr().map(|address| address.as_socket()) {
            spec.address = address;
        }
        if spec.transport == Transport::Udp {
            if let Some(ttl) = raw_config.and_then(|raw| raw.ttl)
                && spec.address.is_ipv4()
            {
                let set = socket.set_ttl_v4(ttl.into());
                set.map_err(|error| refused(&spec, error))?;
            }
            udp.push(Some(Arc::new(UdpPort::new(socket, id, spec.address))));
        } else {
            udp.push(None);
            listeners.push((id, socket));
        }
        bound.push(spec);
    }
    let table = Arc::new(SocketTable::new(bound));
    let streams = Arc::new(Streams::new(
        config.ip.clone(),
        config.tcp.clone(),
        Arc::clone(&table),
        Box::new(move || runtime().into()),
    ));
    let udp: Arc<[_]> = udp.into();
    Ok(BoundNetwork {
        sender: Sender::new(
            table,
            Arc::clone(&udp),
            Arc::clone(&streams),
            RawSender {
                raw,
                config: raw_config,
            },
        ),
        config,
        streams,
        udp,
        listeners,
    })
}

/// What an operator has most likely overlooked when the system refuses a socket.
fn likely_cause(error: &io::Error, address: SocketAddr) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; another program has it (`ss -lnp` shows which)",
        io::ErrorKind::AddrNotAvailable => "; it is no address of this machine",
        io::ErrorKind::PermissionDenied if address.port() < 1024 => {
            "; a port below 1024 is for root alone"
        }
        _ => "",
    }
}

fn open(spec: &ListenSpec, config: &NetConfig) -> Result<socket2::Socket, BindError> {
    let (transport, address) = (spec.transport, spec.address);
    let socket = match transport {
        Transport::Udp => bind_udp(spec, &config.ip, &config.udp),
        Transport::Tcp => bind_tcp(spec, &config.ip, &config.tcp),
        Transport::Tls | Transport::Ws | Transport::Wss | Transport::Sctp => {
            return Err(BindError::NoTransport { transport, address });
        }
    };
    socket.map_err(|error| refused(spec, error))
}

fn refused(spec: &ListenSpec, error: io::Error) -> BindError {
    BindError::Socket {
        transport: spec.transport,
        address: spec.address,
        error,
    }
}

impl BoundNetwork {
    /// The sockets, with the ports that the kernel chose.
    pub fn sockets(&self) -> &Arc<SocketTable> {
        self.sender.sockets()
    }

    /// Sends from these sockets: datagrams at once, streams as soon as the network is started.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Starts to read. From now on `handler` is called, from several threads.
    ///
    /// # Errors
    /// If the system refuses a thread, or there are stream sockets but no runtime.
    pub fn start(self, handler: Arc<dyn Handler>) -> io::Result<Network> {
        self.streams.set_handler(&handler);
        for (id, socket) in self.listeners {
            let Some(socket_of_table) = self.sender.sockets().get(id) else {
                continue;
            };
            let runtime = self.streams.runtime().ok_or(io::ErrorKind::Unsupported)?;
            let _context = runtime.enter();
            let listener = Listener {
                listener: TcpListener::from_std(socket.into())?,
                entrance: Arc::new(Entrance {
                    streams: Arc::clone(&self.streams),
                    handler: Arc::clone(&handler),
                    socket: socket_of_table.clone(),
                }),
            };
            let task = runtime.spawn(listener.run());
            self.streams.add_task(task.abort_handle());
        }
        let ports = self.udp.iter().flatten().cloned().collect();
        let crew = Crew::new(ports, handler, &self.config.udp);
        crew.start()?;
        Ok(Network {
            sender: self.sender,
            streams: self.streams,
            udp: self.udp,
            crew,
        })
    }
}

/// Sockets at work. Dropping it stops nothing: call [`shutdown`](Self::shutdown).
pub struct Network {
    sender: Sender,
    streams: Arc<Streams>,
    udp: Arc<[Option<Arc<UdpPort>>]>,
    crew: Arc<Crew>,
}

impl Network {
    /// The sockets.
    pub fn sockets(&self) -> &Arc<SocketTable> {
        self.sender.sockets()
    }

    /// Sends from these sockets.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// The connection table.
    pub fn connections(&self) -> Connections {
        self.sender.connections()
    }

    /// The counters of a UDP socket; `None` if it is none.
    pub fn udp_counts(&self, socket: SocketId) -> Option<UdpCounts> {
        let port = self.udp.get(usize::from(socket.0))?.as_ref()?;
        Some(port.counts())
    }

    /// Hands over the datagrams that have arrived, for at most `patience`, and reads none after that. The handler is not
    /// called for datagrams after this returns. Not to be called by the handler, whose threads it waits for.
    pub fn read_last_datagrams(&self, patience: Duration) {
        self.crew.stop(Instant::now() + patience);
    }

    /// Stops reading, lets queued messages leave for at most `patience`, and closes everything. Not to be called by the
    /// handler, whose threads it waits for.
    pub fn shutdown(self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.crew.stop(deadline);
        self.streams.stop(deadline);
    }
}
