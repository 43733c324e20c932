//! Datagrams in batches, and a wait with the resolution of a nanosecond.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::null;
use std::time::Duration;

/// Datagrams per system call.
pub const BATCH: usize = 64;
/// Longest datagram; SIP over UDP stays well below.
const SIZE: usize = 4096;
/// Socket buffers large enough that the client never loses what the server sent.
const SOCKET_BUFFER: libc::c_int = 8 << 20;

/// A non-blocking IPv4 socket with large buffers.
///
/// # Errors
/// When the address cannot be bound.
pub fn bind(address: SocketAddrV4) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    let size = SOCKET_BUFFER;
    for option in [
        libc::SO_RCVBUFFORCE,
        libc::SO_SNDBUFFORCE,
        libc::SO_RCVBUF,
        libc::SO_SNDBUF,
    ] {
        // The forced variants need a privilege; the others then do what they may.
        // SAFETY: the value outlives the call and its size is given.
        unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                option,
                (&raw const size).cast(),
                size_of::<libc::c_int>() as libc::socklen_t,
            );
        }
    }
    Ok(socket)
}

/// The IPv4 address a socket is bound to.
///
/// # Errors
/// When the socket is not an IPv4 one.
pub fn local_address(socket: &UdpSocket) -> io::Result<SocketAddrV4> {
    match socket.local_addr()? {
        std::net::SocketAddr::V4(address) => Ok(address),
        std::net::SocketAddr::V6(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Waits until one of the sockets is readable, or `timeout` is over.
pub fn wait_readable<S: AsRawFd>(sockets: &[&S], timeout: Duration) {
    let mut polled: Vec<libc::pollfd> = sockets
        .iter()
        .map(|socket| libc::pollfd {
            fd: socket.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        })
        .collect();
    let limit = libc::timespec {
        tv_sec: timeout.as_secs() as libc::time_t,
        tv_nsec: libc::c_long::from(timeout.subsec_nanos()),
    };
    // SAFETY: the array and the limit outlive the call; the array's length is given.
    unsafe {
        libc::ppoll(
            polled.as_mut_ptr(),
            polled.len() as libc::nfds_t,
            &raw const limit,
            null(),
        );
    }
}

/// Lets the calling thread's waits end when they should, not up to 50 µs later.
pub fn tighten_timers() {
    // SAFETY: takes no pointers.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, 1_u64, 0_u64, 0_u64, 0_u64);
    }
}

/// Room for one batch of datagrams, to receive into or to send from.
pub struct Batch {
    buffers: Vec<[u8; SIZE]>,
    lengths: [usize; BATCH],
    peers: [libc::sockaddr_in; BATCH],
    count: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            buffers: vec![[0; SIZE]; BATCH],
            lengths: [0; BATCH],
            peers: [to_c(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)); BATCH],
            count: 0,
        }
    }
}

impl Batch {
    /// Whether no further datagram fits.
    pub fn is_full(&self) -> bool {
        self.count == BATCH
    }

    /// Adds a datagram to `peer`, written by `write` into the buffer it is given; `write` returns the length.
    pub fn push(&mut self, peer: SocketAddrV4, write: impl FnOnce(&mut [u8]) -> usize) {
        if self.is_full() {
            return;
        }
        let length = write(&mut self.buffers[self.count]);
        self.lengths[self.count] = length.min(SIZE);
        self.peers[self.count] = to_c(peer);
        self.count += 1;
    }

    /// The datagrams of the batch with whom they came from.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], SocketAddrV4)> {
        (0..self.count).map(|i| (&self.buffers[i][..self.lengths[i]], from_c(&self.peers[i])))
    }

    /// Receives what is there, up to [`BATCH`] datagrams, and says how many.
    pub fn receive(&mut self, socket: &UdpSocket) -> usize {
        self.count = 0;
        self.with_headers(BATCH, |headers| {
            // SAFETY: the headers point into buffers of `self`, which outlive the call.
            unsafe {
                libc::recvmmsg(
                    socket.as_raw_fd(),
                    headers.as_mut_ptr(),
                    headers.len() as libc::c_uint,
                    libc::MSG_DONTWAIT,
                    std::ptr::null_mut(),
                )
            }
        })
    }

    /// Sends what was pushed and empties the batch. What the kernel has no room for is lost, as on a network.
    pub fn send(&mut self, socket: &UdpSocket) {
        if self.count > 0 {
            self.with_headers(self.count, |headers| {
                let mut sent = 0;
                while sent < headers.len() {
                    let rest = &mut headers[sent..];
                    // SAFETY: the headers point into buffers of `self`, which outlive the call.
                    let done = unsafe {
                        libc::sendmmsg(
                            socket.as_raw_fd(),
                            rest.as_mut_ptr(),
                            rest.len() as libc::c_uint,
                            0,
                        )
                    };
                    // One that cannot be sent must not hold up the others.
                    sent += usize::try_from(done).unwrap_or(0).max(1);
                }
                0
            });
        }
        self.count = 0;
    }

    /// Builds the kernel's view of `count` buffers, runs `call` on it, and takes over the lengths it received.
    fn with_headers(
        &mut self,
        count: usize,
        call: impl FnOnce(&mut [libc::mmsghdr]) -> libc::c_int,
    ) -> usize {
        // SAFETY: all-zero is a valid value of these plain C structures.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        // SAFETY: as above.
        let mut slices: [libc::iovec; BATCH] = unsafe { zeroed() };
        let receiving = self.count == 0;
        for i in 0..count {
            slices[i] = libc::iovec {
                iov_base: self.buffers[i].as_mut_ptr().cast(),
                iov_len: if receiving { SIZE } else { self.lengths[i] },
            };
            let header = &mut headers[i].msg_hdr;
            header.msg_name = (&raw mut self.peers[i]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
            header.msg_iov = &raw mut slices[i];
            header.msg_iovlen = 1;
        }
        let received = usize::try_from(call(&mut headers[..count])).unwrap_or(0);
        if receiving {
            self.count = received;
            for (length, header) in self.lengths.iter_mut().zip(&headers[..received]) {
                *length = header.msg_len as usize;
            }
        }
        received
    }
}

fn to_c(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(address.ip().octets()),
        },
        sin_zero: [0; 8],
    }
}

fn from_c(address: &libc::sockaddr_in) -> SocketAddrV4 {
    SocketAddrV4::new(
        Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes()),
        u16::from_be(address.sin_port),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_arrives_as_it_was_sent() {
        let any = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        let (from, to) = (bind(any).unwrap(), bind(any).unwrap());
        let peer = local_address(&to).unwrap();
        let mut batch = Batch::default();
        for number in 0..3_u8 {
            batch.push(peer, |buffer| {
                buffer[0] = number;
                1
            });
        }
        batch.send(&from);
        wait_readable(&[&to], Duration::from_secs(2));
        assert_eq!(batch.receive(&to), 3);
        let got: Vec<(Vec<u8>, SocketAddrV4)> =
            batch.iter().map(|(d, p)| (d.to_vec(), p)).collect();
        let sender = local_address(&from).unwrap();
        assert_eq!(
            got,
            [(vec![0], sender), (vec![1], sender), (vec![2], sender)]
        );
        assert_eq!(batch.receive(&to), 0);
    }
}
