//! Ports for servers that tests start as processes.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::ops::Range;

/// Below those that the kernel gives to who asks for any (32768 and above, `ip_local_port_range`): a port that was free a moment
/// ago is not given to somebody else before the server takes it.
const RANGE: Range<u16> = 10_000..30_000;

/// How often we look for free ports.
const TRIES: u32 = 1_000;

/// The first of `count` ports of 127.0.0.1, free for UDP and TCP. They are chosen by chance, so that nobody else chooses the
/// same in the moment before the server takes them. The first is even, as that of a pair for media has to be.
///
/// # Errors
/// `AddrInUse` if none are found.
pub fn free_ports(count: u16) -> io::Result<u16> {
    let room = u64::from(RANGE.end - RANGE.start - count);
    let is_free = |port: u16| {
        let place = ("127.0.0.1", port);
        UdpSocket::bind(place).is_ok() && TcpListener::bind(place).is_ok()
    };
    let found = (0..TRIES).find_map(|attempt| {
        let offset = (RandomState::new().hash_one(attempt) % room) as u16 & !1;
        let first = RANGE.start + offset;
        (first..first + count).all(is_free).then_some(first)
    });
    found.ok_or_else(|| io::ErrorKind::AddrInUse.into())
}

/// A port of 127.0.0.1, free for UDP and TCP, chosen by chance.
///
/// # Errors
/// `AddrInUse` if none is found.
pub fn free_port() -> io::Result<u16> {
    free_ports(1)
}
