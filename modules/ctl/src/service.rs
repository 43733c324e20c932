//! The thread that serves control sockets and their connections, whatever is spoken over them.

use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::late::{Late, Place};
use crate::listener::{Accepting, Listener};
use crate::protocol::{Protocol, Source};
use crate::waiting::WaitingAnswers;
use module_api::{Answered, Host, LogLevel, RateLimiter, Runtime, Statistics};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The most connections at a time that came in at one socket: those who flood one leave the others to the operator.
const CONNECTIONS_MAX: usize = 64;
/// The size of the buffer for what is read, in bytes: at least a whole datagram.
const BUFFER: usize = 65_536;
/// How often silent connections are looked for while there are any, in milliseconds.
const SWEEP_MS: u16 = 1000;
/// How often room is looked for while answers wait for it, in milliseconds.
const RETRY_MS: u16 = 50;
/// How often the operator is told of connections that are closed because there are too many.
const TELLING: Duration = Duration::from_secs(60);

/// What operators are told of a service.
#[derive(Default)]
pub struct Board {
    /// The open sockets.
    pub endpoints: Mutex<Vec<Endpoint>>,
    /// The open connections by number: the socket of each, and the place of its peer.
    pub connections: Mutex<BTreeMap<u64, (Endpoint, (String, String))>>,
    /// How many connections were closed because their socket had too many.
    pub refused: AtomicU64,
}

impl Board {
    /// Registers the figures of a service in a group of their own.
    pub fn register(self: &Arc<Board>, statistics: &Statistics, group: &str) {
        let board = self.clone();
        statistics.computed(group, "connections", move || {
            board.connections.lock().len() as i64
        });
        let board = self.clone();
        statistics.computed(group, "refused_connections", move || {
            board.refused.load(Ordering::Relaxed) as i64
        });
    }
}

/// What a service serves.
pub struct Served<P: Protocol> {
    /// The thread's name.
    pub name: &'static str,
    /// What is spoken.
    pub protocol: P,
    /// The open sockets.
    pub listeners: Vec<Listener>,
    /// Where requests come from besides.
    pub source: Option<Box<dyn Source<P>>>,
}

/// The running thread. It carries each command out with the configuration that counts when the command comes.
pub struct Service {
    host: Arc<dyn Host>,
    /// Shutting it down ends the thread; an octet tells it of an answer that has come later.
    wake: Arc<UnixStream>,
    thread: JoinHandle<()>,
}

impl Service {
    /// Starts to serve; what is open is told to `board`.
    pub fn start<P: Protocol>(
        served: Served<P>,
        board: &Arc<Board>,
        host: &Arc<dyn Host>,
    ) -> io::Result<Service> {
        let endpoints = served.listeners.iter().map(|open| open.endpoint.clone());
        *board.endpoints.lock() = endpoints.collect();
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let wake = Arc::new(wake);
        let name = served.name.to_owned();
        let loop_ = Loop {
            woken,
            late: Late::new(wake.clone()),
            waiting: WaitingAnswers::default(),
            served,
            connections: Vec::new(),
            accepted: 0,
            accepting: Accepting::Open,
            telling: RateLimiter::new(1, TELLING),
            host: host.clone(),
            board: board.clone(),
            buffer: vec![0; BUFFER].into(),
        };
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || loop_.run())?;
        Ok(Service {
            host: host.clone(),
            wake,
            thread,
        })
    }

    /// The configuration that commands are carried out with; none before there is one.
    pub fn runtime(&self) -> Option<Arc<Runtime>> {
        self.host.runtime()
    }

    /// Ends the thread and waits for its end; a command that is being carried out is finished first.
    pub fn stop(self) {
        // It fails only where the thread has ended.
        let _ = self.wake.shutdown(Shutdown::Both);
        if self.thread.thread().id() != std::thread::current().id() {
            let _ = self.thread.join();
        }
    }
}

/// A service that outlives the configuration it was started with: the instances that follow one another share it.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Option<Service>>>);

impl Shared {
    /// Puts the running service.
    pub fn put(&self, service: Service) {
        *self.0.lock() = Some(service);
    }

