//! Files, read and written off the lanes when they are large.

use futures_channel::oneshot;
use module_api::{Answered, Host, Text};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most octets of a file that are read or written at once, in the lane.
const IN_PLACE_MAX: u64 = 64 * 1024;
/// The most octets of a file that a script reads or writes.
const SIZE_MAX: u64 = 16 * 1024 * 1024;
/// How many large files may be read or written at a time.
const RUNNING_MAX: usize = 16;

/// The large files that are being read or written.
#[derive(Default)]
pub struct Files(Arc<AtomicUsize>);

impl Files {
    /// The content of the file at `path`.
    pub fn read(&self, host: &dyn Host, path: Text) -> Answered<io::Result<Text>> {
        let opened = open(&path);
        match opened {
            Ok((file, size)) if size > IN_PLACE_MAX => {
                self.elsewhere(host, move || read_all(file).map(Text::from))
            }
            Ok((file, _)) => Answered::Now(read_all(file).map(Text::from)),
            Err(error) => Answered::Now(Err(error)),
        }
    }

    /// Puts `content` in the place of what the file at `path` holds.
    pub fn write(&self, host: &dyn Host, path: Text, content: Text) -> Answered<io::Result<()>> {
        let size = content.len() as u64;
        if size > SIZE_MAX {
            return Answered::Now(Err(too_large()));
        }
        let write = move || create(&path)?.write_all(&content);
        match size > IN_PLACE_MAX {
            true => self.elsewhere(host, write),
            false => Answered::Now(write()),
        }
    }

    fn elsewhere<T: Send + 'static>(
        &self,
        host: &dyn Host,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Answered<io::Result<T>> {
        let busy = || io::Error::other("too many large files are being read or written");
        let running = Running(self.0.clone());
        if running.0.fetch_add(1, Ordering::Relaxed) >= RUNNING_MAX {
            return Answered::Now(Err(busy()));
        }
        let (sender, receiver) = oneshot::channel();
        let has_begun = host.run_blocking(Box::new(move || {
            let result = work();
            drop(running);
            // The run that asked may have ended.
            let _ = sender.send(result);
        }));
        match has_begun {
            true => Answered::Later(Box::pin(async move {
                receiver.await.unwrap_or_else(|_| Err(busy()))
            })),
            false => Answered::Now(Err(busy())),
        }
    }
}

/// One of them, while it runs.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "more than 16 MiB")
}

/// Opens a file for reading; its size.
fn open(path: &[u8]) -> io::Result<(File, u64)> {
    // Otherwise opening a pipe waits for who writes to it.
    let file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(OsStr::from_bytes(path))?;
    let facts = file.metadata()?;
    // A pipe or a device may never answer.
    if !facts.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    if facts.len() > SIZE_MAX {
        return Err(too_large());
    }
    Ok((file, facts.len()))
}

/// Opens a file for writing and empties it. A pipe takes what it has room for, and nothing where nobody reads.
fn create(path: &[u8]) -> io::Result<File> {
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(OsStr::from_bytes(path))
}

fn read_all(file: File) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    // It may have grown since.
    file.take(SIZE_MAX).read_to_end(&mut content)?;
    Ok(content)
}

/// The text of a file of up to 16 MiB, where nothing else runs: while modules come to life.
///
/// # Errors
/// Why it cannot be read.
pub fn read_whole(path: &str) -> Result<String, String> {
    let content = open(path.as_bytes()).and_then(|(file, _)| read_all(file));
    let content = content.map_err(|error| error.to_string())?;
    String::from_utf8(content).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::{Command, id};

    #[test]
    fn a_pipe_is_neither_waited_for_nor_read() {
        let path = std::env::temp_dir().join(format!("kahea-corex-{}", id()));
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let text = path.to_str().unwrap();
        let read = open(text.as_bytes()).map(|(_, size)| size);
        let written = create(text.as_bytes()).map(drop);
        let whole = read_whole(text);
        fs::remove_file(&path).unwrap();
        assert_eq!(read.unwrap_err().to_string(), "not a file");
        // Nobody reads it.
        assert_eq!(written.unwrap_err().raw_os_error(), Some(libc::ENXIO));
        assert_eq!(whole, Err("not a file".to_owned()));
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let path = std::env::temp_dir().join(format!("kahea-corex-file-{}", id()));
        let text = path.to_str().unwrap();
        for content in ["longer than the next", "short"] {
            let mut file = create(text.as_bytes()).unwrap();
            file.write_all(content.as_bytes()).unwrap();
            assert_eq!(read_whole(text).as_deref(), Ok(content));
        }
        fs::remove_file(&path).unwrap();
    }
}
