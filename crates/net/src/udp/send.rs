//! Datagrams out, one or many per system call.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use smallvec::SmallVec;

use crate::os::{RawAddress, empty_address, write_address};

/// Datagrams sent by one call at most.
const BATCH: usize = 64;
/// As many need no allocation.
const INLINE: usize = 8;
/// Words of room for one `IP_PKTINFO`.
const CONTROL_WORDS: usize = 8;

/// One datagram to send.
#[derive(Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) octets: &'a [u8],
    pub(crate) peer: SocketAddr,
    /// The address of ours to send from, on a wildcard socket.
    pub(crate) source: Option<IpAddr>,
}

/// Sends one datagram and does not wait for room in the send buffer.
pub(crate) fn send_one(socket: &impl AsFd, datagram: &Outgoing<'_>) -> io::Result<()> {
    let mut result = Ok(());
    let failed = |_, error| result = Err(error);
    send_many(socket, std::slice::from_ref(datagram), |same| *same, failed);
    result
}

/// Sends messages in order, each as the datagram that `datagram` tells. Those that fail are reported by position, and the
/// others are sent.
pub(crate) fn send_many<M>(
    socket: &impl AsFd,
    messages: &[M],
    datagram: impl Fn(&M) -> Outgoing<'_>,
    mut failed: impl FnMut(usize, io::Error),
) {
    let mut first = 0;
    while let Some(rest) = messages.get(first..)
        && !rest.is_empty()
    {
        let chunk = rest.get(..BATCH).unwrap_or(rest);
        match send_some(socket, chunk, &datagram) {
            Ok(count) => first += count.max(1),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                failed(first, error);
                first += 1;
            }
        }
    }
}

/// One call of `sendmmsg(2)`: sends at least the first, or says why not.
fn send_some<M>(
    socket: &impl AsFd,
    messages: &[M],
    datagram: &impl Fn(&M) -> Outgoing<'_>,
) -> io::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    if let [single] = messages
        && let single = datagram(single)
        && single.source.is_none()
    {
        let mut name = empty_address();
        let length = write_address(single.peer, &mut name);
        // SAFETY: both pointers go with the lengths of what they point to, which the kernel only reads.
        let result = unsafe {
            libc::sendto(
                fd,
                single.octets.as_ptr().cast(),
                single.octets.len(),
                libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
                (&raw const name).cast(),
                length,
            )
        };
        return if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(1)
        };
    }
    // Filled where they stay: to collect would be to move all their room.
    let mut parts: SmallVec<[Part; INLINE]> = SmallVec::new();
    parts.extend(messages.iter().map(|message| Part::new(&datagram(message))));
    let mut headers: SmallVec<[libc::mmsghdr; INLINE]> = SmallVec::new();
    headers.extend(parts.iter_mut().map(Part::header));
    // SAFETY: the headers point into `parts` and at the octets borrowed by `messages`; all outlive the call, and the
    // kernel writes nothing but the headers' own `msg_len`.
    let result = unsafe {
        libc::sendmmsg(
            fd,
            headers.as_mut_ptr(),
            headers.len() as libc::c_uint,
            libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL,
        )
    };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// What a header points to. Must not move while the header is in use.
struct Part {
    name: RawAddress,
    name_length: libc::socklen_t,
    vector: libc::iovec,
    control: [u64; CONTROL_WORDS],
    control_length: usize,
}

impl Part {
    fn new(datagram: &Outgoing<'_>) -> Part {
        let mut part = Part {
            name: empty_address(),
            name_length: 0,
            vector: libc::iovec {
                iov_base: datagram.octets.as_ptr().cast_mut().cast(),
                iov_len: datagram.octets.len(),
            },
            control: [0; CONTROL_WORDS],
            control_length: 0,
        };
        part.name_length = write_address(datagram.peer, &mut part.name);
        match datagram.source {
            Some(IpAddr::V4(source)) => {
                let info = libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: libc::in_addr {
                        s_addr: u32::from(source).to_be(),
                    },
                    ipi_addr: libc::in_addr { s_addr: 0 },
                };
                part.set_control(libc::IPPROTO_IP, libc::IP_PKTINFO, info);
            }
            Some(IpAddr::V6(source)) => {
                let info = libc::in6_pktinfo {
                    ipi6_addr: libc::in6_addr {
                        s6_addr: source.octets(),
                    },
                    ipi6_ifindex: 0,
                };
                part.set_control(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
            }
            None => {}
        }
        part
    }

