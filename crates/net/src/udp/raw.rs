//! IPv4 datagrams whose headers are written here: those that come from an address that need not be ours, and those that are split
//! smaller than the system would split them (RFC 791 §3.1, RFC 768).

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use socket2::{Domain, Protocol, Socket, Type};

/// Octets of an IPv4 header without options.
const IP_HEADER: usize = 20;
/// Octets of a UDP header.
const UDP_HEADER: usize = 8;
/// Octets of both headers.
pub(crate) const HEADERS: usize = IP_HEADER + UDP_HEADER;
/// More fragments follow.
const MORE_FRAGMENTS: u16 = 0x2000;

/// One datagram with what its header says.
#[derive(Clone, Copy)]
pub(crate) struct RawDatagram<'a> {
    /// The source; the system fills in an address that is unspecified.
    pub(crate) source: SocketAddrV4,
    pub(crate) peer: SocketAddrV4,
    pub(crate) octets: &'a [u8],
    /// How many routers it may pass.
    pub(crate) ttl: u8,
    /// How long a packet may be.
    pub(crate) mtu: u16,
}

/// A socket for packets with headers of our own.
pub(crate) struct RawIpv4 {
    socket: OnceLock<Socket>,
    /// The type of service.
    tos: u8,
    /// Tells the fragments of one datagram from those of another.
    identification: AtomicU16,
}

impl RawIpv4 {
    /// One that is not open yet.
    pub(crate) fn new(tos: u32) -> RawIpv4 {
        let random = RandomState::new().build_hasher().finish();
        RawIpv4 {
            socket: OnceLock::new(),
            tos: u8::try_from(tos).unwrap_or(0),
            identification: AtomicU16::new(random as u16),
        }
    }

    /// Opens it, if it is not open. That takes the privilege `CAP_NET_RAW`, which a process may give up afterwards.
    pub(crate) fn open(&self) -> io::Result<&Socket> {
        if let Some(socket) = self.socket.get() {
            return Ok(socket);
        }
        let protocol = Protocol::from(libc::IPPROTO_RAW);
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(protocol))?;
        socket.set_nonblocking(true)?;
        Ok(self.socket.get_or_init(|| socket))
    }

    /// Sends one datagram and does not wait for room in the send buffer.
    pub(crate) fn send(&self, datagram: &RawDatagram<'_>) -> io::Result<()> {
        let socket = self.open()?;
        let peer = SocketAddr::V4(datagram.peer).into();
        self.packets(datagram, self.next_identification(), |packet| {
            socket.send_to(packet, &peer).map(|_| ())
        })
    }

    /// Never 0, with which the system would give each fragment one of its own.
    fn next_identification(&self) -> u16 {
        let next = || self.identification.fetch_add(1, Ordering::Relaxed);
        match next() {
            0 => next(),
            id => id,
        }
    }

    /// Calls `emit` with the packets of a datagram.
    fn packets(
        &self,
        datagram: &RawDatagram<'_>,
        id: u16,
        mut emit: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let payload = with_udp_header(datagram)?;
        let room = usize::from(datagram.mtu).saturating_sub(IP_HEADER);
        // Fragments begin at multiples of eight octets.
        let (size, id) = match payload.len() <= room {
            true => (payload.len(), 0),
            false => ((room & !7).max(8), id),
        };
        let mut packet = Vec::with_capacity(IP_HEADER + size);
        let mut begin = 0;
        for part in payload.chunks(size) {
            let length = u16::try_from(IP_HEADER + part.len()).map_err(|_| too_long())?;
            let more = match begin + part.len() < payload.len() {
                true => MORE_FRAGMENTS,
                false => 0,
            };
            packet.clear();
            packet.extend_from_slice(&[0x45, self.tos]);
            packet.extend_from_slice(&length.to_be_bytes());
            packet.extend_from_slice(&id.to_be_bytes());
            packet.extend_from_slice(&((begin / 8) as u16 | more).to_be_bytes());
            // The checksum of the header is the system's to fill in (raw(7)).
            packet.extend_from_slice(&[datagram.ttl, libc::IPPROTO_UDP as u8, 0, 0]);
            packet.extend_from_slice(&datagram.source.ip().octets());
            packet.extend_from_slice(&datagram.peer.ip().octets());
            packet.extend_from_slice(part);
            emit(&packet)?;
            begin += part.len();
        }
        Ok(())
    }
}

