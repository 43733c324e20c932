//! Places that are avoided for a while because they do not answer: one table for the whole server.

use crate::runtime::Runtime;
use crate::world::NextHop;
use parking_lot::Mutex;
use sip::Transport;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What an entry counts for, in octets (observed on 5.6.3).
const ENTRY: usize = 24;

/// Why a place is avoided: the flags that `blst_set_ignore` and the masks of the core parameters name (blst manual).
pub mod reason {
    /// Sending has failed.
    pub const SEND: u8 = 0x02;
    /// A connection could not be opened.
    pub const CONNECT: u8 = 0x04;
    /// A transaction has had no response in time.
    pub const TIMEOUT: u8 = 0x10;
    /// A response was a 503.
    pub const UNAVAILABLE: u8 = 0x20;
    /// An operator or the script has said so.
    pub const ADMIN: u8 = 0x40;
}

/// The places that are avoided.
#[derive(Default)]
pub struct Blocklist {
    /// How many there are, so that an empty list costs nothing.
    count: AtomicUsize,
    places: Mutex<BTreeMap<(u8, SocketAddr), Avoided>>,
}

struct Avoided {
    until: Instant,
    reasons: u8,
}

/// A place that is avoided, as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvoidedPlace {
    /// Where it is.
    pub hop: NextHop,
    /// For how long it stays listed.
    pub expires_in: Duration,
    /// Why: a sum of [`reason`]s.
    pub reasons: u8,
}

fn key(hop: NextHop) -> (u8, SocketAddr) {
    (hop.transport.number(), hop.address)
}

impl Blocklist {
    /// Lists a place until `until`. False when there are `most` already, none of which has expired.
    pub fn add(
        &self,
        hop: NextHop,
        reasons: u8,
        now: Instant,
        until: Instant,
        most: usize,
    ) -> bool {
        let mut places = self.places.lock();
        if places.len() >= most && !places.contains_key(&key(hop)) {
            places.retain(|_, avoided| avoided.until > now);
        }
        let has_room = places.len() < most || places.contains_key(&key(hop));
        if has_room {
            places.insert(key(hop), Avoided { until, reasons });
        }
        self.count.store(places.len(), Ordering::Relaxed);
        has_room
    }

    /// Whether a place is listed.
    pub fn contains(&self, hop: NextHop, now: Instant) -> bool {
        if self.count.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let places = self.places.lock();
        places
            .get(&key(hop))
            .is_some_and(|avoided| avoided.until > now)
    }

    /// Forgets a place; whether it was listed.
    pub fn remove(&self, hop: NextHop, now: Instant) -> bool {
        let mut places = self.places.lock();
        let removed = places.remove(&key(hop));
        self.count.store(places.len(), Ordering::Relaxed);
        removed.is_some_and(|avoided| avoided.until > now)
    }

    /// Forgets all places.
    pub fn clear(&self) {
        let mut places = self.places.lock();
        places.clear();
        self.count.store(0, Ordering::Relaxed);
    }

    /// The places that are listed.
    pub fn list(&self, now: Instant) -> Vec<AvoidedPlace> {
        let places = self.places.lock();
        let listed = places.iter().filter(|(_, avoided)| avoided.until > now);
        let shown = listed.filter_map(|((transport, address), avoided)| {
            let hop = NextHop {
                transport: Transport::from_number(*transport)?,
                address: *address,
            };
            Some(AvoidedPlace {
                hop,
                expires_in: avoided.until.saturating_duration_since(now),
                reasons: avoided.reasons,
            })
        });
        shown.collect()
    }

    /// What the entries count for, in octets.
    pub fn octets(&self) -> usize {
        self.count.load(Ordering::Relaxed) * ENTRY
    }
}

impl Runtime {
    /// Whether places are avoided at all (`use_dst_blocklist`).
    pub fn avoids_places(&self) -> bool {
        let settings = &self.settings.blocklist;
        settings.init && settings.use_list.is_on()
    }

    /// How many octets the entries of the list may count for (`dst_blocklist_mem`).
    pub fn blocklist_octets_max(&self) -> usize {
        usize::try_from(self.settings.blocklist.kib.get())
            .unwrap_or(0)
            .saturating_mul(1024)
    }

    /// Whether a place is to be avoided.
    pub fn is_avoided(&self, hop: NextHop, now: Instant) -> bool {
        self.avoids_places() && self.blocklist.contains(hop, now)
    }

    /// Has a place avoided for `seconds`, for `dst_blocklist_expire` seconds when they are none, unless its transport or the
    /// message ignores such reasons; `ignored` is the message's mask.
    pub fn avoid(&self, hop: NextHop, reason: u8, ignored: u8, seconds: Option<u32>, now: Instant) {
        let settings = &self.settings.blocklist;
        let mask = match hop.transport {
            Transport::Udp => &settings.udp_ignored,
            Transport::Tcp | Transport::Ws => &settings.tcp_ignored,
            Transport::Tls | Transport::Wss => &settings.tls_ignored,
            Transport::Sctp => &settings.sctp_ignored,
        };
        if !self.avoids_places() || (mask.get() as u8 | ignored) & reason != 0 {
            return;
        }
        let standard = || u32::try_from(settings.expire.get()).unwrap_or(0);
        let seconds = seconds
            .filter(|seconds| *seconds > 0)
            .unwrap_or_else(standard);
        let until = now + Duration::from_secs(u64::from(seconds));
        let most = self.blocklist_octets_max() / ENTRY;
        self.blocklist.add(hop, reason, now, until, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(port: u16) -> NextHop {
        NextHop {
            transport: Transport::Udp,
            address: ([127, 0, 0, 1], port).into(),
        }
    }

    #[test]
    fn a_place_is_avoided_until_its_time_is_over() {
        let (list, now) = (Blocklist::default(), Instant::now());
        let later = now + Duration::from_secs(5);
        assert!(!list.contains(hop(1), now));
        assert!(list.add(hop(1), reason::TIMEOUT, now, later, 2));
        assert!(list.contains(hop(1), now) && !list.contains(hop(2), now));
        assert_eq!(list.list(now).first().map(|place| place.reasons), Some(16));
        assert!(!list.contains(hop(1), later) && list.list(later).is_empty());
        assert!(list.remove(hop(1), now) && !list.remove(hop(1), now));
    }

    #[test]
    fn a_full_list_takes_no_more_until_something_has_expired() {
        let (list, now) = (Blocklist::default(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        assert!(list.add(hop(1), reason::ADMIN, now, at(1), 2));
        assert!(list.add(hop(2), reason::ADMIN, now, at(9), 2));
        assert!(!list.add(hop(3), reason::ADMIN, now, at(9), 2));
        // Listed again, for longer.
        assert!(list.add(hop(2), reason::ADMIN, now, at(20), 2));
        assert!(list.add(hop(3), reason::ADMIN, at(1), at(9), 2));
        assert_eq!(list.octets(), 48);
        list.clear();
        assert_eq!(list.octets(), 0);
    }
}
