//! Commands of the system, run on threads of their own.

use futures_channel::oneshot;
use module_api::Host;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many commands may run at a time.
const RUNNING_MAX: usize = 64;

/// The commands that are running.
#[derive(Clone, Default)]
pub struct Commands(Arc<AtomicUsize>);

/// One of them, while it runs.
struct Running(Commands);

impl Commands {
    fn one_more(&self) -> Option<Running> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        let running = Running(self.clone());
        (before < RUNNING_MAX).then_some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs a command with the shell; what comes says why it could not be run, if so. None when too many are running.
pub fn run(
    commands: &Commands,
    host: &dyn Host,
    command: &[u8],
) -> Option<oneshot::Receiver<Option<String>>> {
    let running = commands.one_more()?;
    let (sender, receiver) = oneshot::channel();
    let command = OsStr::from_bytes(command).to_owned();
    let work = move || {
        let ended = Command::new("/bin/sh")
            .arg("-c")
            .arg(command)
            .stdin(Stdio::null())
            .status();
        drop(running);
        // The run that asked may have ended.
        let _ = sender.send(ended.err().map(|error| error.to_string()));
    };
    host.run_blocking(Box::new(work)).then_some(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_commands_than_the_limit_are_refused_until_one_ends() {
        let commands = Commands::default();
        let mut running: Vec<_> = (0..RUNNING_MAX).map(|_| commands.one_more()).collect();
        assert!(running.iter().all(Option::is_some));
        assert!(commands.one_more().is_none());
        running.pop();
        assert!(commands.one_more().is_some());
    }
}
