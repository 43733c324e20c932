//! All dialogs: entries by the hash of the Call-ID, numbers within them.

use crate::dialog::{Body, Dialog, Side, State};
use crate::packed::Field;
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use stdx::hash::{Map, Seed, core_hash};

/// How many dialogs there may be. Of more INVITEs no dialog is made.
const DIALOGS_MAX: usize = 1_000_000;

/// How many octets the texts of all dialogs may take, from which on none is made either: twice as many as usual ones
/// take where there are as many as there may be. A Contact may be as long as a message.
const OCTETS_MAX: usize = DIALOGS_MAX * 2048;

/// What tells a dialog: Call-ID and tags, from whoever's side.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The Call-ID.
    pub call_id: &'a [u8],
    /// The tag in From.
    pub from_tag: &'a [u8],
    /// The tag in To; empty when there is none.
    pub to_tag: &'a [u8],
}

/// How numbers are given.
#[derive(Clone, Copy, Debug)]
pub struct Numbering {
    /// The least.
    pub start: u32,
    /// The distance.
    pub step: u32,
}

/// All dialogs.
pub struct Table {
    entries: Box<[Mutex<Entry>]>,
    count: AtomicUsize,
    octets: Arc<AtomicUsize>,
    octets_max: usize,
    numbering: Numbering,
    seed: Seed,
    agenda: Mutex<BTreeMap<u32, Vec<(u32, u32)>>>,
}

/// Whoever calls chooses the Call-ID, and with it the entry: one may have nearly all dialogs, so nothing is looked for from end to
/// end that a message asks for.
struct Entry {
    next: u32,
    /// By their numbers, with the keys of their callers.
    dialogs: BTreeMap<u32, (u64, Arc<Dialog>)>,
    /// The numbers by the keys of callers, the newest last.
    callers: Map<u64, SmallVec<[u32; 2]>>,
}

impl Entry {
    fn insert(&mut self, caller: u64, dialog: &Arc<Dialog>) {
        self.dialogs.insert(dialog.id, (caller, dialog.clone()));
        self.callers.entry(caller).or_default().push(dialog.id);
    }

    fn remove(&mut self, id: u32) -> bool {
        let Some((caller, _)) = self.dialogs.remove(&id) else {
            return false;
        };
        if let Some(numbers) = self.callers.get_mut(&caller) {
            numbers.retain(|number| *number != id);
            if numbers.is_empty() {
                self.callers.remove(&caller);
            }
        }
        true
    }
}

impl Table {
    /// A table of so many entries, which is rounded up to a power of two. `random` makes numbers hard to foresee.
    pub fn new(entries: usize, numbering: Numbering, mut random: impl FnMut() -> u32) -> Table {
        let seed = Seed::new(u64::from(random()) << 32 | u64::from(random()));
        let entries = (0..entries.next_power_of_two()).map(|_| {
            let entry = Entry {
                next: random() & 0x3fff,
                dialogs: BTreeMap::new(),
                callers: Map::with_hasher(seed),
            };
            Mutex::new(entry)
        });
        Table {
            entries: entries.collect(),
            count: AtomicUsize::new(0),
            octets: Arc::default(),
            octets_max: OCTETS_MAX,
            numbering,
            seed,
            agenda: Mutex::default(),
        }
    }

    /// How many dialogs there are.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The entry of a Call-ID.
    pub fn entry_of(&self, call_id: &[u8]) -> u32 {
        let mask = self.entries.len() - 1;
        core_hash(call_id) & mask as u32
    }

    /// What the dialogs of a Call-ID have in common whose callers have that tag.
    fn caller_key(&self, call_id: &[u8], tag: &[u8]) -> u64 {
        self.seed.hash_value(&(call_id, tag))
    }

    fn caller_of(&self, body: &Body) -> u64 {
        let texts = &body.texts;
        self.caller_key(texts.text(Field::CallId), texts.text(Field::FromTag))
    }

