//! Changing an address-of-record, with what has to be written about it.

use crate::binding::{Binding, Facts, MEMORY_ONLY, State, Texts};
use crate::domain::AorBinding;
use crate::record::{Matching, Order, Record};
use module_api::XavpList;
use smallvec::SmallVec;

/// A change that has to be written to the database.
pub enum Change {
    /// A new row.
    Insert(AorBinding),
    /// Other values in a row.
    Update(AorBinding),
    /// A row less.
    Delete(AorBinding),
}

/// Where changes are noted.
pub(crate) enum Journal<'a> {
    /// Nowhere.
    Silent,
    /// All in order.
    Through(&'a mut Vec<Change>),
    /// Those of rows that are gone; bindings know by themselves that they changed.
    Back(&'a mut Vec<AorBinding>),
}

impl Journal<'_> {
    /// The same journal for a shorter time.
    pub(crate) fn again(&mut self) -> Journal<'_> {
        match self {
            Journal::Silent => Journal::Silent,
            Journal::Through(changes) => Journal::Through(changes),
            Journal::Back(removed) => Journal::Back(removed),
        }
    }

    fn put(&mut self, aor: &[u8], binding: &mut Binding) {
        let is_new = binding.facts.state == State::New;
        match self {
            // Nothing will be written: what was read stays as it is called (observed on 5.6.3, `db_mode` 4).
            Journal::Silent if !is_new => binding.facts.state = State::Sync,
            Journal::Through(changes) if binding.facts.flags & MEMORY_ONLY == 0 => {
                binding.facts.state = State::Sync;
                let row = AorBinding {
                    aor: aor.into(),
                    binding: binding.clone(),
                };
                changes.push(if is_new {
                    Change::Insert(row)
                } else {
                    Change::Update(row)
                });
            }
            Journal::Silent | Journal::Through(_) | Journal::Back(_) => {}
        }
    }

    /// Notes that a binding is gone.
    pub(crate) fn removed(&mut self, aor: &[u8], binding: &Binding) {
        // One that is in memory only has a row if it had one before.
        if binding.facts.flags & MEMORY_ONLY != 0 && binding.facts.state == State::New {
            return;
        }
        let row = || AorBinding {
            aor: aor.into(),
            binding: binding.clone(),
        };
        match self {
            Journal::Silent => {}
            Journal::Through(changes) => changes.push(Change::Delete(row())),
            Journal::Back(removed) => {
                if binding.facts.state != State::New {
                    removed.push(row());
                }
            }
        }
    }
}

/// What has to be written about a binding, if there is something.
pub(crate) fn pending(aor: &[u8], binding: &Binding) -> Option<Change> {
    if binding.facts.flags & MEMORY_ONLY != 0 {
        return None;
    }
    let row = || AorBinding {
        aor: aor.into(),
        binding: binding.clone(),
    };
    match binding.facts.state {
        State::New => Some(Change::Insert(row())),
        State::Dirty => Some(Change::Update(row())),
        State::Sync => None,
    }
}

/// An address-of-record that can be changed.
pub struct Access<'a> {
    aor: &'a [u8],
    record: &'a mut Record,
    order: Order,
    journal: Journal<'a>,
}

impl<'a> Access<'a> {
    /// An address-of-record as it was fetched, for tables that are in the database only; changes go to `changes`.
    pub fn fetched(
        aor: &'a [u8],
        record: &'a mut Record,
        order: Order,
        changes: &'a mut Vec<Change>,
    ) -> Access<'a> {
        Access::new(aor, record, order, Journal::Through(changes))
    }

    pub(crate) fn new(
        aor: &'a [u8],
        record: &'a mut Record,
        order: Order,
        journal: Journal<'a>,
    ) -> Access<'a> {
        Access {
            aor,
            record,
            order,
            journal,
        }
    }

    /// The address-of-record's name.
    pub fn aor(&self) -> &[u8] {
        self.aor
    }

    /// Its bindings in their order.
    pub fn bindings(&self) -> &[Binding] {
        &self.record.bindings
    }

    /// The place of the binding that a registration is about; see [`Record::find`].
    pub fn find(&self, matching: Matching, texts: &Texts<'_>, reg_id: u32) -> Option<usize> {
        self.record.find(matching, texts, reg_id)
    }

    /// The place of the binding of that unique name.
    pub fn find_ruid(&self, ruid: &[u8]) -> Option<usize> {
        self.record.find_ruid(ruid)
    }

    /// Adds a binding; nothing when its texts are too long together. The answer is its place.
    pub fn insert(
        &mut self,
        texts: &Texts<'_>,
        facts: Facts,
        attributes: Option<&XavpList>,
    ) -> Option<usize> {
        let mut binding = Binding::new(texts, facts)?;
        binding.attributes = attributes.map(|list| Box::new(list.clone()));
        self.journal.put(self.aor, &mut binding);
        Some(self.record.put(self.order, binding))
    }

    /// Gives a binding other texts and figures, and other attributes if there are any; nothing when there is none at that
    /// place, or its texts are too long together. The answer is its new place.
    pub fn update(
        &mut self,
        at: usize,
        texts: &Texts<'_>,
        facts: Facts,
        attributes: Option<&XavpList>,
    ) -> Option<usize> {
        let at = self.record.change(self.order, at, texts, facts)?;
        if let Some(binding) = self.record.bindings.get_mut(at) {
            if let Some(list) = attributes {
                binding.attributes = Some(Box::new(list.clone()));
            }
            self.journal.put(self.aor, binding);
        }
        Some(at)
    }

    /// Lets `work` change what is not written to the database of a binding.
    pub fn touch(&mut self, at: usize, work: impl FnOnce(&mut Binding)) {
        if let Some(binding) = self.record.bindings.get_mut(at) {
            work(binding);
        }
    }

    /// Takes a binding out.
    pub fn remove(&mut self, at: usize) -> Option<Binding> {
        if at >= self.record.bindings.len() {
            return None;
        }
        let binding = self.record.bindings.remove(at);
        self.journal.removed(self.aor, &binding);
        Some(binding)
    }

    /// Takes a binding out of the memory only: its row stays.
    pub fn forget(&mut self, at: usize) -> Option<Binding> {
        (at < self.record.bindings.len()).then(|| self.record.bindings.remove(at))
    }

    /// Takes all bindings out that `unwanted` chooses.
    pub fn take(&mut self, mut unwanted: impl FnMut(&Binding) -> bool) -> SmallVec<[Binding; 1]> {
        let mut taken = SmallVec::new();
        let mut at = 0;
        while let Some(binding) = self.record.bindings.get(at) {
            if unwanted(binding) {
                taken.extend(self.remove(at));
            } else {
                at += 1;
            }
        }
        taken
    }
}
