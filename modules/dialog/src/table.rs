//! All dialogs: entries by the hash of the Call-ID, numbers within them.

use crate::dialog::{Body, Dialog, Side, State};
use crate::packed::Field;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use stdx::hash::core_hash;

/// How many dialogs there may be. Of more INVITEs no dialog is made.
const DIALOGS_MAX: usize = 1_000_000;

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
    numbering: Numbering,
    agenda: Mutex<BTreeMap<u32, Vec<(u32, u32)>>>,
}

#[derive(Default)]
struct Entry {
    next: u32,
    dialogs: Vec<Arc<Dialog>>,
}

impl Table {
    /// A table of so many entries, which is rounded up to a power of two. `random` makes numbers hard to foresee.
    pub fn new(entries: usize, numbering: Numbering, mut random: impl FnMut() -> u32) -> Table {
        let entries = (0..entries.next_power_of_two()).map(|_| {
            let entry = Entry {
                next: random() & 0x3fff,
                dialogs: Vec::new(),
            };
            Mutex::new(entry)
        });
        Table {
            entries: entries.collect(),
            count: AtomicUsize::new(0),
            numbering,
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

    /// Puts a dialog in; none when there are too many.
    pub fn insert(&self, body: Body) -> Option<Arc<Dialog>> {
        let number = self.entry_of(body.texts.text(Field::CallId));
        let entry = self.entries.get(number as usize)?;
        if self.count.fetch_add(1, Ordering::Relaxed) >= DIALOGS_MAX {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let mut entry = entry.lock();
        entry.next = entry.next.wrapping_add(1) & 0x3fff_ffff;
        let Numbering { start, step } = self.numbering;
        let id = start.wrapping_add(entry.next.wrapping_mul(step));
        let dialog = Arc::new(Dialog::new(number, id, body));
        entry.dialogs.push(dialog.clone());
        Some(dialog)
    }

    /// Puts a dialog back that was known before; false when it is there already or its entry is not of this table.
    pub fn restore(&self, dialog: Dialog) -> Option<Arc<Dialog>> {
        let mut entry = self.entries.get(dialog.entry as usize)?.lock();
        if entry.dialogs.iter().any(|other| other.id == dialog.id) {
            return None;
        }
        let step = self.numbering.step.max(1);
        let number = dialog.id.wrapping_sub(self.numbering.start) / step;
        entry.next = entry.next.max(number & 0x3fff_ffff);
        let dialog = Arc::new(dialog);
        entry.dialogs.push(dialog.clone());
        self.count.fetch_add(1, Ordering::Relaxed);
        Some(dialog)
    }

    /// A dialog by its two numbers.
    pub fn get(&self, entry: u32, id: u32) -> Option<Arc<Dialog>> {
        let entry = self.entries.get(entry as usize)?.lock();
        let mut dialogs = entry.dialogs.iter();
        dialogs.find(|dialog| dialog.id == id).cloned()
    }

    /// The dialog that `matches` takes, of those with a Call-ID; the newest first.
    pub fn find(
        &self,
        call_id: &[u8],
        mut matches: impl FnMut(&Body) -> bool,
    ) -> Option<Arc<Dialog>> {
        let entry = self.entries.get(self.entry_of(call_id) as usize)?.lock();
        let mut dialogs = entry.dialogs.iter().rev();
        let found = dialogs.find(|dialog| {
            let body = dialog.body();
            body.texts.text(Field::CallId) == call_id && matches(&body)
        });
        found.cloned()
    }

    /// The dialog of these names, and who has sent what has them. One that goes on comes before one that has ended.
    pub fn named(&self, names: Names<'_>) -> Option<(Arc<Dialog>, Side)> {
        let mut side = None;
        let mut found = None;
        for wants_ended in [false, true] {
            found = self.find(names.call_id, |body| {
                side = body.sender(names.from_tag, names.to_tag);
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
        let Some(at) = entry.dialogs.iter().position(|other| other.id == dialog.id) else {
            return false;
        };
        entry.dialogs.remove(at);
        if entry.dialogs.is_empty() {
            entry.dialogs = Vec::new();
        }
        self.count.fetch_sub(1, Ordering::Relaxed);
        true
    }

    /// Shows all dialogs, entry by entry, until told to stop. New ones may be missed.
    pub fn for_each(&self, mut each: impl FnMut(&Arc<Dialog>) -> bool) {
        for entry in &self.entries {
            let dialogs = {
                let entry = entry.lock();
                if entry.dialogs.is_empty() {
                    continue;
                }
                entry.dialogs.clone()
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
