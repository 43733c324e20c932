//! Signals, as events.

use nix::sys::signal::{SigSet, Signal};
use std::io;

/// The signals a server listens to: blocked in all its threads, and taken by [`Signals::wait`].
///
/// SIGPIPE is ignored by Rust's runtime, and SIGCHLD belongs to whoever starts a process.
pub struct Signals(SigSet);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// SIGTERM, SIGINT: stop in order.
    Stop(Signal),
    /// SIGUSR1: show statistics.
    Report,
    /// SIGHUP, SIGUSR2: nothing; upstream outlives them too.
    Nothing,
}

impl Signals {
    /// Blocks the signals. Must be called before any thread exists, so that all threads inherit it.
    pub fn block() -> io::Result<Signals> {
        let set: SigSet = [
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
            Signal::SIGUSR1,
            Signal::SIGUSR2,
        ]
        .into_iter()
        .collect();
        set.thread_block()?;
        Ok(Signals(set))
    }

    /// Waits for the next signal.
    pub fn wait(&self) -> Request {
        match self.0.wait() {
            Ok(signal @ (Signal::SIGTERM | Signal::SIGINT)) => Request::Stop(signal),
            Ok(Signal::SIGUSR1) => Request::Report,
            _ => Request::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::raise;

    #[test]
    fn each_signal_is_one_request() {
        let signals = Signals::block().unwrap();
        for (signal, request) in [
            (Signal::SIGTERM, Request::Stop(Signal::SIGTERM)),
            (Signal::SIGINT, Request::Stop(Signal::SIGINT)),
            (Signal::SIGUSR1, Request::Report),
            (Signal::SIGHUP, Request::Nothing),
            (Signal::SIGUSR2, Request::Nothing),
        ] {
            raise(signal).unwrap();
            assert_eq!(signals.wait(), request, "{signal}");
        }
    }
}
