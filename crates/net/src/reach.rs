//! Whether the kernel would send a datagram at all.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use stdx::hash::Seed;

/// Networks that are remembered at a time.
const SLOTS: usize = 1024;
/// How long a way is believed to be there, in seconds.
const KEPT_S: u32 = 30;

/// Remembers which networks there is a way to.
pub(crate) struct Reach {
    start: Instant,
    seed: Seed,
    /// The upper half names a socket and a network, the lower is the second until which there is a way.
    slots: Box<[AtomicU64]>,
}

impl Reach {
    /// One that knows nothing yet.
    pub(crate) fn new() -> Reach {
        Reach {
            start: Instant::now(),
            // Strangers choose where messages go.
            seed: Seed::new(RandomState::new().hash_one(())),
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Whether a datagram from that address of ours to `peer` would not be refused at once. A way that is there is asked for again
    /// after half a minute only, and once for a network; one that is not is asked for each time.
    pub(crate) fn is_open(&self, from: SocketAddr, peer: SocketAddr) -> bool {
        let name = self.seed.hash_value(&(from, network(peer.ip())));
        let Some(slot) = self.slots.get(name as usize % SLOTS) else {
            return true;
        };
        let second = u32::try_from(self.start.elapsed().as_secs()).unwrap_or(u32::MAX);
        let known = slot.load(Ordering::Relaxed);
        if known >> 32 == name >> 32 && second < known as u32 {
            return true;
        }
        let is_open = ask_kernel(from, peer);
        if is_open {
            let until = second.saturating_add(KEPT_S);
            slot.store(name >> 32 << 32 | u64::from(until), Ordering::Relaxed);
        }
        is_open
    }
}

/// The network that a place is in: routes seldom tell more apart.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::from((u32::from(address) & !0xff).to_be_bytes()),
        IpAddr::V6(address) => {
            IpAddr::from((u128::from(address) & !0xffff_ffff_ffff_ffff).to_be_bytes())
        }
    }
}

/// Connects a UDP socket, which sends nothing.
fn ask_kernel(from: SocketAddr, peer: SocketAddr) -> bool {
    let mut from = from;
    from.set_port(0);
    let Ok(socket) = UdpSocket::bind(from) else {
        return true;
    };
    // Port 0 is no destination for connect(2); any other gives the same route.
    let peer = SocketAddr::new(peer.ip(), peer.port().max(1));
    let refusals = [libc::EINVAL, libc::ENETUNREACH, libc::EACCES];
    match socket.connect(peer) {
        Ok(()) => true,
        Err(error) => error
            .raw_os_error()
            .is_none_or(|errno| !refusals.contains(&errno)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_machine_from_the_loopback() {
        let reach = Reach::new();
        let is_open = |peer: &str| {
            let from = "127.0.0.1:5060".parse().unwrap();
            reach.is_open(from, peer.parse().unwrap())
        };
        assert!(is_open("127.0.0.2:5060"));
        assert!(is_open("127.0.0.2:5060"));
        assert!(!is_open("203.0.113.1:5060"));
        assert!(!is_open("203.0.113.1:5060"));
    }

    #[test]
    fn places_of_a_network_are_remembered_together() {
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(parse("192.0.2.77")), parse("192.0.2.0"));
        assert_eq!(network(parse("2001:db8::1")), parse("2001:db8::"));
    }
}
