//! An address-of-record with its bindings, and how a registration finds the binding that it is about.

use crate::binding::{Binding, Facts, State, Texts};
use module_api::Xavp;
use smallvec::SmallVec;

/// Which binding a registration is about (`matching_mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// The one with the same contact.
    #[default]
    Contact,
    /// The one with the same contact and Call-ID.
    ContactAndCallId,
    /// The one with the same contact and Path.
    ContactAndPath,
    /// The one with the same Call-ID.
    CallId,
}

impl Matching {
    /// Whether a registration with the texts `wanted` is about the binding with the texts `own` and that `reg-id`.
    ///
    /// An instance says it by itself, wherever it is now (RFC 5627 §5, observed on 5.6.3), and has a binding for each
    /// `reg-id` (RFC 5626 §6).
    pub fn is_same(
        self,
        own: &Texts<'_>,
        own_reg_id: u32,
        wanted: &Texts<'_>,
        reg_id: u32,
    ) -> bool {
        if !wanted.instance.is_empty() {
            return own.instance == wanted.instance && own_reg_id == reg_id;
        }
        match self {
            Matching::Contact => own.contact == wanted.contact,
            Matching::ContactAndCallId => {
                own.contact == wanted.contact && own.call_id == wanted.call_id
            }
            Matching::ContactAndPath => {
                own.contact == wanted.contact && (wanted.path.is_empty() || own.path == wanted.path)
            }
            Matching::CallId => own.call_id == wanted.call_id,
        }
    }
}

/// The order of an address-of-record's bindings (`desc_time_order`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The highest priority first, those without one last, older before newer.
    #[default]
    ByPriority,
    /// The one registered last first.
    ByTime,
}

/// An address-of-record with its bindings.
#[derive(Debug, Default)]
pub struct Record {
    /// The name: `user` or `user@domain`.
    pub(crate) aor: Box<[u8]>,
    /// The name's hash in its table, which a table that grows would else have to read every name for.
    pub(crate) hash: u64,
    pub(crate) bindings: SmallVec<[Binding; 1]>,
}

impl Record {
    pub(crate) fn nameless() -> Record {
        Record::default()
    }

    /// The name: `user` or `user@domain`.
    pub fn aor(&self) -> &[u8] {
        &self.aor
    }

    /// The bindings in their order.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// When the first of its bindings ends.
    pub(crate) fn earliest_end(&self) -> u32 {
        let ends = self.bindings.iter().map(|binding| binding.facts.expires);
        ends.filter(|end| *end != 0).min().unwrap_or(u32::MAX)
    }

    /// The place of the binding that a registration with these texts is about; see [`Matching::is_same`].
    pub fn find(&self, matching: Matching, texts: &Texts<'_>, reg_id: u32) -> Option<usize> {
        self.bindings.iter().position(|binding| {
            matching.is_same(&binding.texts(), binding.facts.reg_id, texts, reg_id)
        })
    }

    /// The place of the binding of that unique name.
    pub fn find_ruid(&self, ruid: &[u8]) -> Option<usize> {
        self.bindings
            .iter()
            .position(|binding| binding.ruid() == ruid)
    }

    /// Adds an attribute to those of a binding.
    pub(crate) fn add_attribute(&mut self, ruid: &[u8], item: Xavp) {
        let at = self.find_ruid(ruid);
        if let Some(binding) = at.and_then(|at| self.bindings.get_mut(at)) {
            binding.attributes.get_or_insert_default().push_last(item);
        }
    }

    pub(crate) fn put(&mut self, order: Order, binding: Binding) -> usize {
        let at = match order {
            Order::ByTime => 0,
            Order::ByPriority => {
                let q = binding.facts.q;
                let before = |other: &Binding| other.facts.q < q;
                self.bindings
                    .iter()
                    .position(before)
                    .unwrap_or(self.bindings.len())
            }
        };
        self.bindings.insert(at, binding);
        at
    }

    pub(crate) fn change(
        &mut self,
        order: Order,
        at: usize,
        texts: &Texts<'_>,
        facts: Facts,
    ) -> Option<usize> {
        let binding = self.bindings.get_mut(at)?;
        if !binding.set_texts(texts) {
            return None;
        }
        let moves = match order {
            Order::ByTime => at != 0,
            Order::ByPriority => binding.facts.q != facts.q,
        };
        let state = match binding.facts.state {
            State::New => State::New,
            State::Sync | State::Dirty => State::Dirty,
        };
        // Without an instance the registration does not say another flow either.
        let reg_id = match texts.instance {
            [] => binding.facts.reg_id,
            _ => facts.reg_id,
        };
        binding.facts = Facts {
            state,
            reg_id,
            ..facts
        };
        if !moves {
            return Some(at);
        }
        let binding = self.bindings.remove(at);
        Some(self.put(order, binding))
    }
}

#[cfg(test)]
mod tests;
