//! The real world: clocks, sockets, the runtime for back ends.

use crate::engine::Engine;
use crate::names::Resolver;
use crate::network;
use crate::platform::{Platform, SendError, Unsent};
use crate::refusals::Refusals;
use crate::timers::Alarm;
use bytes::Bytes;
use module_api::{
    BoxFuture, ConnectionId, ConnectionInfo, Delivery, DnsSettings, KeepAlive, Located, NextHop,
    Outbox, Reception, SocketId, TcpSettings, Text, World, relay,
};
use net::{
    ClosedBy, Company, ConnectionEvent, ConnectionEventKind, ConnectionState, Gathered, Handler,
    Limit, Received, SendFlags, Sender, Turn, rest,
};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use telemetry::Counter;
use tokio::runtime::{Handle, Runtime};

/// The runtime that streams, DNS and back ends live on, made when first needed.
pub struct LazyRuntime {
    made: OnceLock<Option<Runtime>>,
    streams: Arc<Streams>,
}

/// What has come over streams.
struct Streams {
    /// The number of messages.
    arrived: AtomicU64,
    /// How many there were when a thread last had nothing to do, and how close together they came.
    seen: Mutex<(u64, Company)>,
    /// What has waited for that; none before there are sockets.
    gathered: OnceLock<Gathered>,
}

impl Streams {
    /// Called by a thread that has nothing to do: what it has sent leaves, and where messages come close together it waits for
    /// several of them.
    fn rest(&self) {
        let pause = self.pause();
        if let Some(gathered) = self.gathered.get() {
            gathered.let_go(pause.is_some());
        }
        if let Some(pause) = pause {
            rest(pause);
        }
    }

    fn pause(&self) -> Option<Duration> {
        let mut seen = self.seen.lock();
        let arrived = self.arrived.load(Ordering::Relaxed);
        let count = arrived.wrapping_sub(std::mem::replace(&mut seen.0, arrived));
        if count == 0 {
            return None;
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        seen.1.pause(count, STREAM_BATCH, Instant::now())
    }
}

/// Threads of streams do not wait for more messages when so many have come at once.
const STREAM_BATCH: usize = 32;

impl LazyRuntime {
    /// No runtime yet. Its threads wait for messages to come together no longer than `receive_wait_max`.
    pub fn new(receive_wait_max: Duration) -> Arc<LazyRuntime> {
        Arc::new(LazyRuntime {
            made: OnceLock::new(),
            streams: Arc::new(Streams {
                arrived: AtomicU64::new(0),
                seen: Mutex::new((0, Company::new(receive_wait_max))),
                gathered: OnceLock::new(),
            }),
        })
    }

    /// Its handle; none when the system refuses threads.
    pub fn handle(&self) -> Option<&Handle> {
        let made = self.made.get_or_init(|| {
            let cores = std::thread::available_parallelism().map_or(2, usize::from);
            let streams = self.streams.clone();
            tokio::runtime::Builder::new_multi_thread()
                // Each event of a socket also wakes a thread that has nothing to do, to look for more work. The other half
                // of the cores is for UDP.
                .worker_threads((cores / 2).max(1))
                .on_thread_park(move || streams.rest())
                .thread_name("kahea-io")
                .enable_all()
                .build()
                .ok()
        });
        made.as_ref().map(Runtime::handle)
    }
}

/// The real world.
pub struct RealWorld {
    runtime: Arc<LazyRuntime>,
    sender: OnceLock<Sender>,
    resolver: OnceLock<Resolver>,
    alarm: Arc<Alarm>,
    stopping: AtomicBool,
    /// Messages that could not be handed to a socket.
    pub send_failures: Counter,
}

impl RealWorld {
    /// A world without sockets yet.
    pub fn new(runtime: Arc<LazyRuntime>, alarm: Arc<Alarm>) -> Arc<RealWorld> {
        Arc::new(RealWorld {
            runtime,
            sender: OnceLock::new(),
            resolver: OnceLock::new(),
            alarm,
            stopping: AtomicBool::new(false),
            send_failures: Counter::default(),
        })
    }

    /// Gives it the sockets to send from.
    pub fn connect(&self, sender: Sender) {
        let _ = self.runtime.streams.gathered.set(sender.gathered());
        let _ = self.sender.set(sender);
    }

    /// Gives it what resolves names.
    pub fn resolve_with(&self, resolver: Resolver) {
        let _ = self.resolver.set(resolver);
    }

    /// Whether somebody asked the server to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

impl World for RealWorld {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn unix_time(&self) -> Duration {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }

    fn spawn(&self, task: BoxFuture<()>) {
        if let Some(handle) = self.runtime.handle() {
            handle.spawn(task);
        }
    }

    fn sleep(&self, delay: Duration) -> BoxFuture<()> {
        Box::pin(async move { tokio::time::sleep(delay).await })
    }