fn too_long() -> io::Error {
    io::Error::from_raw_os_error(libc::EMSGSIZE)
}

/// The octets behind a UDP header.
fn with_udp_header(datagram: &RawDatagram<'_>) -> io::Result<Vec<u8>> {
    let RawDatagram { source, peer, .. } = datagram;
    let length = UDP_HEADER + datagram.octets.len();
    let length = u16::try_from(length)
        .ok()
        .filter(|length| usize::from(*length) <= usize::from(u16::MAX) - IP_HEADER)
        .ok_or_else(too_long)?;
    let mut out = Vec::with_capacity(length.into());
    out.extend_from_slice(&source.port().to_be_bytes());
    out.extend_from_slice(&peer.port().to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    let sum = match *source.ip() {
        // Whoever does not know the source cannot sum it up; 0 is none.
        Ipv4Addr::UNSPECIFIED => 0,
        address => checksum([
            &address.octets(),
            &peer.ip().octets(),
            &[0, libc::IPPROTO_UDP as u8],
            &length.to_be_bytes(),
            &out,
            datagram.octets,
        ]),
    };
    out.extend_from_slice(&sum.to_be_bytes());
    out.extend_from_slice(datagram.octets);
    Ok(out)
}

/// The checksum of UDP over parts of which all but the last have an even length.
fn checksum<const N: usize>(parts: [&[u8]; N]) -> u16 {
    let words = parts.into_iter().flat_map(|part| part.chunks(2));
    let mut sum: u32 = words
        .map(|word| match *word {
            [high, low] => u32::from(u16::from_be_bytes([high, low])),
            [high] => u32::from(high) << 8,
            _ => 0,
        })
        .fold(0, u32::wrapping_add);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // A sum of 0 is sent as its other form.
    match !(sum as u16) {
        0 => 0xffff,
        sum => sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(octets: &[u8], mtu: u16) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        let datagram = RawDatagram {
            source: "127.0.0.1:17011".parse().unwrap(),
            peer: "127.0.0.1:17020".parse().unwrap(),
            octets,
            ttl: 33,
            mtu,
        };
        let raw = RawIpv4::new(0x20);
        let emit = |packet: &[u8]| {
            all.push(packet.to_vec());
            Ok(())
        };
        raw.packets(&datagram, 0xccef, emit).unwrap();
        all
    }

    /// The header fields that 5.6.3 sends with the same settings.
    #[test]
    fn a_datagram_is_split_as_5_6_3_splits_it() {
        let all = packets(&[b'x'; 1_358], 600);
        let heads: Vec<_> = all.iter().map(|packet| packet[..12].to_vec()).collect();
        assert_eq!(
            heads,
            [
                [0x45, 0x20, 2, 0x54, 0xcc, 0xef, 0x20, 0, 0x21, 0x11, 0, 0],
                [
                    0x45, 0x20, 2, 0x54, 0xcc, 0xef, 0x20, 0x48, 0x21, 0x11, 0, 0
                ],
                [0x45, 0x20, 0, 0xea, 0xcc, 0xef, 0, 0x90, 0x21, 0x11, 0, 0],
            ]
        );
        assert_eq!(all[0][20..26], [0x42, 0x73, 0x42, 0x7c, 0x05, 0x56]);
    }

    #[test]
    fn what_fits_goes_in_one_packet() {
        for (octets, count) in [(0, 1), (572, 1), (573, 2)] {
            assert_eq!(packets(&vec![0; octets], 600).len(), count, "{octets}");
        }
    }

    #[test]
    fn the_checksum_makes_the_sum_of_all_words_zero() {
        for octets in [&b""[..], b"a", b"ping", b"\0\0\0\0"] {
            let packet = packets(octets, 600).remove(0);
            let length = (UDP_HEADER + octets.len()) as u16;
            let sum = checksum([
                &packet[12..20],
                &[0, 17],
                &length.to_be_bytes(),
                &packet[20..],
            ]);
            assert_eq!(sum, 0xffff, "{octets:?}");
        }
    }

    #[test]
    fn what_no_datagram_can_hold_is_refused() {
        let octets = vec![0; 65_508];
        let datagram = RawDatagram {
            source: "127.0.0.1:1".parse().unwrap(),
            peer: "127.0.0.1:2".parse().unwrap(),
            octets: &octets,
            ttl: 64,
            mtu: 1500,
        };
        let error = RawIpv4::new(0)
            .packets(&datagram, 1, |_| Ok(()))
            .unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
    }
}
