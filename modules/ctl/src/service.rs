//! The thread that serves the sockets and their connections.

use crate::answer::Commands;
use crate::binrpc::{self, Corrupt};
use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::files::Access;
use crate::listener::{Accepting, Listener};
use module_api::{Fault, Runtime};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The most connections at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 64;
/// The size of the buffer for what is read, in bytes: at least a whole datagram.
const BUFFER: usize = 65_536;
/// How often silent connections are looked for while there are any, in milliseconds.
const SWEEP_MS: u16 = 1000;

/// What the commands `ctl.*` tell.
#[derive(Default)]
pub struct Board {
    /// The open sockets.
    pub endpoints: Mutex<Vec<Endpoint>>,
    /// The open connections by number: the socket of each, and the place of its peer.
    pub connections: Mutex<BTreeMap<u64, (Endpoint, (String, String))>>,
}

/// The running thread.
pub struct Service {
    /// Closing it ends the thread.
    wake: UnixStream,
    thread: JoinHandle<()>,
}

impl Service {
    /// Opens all sockets and starts to serve them.
    pub fn start(
        endpoints: &[Endpoint],
        access: &Access,
        board: &Arc<Board>,
        runtime: &Arc<Runtime>,
    ) -> io::Result<Service> {
        let mut listeners = Vec::new();
        for endpoint in endpoints {
            let opened = Listener::open(endpoint, access);
            listeners.push(opened.map_err(|error| {
                let (place, port) = endpoint.place();
                let protocol = endpoint.protocol();
                io::Error::new(error.kind(), format!("{protocol}:{place} {port}: {error}"))
            })?);
        }
        *board.endpoints.lock() = endpoints.to_vec();
        let (wake, woken) = UnixStream::pair()?;
        let loop_ = Loop {
            woken,
            listeners,
            connections: Vec::new(),
            accepted: 0,
            accepting: Accepting::Open,
            commands: Commands::new(runtime.clone()),
            board: board.clone(),
            buffer: vec![0; BUFFER].into(),
        };
        let thread = std::thread::Builder::new()
            .name("kahea-ctl".to_owned())
            .spawn(move || loop_.run())?;
        Ok(Service { wake, thread })
    }

    /// Ends the thread and waits for its end; a command that is being carried out is finished first.
    pub fn stop(self) {
        drop(self.wake);
        if self.thread.thread().id() != std::thread::current().id() {
            let _ = self.thread.join();
        }
    }
}

struct Loop {
    woken: UnixStream,
    listeners: Vec<Listener>,
    connections: Vec<Connection>,
    accepted: u64,
    accepting: Accepting,
    commands: Commands,
    board: Arc<Board>,
    buffer: Box<[u8]>,
}

impl Loop {
    fn run(mut self) {
        loop {
            let ready = match self.wait() {
                Ok(ready) => ready,
                Err(Errno::EINTR) => continue,
                Err(_) => break,
            };
            let (control, rest) = ready.split_at(1);
            if control == [true] {
                break;
            }
            let (listeners, connections) = rest.split_at(self.listeners.len());
            self.accepting = Accepting::Open;
            self.advance(connections);
            for (index, _) in listeners.iter().enumerate().filter(|(_, ready)| **ready) {
                self.serve(index);
            }
            self.sweep();
        }
        self.board.connections.lock().clear();
        self.board.endpoints.lock().clear();
    }

    /// Waits until something is ready: the control stream, the listeners and the connections in this order.
    fn wait(&self) -> Result<Vec<bool>, Errno> {
        let mut waited = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        for listener in &self.listeners {
            waited.push(PollFd::new(
                listener.descriptor(),
                listener.interest(self.accepting),
            ));
        }
        for connection in &self.connections {
            waited.push(PollFd::new(connection.descriptor(), connection.interest()));
        }
        let idle = self.connections.is_empty() && self.accepting == Accepting::Open;
        let timeout = if idle {
            PollTimeout::NONE
        } else {
            PollTimeout::from(SWEEP_MS)
        };
        poll(&mut waited, timeout)?;
        let ready = waited.iter().map(|fd| fd.any().unwrap_or(true));
        Ok(ready.collect())
    }

    fn advance(&mut self, ready: &[bool]) {
        let now = self.commands.runtime().host.now();
        for (connection, ready) in self.connections.iter_mut().zip(ready) {
            if *ready {
                connection.advance(&self.commands, &mut self.buffer, now);
            }
        }
    }

    /// Accepts a connection, or answers a datagram.
    fn serve(&mut self, index: usize) {
        let Some(listener) = self.listeners.get(index) else {
            return;
        };
        match listener.accept() {
            Ok(Some((socket, peer))) => {
                let now = self.commands.runtime().host.now();
                self.accepted += 1;
                let shown = (listener.endpoint.clone(), peer);
                self.board.connections.lock().insert(self.accepted, shown);
                self.connections
                    .push(Connection::new(self.accepted, socket, now));
            }
            Ok(None) => {
                let commands = &self.commands;
                listener.serve(&mut self.buffer, |datagram| respond(commands, datagram));
            }
            Err(_) => self.accepting = Accepting::Paused,
        }
    }

    /// Lets go of connections that are over.
    fn sweep(&mut self) {
        let now = self.commands.runtime().host.now();
        let board = &self.board;
        self.connections.retain(|connection| {
            let over = connection.is_over(now);
            if over {
                board.connections.lock().remove(&connection.id);
            }
            !over
        });
        if self.connections.len() >= CONNECTIONS_MAX {
            self.accepting = Accepting::Paused;
        }
    }
}

/// The answer to a datagram.
fn respond(commands: &Commands, datagram: &[u8]) -> Vec<u8> {
    match binrpc::parse(datagram) {
        Ok(Some((request, _))) => commands.answer(&request),
        Ok(None) | Err(Corrupt) => {
            binrpc::fault(&[], &Fault::new(400, "bad request: corrupted packet"))
        }
    }
}
