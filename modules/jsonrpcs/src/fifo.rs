//! The FIFO that commands are written to, and those that answers are written to.

use crate::spoken::JsonRpc;
use mod_ctl::files::Access;
use mod_ctl::protocol::{Protocol, Source};
use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the reader of an answer may take over it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is looked whether an answer is read.
const ATTEMPTS: u32 = 50;
/// The time between two looks, in milliseconds.
const ATTEMPT_MS: u8 = 10;

/// Where the FIFO is, and who may use it.
pub struct FifoPlace {
    /// Its file.
    pub path: PathBuf,
    /// The folder of the FIFOs for answers.
    pub answers: PathBuf,
    /// Who may use it.
    pub access: Access,
}

/// The open FIFO. Its file goes with it.
pub struct Fifo {
    path: PathBuf,
    answers: PathBuf,
    file: File,
    input: Vec<u8>,
}

fn is_fifo(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

impl Fifo {
    /// Makes and opens the FIFO.
    pub fn open(place: &FifoPlace) -> io::Result<Fifo> {
        if let Some(folder) = place.path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        if is_fifo(&place.path) {
            std::fs::remove_file(&place.path)?;
        }
        mkfifo(&place.path, Mode::from_bits_truncate(0o600))?;
        place.access.apply(&place.path)?;
        // Open for writing too, so that it does not end when a client closes it.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_NOFOLLOW)
            .open(&place.path)?;
        Ok(Fifo {
            path: place.path.clone(),
            answers: place.answers.clone(),
            file,
            input: Vec::new(),
        })
    }

    /// Writes an answer to the FIFO that the request named: a file name in the folder for answers.
    fn answer(&self, name: &str, body: &[u8]) -> io::Result<()> {
        if name.is_empty() || name.contains('/') || name == ".." {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        let path = self.answers.join(name);
        if !is_fifo(&path) {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        let mut file = open_when_read(&path)?;
        let mut rest = body;
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(length) => rest = rest.get(length..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait(&file)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Source<JsonRpc> for Fifo {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    fn read(&mut self, protocol: &JsonRpc, buffer: &mut [u8]) -> Vec<Value> {
        loop {
            match self.file.read(buffer) {
                Ok(length) if length > 0 => {
                    let read = buffer.get(..length).unwrap_or_default();
                    self.input.extend_from_slice(read);
                }
                Ok(_) | Err(_) => break,
            }
            if self.input.len() > JsonRpc::REQUEST_MAX {
                break;
            }
        }
        let documents = protocol.take(&mut self.input);
        if self.input.len() > JsonRpc::REQUEST_MAX {
            self.input.clear();
        }
        documents
    }

    fn reply(&mut self, request: &Value, answer: &[u8]) -> io::Result<()> {
        match request.get("reply_name").and_then(Value::as_str) {
            Some(name) => self.answer(name, answer),
            None => Ok(()),
        }
    }
}

/// Opens a FIFO for an answer as soon as somebody reads it: `kamctl` writes its request first.
fn open_when_read(path: &Path) -> io::Result<File> {
    let mut attempts = 0;
    loop {
        let opened = OpenOptions::new()
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_NOFOLLOW)
            .open(path);
        match opened {
            Err(error) if error.raw_os_error() == Some(Errno::ENXIO as i32) => {
                attempts += 1;
                if attempts > ATTEMPTS {
                    return Err(error);
                }
                // Interrupted is as good as waited.
                let _ = nix::poll::poll(&mut [], ATTEMPT_MS);
            }
            opened => return opened,
        }
    }
}

fn wait(file: &File) -> io::Result<()> {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let mut waited = [PollFd::new(file.as_fd(), PollFlags::POLLOUT)];
    let patience = PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::ZERO);
    match poll(&mut waited, patience) {
        Ok(0) => Err(io::Error::from(io::ErrorKind::TimedOut)),
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl Drop for Fifo {
    fn drop(&mut self) {
        if is_fifo(&self.path) {
            // Gone already is as good.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