    /// Writes one control message: its header, then `info`.
    fn set_control<T: Copy>(&mut self, level: i32, kind: i32, info: T) {
        const {
            assert!(size_of::<libc::cmsghdr>() + size_of::<T>() <= CONTROL_WORDS * size_of::<u64>())
        };
        let size = size_of::<T>() as u32;
        // SAFETY: the control room is aligned for a `cmsghdr` and large enough for it with `info` behind, as asserted;
        // CMSG_LEN, CMSG_SPACE and CMSG_DATA only calculate.
        unsafe {
            let header = self.control.as_mut_ptr().cast::<libc::cmsghdr>();
            (*header).cmsg_len = libc::CMSG_LEN(size) as usize;
            (*header).cmsg_level = level;
            (*header).cmsg_type = kind;
            libc::CMSG_DATA(header).cast::<T>().write_unaligned(info);
            self.control_length = libc::CMSG_SPACE(size) as usize;
        }
    }

    fn header(&mut self) -> libc::mmsghdr {
        // SAFETY: `mmsghdr` consists of integers and pointers; all zeros is a value of it.
        let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
        header.msg_hdr.msg_name = (&raw mut self.name).cast();
        header.msg_hdr.msg_namelen = self.name_length;
        header.msg_hdr.msg_iov = &raw mut self.vector;
        header.msg_hdr.msg_iovlen = 1;
        if self.control_length > 0 {
            header.msg_hdr.msg_control = self.control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = self.control_length;
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn receiver() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    fn next(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
        let mut room = [0; 2048];
        let (length, peer) = socket.recv_from(&mut room).unwrap();
        (room[..length].to_vec(), peer)
    }

    #[test]
    fn many_datagrams_leave_in_order() {
        let (socket, address) = receiver();
        let octets: Vec<[u8; 1]> = (0..200).map(|number| [number]).collect();
        let datagrams: Vec<Outgoing> = octets
            .iter()
            .map(|octets| Outgoing {
                octets,
                peer: address,
                source: None,
            })
            .collect();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let failed = |position, error| panic!("{position}: {error}");
        send_many(&sender, &datagrams, |same| *same, failed);
        for expected in &octets {
            assert_eq!(next(&socket).0, expected);
        }
    }

    #[test]
    fn one_that_cannot_be_sent_does_not_hold_up_the_others() {
        let (socket, address) = receiver();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let too_large = vec![0; 70_000];
        let to = |octets| Outgoing {
            octets,
            peer: address,
            source: None,
        };
        let mut failures = Vec::new();
        send_many(
            &sender,
            &[to(b"a"), to(&too_large), to(b"b"), to(&too_large)],
            |same| *same,
            |position, error| failures.push((position, error.raw_os_error())),
        );
        assert_eq!(
            failures,
            [(1, Some(libc::EMSGSIZE)), (3, Some(libc::EMSGSIZE))]
        );
        assert_eq!(next(&socket).0, b"a");
        assert_eq!(next(&socket).0, b"b");
    }

    #[test]
    fn a_wildcard_socket_sends_from_the_address_asked_for() {
        let (socket, address) = receiver();
        let sender = UdpSocket::bind("0.0.0.0:0").unwrap();
        let from = |source: &str| Outgoing {
            octets: b"x",
            peer: address,
            source: source.parse().ok(),
        };
        send_one(&sender, &from("127.0.0.2")).unwrap();
        let failed = |_, error| panic!("{error}");
        let messages = [from("127.0.0.3"), from("")];
        send_many(&sender, &messages, |same| *same, failed);
        let sources: Vec<String> = (0..3).map(|_| next(&socket).1.ip().to_string()).collect();
        assert_eq!(sources, ["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
    }
}
