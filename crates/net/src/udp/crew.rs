//! The threads that help a socket's own thread when it does not keep up.
//!
//! They exist only once they were needed, and sleep until they are needed again: at moderate load a single thread is ever
//! woken.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::config::UdpConfig;
use super::port::UdpPort;
use crate::received::Handler;

/// The threads of all UDP sockets: one leader each, and helpers that they share.
pub(crate) struct Crew {
    ports: Vec<Arc<UdpPort>>,
    pub(super) handler: Arc<dyn Handler>,
    /// Threads that may read one port, its own included.
    readers_max: usize,
    pub(super) help_after: Duration,
    pub(super) receive_wait_max: Duration,
    pub(super) rest_after: Duration,
    state: Mutex<State>,
    called: Condvar,
    /// Until when what has arrived is read, once the crew is to stop.
    stop_by: OnceLock<Instant>,
}

#[derive(Default)]
struct State {
    /// Ports that wait for a helper.
    calls: VecDeque<Arc<UdpPort>>,
    /// Helpers without work.
    idle: usize,
    /// Helpers altogether, one less than `readers_max` at most.
    helpers: usize,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    pub(crate) fn new(
        ports: Vec<Arc<UdpPort>>,
        handler: Arc<dyn Handler>,
        config: &UdpConfig,
    ) -> Arc<Crew> {
        Arc::new(Crew {
            ports,
            handler,
            readers_max: config.readers_max.max(1),
            help_after: config.help_after,
            receive_wait_max: config.receive_wait_max,
            rest_after: config.rest_after,
            state: Mutex::default(),
            called: Condvar::new(),
            stop_by: OnceLock::new(),
        })
    }

    /// Starts one thread per port.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub(crate) fn start(self: &Arc<Self>) -> io::Result<()> {
        for (number, port) in self.ports.iter().enumerate() {
            let (crew, port) = (Arc::clone(self), Arc::clone(port));
            let thread = thread::Builder::new()
                .name(format!("udp-{number}"))
                .spawn(move || port.lead(&crew))?;
            self.state().threads.push(thread);
        }
        Ok(())
    }

    /// Sends a helper to this port, unless it has all it may have.
    pub(super) fn call(self: &Arc<Self>, port: &Arc<UdpPort>) {
        if port.helpers.load(Ordering::Relaxed) + 1 >= self.readers_max {
            return;
        }
        port.helpers.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        state.calls.push_back(Arc::clone(port));
        if state.idle < state.calls.len() && state.helpers + 1 < self.readers_max {
            let crew = Arc::clone(self);
            let helper = thread::Builder::new()
                .name("udp-help".into())
                .spawn(move || crew.helper());
            match helper {
                Ok(helper) => {
                    state.helpers += 1;
                    state.threads.push(helper);
                }
                // The system refuses a thread: the leader goes on alone, a helper that gets idle takes the call.
                Err(_) => port.note_error(),
            }
        }
        drop(state);
        self.called.notify_one();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop_by.get().is_some()
    }

    /// Until when datagrams that have arrived are still read; `None` while the crew works on.
    pub(super) fn stop_by(&self) -> Option<Instant> {
        self.stop_by.get().copied()
    }

    /// Has what has arrived read and handed over, for as long as until `deadline`, then ends all threads and waits for them.
    pub(crate) fn stop(&self, deadline: Instant) {
        let _ = self.stop_by.set(deadline);
        for port in &self.ports {
            // Wakes the thread that waits for datagrams. An error says only that the socket is not connected.
            let _ = port.socket.shutdown(std::net::Shutdown::Read);
        }
        let threads = {
            let mut state = self.state();
            self.called.notify_all();
            std::mem::take(&mut state.threads)
        };
        for thread in threads {
            // Panics of the handler are caught where they happen.
            let _ = thread.join();
        }
    }

    fn helper(self: Arc<Self>) {
        let mut batch = None;
        let mut is_at_rest = false;
        let mut state = self.state();
        while !self.is_stopping() {
            if let Some(port) = state.calls.pop_front() {
                drop(state);
                is_at_rest = false;
                port.help(&mut batch, &self);
                port.helpers.fetch_sub(1, Ordering::Relaxed);
                state = self.state();
            } else {
                let limit = if is_at_rest {
                    Duration::MAX
                } else {
                    self.rest_after
                };
                state.idle += 1;
                let (mut waited, outcome) = self
                    .called
                    .wait_timeout(state, limit)
                    .unwrap_or_else(PoisonError::into_inner);
                waited.idle -= 1;
                state = waited;
                if outcome.timed_out() && state.calls.is_empty() {
                    drop(state);
                    is_at_rest = true;
                    self.handler.at_rest();
                    state = self.state();
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
