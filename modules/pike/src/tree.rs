//! The tree of addresses, in shards by first octet.

use crate::node::{Hits, Node};
use hashbrown::HashTable;
use parking_lot::Mutex;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use stdx::hash::Seed;

/// The most nodes of all shards together: some 12 MB, and 22 MB with the room that their tables keep after a flood from a
/// million sources.
const NODES_MAX: usize = 1 << 18;
const SHARDS: usize = 32;
/// Nodes looked at while a shard is held by a sweep.
const SWEEP_STEP: usize = 2048;
/// The parent of first octets: of IPv4 addresses, and of IPv6 addresses.
const ROOT_V4: u32 = u32::MAX;
const ROOT_V6: u32 = u32::MAX - 1;
/// The depth of an entry that holds no node.
const FREE: u8 = u8::MAX;

/// What is too much, and for how long a source is remembered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Hits in a unit that make a flood.
    pub hits: u32,
    /// The unit in seconds.
    pub unit_s: u32,
    /// Seconds without a hit after which a node goes.
    pub latency_s: u32,
}

/// What a hit turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sighting {
    /// Not too much.
    Fine,
    /// Too much, as before.
    Flood,
    /// Too much, for the first time.
    NewFlood,
}

/// How near a source is to the limit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Heat {
    /// Far.
    Cold,
    /// At a quarter.
    Warm,
    /// Over it.
    Hot,
}

/// A source, as operators see it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The address.
    pub address: IpAddr,
    /// Hits in the unit before.
    pub hits_before: u32,
    /// Hits in this one.
    pub hits: u32,
    /// Seconds until it is forgotten.
    pub expires_s: u32,
    /// How near it is to the limit.
    pub heat: Heat,
}

/// The tree.
pub struct Tree {
    limits: Limits,
    /// Nodes in all shards.
    count: AtomicUsize,
    /// Hits that were not counted, as there was no room for a node.
    uncounted: AtomicU64,
    shards: Box<[Mutex<Shard>]>,
}

/// The nodes of some first octets.
struct Shard {
    nodes: Vec<Node>,
    free: Vec<u32>,
    /// Nodes by parent and octet.
    index: HashTable<u32>,
    seed: Seed,
}

impl Tree {
    /// An empty tree.
    pub fn new(limits: Limits, seed: Seed) -> Tree {
        let shard = || {
            Mutex::new(Shard {
                nodes: Vec::new(),
                free: Vec::new(),
                index: HashTable::new(),
                seed,
            })
        };
        Tree {
            limits,
            count: AtomicUsize::new(0),
            uncounted: AtomicU64::new(0),
            shards: (0..SHARDS).map(|_| shard()).collect(),
        }
    }

    /// What it was made with.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many hits went uncounted, as there was no room for more sources.
    pub fn uncounted(&self) -> u64 {
        self.uncounted.load(Ordering::Relaxed)
    }

    /// Counts a hit of an address.
    ///
    /// The path grows by one node a hit. A first octet must have a quarter of the limit before a second is added to it; the
    /// last octet counts as the address, from the hit after the one that made it (observed on 5.6.3).
    pub fn see(&self, address: IpAddr, now_s: u32) -> Sighting {
        match address {
            IpAddr::V4(address) => self.see_octets(ROOT_V4, &address.octets(), now_s),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => self.see_octets(ROOT_V4, &address.octets(), now_s),
                None => self.see_octets(ROOT_V6, &address.octets(), now_s),
            },
        }
    }

    fn see_octets(&self, root: u32, octets: &[u8], now_s: u32) -> Sighting {
        let Some(mut shard) = self.shard_of(octets) else {
            return Sighting::Fine;
        };
        let unit = now_s / self.limits.unit_s.max(1);
        let mut at = root;
        for (depth, octet) in octets.iter().enumerate() {
            let is_last = depth + 1 == octets.len();
            let Some(next) = shard.find(at, *octet) else {
                let grows = at == root
                    || shard
                        .node(at)
                        .is_some_and(|node| node.passed.reach((self.limits.hits / 4).max(1)));
                if grows && self.count.fetch_add(1, Ordering::Relaxed) < NODES_MAX {
                    shard.grow(at, *octet, depth as u8, unit, now_s);
                } else if grows {
                    self.count.fetch_sub(1, Ordering::Relaxed);
                    self.uncounted.fetch_add(1, Ordering::Relaxed);
                }
                return Sighting::Fine;
            };
            at = next;
            let Some(node) = shard.node_mut(next) else {
                return Sighting::Fine;
            };
            node.turn_to(unit);
            if is_last {
                node.end(now_s);
                return judge(node, self.limits.hits);
            }
            node.pass(now_s);
        }
        Sighting::Fine
    }

    fn shard_of(&self, octets: &[u8]) -> Option<parking_lot::MutexGuard<'_, Shard>> {
        let first = usize::from(*octets.first()?);
        Some(self.shards.get(first % SHARDS)?.lock())
    }

    /// Removes nodes that were not hit for long; calls `unblocked` for each address that sends too much no longer.
    pub fn sweep(&self, now_s: u32, unblocked: &mut dyn FnMut(IpAddr)) {
        let unit = now_s / self.limits.unit_s.max(1);
        for shard in &self.shards {
            let mut at = 0;
            loop {
                // Released between steps, so that nobody waits for the whole of a large shard.
                let mut shard = shard.lock();
                let end = (at + SWEEP_STEP).min(shard.nodes.len());
                for index in at..end {
                    let removed = shard.age(index as u32, unit, now_s, self.limits, unblocked);
                    self.count.fetch_sub(removed, Ordering::Relaxed);
                }
                at = end;
                if at >= shard.nodes.len() {
                    break;
                }
            }
        }
    }

    /// The addresses that are at least so near to the limit, at most `most` of them.
    pub fn rows(&self, now_s: u32, least: Heat, most: usize) -> Vec<Row> {
        let unit = now_s / self.limits.unit_s.max(1);
        let mut rows = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock();
            for (index, node) in shard.nodes.iter().enumerate() {
                let Some(address) = shard.address(index as u32) else {
                    continue;
                };
                let mut node = *node;
                node.turn_to(unit);
                let heat = heat(node.ended, self.limits.hits);
                if heat < least || rows.len() >= most {
                    continue;
                }
                rows.push(Row {
                    address,
                    hits_before: node.ended.before,
                    hits: node.ended.present,
                    expires_s: (node.seen_s + self.limits.latency_s).saturating_sub(now_s),
                    heat,
                });
            }
        }
        rows.sort_by_key(|row| {
            let hits = u64::from(row.hits) + u64::from(row.hits_before);
            (std::cmp::Reverse(hits), row.address)
        });
        rows
    }
}

