//! One location table: address-of-records in shards, each with its own lock.
//!
//! A shard knows when the first of its bindings can end, so that expiry passes it by until then. Phones refresh long before
//! their bindings end: of a million contacts a sweep looks at few.

mod shard;

use crate::access::{Access, Change, Journal};
use crate::binding::{Binding, LOST, MEMORY_ONLY, State};
use crate::owed::Owed;
use crate::places::{Connections, Instances};
use crate::record::{Order, Record};
use crate::undo::Undo;
use hashbrown::hash_table::Entry;
use module_api::{ConnectionId, Counter, Gauge, Text, Xavp};
use shard::{Guarded, Shard};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use stdx::hash::Seed;

/// How a table is kept besides in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// It is not.
    #[default]
    Memory,
    /// Every change is written before it is answered.
    WriteThrough,
    /// Changes are written from time to time.
    WriteBack,
    /// It is in the database only.
    Database,
}

/// Shards at most. More of them only lie further apart: with 65,536 a registration costs 0.5 µs more, as its shard is in no
/// cache.
const SHARDS_MAX: usize = 1 << 10;

/// What a table is made for.
#[derive(Clone, Debug)]
pub struct DomainSpec {
    /// Its name, which is the database table's too.
    pub name: Text,
    /// How many slots operators are told of (`hash_size`); it has no more shards than that.
    pub slots: usize,
    /// The order of bindings.
    pub order: Order,
    /// How it is kept.
    pub keeping: Keeping,
    /// What makes hashes unpredictable.
    pub seed: Seed,
}

/// A binding with its address-of-record, apart from the table.
pub struct AorBinding {
    /// Its address-of-record.
    pub aor: Box<[u8]>,
    /// The binding.
    pub binding: Binding,
}

/// One location table.
pub struct Domain {
    /// What it was made for.
    pub spec: DomainSpec,
    /// How many bindings have expired.
    pub expired: Counter,
    shards: Box<[Guarded]>,
    totals: Totals,
    /// Whether the rows of the database were read.
    pub(crate) is_loaded: AtomicBool,
    pub(crate) owed: Owed,
    pub(crate) connections: Arc<Connections>,
    pub(crate) instances: Instances,
}

/// How much there is in all shards, told without their locks: whoever asks does not wait for a sweep.
#[derive(Default)]
struct Totals {
    users: Gauge,
    contacts: Gauge,
}

impl Totals {
    /// Notes that an address-of-record had `before` bindings and has `after` now; without any there is none.
    fn note(&self, before: usize, after: usize) {
        if before == after {
            return;
        }
        self.contacts.add(after as i64 - before as i64);
        self.users.add(i64::from(after > 0) - i64::from(before > 0));
    }
}

impl Domain {
    /// An empty table.
    pub fn new(spec: DomainSpec) -> Domain {
        let count = spec.slots.next_power_of_two().clamp(1, SHARDS_MAX);
        Domain {
            shards: (0..count).map(|_| Guarded::new()).collect(),
            totals: Totals::default(),
            expired: Counter::default(),
            is_loaded: AtomicBool::new(false),
            owed: Owed::default(),
            connections: Arc::default(),
            instances: Instances::new(spec.seed),
            spec,
        }
    }

    /// Its name.
    pub fn name(&self) -> &Text {
        &self.spec.name
    }

    /// The hash of an address-of-record.
    pub fn hash(&self, aor: &[u8]) -> u64 {
        self.spec.seed.hash_bytes(aor)
    }

    fn shard(&self, hash: u64) -> Option<&Guarded> {
        // The low bits choose the place within a shard's table.
        let index = (hash >> 40) as usize & (self.shards.len() - 1);
        self.shards.get(index)
    }

    /// Has the shard of the address-of-record with that hash brought into the caches.
    pub fn fetch_shard(&self, hash: u64) {
        if let Some(shard) = self.shard(hash) {
            shard.fetch();
        }
    }

