//! Many datagrams per system call.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};

use crate::os::{RawAddress, empty_address, read_address};

/// Datagrams read by one call at most.
pub(crate) const BATCH: usize = 32;
/// Room for any datagram: UDP's length field has 16 bits.
const ROOM: usize = 65_536;
/// How far the rooms lie apart: not by a power of two, or the beginnings of all datagrams would want the same few lines of each
/// cache, which have no place for so many.
const STRIDE: usize = ROOM + 25 * 64;
/// Words of room for the `IP_PKTINFO` of one datagram.
const CONTROL_WORDS: usize = 8;

/// Room for one batch of datagrams. A little over two megabytes of address space of which only the pages that datagrams touch become
/// memory.
pub(crate) struct ReceiveBatch {
    /// One region per datagram. Never grows: `vectors` points into it.
    octets: Vec<u8>,
    names: Vec<RawAddress>,
    /// Empty unless the local address is asked for.
    controls: Vec<[u64; CONTROL_WORDS]>,
    /// Point into `octets`.
    _vectors: Vec<libc::iovec>,
    /// Point into `names`, `controls` and `vectors`.
    headers: Vec<libc::mmsghdr>,
    /// How many headers the last call has written to.
    filled: usize,
}

/// One datagram of a batch, valid until the next is read.
pub(crate) struct Datagram<'a> {
    pub(crate) octets: &'a [u8],
    pub(crate) peer: SocketAddr,
    /// The address it was sent to, if asked for.
    pub(crate) local: Option<IpAddr>,
}

/// Whether to wait for the first datagram.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    ForOne,
    No,
}

impl ReceiveBatch {
    /// `with_local_address`: the socket is a wildcard and delivers `IP_PKTINFO`.
    pub(crate) fn new(with_local_address: bool) -> ReceiveBatch {
        let mut octets = vec![0_u8; BATCH * STRIDE];
        let mut names = vec![empty_address(); BATCH];
        let mut controls = match with_local_address {
            true => vec![[0_u64; CONTROL_WORDS]; BATCH],
            false => Vec::new(),
        };
        let mut vectors: Vec<libc::iovec> = octets
            .chunks_exact_mut(STRIDE)
            .map(|region| libc::iovec {
                iov_base: region.as_mut_ptr().cast(),
                iov_len: ROOM,
            })
            .collect();
        let mut control_of = controls.iter_mut();
        let headers = names
            .iter_mut()
            .zip(&mut vectors)
            .map(|(name, vector)| {
                // SAFETY: `mmsghdr` consists of integers and pointers; all zeros is a value of it.
                let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
                header.msg_hdr.msg_name = (&raw mut *name).cast();
                header.msg_hdr.msg_iov = vector;
                header.msg_hdr.msg_iovlen = 1;
                if let Some(control) = control_of.next() {
                    header.msg_hdr.msg_control = control.as_mut_ptr().cast();
                }
                header
            })
            .collect();
        let mut batch = ReceiveBatch {
            octets,
            names,
            controls,
            _vectors: vectors,
            headers,
            filled: BATCH,
        };
        batch.reset();
        batch
    }

    /// Reads what is there, at most [`BATCH`] datagrams, and returns how many. With [`Wait::ForOne`] it waits for the
    /// first on a blocking socket.
    pub(crate) fn receive(&mut self, socket: &impl AsFd, wait: Wait) -> io::Result<usize> {
        self.reset();
        let flags = match wait {
            Wait::ForOne => libc::MSG_WAITFORONE,
            Wait::No => libc::MSG_DONTWAIT,
        };
        // SAFETY: `headers` are `BATCH` valid headers whose pointers lead into vectors owned by `self` that are never
        // resized, with the lengths those have; the kernel writes within them and nobody reads them meanwhile.
        let result = unsafe {
            libc::recvmmsg(
                socket.as_fd().as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                flags,
                std::ptr::null_mut(),
            )
        };
        match usize::try_from(result) {
            Ok(count) => {
                self.filled = count.min(BATCH);
                Ok(self.filled)
            }
            Err(_) => Err(io::Error::last_os_error()),
        }
    }

    /// Whether it was made for a wildcard socket.
    pub(crate) fn tells_local_address(&self) -> bool {
        !self.controls.is_empty()
    }