fn heat(hits: Hits, limit: u32) -> Heat {
    if hits.reach(limit) {
        Heat::Hot
    } else if hits.reach((limit / 4).max(1)) {
        Heat::Warm
    } else {
        Heat::Cold
    }
}

fn judge(node: &mut Node, limit: u32) -> Sighting {
    let is_flood = node.ended.reach(limit);
    match (is_flood, node.is_blocked) {
        (true, true) => Sighting::Flood,
        (true, false) => {
            node.is_blocked = true;
            Sighting::NewFlood
        }
        // The sweep tells that it is over.
        (false, _) => Sighting::Fine,
    }
}

impl Shard {
    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    fn node_mut(&mut self, index: u32) -> Option<&mut Node> {
        self.nodes.get_mut(index as usize)
    }

    fn hash(seed: Seed, parent: u32, octet: u8) -> u64 {
        seed.hash_value(&(parent, octet))
    }

    fn find(&self, parent: u32, octet: u8) -> Option<u32> {
        let is_it = |index: &u32| {
            self.node(*index)
                .is_some_and(|node| node.parent == parent && node.octet == octet)
        };
        let hash = Shard::hash(self.seed, parent, octet);
        self.index.find(hash, is_it).copied()
    }

    fn grow(&mut self, parent: u32, octet: u8, depth: u8, unit: u32, now_s: u32) {
        let mut passed = Hits {
            before: 0,
            present: 1,
        };
        if let Some(parent) = self.node_mut(parent) {
            parent.children += 1;
            passed = parent.passed;
        }
        let node = Node::new(parent, octet, depth, passed, unit, now_s);
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(slot) = self.node_mut(index) {
                    *slot = node;
                }
                index
            }
            None => {
                self.nodes.push(node);
                (self.nodes.len() - 1) as u32
            }
        };
        let (seed, nodes) = (self.seed, &self.nodes);
        let hash = Shard::hash(seed, parent, octet);
        self.index.insert_unique(hash, index, |index| {
            nodes
                .get(*index as usize)
                .map_or(0, |node| Shard::hash(seed, node.parent, node.octet))
        });
    }

    /// Looks after one node; answers how many were removed.
    fn age(
        &mut self,
        index: u32,
        unit: u32,
        now_s: u32,
        limits: Limits,
        unblocked: &mut dyn FnMut(IpAddr),
    ) -> usize {
        let Some(node) = self.node_mut(index).filter(|node| node.depth != FREE) else {
            return 0;
        };
        node.turn_to(unit);
        let is_over = node.is_blocked && !node.ended.reach(limits.hits);
        if is_over {
            node.is_blocked = false;
        }
        let node = *node;
        if is_over && let Some(address) = self.address(index) {
            unblocked(address);
        }
        let is_old = now_s.saturating_sub(node.seen_s) >= limits.latency_s;
        if is_old && node.children == 0 && !node.is_blocked {
            self.remove(index, node);
            return 1;
        }
        0
    }

    fn remove(&mut self, index: u32, node: Node) {
        let hash = Shard::hash(self.seed, node.parent, node.octet);
        if let Ok(entry) = self.index.find_entry(hash, |found| *found == index) {
            entry.remove();
        }
        if let Some(parent) = self.node_mut(node.parent) {
            parent.children = parent.children.saturating_sub(1);
        }
        if let Some(slot) = self.node_mut(index) {
            slot.depth = FREE;
        }
        self.free.push(index);
    }

    /// The address whose last octet is a node.
    fn address(&self, index: u32) -> Option<IpAddr> {
        let last = self.node(index).filter(|node| node.depth != FREE)?;
        let length = usize::from(last.depth) + 1;
        if length != 4 && length != 16 {
            return None;
        }
        let mut octets = [0u8; 16];
        let mut at = last;
        for slot in octets.get_mut(..length)?.iter_mut().rev() {
            *slot = at.octet;
            match at.parent {
                ROOT_V4 => {
                    let octets = octets.first_chunk::<4>()?;
                    return Some(Ipv4Addr::from(*octets).into());
                }
                ROOT_V6 => return (length == 16).then(|| Ipv6Addr::from(octets).into()),
                parent => at = self.node(parent)?,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(hits: u32) -> Tree {
        Tree::new(
            Limits {
                hits,
                unit_s: 2,
                latency_s: 4,
            },
            Seed::default(),
        )
    }

    /// The hit that is the first too many.
    fn blocked_at(tree: &Tree, address: &str) -> usize {
        let address = address.parse().unwrap();
        1 + (0..)
            .position(|_| tree.see(address, 0) == Sighting::NewFlood)
            .unwrap()
    }

    /// As 5.6.3 was seen to count.
    #[test]
    fn a_new_address_may_send_more_than_one_with_known_neighbours() {
        for (limit, expected) in [
            (1, 5),
            (4, 8),
            (5, 9),
            (8, 12),
            (10, 14),
            (12, 17),
            (16, 22),
            (30, 39),
            (64, 82),
            (200, 252),
        ] {
            let tree = tree(limit);
            assert_eq!(blocked_at(&tree, "10.1.2.3"), expected, "{limit}");
            let limit = limit as usize;
            assert_eq!(blocked_at(&tree, "10.1.2.4"), limit + 1);
            assert_eq!(blocked_at(&tree, "10.1.7.7"), limit + 2);
            assert_eq!(blocked_at(&tree, "10.9.9.9"), limit + 3);
            assert_eq!(blocked_at(&tree, "77.9.9.9"), expected);
        }
    }

    #[test]
    fn a_flood_ends_a_unit_after_its_last_excess() {
        let tree = tree(4);
        let address = "10.1.2.3".parse().unwrap();
        for _ in 0..8 {
            tree.see(address, 0);
        }
        assert_eq!(tree.see(address, 1), Sighting::Flood);
        assert_eq!(tree.see(address, 2), Sighting::Flood);
        let mut ended: Vec<IpAddr> = Vec::new();
        tree.sweep(3, &mut |address| ended.push(address));
        assert!(ended.is_empty());
        tree.sweep(4, &mut |address| ended.push(address));
        assert_eq!(ended, [address]);
        assert_eq!(tree.see(address, 4), Sighting::Fine);
        let sightings: Vec<Sighting> = (0..4).map(|_| tree.see(address, 5)).collect();
        assert!(sightings.contains(&Sighting::NewFlood));
    }

    #[test]
    fn what_is_silent_is_forgotten_from_its_last_octet_on() {
        let tree = tree(4);
        for _ in 0..6 {
            tree.see("10.1.2.3".parse().unwrap(), 0);
        }
        assert_eq!(tree.rows(0, Heat::Cold, 10).len(), 1);
        for _ in 0..4 {
            tree.sweep(4, &mut |_| {});
        }
        assert_eq!(tree.rows(4, Heat::Cold, 10).len(), 0);
        assert_eq!(tree.count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn more_sources_than_there_is_room_for_stay_within_the_bound() {
        let tree = tree(4);
        let known: IpAddr = "192.0.2.1".parse().unwrap();
        for _ in 0..20 {
            tree.see(known, 0);
        }
        for number in 0..1_000_000u32 {
            let address = Ipv4Addr::from(number.wrapping_mul(2_654_435_761)).into();
            tree.see(address, 0);
            if number < 100_000 {
                tree.see(address, 0);
            }
        }
        assert!(tree.count.load(Ordering::Relaxed) <= NODES_MAX);
        let nodes: usize = tree
            .shards
            .iter()
            .map(|shard| shard.lock().nodes.len())
            .sum();
        assert!(nodes <= NODES_MAX);
        assert!(tree.uncounted() > 0);
        assert_eq!(tree.see(known, 0), Sighting::Flood);
    }

    #[test]
    fn addresses_of_both_families_are_told_apart() {
        let tree = tree(1);
        for _ in 0..20 {
            tree.see("2001:db8::1".parse().unwrap(), 0);
            tree.see("32.1.13.184".parse().unwrap(), 0);
        }
        let shown: Vec<String> = tree
            .rows(0, Heat::Hot, 10)
            .iter()
            .map(|row| row.address.to_string())
            .collect();
        assert_eq!(shown, ["32.1.13.184", "2001:db8::1"]);
    }
}
