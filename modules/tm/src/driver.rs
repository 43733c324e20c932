//! Named pipes and Unix sockets, written to without waiting in the lane.

use module_api::{Answered, Host, Text};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before what has had no room is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// Where something is written to.
#[derive(Clone, Debug)]
pub enum Place {
    /// The named pipe at that path; somebody has to read from it.
    Pipe(Text),
    /// The Unix socket for datagrams at that path.
    Socket(Text),
}

/// Writes `bytes` to `place`. When there is no room, it is tried again for as long as `patience`.
pub fn write(
    host: &Arc<dyn Host>,
    place: Place,
    bytes: Vec<u8>,
    patience: Duration,
) -> Answered<io::Result<()>> {
    let mut writing = Writing {
        place,
        bytes,
        written: 0,
        pipe: None,
    };
    match writing.go() {
        Ok(true) => return Answered::Now(Ok(())),
        Ok(false) => {}
        Err(error) => return Answered::Now(Err(error)),
    }
    let host = host.clone();
    Answered::Later(Box::pin(async move {
        let end = host.now() + patience;
        while host.now() < end {
            host.sleep(PAUSE).await;
            if writing.go()? {
                return Ok(());
            }
        }
        Err(ErrorKind::TimedOut.into())
    }))
}

/// Something that is being written.
struct Writing {
    place: Place,
    bytes: Vec<u8>,
    /// How much of it a pipe has taken.
    written: usize,
    pipe: Option<File>,
}

impl Writing {
    /// Writes as much as there is room for; whether that was all.
    fn go(&mut self) -> io::Result<bool> {
        match &self.place {
            Place::Socket(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.set_nonblocking(true)?;
                when_there_is_room(socket.send_to(&self.bytes, at(path)))
                    .map(|written| written.is_some())
            }
            Place::Pipe(path) => {
                let pipe = match &mut self.pipe {
                    Some(pipe) => pipe,
                    none => none.insert(open(path)?),
                };
                while let Some(rest) = self.bytes.get(self.written..)
                    && !rest.is_empty()
                {
                    match when_there_is_room(pipe.write(rest))? {
                        None => return Ok(false),
                        Some(written) => self.written += written,
                    }
                }
                Ok(true)
            }
        }
    }
}

fn at(path: &Text) -> &Path {
    Path::new(OsStr::from_bytes(path))
}

/// Opens a pipe that somebody reads from.
fn open(path: &Text) -> io::Result<File> {
    // Otherwise opening waits for who reads from it.
    let pipe = File::options()
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(at(path))?;
    match pipe.metadata()?.file_type().is_fifo() {
        true => Ok(pipe),
        false => Err(io::Error::new(ErrorKind::InvalidInput, "not a named pipe")),
    }
}

fn when_there_is_room(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(written) => Ok(Some(written)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_arrives_whole_and_what_has_no_room_is_not_waited_for() {
        let name = format!("kahea-tm-{}.sock", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        let place = Place::Socket(Text::from(path.as_os_str().as_bytes()));
        let mut writing = Writing {
            place,
            bytes: b"0.3\n".to_vec(),
            written: 0,
            pipe: None,
        };
        assert!(writing.go().unwrap());
        let mut room = [0; 16];
        let length = socket.recv(&mut room).unwrap();
        assert_eq!(room.get(..length), Some(&b"0.3\n"[..]));
        let is_refused = (0..100_000).any(|_| !writing.go().unwrap());
        assert!(is_refused);
        std::fs::remove_file(&path).unwrap();
        assert!(writing.go().is_err());
    }
}