    /// Has the place of the address-of-record with that hash brought into the caches, some time after its shard.
    pub fn fetch_record(&self, hash: u64) {
        if let Some(shard) = self.shard(hash) {
            shard.fetch_record(hash);
        }
    }

    /// Lets `work` look at an address-of-record; nothing when it has no binding.
    pub fn read<R>(&self, aor: &[u8], work: impl FnOnce(&Record) -> R) -> Option<R> {
        let hash = self.hash(aor);
        let shard = self.shard(hash)?.lock();
        let record = shard.records.find(hash, |record| *record.aor == *aor)?;
        Some(work(record))
    }

    /// Lets `work` change an address-of-record, which may have no binding before or after; with it come the changes that
    /// have to be written before they count.
    ///
    /// A lock is held meanwhile: `work` does nothing else.
    pub fn access<R>(
        &self,
        aor: &[u8],
        work: impl FnOnce(&mut Access<'_>) -> R,
    ) -> (R, Vec<Change>) {
        self.access_then(aor, work, |changes| changes)
    }

    /// Like `access_then`, for a change that does not count until it is written: with it comes what makes it
    /// undone, where every change is written at once.
    pub fn access_undoable<R, K>(
        &self,
        aor: &[u8],
        work: impl FnOnce(&mut Access<'_>) -> R,
        keep: impl FnOnce(Vec<Change>) -> K,
    ) -> (R, K, Option<Box<Undo>>) {
        let mut undo = None;
        let wants_undo = self.spec.keeping == Keeping::WriteThrough;
        let noted = |access: &mut Access<'_>| {
            if !wants_undo {
                return work(access);
            }
            let before = access.bindings().into();
            let result = work(access);
            let after = access.bindings().into();
            undo = Some(Box::new(Undo { before, after }));
            result
        };
        let (result, kept) = self.access_then(aor, noted, keep);
        (result, kept, undo)
    }

    /// Makes a change undone. What others have changed since then stays as they left it.
    pub fn undo(&self, aor: &[u8], undo: Undo) {
        let order = self.spec.order;
        self.change_silently(aor, |record| undo.put_back(order, record));
    }

    /// Like [`Domain::access`]; `keep` gets the changes before anybody else can make some, so that they are written in their
    /// order. It does not wait.
    fn access_then<R, K>(
        &self,
        aor: &[u8],
        work: impl FnOnce(&mut Access<'_>) -> R,
        keep: impl FnOnce(Vec<Change>) -> K,
    ) -> (R, K) {
        let mut changes = Vec::new();
        let hash = self.hash(aor);
        let Some(guarded) = self.shard(hash) else {
            let mut nobody = Record::nameless();
            let journal = Journal::Silent;
            let mut access = Access::new(aor, &mut nobody, self.spec.order, journal);
            return (work(&mut access), keep(changes));
        };
        let mut locked = guarded.lock();
        let shard = &mut *locked;
        let mut journal = match self.spec.keeping {
            Keeping::WriteThrough | Keeping::Database => Journal::Through(&mut changes),
            Keeping::WriteBack => Journal::Back(&mut shard.removed),
            Keeping::Memory => Journal::Silent,
        };
        let entry = shard
            .records
            .entry(hash, |record| *record.aor == *aor, |record| record.hash);
        let result = match entry {
            Entry::Occupied(mut entry) => {
                let record = &mut **entry.get_mut();
                if let Some(first) = record.bindings.first() {
                    first.fetch_texts();
                }
                let before = record.bindings.len();
                let mut access = Access::new(aor, record, self.spec.order, journal.again());
                let result = work(&mut access);
                self.totals.note(before, record.bindings.len());
                guarded.note_end(record);
                if record.bindings.is_empty() {
                    entry.remove();
                }
                result
            }
            Entry::Vacant(entry) => {
                let mut record = Record::nameless();
                let mut access = Access::new(aor, &mut record, self.spec.order, journal.again());
                let result = work(&mut access);
                if !record.bindings.is_empty() {
                    self.totals.note(0, record.bindings.len());
                    guarded.note_end(&record);
                    record.aor = aor.into();
                    record.hash = hash;
                    guarded.note_new(entry.insert(Box::new(record)));
                }
                result
            }
        };
        let kept = keep(changes);
        drop(locked);
        (result, kept)
    }

    /// Puts a binding back that was kept elsewhere.
    pub fn restore(&self, aor: &[u8], binding: Binding) {
        let instance = (!binding.instance().is_empty()).then(|| binding.ruid());
        let connection = binding.facts.connection().filter(|found| found.0 != LOST);
        self.note_places(aor, connection, instance);
        let order = self.spec.order;
        self.change_silently(aor, |record| {
            record.put(order, binding);
        });
    }

    /// Adds an attribute that was read from the database to those of a binding.
    pub fn restore_attribute(&self, aor: &[u8], ruid: &[u8], item: Xavp) {
        self.change_silently(aor, |record| record.add_attribute(ruid, item));
    }

    fn change_silently(&self, aor: &[u8], work: impl FnOnce(&mut Record)) {
        let hash = self.hash(aor);
        let Some(guarded) = self.shard(hash) else {
            return;
        };
        let mut shard = guarded.lock();
        let entry = shard
            .records
            .entry(hash, |record| *record.aor == *aor, |record| record.hash);
        let mut entry = entry.or_insert_with(|| {
            let mut record = Record::nameless();
            record.aor = aor.into();
            record.hash = hash;
            Box::new(record)
        });
        let record = &mut **entry.get_mut();
        let before = record.bindings.len();
        work(record);
        self.totals.note(before, record.bindings.len());
        guarded.note_end(record);
        if record.bindings.is_empty() {
            entry.remove();
        } else {
            guarded.note_new(entry);
        }
    }

    /// Makes changes be written again that could not be written.
    pub(crate) fn requeue(&self, changes: Vec<Change>) {
        for change in changes {
            let (row, state) = match change {
                Change::Insert(row) => (row, State::New),
                Change::Update(row) => (row, State::Dirty),
                Change::Delete(row) => {
                    if let Some(shard) = self.shard(self.hash(&row.aor)) {
                        shard.lock().removed.push(row);
                    }
                    continue;
                }
            };
            self.change_silently(&row.aor, |record| {
                if let Some(at) = record.find_ruid(row.binding.ruid())
                    && let Some(binding) = record.bindings.get_mut(at)
                {
                    binding.facts.state = state;
                }
            });
        }
    }

    /// Notes where a binding is to be found by its connection and by its unique name.
    pub fn note_places(&self, aor: &[u8], connection: Option<ConnectionId>, gruu: Option<&[u8]>) {
        if let Some(connection) = connection {
            self.connections.add(connection, self.hash(aor));
        }
        if let Some(ruid) = gruu {
            self.instances.add(ruid, self.hash(aor));
        }
    }

    /// The address-of-record that has a binding of that unique name; only those noted are found.
    pub fn aor_of(&self, ruid: &[u8]) -> Option<Box<[u8]>> {
        let hash = self.instances.get(ruid)?;
        let shard = self.shard(hash)?.lock();
        let found = shard
            .records
            .find(hash, |record| record.find_ruid(ruid).is_some());
        found.map(|record| record.aor.clone())
    }

    /// Takes the bindings of a connection out, telling `departed` of each.
    pub fn drop_connection(
        &self,
        connection: ConnectionId,
        departed: &mut dyn FnMut(AorBinding),
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for hash in self.connections.take(connection) {
            let Some(shard) = self.shard(hash) else {
                continue;
            };
            let aor = {
                let shard = shard.lock();
                let found = shard.records.find(hash, |record| {
                    let mut bindings = record.bindings.iter();
                    bindings.any(|binding| binding.facts.connection == connection.0)
                });
                found.map(|record| record.aor.clone())
            };
            let Some(aor) = aor else {
                continue;
            };
            let (gone, written) = self.access(&aor, |access| {
                access.take(|binding| binding.facts.connection == connection.0)
            });
            changes.extend(written);
            for binding in gone {
                let aor = aor.clone();
                departed(AorBinding { aor, binding });
            }
        }
        changes
    }

    /// Takes the bindings out that have ended at `now`, telling `departed` of each.
    pub fn sweep(&self, now: u32, departed: &mut dyn FnMut(AorBinding)) -> Vec<Change> {
        let mut changes = Vec::new();
        for guarded in self.shards.iter().filter(|guarded| guarded.may_end(now)) {
            let mut gone = Vec::new();
            {
                let mut shard = guarded.lock();
                guarded.sweep(&mut shard, now, &mut gone, &self.totals);
                self.journal_gone(&gone, &mut shard, &mut changes);
            }
            self.expired.add(gone.len() as i64);
            for one in gone {
                if !one.binding.instance().is_empty() {
                    self.instances.forget(one.binding.ruid());
                }
                departed(one);
            }
        }
        changes
    }

    fn journal_gone(&self, gone: &[AorBinding], shard: &mut Shard, changes: &mut Vec<Change>) {
        let mut journal = match self.spec.keeping {
            Keeping::WriteThrough | Keeping::Database => Journal::Through(changes),
            Keeping::WriteBack => Journal::Back(&mut shard.removed),
            Keeping::Memory => return,
        };
        // The row of one that is in memory only ends by itself.
        let is_written = |one: &&AorBinding| one.binding.facts.flags & MEMORY_ONLY == 0;
        for one in gone.iter().filter(is_written) {
            journal.removed(&one.aor, &one.binding);
        }
    }

    /// All changes since they were last taken, of a table that is written from time to time, in pieces of about `size`.
    pub fn take_changes(&self, size: usize, each: &mut dyn FnMut(Vec<Change>)) {
        if self.spec.keeping != Keeping::WriteBack {
            return;
        }
        let mut changes = Vec::new();
        for shard in &self.shards {
            shard.lock().take_changes(&mut changes);
            if changes.len() >= size {
                each(std::mem::take(&mut changes));
            }
        }
        if !changes.is_empty() {
            each(changes);
        }
    }

    /// Leaves the rows of bindings that have ended where they are, though they were to be deleted.
    pub fn leave_ended(&self, now: u32) {
        let is_valid = |row: &AorBinding| row.binding.facts.is_valid(now);
        for shard in &self.shards {
            shard.lock().removed.retain(is_valid);
        }
    }

    /// Lets `work` look at every address-of-record, shard by shard; a lock is held meanwhile.
    pub fn for_each(&self, work: &mut dyn FnMut(&Record)) {
        for shard in &self.shards {
            let shard = shard.lock();
            for record in &shard.records {
                work(record);
            }
        }
    }

    /// Like [`Domain::for_each`] for one part of the table out of `parts`, so that the work can be spread over time.
    pub fn for_each_in_part(&self, part: usize, parts: usize, work: &mut dyn FnMut(&Record)) {
        for shard in self.shards.iter().skip(part).step_by(parts.max(1)) {
            let shard = shard.lock();
            for record in &shard.records {
                work(record);
            }
        }
    }

    /// Copies of the bindings of one part of the table out of `parts` that `wanted` chooses: for work that takes time. It may
    /// change what is not written to the database.
    pub fn copies_in_part(
        &self,
        part: usize,
        parts: usize,
        mut wanted: impl FnMut(&mut Binding) -> bool,
    ) -> Vec<AorBinding> {
        let mut copies = Vec::new();
        for shard in self.shards.iter().skip(part).step_by(parts.max(1)) {
            for record in shard.lock().records.iter_mut() {
                let Record { aor, bindings, .. } = &mut **record;
                for binding in bindings {
                    if wanted(binding) {
                        copies.push(AorBinding {
                            aor: aor.clone(),
                            binding: binding.clone(),
                        });
                    }
                }
            }
        }
        copies
    }

    /// How many address-of-records have bindings.
    pub fn users(&self) -> usize {
        usize::try_from(self.totals.users.value()).unwrap_or(0)
    }

    /// How many bindings there are.
    pub fn contacts(&self) -> usize {
        usize::try_from(self.totals.contacts.value()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
