//! The octets under a connection.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// What a connection reads from and writes to. TCP is one; TLS and WebSocket put their own layer over it and offer the same
/// operations.
pub(crate) enum TransportStream {
    Tcp(TcpStream),
}

impl TransportStream {
    /// Reads without waiting what is there, and returns it. Nothing means that the peer will send no more.
    ///
    /// After less than the whole room was filled the stream counts as empty: the next [`poll_readable`](Self::poll_readable)
    /// waits for news instead of costing a read that finds nothing.
    pub(crate) fn try_read<'a>(&self, room: &'a mut [MaybeUninit<u8>]) -> io::Result<&'a [u8]> {
        let count = match self {
            TransportStream::Tcp(stream) => read_tcp(stream, room)?,
        };
        let read = room.get(..count).unwrap_or_default();
        // SAFETY: the first `count` octets have been initialized by reading into them.
        Ok(unsafe { &*(&raw const *read as *const [u8]) })
    }

    /// What has gone wrong and nobody was told of.
    pub(crate) fn take_error(&self) -> io::Result<Option<io::Error>> {
        match self {
            TransportStream::Tcp(stream) => stream.take_error(),
        }
    }

    /// Writes without waiting as much as there is room for.
    pub(crate) fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        match self {
            // Not through the readiness that the runtime remembers: a thread outside of it may know better.
            TransportStream::Tcp(stream) => SockRef::from(stream)
                .send_with_flags(octets, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL),
        }
    }

    /// As [`try_write`](Self::try_write), of several pieces that follow each other.
    pub(crate) fn try_write_all(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        if let [octets] = pieces {
            return self.try_write(octets);
        }
        match self {
            TransportStream::Tcp(stream) => SockRef::from(stream)
                .send_vectored_with_flags(pieces, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL),
        }
    }

    /// As [`try_write_all`](Self::try_write_all); if there is no room, the next [`writable`](Self::writable) waits for some.
    pub(crate) fn try_write_all_again(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            TransportStream::Tcp(stream) => {
                stream.try_io(Interest::WRITABLE, || self.try_write_all(pieces))
            }
        }
    }

    /// Waits for something to read, or the end.
    pub(crate) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            TransportStream::Tcp(stream) => stream.poll_read_ready(context),
        }
    }

    /// Waits until connecting has succeeded or failed.
    pub(crate) fn poll_connected(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            TransportStream::Tcp(stream) => stream.poll_write_ready(context).map(|ready| {
                ready?;
                match stream.take_error()? {
                    Some(error) => Err(error),
                    None => stream.peer_addr().map(|_| ()),
                }
            }),
        }
    }

    /// Waits for room to write.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            TransportStream::Tcp(stream) => stream.writable().await,
        }
    }

    /// Waits for something to read, or the end.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            TransportStream::Tcp(stream) => stream.readable().await,
        }
    }

    /// Sends FIN after what was written.
    pub(crate) fn finish_writing(&self) {
        match self {
            // An error says that the connection is gone already.
            TransportStream::Tcp(stream) => drop(SockRef::from(stream).shutdown(Shutdown::Write)),
        }
    }

    /// Makes closing send RST and forget what is unsent.
    pub(crate) fn reset_on_close(&self) {
        match self {
            TransportStream::Tcp(stream) => {
                drop(SockRef::from(stream).set_linger(Some(Duration::ZERO)))
            }
        }
    }

    pub(crate) fn local_address(&self) -> io::Result<SocketAddr> {
        match self {
            TransportStream::Tcp(stream) => stream.local_addr(),
        }
    }

    /// The TCP socket underneath, for its options.
    pub(crate) fn socket(&self) -> SockRef<'_> {
        match self {
            TransportStream::Tcp(stream) => SockRef::from(stream),
        }
    }
}

/// Reads within the runtime's book-keeping, which is told that a short read has emptied the stream.
fn read_tcp(stream: &TcpStream, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let capacity = room.len();
    let mut count = None;
    let result = stream.try_io(Interest::READABLE, || {
        let read = SockRef::from(stream).recv(room)?;
        count = Some(read);
        match read > 0 && read < capacity {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(()),
        }
    });
    match (count, result) {
        (Some(count), _) => Ok(count),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(io::ErrorKind::WouldBlock.into()),
    }
}