    fn open_connection(&self, delivery: &Delivery) -> bool {
        let sender = self.sender.get();
        sender.is_some_and(|sender| sender.open(&to_net(delivery)).is_ok())
    }

    fn send_as(&self, source: SocketAddrV4, peer: SocketAddrV4, octets: &[u8]) -> bool {
        let sender = self.sender.get();
        sender.is_some_and(|sender| sender.send_as(source, peer, octets).is_ok())
    }

    fn can_send_as(&self) -> bool {
        let sender = self.sender.get();
        sender.is_some_and(|sender| sender.open_raw().is_ok())
    }

    fn locate(&self, uri: &Text) -> Located {
        match self.resolver.get() {
            Some(resolver) => resolver.locate(uri),
            None => Located::Ready(relay::numeric_hop(uri).into_iter().collect()),
        }
    }

    fn ask_dns(&self, query: &locate::Query) -> BoxFuture<locate::Answer> {
        match self.resolver.get() {
            Some(resolver) => resolver.ask(query),
            None => Box::pin(std::future::ready(locate::Answer::Failed)),
        }
    }

    fn with_dns_cache(&self, work: &mut dyn FnMut(&mut locate::DnsCache, Instant)) -> bool {
        self.resolver
            .get()
            .is_some_and(|resolver| resolver.with_cache(work))
    }

    fn route_to(&self, hop: NextHop) -> Option<SocketId> {
        let sockets = self.sender.get()?.sockets().clone();
        let socket = sockets.outgoing_by_route(hop.transport, hop.address, None)?;
        Some(SocketId(socket.id.0))
    }

    fn connection(&self, id: ConnectionId) -> Option<ConnectionInfo> {
        let id = net::ConnectionId::new(id.0)?;
        self.sender
            .get()?
            .connections()
            .get(id)
            .filter(|info| info.state != ConnectionState::Closing)
            .map(connection_info)
    }

    fn connections(&self) -> Vec<ConnectionInfo> {
        match self.sender.get() {
            Some(sender) => sender
                .connections()
                .list()
                .into_iter()
                .map(connection_info)
                .collect(),
            None => Vec::new(),
        }
    }

    fn connection_to(&self, peer: SocketAddr) -> Option<ConnectionId> {
        let connections = self.sender.get()?.connections();
        [sip::Transport::Tcp, sip::Transport::Tls]
            .into_iter()
            .find_map(|transport| connections.find(transport, peer, None))
            .map(|id| ConnectionId(id.number()))
    }

    fn close_connection(&self, id: ConnectionId) -> bool {
        self.with_connection(id, |connections, id| connections.close(id))
    }

    fn alias_connection(&self, id: ConnectionId, port: u16) -> bool {
        self.with_connection(id, |connections, id| connections.alias(id, port))
    }

    fn set_connection_lifetime(&self, id: ConnectionId, lifetime: Duration) -> bool {
        self.with_connection(id, |connections, id| connections.set_lifetime(id, lifetime))
    }

    fn set_connection_keepalive(&self, id: ConnectionId, keepalive: Option<KeepAlive>) -> bool {
        let keepalive = keepalive.map(|given| net::KeepAlive {
            idle: given.idle,
            interval: given.interval,
            count: given.count,
        });
        self.with_connection(id, |connections, id| {
            connections.set_keepalive(id, keepalive).unwrap_or(false)
        })
    }

    fn set_connection_mark(&self, id: ConnectionId, mark: u32) -> bool {
        self.with_connection(id, |connections, id| connections.set_mark(id, mark))
    }

    fn set_streams(&self, tcp: &TcpSettings) -> bool {
        let Some(sender) = self.sender.get() else {
            return false;
        };
        sender.connections().set_config(network::tcp_config(tcp));
        true
    }

    fn set_names(&self, dns: &DnsSettings) -> bool {
        let resolver = self.resolver.get();
        resolver.inspect(|resolver| resolver.change(dns)).is_some()
    }

    fn read_name_servers(&self) -> bool {
        let resolver = self.resolver.get();
        resolver
            .inspect(|resolver| resolver.forget_servers())
            .is_some()
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Whoever waits for signals learns of it by one.
        // SAFETY: kill with the own process id and a valid signal number has no memory effects.
        unsafe {
            libc::kill(libc::getpid(), libc::SIGTERM);
        }
    }
}

impl Platform for RealWorld {
    fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    fn deadline_set(&self, at: Instant) {
        self.alarm.set(at);
    }

    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> Result<(), SendError> {
        let sender = self.sender.get().ok_or(SendError::NotStarted)?;
        let sent = sender.send(&to_net(delivery), bytes);
        if sent.is_err() {
            self.send_failures.increment();
        }
        sent.map(|_| ())
    }