    /// Ends the service when `instance` stops, unless another instance of its type has taken over.
    pub fn stop_with<M: Send + Sync + 'static>(&self, instance: &M) {
        let mut held = self.0.lock();
        let heir = held.as_ref().and_then(Service::runtime);
        let heir = heir.and_then(|runtime| runtime.module::<M>());
        if heir.is_some_and(|heir| !std::ptr::eq(&*heir, instance)) {
            return;
        }
        let service = held.take();
        drop(held);
        if let Some(service) = service {
            service.stop();
        }
    }
}

struct Loop<P: Protocol> {
    woken: UnixStream,
    late: Late<P>,
    waiting: WaitingAnswers,
    served: Served<P>,
    connections: Vec<Connection>,
    accepted: u64,
    accepting: Accepting,
    telling: RateLimiter,
    host: Arc<dyn Host>,
    board: Arc<Board>,
    buffer: Box<[u8]>,
}

/// What is ready: one claim for each thing that is waited on.
struct Ready {
    woken: bool,
    source: bool,
    listeners: Vec<bool>,
    connections: Vec<bool>,
}

impl<P: Protocol> Loop<P> {
    fn run(mut self) {
        loop {
            let ready = match self.wait() {
                Ok(ready) => ready,
                Err(Errno::EINTR) => continue,
                Err(_) => break,
            };
            if ready.woken && self.is_stopped() {
                break;
            }
            self.waiting.retry(&self.served.listeners, self.host.now());
            self.finish();
            self.accepting = Accepting::Open;
            if let Some(runtime) = self.host.runtime() {
                self.serve(&ready, &runtime);
            }
            self.sweep();
        }
        self.board.connections.lock().clear();
        self.board.endpoints.lock().clear();
    }