    /// The datagrams of the last call.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = Datagram<'_>> {
        self.headers
            .iter()
            .zip(self.octets.chunks_exact(STRIDE))
            .zip(&self.names)
            .take(self.filled)
            .filter_map(|((header, region), name)| {
                Some(Datagram {
                    octets: region.get(..header.msg_len as usize)?,
                    peer: read_address(name)?,
                    local: self.local_address(&header.msg_hdr),
                })
            })
    }

    /// The kernel shortens the lengths it is given to what it has used: restore those it touched.
    fn reset(&mut self) {
        let control = match self.controls.is_empty() {
            true => 0,
            false => CONTROL_WORDS * size_of::<u64>(),
        };
        for header in self.headers.iter_mut().take(self.filled) {
            header.msg_hdr.msg_namelen = size_of::<RawAddress>() as libc::socklen_t;
            header.msg_hdr.msg_controllen = control;
            header.msg_hdr.msg_flags = 0;
        }
        self.filled = 0;
    }

    fn local_address(&self, header: &libc::msghdr) -> Option<IpAddr> {
        if self.controls.is_empty() {
            return None;
        }
        // SAFETY: the header's control pointer and length describe room owned by `self`, filled in by the kernel, which
        // writes well-formed control messages; CMSG_FIRSTHDR checks that one is there.
        let (level, kind, data) = unsafe {
            let message = libc::CMSG_FIRSTHDR(header).as_ref()?;
            (
                message.cmsg_level,
                message.cmsg_type,
                libc::CMSG_DATA(message),
            )
        };
        match (level, kind) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                // SAFETY: a message of this level and type holds an `in_pktinfo`, perhaps unaligned.
                let info = unsafe { data.cast::<libc::in_pktinfo>().read_unaligned() };
                Some(IpAddr::V4(u32::from_be(info.ipi_addr.s_addr).into()))
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                // SAFETY: as above, an `in6_pktinfo`.
                let info = unsafe { data.cast::<libc::in6_pktinfo>().read_unaligned() };
                Some(IpAddr::V6(info.ipi6_addr.s6_addr.into()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;
    use crate::os::set_int;

    fn pair() -> (UdpSocket, UdpSocket) {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        (receiver, sender)
    }

    #[test]
    fn a_batch_holds_what_was_sent_in_order() {
        let (receiver, sender) = pair();
        let mut batch = ReceiveBatch::new(false);
        for round in 0..3_u8 {
            for number in 0..40_u8 {
                sender
                    .send(&vec![number; usize::from(number + round)])
                    .unwrap();
            }
            let mut next = 0;
            while next < 40 {
                batch.receive(&receiver, Wait::ForOne).unwrap();
                for datagram in batch.datagrams() {
                    assert_eq!(datagram.octets, vec![next; usize::from(next + round)]);
                    assert_eq!(datagram.peer, sender.local_addr().unwrap());
                    assert_eq!(datagram.local, None);
                    next += 1;
                }
            }
        }
        let error = batch.receive(&receiver, Wait::No).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(batch.datagrams().count(), 0);
    }

    #[test]
    fn the_largest_datagram_fits() {
        let (receiver, sender) = pair();
        sender.send(&[b'x'; 65_507]).unwrap();
        let mut batch = ReceiveBatch::new(false);
        assert_eq!(batch.receive(&receiver, Wait::ForOne).unwrap(), 1);
        assert_eq!(batch.datagrams().next().unwrap().octets.len(), 65_507);
    }

    #[test]
    fn a_wildcard_socket_tells_the_address_a_datagram_was_sent_to() {
        let receiver = UdpSocket::bind("0.0.0.0:0").unwrap();
        set_int(&receiver, libc::IPPROTO_IP, libc::IP_PKTINFO, 1).unwrap();
        let port = receiver.local_addr().unwrap().port();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut batch = ReceiveBatch::new(true);
        for _ in 0..2 {
            sender.send_to(b"a", ("127.0.0.2", port)).unwrap();
            batch.receive(&receiver, Wait::ForOne).unwrap();
            let local = batch.datagrams().next().unwrap().local;
            assert_eq!(local, "127.0.0.2".parse().ok());
        }
    }
}