    fn send_all(&self, outbox: &mut Outbox, unsent: &mut Unsent<'_>) {
        if outbox.sends.len() == 1 {
            outbox.drain(|bytes, delivery| {
                if let Err(error) = self.send(delivery, bytes) {
                    unsent(bytes, delivery, error);
                }
            });
            return;
        }
        let Some(sender) = self.sender.get() else {
            outbox.clear();
            return;
        };
        // Filled where it stays: to collect would be to move all its room.
        let mut messages: SmallVec<[(net::Delivery, &[u8]); 32]> = SmallVec::new();
        messages.extend(outbox.sends.iter().map(|(range, delivery)| {
            let bytes = outbox.buffer.get(range.clone()).unwrap_or_default();
            (to_net(delivery), bytes)
        }));
        sender.send_all(&messages, |position, error| {
            self.send_failures.increment();
            let (Some((_, bytes)), Some((_, delivery))) =
                (messages.get(position), outbox.sends.get(position))
            else {
                return;
            };
            unsent(bytes, delivery, error);
        });
        drop(messages);
        outbox.clear();
    }
}

impl RealWorld {
    fn with_connection(
        &self,
        id: ConnectionId,
        act: impl FnOnce(&net::Connections, net::ConnectionId) -> bool,
    ) -> bool {
        match (self.sender.get(), net::ConnectionId::new(id.0)) {
            (Some(sender), Some(id)) => act(&sender.connections(), id),
            _ => false,
        }
    }
}

fn to_net(delivery: &Delivery) -> net::Delivery {
    net::Delivery {
        socket: net::SocketId(delivery.socket.0),
        transport: delivery.transport,
        peer: delivery.peer,
        source: None,
        connection: delivery
            .connection
            .and_then(|id| net::ConnectionId::new(id.0)),
        anew: delivery.anew,
        flags: SendFlags {
            no_connect: delivery.no_connect,
            close_after: delivery.close_after,
        },
    }
}

fn connection_info(info: net::ConnectionInfo) -> ConnectionInfo {
    ConnectionInfo {
        id: ConnectionId(info.id.number()),
        transport: info.transport,
        local: info.local,
        peer: info.peer,
        queued_bytes: info.queued,
        expires_in: info.timeout,
    }
}

/// Hands what arrives to the lanes.
pub struct Door {
    /// The lanes.
    pub engine: Arc<Engine>,
    /// Where streams live.
    pub runtime: Arc<LazyRuntime>,
    /// What is told of connections that are not taken.
    pub refusals: Refusals,
    /// Gives back memory that the calling thread does not use.
    pub tidy: fn(),
}

impl Handler for Door {
    fn received(&self, received: Received) {
        let arrived = &self.runtime.streams.arrived;
        arrived.fetch_add(1, Ordering::Relaxed);
        let (bytes, reception) = taken(received);
        self.engine.receive(bytes, reception);
    }

    fn received_batch(&self, batch: &mut Vec<Received>, turn: Turn<'_>) {
        let is_shared = turn.is_shared();
        let arrived = batch.drain(..).map(taken);
        self.engine.receive_all(arrived, is_shared, || drop(turn));
    }

    fn at_rest(&self) {
        (self.tidy)();
    }

    fn connection_event(&self, event: ConnectionEvent) {
        for bytes in &event.unsent {
            self.engine.unsent(bytes);
        }
        // What ends because the server does is no news: contacts in a database outlive it.
        if matches!(event.kind, ConnectionEventKind::Closed(ClosedBy::Shutdown)) {
            return;
        }
        if let Some(loaded) = self.engine.current() {
            if let Some(fault) = event.kind.fault() {
                self.engine.tell_of_fault(&loaded, &fault, event.peer);
            }
            for hook in &loaded.runtime.hooks.connections {
                hook(&loaded.runtime, &connection_change(&event));
            }
        }
    }

    fn connection_refused(&self, peer: SocketAddr, limit: Limit) {
        if let Some(loaded) = self.engine.current() {
            let runtime = &loaded.runtime;
            let time = runtime.host.unix_time();
            self.refusals.note(&runtime.logger, time, peer.ip(), limit);
        }
    }
}

fn taken(received: Received) -> (Bytes, Reception) {
    let reception = Reception {
        transport: received.transport,
        local: received.local,
        socket: SocketId(received.socket.0),
        peer: received.peer,
        connection: received.connection.map(|id| ConnectionId(id.number())),
    };
    (received.bytes, reception)
}

fn connection_change(event: &ConnectionEvent) -> module_api::ConnectionChange {
    use module_api::ConnectionChangeKind as Kind;
    module_api::ConnectionChange {
        id: ConnectionId(event.id.number()),
        kind: match event.kind {
            ConnectionEventKind::Opened { .. } => Kind::Opened,
            ConnectionEventKind::Closed(_) => Kind::Closed,
            ConnectionEventKind::Reset => Kind::Reset,
            ConnectionEventKind::TimedOut(_) => Kind::TimedOut,
            ConnectionEventKind::ConnectFailed { .. } => Kind::ConnectFailed,
        },
        transport: event.transport,
        socket: SocketId(event.socket.0),
        local: event.local,
        peer: event.peer,
        mark: event.mark,
    }
}