    /// Puts a dialog in; none when there are too many.
    pub fn insert(&self, body: Body) -> Option<Arc<Dialog>> {
        let caller = self.caller_of(&body);
        let number = self.entry_of(body.texts.text(Field::CallId));
        let entry = self.entries.get(number as usize)?;
        if self.octets.load(Ordering::Relaxed) >= self.octets_max {
            return None;
        }
        if self.count.fetch_add(1, Ordering::Relaxed) >= DIALOGS_MAX {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let mut entry = entry.lock();
        entry.next = entry.next.wrapping_add(1) & 0x3fff_ffff;
        let Numbering { start, step } = self.numbering;
        let id = start.wrapping_add(entry.next.wrapping_mul(step));
        let dialog = Arc::new(Dialog::new(number, id, body));
        dialog.count_in(&self.octets);
        entry.insert(caller, &dialog);
        Some(dialog)
    }

    /// Puts a dialog back that was known before; false when it is there already or its entry is not of this table.
    pub fn restore(&self, dialog: Dialog) -> Option<Arc<Dialog>> {
        let caller = self.caller_of(&dialog.body());
        let mut entry = self.entries.get(dialog.entry as usize)?.lock();
        if entry.dialogs.contains_key(&dialog.id) {
            return None;
        }
        let step = self.numbering.step.max(1);
        let number = dialog.id.wrapping_sub(self.numbering.start) / step;
        entry.next = entry.next.max(number & 0x3fff_ffff);
        let dialog = Arc::new(dialog);
        dialog.count_in(&self.octets);
        entry.insert(caller, &dialog);
        self.count.fetch_add(1, Ordering::Relaxed);
        Some(dialog)
    }

    /// A dialog by its two numbers.
    pub fn get(&self, entry: u32, id: u32) -> Option<Arc<Dialog>> {
        let entry = self.entries.get(entry as usize)?.lock();
        entry.dialogs.get(&id).map(|(_, dialog)| dialog.clone())
    }

    /// The dialog that `matches` takes, of those with a Call-ID; the newest first. It looks at all that share its entry.
    pub fn find(
        &self,
        call_id: &[u8],
        mut matches: impl FnMut(&Body) -> bool,
    ) -> Option<Arc<Dialog>> {
        let entry = self.entries.get(self.entry_of(call_id) as usize)?.lock();
        let mut dialogs = entry.dialogs.values().rev().map(|(_, dialog)| dialog);
        let found = dialogs.find(|dialog| {
            let body = dialog.body();
            body.texts.text(Field::CallId) == call_id && matches(&body)
        });
        found.cloned()
    }

    /// The dialog that `matches` takes, of those with a Call-ID whose caller has that tag; the newest first.
    pub fn of_caller(
        &self,
        call_id: &[u8],
        tag: &[u8],
        mut matches: impl FnMut(&Body) -> bool,
    ) -> Option<Arc<Dialog>> {
        let entry = self.entries.get(self.entry_of(call_id) as usize)?.lock();
        let numbers = entry.callers.get(&self.caller_key(call_id, tag))?;
        numbers.iter().rev().find_map(|number| {
            let (_, dialog) = entry.dialogs.get(number)?;
            let is_meant = {
                let body = dialog.body();
                body.texts.text(Field::CallId) == call_id && matches(&body)
            };
            is_meant.then(|| dialog.clone())
        })
    }

    /// The dialog of these names, and who has sent what has them. One that goes on comes before one that has ended.
    pub fn named(&self, names: Names<'_>) -> Option<(Arc<Dialog>, Side)> {
        let Names {
            call_id,
            from_tag,
            to_tag,
        } = names;
        // The caller's tag is in From of what the caller sends, and in To of what the callee sends.
        let mut side = None;
        let mut found = None;
        for (wants_ended, tag) in [
            (false, from_tag),
            (false, to_tag),
            (true, from_tag),
            (true, to_tag),
        ] {
            found = self.of_caller(call_id, tag, |body| {
                side = body.sender(from_tag, to_tag);
                side.is_some() && (body.state == State::Deleted) == wants_ended
            });
            if found.is_some() {
                break;
            }
        }
        Some((found?, side?))
    }

    /// Takes a dialog out; whether it was there.
    pub fn remove(&self, dialog: &Dialog) -> bool {
        let Some(entry) = self.entries.get(dialog.entry as usize) else {
            return false;
        };
        let mut entry = entry.lock();
        if !entry.remove(dialog.id) {
            return false;
        }
        self.count.fetch_sub(1, Ordering::Relaxed);
        true
    }

    /// Shows all dialogs, entry by entry, until told to stop. New ones may be missed.
    pub fn for_each(&self, mut each: impl FnMut(&Arc<Dialog>) -> bool) {
        for entry in &self.entries {
            let dialogs: Vec<Arc<Dialog>> = {
                let entry = entry.lock();
                let dialogs = entry.dialogs.values();
                dialogs.map(|(_, dialog)| dialog.clone()).collect()
            };
            for dialog in &dialogs {
                if !each(dialog) {
                    return;
                }
            }
        }
    }

    /// Has a dialog looked at when that second has come.
    pub fn look_at(&self, dialog: &Dialog, second: u32) {
        let mut agenda = self.agenda.lock();
        let places = agenda.entry(second).or_default();
        places.push((dialog.entry, dialog.id));
    }

    /// The dialogs that are to be looked at by now.
    pub fn take_due(&self, now: u32) -> Vec<Arc<Dialog>> {
        let due = {
            let mut agenda = self.agenda.lock();
            let later = agenda.split_off(&now.saturating_add(1));
            std::mem::replace(&mut *agenda, later)
        };
        let places = due.into_values().flatten();
        places
            .filter_map(|(entry, id)| self.get(entry, id))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::tests::body;

    const NUMBERING: Numbering = Numbering { start: 0, step: 1 };

    #[test]
    fn a_dialog_is_found_by_its_numbers_and_its_names() {
        let table = Table::new(16, NUMBERING, || 7);
        let dialog = table.insert(body(State::Confirmed)).unwrap();
        assert!(Arc::ptr_eq(
            &table.get(dialog.entry, dialog.id).unwrap(),
            &dialog
        ));
        let names = |from_tag, to_tag| Names {
            call_id: b"call",
            from_tag,
            to_tag,
        };
        let side = |names| table.named(names).map(|(_, side)| side);
        assert_eq!(side(names(b"a", b"b")), Some(Side::Caller));
        assert_eq!(side(names(b"b", b"a")), Some(Side::Callee));
        assert_eq!(side(names(b"b", b"x")), None);
        assert!(table.remove(&dialog));
        assert!(!table.remove(&dialog));
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn the_entry_of_a_call_id_is_that_of_5_6_3() {
        // Observed on 5.6.3 with 4096 entries.
        let table = Table::new(4096, NUMBERING, || 0);
        for (call_id, entry) in [
            ("n41gn6d8webd10qb", 771),
            ("i6pqivbci881qzif", 3118),
            ("2ete0nnbsszausw2", 2961),
        ] {
            assert_eq!(table.entry_of(call_id.as_bytes()), entry);
        }
    }

    #[test]
    fn a_dialog_that_goes_on_comes_before_one_that_has_ended() {
        let table = Table::new(1, NUMBERING, || 0);
        let first = table.insert(body(State::Early)).unwrap();
        let second = table.insert(body(State::Early)).unwrap();
        second.body().state = State::Deleted;
        let names = Names {
            call_id: b"call",
            from_tag: b"a",
            to_tag: b"",
        };
        assert_eq!(table.named(names).unwrap().0.id, first.id);
        first.body().state = State::Deleted;
        assert_eq!(table.named(names).unwrap().0.id, second.id);
    }

    /// With one entry for all, as when strangers choose their Call-IDs so.
    #[test]
    fn a_dialog_is_found_without_a_look_at_all_that_share_its_entry() {
        let table = Table::new(1, NUMBERING, || 7);
        let ids: Vec<u32> = (0..2_000)
            .map(|number: u32| {
                let mut body = body(State::Early);
                let tag = number.to_string();
                let call_id: &[u8] = if number.is_multiple_of(2) {
                    b"even"
                } else {
                    b"odd"
                };
                body.texts
                    .set(&[(Field::CallId, call_id), (Field::FromTag, tag.as_bytes())]);
                table.insert(body).unwrap().id
            })
            .collect();
        let mut looked_at = 0;
        let found = table.of_caller(b"even", b"1000", |_| {
            looked_at += 1;
            true
        });
        assert_eq!((found.unwrap().id, looked_at), (ids[1000], 1));
        let names = |call_id, from_tag, to_tag| Names {
            call_id,
            from_tag,
            to_tag,
        };
        let (found, side) = table.named(names(b"odd", b"callee", b"1001")).unwrap();
        assert_eq!((found.id, side), (ids[1001], Side::Callee));
        assert!(table.named(names(b"odd", b"1000", b"")).is_none());
        assert!(table.remove(&found));
        assert!(table.named(names(b"odd", b"callee", b"1001")).is_none());
        assert_eq!(table.len(), 1_999);
    }

    #[test]
    fn texts_without_end_leave_no_room_for_more() {
        let mut table = Table::new(16, NUMBERING, || 0);
        table.octets_max = 1_000;
        let dialog = table.insert(body(State::Early)).unwrap();
        dialog.set_texts(&[(Field::CalleeContact, &[b'x'; 1_000])]);
        assert!(table.insert(body(State::Early)).is_none());
        assert!(table.remove(&dialog));
        drop(dialog);
        assert!(table.insert(body(State::Early)).is_some());
        assert!(table.octets.load(Ordering::Relaxed) < 100);
    }

    #[test]
    fn what_is_due_is_told_once() {
        let table = Table::new(1, NUMBERING, || 0);
        let dialog = table.insert(body(State::Early)).unwrap();
        table.look_at(&dialog, 10);
        assert!(table.take_due(9).is_empty());
        assert_eq!(table.take_due(10).len(), 1);
        assert!(table.take_due(11).is_empty());
    }

    #[test]
    fn numbers_keep_their_distance() {
        let table = Table::new(1, Numbering { start: 3, step: 10 }, || 0);
        for _ in 0..3 {
            let dialog = table.insert(body(State::Early)).unwrap();
            assert_eq!(dialog.id % 10, 3);
        }
    }
}
