//! What all connections have in common.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::clock::{after, millis_since};
use super::connection::{After, Connection, Flush, Flushed, Refused, Taken};
use super::counters::{TcpCounters, TcpCounts};
use super::gathering::Gathering;
use super::sweep::{self, Sweep};
use super::table::{Peer, Table};
use super::write_queue::QueueLimits;
use super::{TakenAlias, TcpConfig};
use crate::config::IpConfig;
use crate::received::{ClosedBy, ConnectionEventKind, ConnectionId, Handler};
use crate::socket_table::SocketTable;

/// Makes, or hands over, the tokio runtime that connections live on, unless the system refuses one. Asked once, when the
/// first stream is needed.
pub(crate) type RuntimeSource = Box<dyn Fn() -> Option<Handle> + Send + Sync>;

/// What connections get that did not close in time, to notice that they have to.
const LAST_MOMENT: Duration = Duration::from_millis(100);

/// The connections of one server.
pub(crate) struct Streams {
    pub(crate) table: Table,
    pub(crate) counters: TcpCounters,
    pub(crate) ip: IpConfig,
    pub(super) sockets: Arc<SocketTable>,
    pub(super) sweep: Arc<Sweep>,
    pub(super) gathering: Gathering,
    config: RwLock<Arc<TcpConfig>>,
    /// Octets queued on all connections.
    queued: AtomicUsize,
    epoch: Instant,
    runtime: OnceLock<Option<Handle>>,
    runtime_source: RuntimeSource,
    /// Not owned: the handler usually owns a sender, and that us.
    handler: OnceLock<Weak<dyn Handler>>,
    is_stopping: AtomicBool,
    /// Tasks that end when the server stops: listeners and the sweep.
    tasks: Mutex<Vec<AbortHandle>>,
    /// Told whenever a connection is gone while the server stops.
    gone: (Mutex<()>, Condvar),
}

impl Streams {
    pub(crate) fn new(
        ip: IpConfig,
        config: TcpConfig,
        sockets: Arc<SocketTable>,
        runtime_source: RuntimeSource,
    ) -> Streams {
        Streams {
            table: Table::new(),
            counters: TcpCounters::default(),
            ip,
            sockets,
            sweep: Arc::default(),
            gathering: Gathering::default(),
            config: RwLock::new(Arc::new(config)),
            queued: AtomicUsize::new(0),
            epoch: Instant::now(),
            runtime: OnceLock::new(),
            runtime_source,
            handler: OnceLock::new(),
            is_stopping: AtomicBool::new(false),
            tasks: Mutex::default(),
            gone: Default::default(),
        }
    }

    pub(crate) fn set_handler(&self, handler: &Arc<dyn Handler>) {
        // Set twice only by starting twice, which the type of the starter excludes.
        let _ = self.handler.set(Arc::downgrade(handler));
    }

    pub(crate) fn handler(&self) -> Option<Arc<dyn Handler>> {
        self.handler.get()?.upgrade()
    }

    /// The runtime, made now if this is its first use.
    pub(crate) fn runtime(self: &Arc<Self>) -> Option<&Handle> {
        let mut is_first = false;
        let runtime = self.runtime.get_or_init(|| {
            is_first = true;
            (self.runtime_source)()
        });
        if is_first && let Some(runtime) = runtime {
            let sweep = runtime.spawn(sweep::run(Arc::downgrade(self), Arc::clone(&self.sweep)));
            self.add_task(sweep.abort_handle());
        }
        runtime.as_ref()
    }

