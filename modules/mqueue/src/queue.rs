//! A queue: knows no call, no script, no RPC.

use module_api::Text;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is done with a key that is in the queue already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddMode {
    /// It is added once more.
    All,
    /// The older one stays, the new one is left out.
    KeepOldest,
    /// The older one goes, the new one is added.
    KeepNewest,
}

/// When the database has to do with a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storing {
    /// Its pairs are taken out of the database when the server starts.
    pub loads: bool,
    /// Its pairs are added to the database when the server stops.
    pub stores: bool,
}

impl Storing {
    /// The meaning of `dbmode`: 1 loads and stores, 2 loads, 3 stores.
    ///
    /// COMPAT: of 2 and 3 the manual says the opposite; this is what 5.6.3 was observed to do.
    pub fn from_mode(mode: i64) -> Storing {
        Storing {
            loads: matches!(mode, 1 | 2),
            stores: matches!(mode, 1 | 3),
        }
    }
}

/// What a queue is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSpec {
    /// Its name.
    pub name: Text,
    /// How many items it holds; one more pushes the oldest out.
    pub size: usize,
    /// What is done with a key that is there already.
    pub mode: AddMode,
    /// When the database has to do with it.
    pub storing: Storing,
}

/// A queue of pairs of key and value.
pub struct Queue {
    /// What it is like.
    pub spec: QueueSpec,
    items: Mutex<VecDeque<(Text, Text)>>,
    was_loaded: AtomicBool,
}

impl Queue {
    /// An empty queue.
    pub fn new(spec: QueueSpec) -> Queue {
        Queue {
            spec,
            items: Mutex::default(),
            was_loaded: AtomicBool::new(false),
        }
    }

    /// Whether its pairs are to be taken out of the database now: once, even when a reload keeps it.
    pub fn begin_loading(&self) -> bool {
        self.spec.storing.loads && !self.was_loaded.swap(true, Ordering::Relaxed)
    }

    /// All pairs, the oldest first; it has none afterwards.
    pub fn drain(&self) -> Vec<(Text, Text)> {
        std::mem::take(&mut *self.items.lock()).into()
    }

    /// Adds a pair at the end. Whether the queue was full, so that the oldest pair went.
    pub fn add(&self, key: Text, value: Text) -> bool {
        let mut items = self.items.lock();
        match self.spec.mode {
            AddMode::All => {}
            AddMode::KeepOldest if items.iter().any(|(known, _)| *known == key) => return false,
            AddMode::KeepOldest => {}
            AddMode::KeepNewest => items.retain(|(known, _)| *known != key),
        }
        let is_full = items.len() >= self.spec.size;
        if is_full {
            items.pop_front();
        }
        items.push_back((key, value));
        is_full
    }

    /// Takes the oldest pair out.
    pub fn fetch(&self) -> Option<(Text, Text)> {
        self.items.lock().pop_front()
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.items.lock().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(
        size: usize,
        mode: AddMode,
        pairs: &[(&'static str, &'static str)],
    ) -> Vec<(Text, Text)> {
        let queue = Queue::new(QueueSpec {
            name: Text::from_static("q"),
            size,
            mode,
            storing: Storing::default(),
        });
        for (key, value) in pairs {
            queue.add(Text::from_static(key), Text::from_static(value));
        }
        std::iter::from_fn(|| queue.fetch()).collect()
    }

    fn pair(key: &'static str, value: &'static str) -> (Text, Text) {
        (Text::from_static(key), Text::from_static(value))
    }

    #[test]
    fn pairs_come_out_in_the_order_they_went_in() {
        let out = filled(9, AddMode::All, &[("a", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(out, [pair("a", "1"), pair("b", "2"), pair("a", "3")]);
    }

    #[test]
    fn a_full_queue_loses_its_oldest_pair() {
        let out = filled(2, AddMode::All, &[("a", "1"), ("b", "2"), ("c", "3")]);
        assert_eq!(out, [pair("b", "2"), pair("c", "3")]);
    }

    #[test]
    fn of_equal_keys_the_oldest_or_the_newest_is_kept() {
        let pairs = [("a", "1"), ("b", "2"), ("a", "3")];
        assert_eq!(
            filled(9, AddMode::KeepOldest, &pairs),
            [pair("a", "1"), pair("b", "2")]
        );
        assert_eq!(
            filled(9, AddMode::KeepNewest, &pairs),
            [pair("b", "2"), pair("a", "3")]
        );
    }
}
