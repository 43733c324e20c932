//! A part of a location table behind a lock of its own.

use super::{AorBinding, Totals};
use crate::access::Change;
use crate::binding::State;
use crate::record::Record;
use hashbrown::HashTable;
use hashbrown::hash_table::OccupiedEntry;
use parking_lot::{Mutex, MutexGuard};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use stdx::ahead;

/// A shard, and what is known of it without its lock. It fills one line of the caches.
///
/// So that the part of the hash table's memory that a hash leads to can be fetched ahead, it is known where that memory lies:
/// `hashbrown` keeps an octet for each bucket, from the one on that the low bits of a hash name, and in front of them the buckets,
/// backwards. Were that to change, what is fetched would be of no use; a test would say so.
#[derive(Default)]
#[repr(align(64))]
pub struct Guarded {
    shard: Mutex<Shard>,
    /// No binding ends before this.
    earliest_end: AtomicU32,
    /// One less than the number of buckets.
    mask: AtomicU32,
    /// The address between the buckets and their octets.
    middle: AtomicUsize,
}

const BUCKET: usize = size_of::<Box<Record>>();

/// A part of a location table.
#[derive(Default)]
pub struct Shard {
    /// Its address-of-records.
    pub records: HashTable<Box<Record>>,
    /// Rows to be deleted when changes are written next.
    #[expect(
        clippy::box_collection,
        reason = "a shard with its lock is one line of the caches"
    )]
    pub removed: Box<Vec<AorBinding>>,
}

impl Guarded {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            earliest_end: AtomicU32::new(u32::MAX),
            ..Self::default()
        }
    }

    /// Takes the lock.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, Shard> {
        self.shard.lock()
    }

    /// Has what [`Guarded::lock`] needs brought into the caches.
    #[inline]
    pub fn fetch(&self) {
        ahead::fetch(&raw const *self as usize);
    }

    /// Has the place of the record with that hash brought into the caches; this itself needs what [`Guarded::fetch`] brings.
    #[inline]
    pub fn fetch_record(&self, hash: u64) {
        self.lines(hash).into_iter().for_each(ahead::fetch);
    }

    /// Addresses in the lines that a search for a record with that hash reads first: a record is often one of the next few behind
    /// the first that it could be.
    #[inline]
    fn lines(&self, hash: u64) -> [usize; 3] {
        let middle = self.middle.load(Relaxed);
        let index = hash as usize & self.mask.load(Relaxed) as usize;
        let bucket = middle.wrapping_sub((index + 1) * BUCKET);
        [
            middle.wrapping_add(index),
            bucket,
            bucket.wrapping_sub(ahead::LINE),
        ]
    }

    /// Whether a binding may have ended at `now`.
    pub fn may_end(&self, now: u32) -> bool {
        self.earliest_end.load(Relaxed) <= now
    }

    /// Notes what was done to a record while the lock is held.
    #[inline]
    pub fn note_end(&self, record: &Record) {
        let end = record.earliest_end();
        if end < self.earliest_end.load(Relaxed) {
            self.earliest_end.store(end, Relaxed);
        }
    }

    /// Notes where a record was put while the lock is held.
    pub fn note_new(&self, entry: OccupiedEntry<'_, Box<Record>>) {
        let bucket = &raw const *entry.get() as usize;
        let middle = bucket + (entry.bucket_index() + 1) * BUCKET;
        if self.middle.load(Relaxed) != middle {
            let buckets = entry.into_table().num_buckets();
            let mask = u32::try_from(buckets - 1).unwrap_or(u32::MAX);
            self.mask.store(mask, Relaxed);
            self.middle.store(middle, Relaxed);
        }
    }

    /// Takes the bindings out that have ended at `now`; the lock is held.
    pub fn sweep(&self, shard: &mut Shard, now: u32, gone: &mut Vec<AorBinding>, totals: &Totals) {
        let mut earliest = u32::MAX;
        shard.records.retain(|record| {
            let Record { aor, bindings, .. } = &mut **record;
            let before = bindings.len();
            let mut at = 0;
            while let Some(binding) = bindings.get(at) {
                if binding.facts.is_valid(now) {
                    if binding.facts.expires != 0 {
                        earliest = earliest.min(binding.facts.expires);
                    }
                    at += 1;
                } else {
                    gone.push(AorBinding {
                        aor: aor.clone(),
                        binding: bindings.remove(at),
                    });
                }
            }
            totals.note(before, bindings.len());
            !bindings.is_empty()
        });
        self.earliest_end.store(earliest, Relaxed);
    }
}

impl Shard {
    /// Adds all changes since they were last taken.
    pub fn take_changes(&mut self, changes: &mut Vec<Change>) {
        let removed = std::mem::take(&mut *self.removed);
        changes.extend(removed.into_iter().map(Change::Delete));
        for record in self.records.iter_mut() {
            let Record { aor, bindings, .. } = &mut **record;
            for binding in bindings {
                if let Some(change) = crate::access::pending(aor, binding) {
                    changes.push(change);
                    binding.facts.state = State::Sync;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stdx::hash::Seed;

    #[test]
    fn a_shard_is_one_line_of_the_caches() {
        assert_eq!(size_of::<Guarded>(), ahead::LINE);
    }

    #[test]
    fn what_is_fetched_is_where_the_record_is_found() {
        let (guarded, seed) = (Guarded::new(), Seed::default());
        let hash_of = |number: u32| seed.hash_bytes(&number.to_be_bytes());
        let mut shard = guarded.lock();
        for number in 0..1000 {
            let hash = hash_of(number);
            let mut record = Record::nameless();
            (record.hash, record.aor) = (hash, Box::new(number.to_be_bytes()));
            let entry = shard
                .records
                .insert_unique(hash, Box::new(record), |it| it.hash);
            guarded.note_new(entry);
        }
        let line = |address: usize| address / ahead::LINE;
        let is_fetched = |number: &u32| {
            let hash = hash_of(*number);
            let found = shard
                .records
                .find(hash, |it| *it.aor == number.to_be_bytes());
            let bucket = &raw const *found.unwrap() as usize;
            let mut lines = guarded.lines(hash).into_iter();
            lines.any(|fetched| line(fetched) == line(bucket))
        };
        let fetched = (0..1000).filter(is_fetched).count();
        assert!(fetched > 950, "{fetched} of 1000");
    }
}