    /// Runs a task of a connection. There is no connection without a runtime.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(Some(runtime)) = self.runtime.get() {
            runtime.spawn(task);
        }
    }

    pub(crate) fn add_task(&self, task: AbortHandle) {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(task);
    }

    pub(crate) fn config(&self) -> Arc<TcpConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_config(&self, config: TcpConfig) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        self.look_again();
    }

    /// Deadlines were changed from outside.
    pub(crate) fn look_again(&self) {
        self.sweep.wake();
    }

    /// Now, as connections count time.
    pub(crate) fn millis(&self, now: Instant) -> u64 {
        millis_since(self.epoch, now)
    }

    /// The same, more exactly.
    pub(super) fn micros(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.epoch).as_micros() as u64
    }

    /// When this point in time is.
    pub(super) fn instant(&self, millis: u64) -> Instant {
        self.epoch + Duration::from_millis(millis)
    }

    pub(crate) fn queued(&self) -> &AtomicUsize {
        &self.queued
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Sends on an existing connection.
    pub(crate) fn send_on(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        message: &[u8],
        close_after: bool,
    ) -> Result<Taken, Refused> {
        let config = self.config();
        let limits = self.queue_limits(&config);
        let after = match close_after {
            true => After::Close,
            false if self.may_gather() => After::Gather,
            false => After::Nothing,
        };
        let result = connection.send(message, &limits, after);
        match result {
            Ok(Taken::Written) => connection.clock.active.set(self.millis(Instant::now())),
            Ok(Taken::Gathered) => {
                let now = Instant::now();
                connection.clock.active.set(self.millis(now));
                self.gather(connection, now);
            }
            Ok(Taken::FlushNeeded) => self.flush_in_background(connection),
            Ok(Taken::Queued) | Err(Refused::NotOpen | Refused::Failed(_)) => {}
            Err(Refused::QueueFull(_)) => self.counters.sendq_full.add_one(),
        }
        result
    }

    pub(super) fn queue_limits<'a>(&'a self, config: &TcpConfig) -> QueueLimits<'a> {
        QueueLimits {
            connection_max: config.conn_wq_max,
            total_max: config.wq_max,
            total: &self.queued,
        }
    }

    /// Waits in a task until what is queued has left.
    pub(super) fn flush_in_background(self: &Arc<Self>, connection: &Arc<Connection>) {
        let now = self.millis(Instant::now());
        connection.clock.blocked.set(now);
        self.sweep.expect(after(now, self.config().send_timeout));
        let (streams, connection) = (Arc::clone(self), Arc::clone(connection));
        self.spawn(async move {
            loop {
                if connection.stream.writable().await.is_err() {
                    break;
                }
                let before = connection.queued();
                let flushed = connection.flush(Flush::Writable, &streams.queued);
                let now = streams.millis(Instant::now());
                if connection.queued() < before {
                    connection.clock.active.set(now);
                    connection.clock.blocked.set(now);
                }
                if connection.ending().is_some() || !matches!(flushed, Ok(Flushed::Blocked)) {
                    break;
                }
            }
            connection.clock.blocked.clear();
        });
    }

    /// Notes that a connection stands for another port of its peer too.
    pub(crate) fn alias(&self, id: ConnectionId, port: u16) -> bool {
        let Some(connection) = self.table.get(id) else {
            return false;
        };
        let ends = &connection.ends;
        if port == ends.peer.port() {
            return true;
        }
        let address = SocketAddr::new(ends.peer.ip(), port);
        let peer = Peer {
            transport: ends.transport,
            address,
        };
        let taken = self.config().taken_alias;
        if taken == TakenAlias::Stays && self.table.peer_shard(peer).has_other(id) {
            return false;
        }
        if connection.add_alias(port) {
            let mut shard = self.table.peer_shard(peer);
            if taken == TakenAlias::Moves {
                shard.clear();
            }
            shard.insert(&connection);
            drop(shard);
            // It may have ended meanwhile, before its alias was in the index.
            if self.table.get(id).is_none() {
                self.table.peer_shard(peer).remove(id);
                return false;
            }
        }
        connection.is_usable()
    }

    /// Accepts nothing more, lets what is queued leave until `deadline`, and closes everything.
    pub(crate) fn stop(self: &Arc<Self>, deadline: Instant) {
        self.is_stopping.store(true, Ordering::Relaxed);
        self.let_go(false);
        for task in self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            task.abort();
        }
        for connection in self.table.all() {
            connection.close(ClosedBy::Shutdown);
        }
        self.wait_until_gone(deadline);
        for connection in self.table.all() {
            connection.stream.reset_on_close();
            connection.end(ConnectionEventKind::Closed(ClosedBy::Shutdown));
        }
        self.wait_until_gone(Instant::now() + LAST_MOMENT);
    }

    /// To be called when a connection has left the table.
    pub(super) fn note_gone(&self) {
        if self.is_stopping() {
            drop(self.gone.0.lock().unwrap_or_else(PoisonError::into_inner));
            self.gone.1.notify_all();
        }
    }

    fn wait_until_gone(&self, deadline: Instant) {
        let mut guard = self.gone.0.lock().unwrap_or_else(PoisonError::into_inner);
        while self.table.len() > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let (next, _) = self
                .gone
                .1
                .wait_timeout(guard, left)
                .unwrap_or_else(PoisonError::into_inner);
            guard = next;
        }
    }

    pub(crate) fn counts(&self) -> TcpCounts {
        let counters = &self.counters;
        TcpCounts {
            established: counters.established.get(),
            passive_open: counters.passive_open.get(),
            connect_success: counters.connect_success.get(),
            connect_failed: counters.connect_failed.get(),
            local_reject: counters.local_reject.get(),
            con_timeout: counters.con_timeout.get(),
            con_reset: counters.con_reset.get(),
            send_timeout: counters.send_timeout.get(),
            sendq_full: counters.sendq_full.get(),
            received: counters.received.get(),
            panics: counters.panics.get(),
            current_opened_connections: self.table.len() as u64,
            current_write_queue_size: self.queued.load(Ordering::Relaxed) as u64,
        }
    }
}
