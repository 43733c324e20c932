//! The slots of script variables (`$var`, `$vn`), given out at load.

use crate::value::Value;
use std::collections::BTreeMap;

/// What an unset script variable reads as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unset {
    /// 0: `$var`, `$vz`.
    Zero,
    /// `$null`: `$vn`.
    Null,
}

/// Names and first values of script variables.
#[derive(Clone, Debug, Default)]
pub struct VariableSlots {
    names: BTreeMap<(Unset, String), u32>,
    initial: Vec<Value>,
    unset: Vec<Value>,
}

impl VariableSlots {
    /// The slot of a name; the same for each use of it.
    pub fn slot(&mut self, unset: Unset, name: &str) -> u32 {
        if let Some(slot) = self.names.get(&(unset, name.to_owned())) {
            return *slot;
        }
        let slot = self.initial.len() as u32;
        let value = match unset {
            Unset::Zero => Value::Int(0),
            Unset::Null => Value::Null,
        };
        self.names.insert((unset, name.to_owned()), slot);
        self.initial.push(value.clone());
        self.unset.push(value);
        slot
    }

    /// The slot of a name that was used before.
    pub fn find(&self, unset: Unset, name: &str) -> Option<u32> {
        self.names.get(&(unset, name.to_owned())).copied()
    }

    /// The variables of a kind with their slots, by name.
    pub fn named(&self, unset: Unset) -> impl Iterator<Item = (&str, u32)> {
        let of_kind = self
            .names
            .iter()
            .filter(move |((kind, _), _)| *kind == unset);
        of_kind.map(|((_, name), slot)| (name.as_str(), *slot))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.initial.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.initial.is_empty()
    }

    /// Gives a variable the value it has at the start of each run (`varset`).
    pub fn set_initial(&mut self, unset: Unset, name: &str, value: Value) {
        let slot = self.slot(unset, name) as usize;
        if let Some(entry) = self.initial.get_mut(slot) {
            *entry = value;
        }
    }

    /// The values at the start of a run, and the values that `$null` stands for, by slot.
    pub fn values(&self) -> (Box<[Value]>, Box<[Value]>) {
        (self.initial.clone().into(), self.unset.clone().into())
    }
}
