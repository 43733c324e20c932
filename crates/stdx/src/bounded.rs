//! A map that forgets what was not used for longest.

use std::borrow::Borrow;
use std::hash::Hash;

use crate::hash::{Map, Seed};

const NONE: u32 = u32::MAX;

/// A map of at most `capacity` entries; inserting into a full one drops the entry
/// that was not looked up for longest.
#[derive(Debug)]
pub struct Lru<K, V> {
    capacity: usize,
    places: Map<K, u32>,
    entries: Vec<Entry<K, V>>,
    /// The entry used last.
    newest: u32,
    /// The entry to drop next.
    oldest: u32,
}

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    value: V,
    newer: u32,
    older: u32,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    /// An empty map for at least one and at most `capacity` entries.
    pub fn new(capacity: usize, seed: Seed) -> Lru<K, V> {
        Lru {
            capacity: capacity.clamp(1, NONE as usize),
            places: Map::with_hasher(seed),
            entries: Vec::new(),
            newest: NONE,
            oldest: NONE,
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Looks `key` up and marks its entry as used.
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let place = *self.places.get(key)?;
        if place != self.newest {
            self.unlink(place);
            self.link_newest(place);
        }
        self.entries.get(place as usize).map(|entry| &entry.value)
    }

    /// Puts `value` under `key` and returns what had to go: the former value of
    /// `key`, or the entry not used for longest.
    pub fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        if let Some(&place) = self.places.get(&key) {
            self.unlink(place);
            self.link_newest(place);
            let entry = self.entries.get_mut(place as usize)?;
            return Some((key, std::mem::replace(&mut entry.value, value)));
        }
        let fresh = Entry {
            key: key.clone(),
            value,
            newer: NONE,
            older: NONE,
        };
        if self.entries.len() < self.capacity {
            let place = self.entries.len() as u32;
            self.entries.push(fresh);
            self.places.insert(key, place);
            self.link_newest(place);
            return None;
        }
        let place = self.oldest;
        self.unlink(place);
        let dropped = std::mem::replace(self.entries.get_mut(place as usize)?, fresh);
        self.places.remove(&dropped.key);
        self.places.insert(key, place);
        self.link_newest(place);
        Some((dropped.key, dropped.value))
    }

    /// Drops all entries.
    pub fn clear(&mut self) {
        self.places.clear();
        self.entries.clear();
        self.newest = NONE;
        self.oldest = NONE;
    }

    fn link_newest(&mut self, place: u32) {
        let before = std::mem::replace(&mut self.newest, place);
        if let Some(entry) = self.entries.get_mut(place as usize) {
            entry.older = before;
            entry.newer = NONE;
        }
        match self.entries.get_mut(before as usize) {
            Some(entry) => entry.newer = place,
            None => self.oldest = place,
        }
    }

    fn unlink(&mut self, place: u32) {
        let Some((newer, older)) = self
            .entries
            .get(place as usize)
            .map(|entry| (entry.newer, entry.older))
        else {
            return;
        };
        match self.entries.get_mut(newer as usize) {
            Some(entry) => entry.older = older,
            None => self.newest = older,
        }
        match self.entries.get_mut(older as usize) {
            Some(entry) => entry.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_entry_not_used_for_longest_goes() {
        let mut lru = Lru::new(2, Seed::default());
        assert_eq!(lru.insert("a", 1), None);
        assert_eq!(lru.insert("b", 2), None);
        assert_eq!(lru.get("a"), Some(&1));
        assert_eq!(lru.insert("c", 3), Some(("b", 2)));
        assert_eq!(lru.get("b"), None);
        assert_eq!(lru.insert("a", 4), Some(("a", 1)));
        assert_eq!(lru.len(), 2);
        lru.clear();
        assert!(lru.is_empty());
        assert_eq!(lru.insert("a", 5), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Against a list in order of use.
        #[test]
        fn the_map_equals_a_list(capacity in 1..5_usize, steps in prop::collection::vec((0..8_u8, any::<bool>()), 0..60)) {
            let mut lru = Lru::new(capacity, Seed::default());
            let mut model: Vec<(u8, usize)> = Vec::new();
            for (value, (key, inserts)) in steps.into_iter().enumerate() {
                let found = model.iter().position(|(held, _)| *held == key).map(|at| model.remove(at));
                if inserts {
                    let dropped = match found {
                        None if model.len() == capacity => Some(model.remove(0)),
                        other => other,
                    };
                    prop_assert_eq!(lru.insert(key, value), dropped);
                    model.push((key, value));
                } else {
                    prop_assert_eq!(lru.get(&key).copied(), found.map(|(_, value)| value));
                    model.extend(found);
                }
                prop_assert_eq!(lru.len(), model.len());
            }
        }
    }
}