    /// Whether the thread is to end; else it was woken for answers.
    fn is_stopped(&mut self) -> bool {
        match self.woken.read(&mut self.buffer) {
            Ok(length) => length == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Gives the answers that have come later to who waits for them; they may be gone.
    fn finish(&mut self) {
        for (place, answer) in self.late.take() {
            match place {
                Place::Connection(id) => {
                    let now = self.host.now();
                    let mut connections = self.connections.iter_mut();
                    if let Some(connection) = connections.find(|connection| connection.id == id) {
                        connection.finish(&answer, now);
                    }
                }
                Place::Datagram(index, sender) => {
                    let (listeners, now) = (&self.served.listeners, self.host.now());
                    self.waiting.give(listeners, index, sender, answer, now);
                }
                Place::Source(request) => {
                    if let Some(source) = &mut self.served.source {
                        let _ = source.reply(&request, &answer);
                    }
                }
            }
        }
    }

    fn wait(&self) -> Result<Ready, Errno> {
        let mut waited = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        if let Some(source) = &self.served.source {
            waited.push(PollFd::new(source.descriptor(), PollFlags::POLLIN));
        }
        for listener in &self.served.listeners {
            let interest = listener.interest(self.accepting);
            waited.push(PollFd::new(listener.descriptor(), interest));
        }
        for connection in &self.connections {
            waited.push(PollFd::new(connection.descriptor(), connection.interest()));
        }
        let idle = self.connections.is_empty() && self.accepting == Accepting::Open;
        let timeout = match (self.waiting.is_empty(), idle) {
            (false, _) => PollTimeout::from(RETRY_MS),
            (true, false) => PollTimeout::from(SWEEP_MS),
            (true, true) => PollTimeout::NONE,
        };
        poll(&mut waited, timeout)?;
        let mut ready = waited.iter().map(|fd| fd.any().unwrap_or(true));
        Ok(Ready {
            woken: ready.next() == Some(true),
            source: self.served.source.is_some() && ready.next() == Some(true),
            listeners: ready.by_ref().take(self.served.listeners.len()).collect(),
            connections: ready.collect(),
        })
    }

    fn serve(&mut self, ready: &Ready, runtime: &Arc<Runtime>) {
        if ready.source {
            self.serve_source(runtime);
        }
        let now = runtime.host.now();
        let (protocol, late) = (&self.served.protocol, &self.late);
        let connections = self.connections.iter_mut().zip(&ready.connections);
        for (connection, _) in connections.filter(|(_, ready)| **ready) {
            connection.advance(protocol, &mut self.buffer, now, |id, request| {
                let answered = protocol.answer(runtime, &request);
                late.at_once(runtime, answered, || Place::Connection(id))
            });
        }
        let listeners = ready.listeners.iter().enumerate();
        for (index, _) in listeners.filter(|(_, ready)| **ready) {
            self.serve_listener(index, runtime);
        }
    }

    fn serve_source(&mut self, runtime: &Arc<Runtime>) {
        let Served {
            protocol, source, ..
        } = &mut self.served;
        let Some(source) = source else { return };
        for request in source.read(protocol, &mut self.buffer) {
            match protocol.answer(runtime, &request) {
                // Whoever asked may be gone.
                Answered::Now(answer) => drop(source.reply(&request, &answer)),
                Answered::Later(answer) => {
                    self.late
                        .await_answer(runtime, answer, Place::Source(request));
                }
            }
        }
    }

    /// Accepts a connection, or answers a datagram.
    fn serve_listener(&mut self, index: usize, runtime: &Arc<Runtime>) {
        let Some(listener) = self.served.listeners.get(index) else {
            return;
        };
        match listener.accept() {
            Ok(Some((socket, peer))) => {
                let now = runtime.host.now();
                let shown = (listener.endpoint.clone(), peer);
                if self.has_room(index, now, runtime) {
                    self.accepted += 1;
                    self.board.connections.lock().insert(self.accepted, shown);
                    let connection = Connection::new(self.accepted, index, socket, now);
                    self.connections.push(connection);
                }
            }
            Ok(None) => {
                let Some((length, sender)) = listener.receive(&mut self.buffer) else {
                    return;
                };
                let protocol = &self.served.protocol;
                let datagram = self.buffer.get(..length).unwrap_or_default();
                match protocol.answer(runtime, &protocol.read(datagram)) {
                    Answered::Now(answer) => {
                        let (listeners, now) = (&self.served.listeners, runtime.host.now());
                        self.waiting.give(listeners, index, sender, answer, now);
                    }
                    Answered::Later(answer) => {
                        let place = Place::Datagram(index, sender);
                        self.late.await_answer(runtime, answer, place);
                    }
                }
            }
            // Out of descriptors, most likely: the next sweep tries again.
            Err(_) => self.accepting = Accepting::Paused,
        }
    }

    /// Whether one more connection may come in at a listener. When there are as many as there may be, the one that has been
    /// silent for longest gives way, if any has been for long.
    fn has_room(&mut self, index: usize, now: Instant, runtime: &Runtime) -> bool {
        let same = self.connections.iter().enumerate();
        let same = same.filter(|(_, connection)| connection.listener == index);
        if same.clone().count() < CONNECTIONS_MAX {
            return true;
        }
        let silent = same.filter_map(|(at, open)| Some((open.silent_since(now)?, at)));
        let given_up = silent.min().map(|(_, at)| self.connections.swap_remove(at));
        if let Some(connection) = &given_up {
            self.board.connections.lock().remove(&connection.id);
        }
        self.board.refused.fetch_add(1, Ordering::Relaxed);
        self.tell_of_refusals(index, runtime);
        given_up.is_some()
    }

    fn tell_of_refusals(&self, index: usize, runtime: &Runtime) {
        let time = runtime.host.unix_time();
        let (Some(listener), Some(suppressed)) =
            (self.served.listeners.get(index), self.telling.admit(time))
        else {
            return;
        };
        let (place, port) = listener.endpoint.place();
        let protocol = listener.endpoint.protocol();
        let message = format_args!(
            "{protocol}:{place} {port} has {CONNECTIONS_MAX} connections: one was closed{suppressed}"
        );
        runtime.log(LogLevel::Warning, message);
    }

    /// Lets go of connections that are over.
    fn sweep(&mut self) {
        let now = self.host.now();
        let board = &self.board;
        self.connections.retain(|connection| {
            let over = connection.is_over(now, P::IDLE);
            if over {
                board.connections.lock().remove(&connection.id);
            }
            !over
        });
    }
}
