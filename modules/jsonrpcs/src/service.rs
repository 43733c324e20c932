//! The thread that serves FIFO and sockets.

use crate::document;
use crate::fifo::{Fifo, take_documents};
use crate::params::Places;
use crate::writer::Style;
use mod_ctl::listener::{Accepting, Listener};
use module_api::Runtime;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::Value;
use socket2::Socket;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The most connections at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 64;
/// The size of the buffer for what is read, in bytes: at least a whole datagram.
const BUFFER: usize = 65_536;
/// The longest request over a stream.
const REQUEST_MAX: usize = 65_536;
/// How often silent connections are looked for while there are any, in milliseconds.
const SWEEP_MS: u16 = 1000;
/// How long a connection may be silent.
const IDLE: Duration = Duration::from_secs(60);

/// The running thread.
pub struct Service {
    /// Closing it ends the thread.
    wake: UnixStream,
    thread: JoinHandle<()>,
}

impl Service {
    /// Opens everything and starts to serve it.
    pub fn start(places: &Places, style: Style, runtime: &Arc<Runtime>) -> io::Result<Service> {
        let fifo = places.fifo.as_ref().map(Fifo::open).transpose()?;
        let mut listeners = Vec::new();
        for (endpoint, access) in &places.sockets {
            listeners.push(Listener::open(endpoint, access)?);
        }
        let (wake, woken) = UnixStream::pair()?;
        let served = Loop {
            woken,
            fifo,
            listeners,
            connections: Vec::new(),
            accepting: Accepting::Open,
            style,
            runtime: runtime.clone(),
            buffer: vec![0; BUFFER].into(),
        };
        let thread = std::thread::Builder::new()
            .name("kahea-jsonrpc".to_owned())
            .spawn(move || served.run())?;
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

struct Connection {
    socket: Socket,
    input: Vec<u8>,
    output: Vec<u8>,
    active: Instant,
    is_over: bool,
}

struct Loop {
    woken: UnixStream,
    fifo: Option<Fifo>,
    listeners: Vec<Listener>,
    connections: Vec<Connection>,
    accepting: Accepting,
    style: Style,
    runtime: Arc<Runtime>,
    buffer: Box<[u8]>,
}

impl Loop {
    fn run(mut self) {
        loop {
            let ready = match self.wait() {
                Ok(ready) => ready,
                Err(Errno::EINTR) => continue,
                Err(_) => return,
            };
            self.accepting = Accepting::Open;
            let mut ready = ready.into_iter();
            if ready.next() == Some(true) {
                return;
            }
            if self.fifo.is_some() && ready.next() == Some(true) {
                self.serve_fifo();
            }
            let at_listeners: Vec<bool> = ready.by_ref().take(self.listeners.len()).collect();
            let now = self.runtime.host.now();
            for (connection, is_ready) in self.connections.iter_mut().zip(ready) {
                if is_ready {
                    connection.advance(&self.runtime, self.style, &mut self.buffer, now);
                }
            }
            for (index, _) in at_listeners.iter().enumerate().filter(|(_, ready)| **ready) {
                self.serve(index, now);
            }
            self.connections.retain(|connection| {
                !connection.is_over && now.saturating_duration_since(connection.active) < IDLE
            });
            if self.connections.len() >= CONNECTIONS_MAX {
                self.accepting = Accepting::Paused;
            }
        }
    }

    /// Waits until something is ready: the control stream, the FIFO, the listeners and the connections in this order.
    fn wait(&self) -> Result<Vec<bool>, Errno> {
        let mut waited = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        if let Some(fifo) = &self.fifo {
            waited.push(PollFd::new(fifo.descriptor(), PollFlags::POLLIN));
        }
        for listener in &self.listeners {
            let interest = listener.interest(self.accepting);
            waited.push(PollFd::new(listener.descriptor(), interest));
        }
        for connection in &self.connections {
            let interest = match connection.output.is_empty() {
                true => PollFlags::POLLIN,
                false => PollFlags::POLLOUT,
            };
            waited.push(PollFd::new(connection.socket.as_fd(), interest));
        }
        let is_idle = self.connections.is_empty() && self.accepting == Accepting::Open;
        let timeout = match is_idle {
            true => PollTimeout::NONE,
            false => PollTimeout::from(SWEEP_MS),
        };
        poll(&mut waited, timeout)?;
        let ready = waited.iter().map(|fd| fd.any().unwrap_or(true));
        Ok(ready.collect())
    }

    fn serve_fifo(&mut self) {
        let Some(fifo) = &mut self.fifo else { return };
        for document in fifo.read(&mut self.buffer) {
            let answer = document::answer_request(&self.runtime, &document, self.style);
            if let Some(name) = document.get("reply_name").and_then(Value::as_str) {
                // Whoever asked may be gone.
                let _ = fifo.answer(name, &answer.body);
            }
        }
    }

    /// Accepts a connection, or answers a datagram.
    fn serve(&mut self, index: usize, now: Instant) {
        let Some(listener) = self.listeners.get(index) else {
            return;
        };
        match listener.accept() {
            Ok(Some((socket, _))) => self.connections.push(Connection {
                socket,
                input: Vec::new(),
                output: Vec::new(),
                active: now,
                is_over: false,
            }),
            Ok(None) => {
                let (runtime, style) = (&self.runtime, self.style);
                listener.serve(&mut self.buffer, |datagram| {
                    document::answer(runtime, datagram, style).body
                });
            }
            // Out of descriptors, most likely: the next sweep tries again.
            Err(_) => self.accepting = Accepting::Paused,
        }
    }
}

impl Connection {
    fn advance(&mut self, runtime: &Arc<Runtime>, style: Style, buffer: &mut [u8], now: Instant) {
        self.active = now;
        if self.output.is_empty() {
            match self.socket.read(buffer) {
                Ok(0) => self.is_over = true,
                Ok(length) => {
                    self.input
                        .extend_from_slice(buffer.get(..length).unwrap_or_default());
                    for document in take_documents(&mut self.input) {
                        let answer = document::answer_request(runtime, &document, style);
                        self.output.extend(answer.body);
                    }
                    self.is_over = self.input.len() > REQUEST_MAX;
                }
                Err(error) => self.is_over = !is_temporary(&error),
            }
        }
        while !self.output.is_empty() {
            match self.socket.write(&self.output) {
                Ok(length) => drop(self.output.drain(..length)),
                Err(error) if is_temporary(&error) => return,
                Err(_) => {
                    self.is_over = true;
                    return;
                }
            }
        }
    }
}

fn is_temporary(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), Interrupted | WouldBlock)
}
