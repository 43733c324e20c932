//! Where to find a binding by something else than its address-of-record: its connection, or its unique name.
//!
//! Only hashes of address-of-records are kept, and only of bindings that came over a connection or that a GRUU leads to.

use module_api::ConnectionId;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use stdx::hash::{Map, Seed};

/// The address-of-records that registered over each connection, as hashes.
#[derive(Default)]
pub struct Connections {
    parts: [Mutex<BTreeSet<(u32, u64)>>; 32],
}

impl Connections {
    fn part(&self, connection: ConnectionId) -> Option<&Mutex<BTreeSet<(u32, u64)>>> {
        self.parts.get(connection.0 as usize % self.parts.len())
    }

    /// Notes that an address-of-record registered over a connection.
    pub fn add(&self, connection: ConnectionId, aor: u64) {
        if let Some(part) = self.part(connection) {
            part.lock().insert((connection.0, aor));
        }
    }

    /// Whether an address-of-record registered over a connection that is there.
    pub fn has(&self, connection: ConnectionId, aor: u64) -> bool {
        let part = self.part(connection);
        part.is_some_and(|part| part.lock().contains(&(connection.0, aor)))
    }

    /// Forgets a connection, telling who registered over it.
    pub fn take(&self, connection: ConnectionId) -> Vec<u64> {
        let Some(part) = self.part(connection) else {
            return Vec::new();
        };
        let mut part = part.lock();
        let of_it = (connection.0, 0)..=(connection.0, u64::MAX);
        let found: Vec<(u32, u64)> = part.range(of_it).copied().collect();
        for entry in &found {
            part.remove(entry);
        }
        found.into_iter().map(|(_, aor)| aor).collect()
    }
}

/// The address-of-record of each unique name, both as hashes.
pub struct Instances {
    seed: Seed,
    parts: [Mutex<Map<u64, u64>>; 32],
}

impl Instances {
    /// None yet.
    pub fn new(seed: Seed) -> Instances {
        Instances {
            seed,
            parts: std::array::from_fn(|_| Mutex::new(Map::with_hasher(seed))),
        }
    }

    fn part(&self, hash: u64) -> Option<&Mutex<Map<u64, u64>>> {
        self.parts.get((hash >> 40) as usize % self.parts.len())
    }

    /// Notes where a unique name is.
    pub fn add(&self, ruid: &[u8], aor: u64) {
        let hash = self.seed.hash_bytes(ruid);
        if let Some(part) = self.part(hash) {
            part.lock().insert(hash, aor);
        }
    }

    /// Where a unique name is.
    pub fn get(&self, ruid: &[u8]) -> Option<u64> {
        let hash = self.seed.hash_bytes(ruid);
        self.part(hash)?.lock().get(&hash).copied()
    }

    /// Forgets a unique name.
    pub fn forget(&self, ruid: &[u8]) {
        let hash = self.seed.hash_bytes(ruid);
        if let Some(part) = self.part(hash) {
            part.lock().remove(&hash);
        }
    }
}
