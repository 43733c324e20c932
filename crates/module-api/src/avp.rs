//! Attribute-value pairs: what a script attaches to a message and its transaction.

use crate::value::Value;
use stdx::Text;

/// The name of an `$avp`: `$avp(s:x)` and `$avp(x)` are text, `$avp(i:5)` is a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvpName {
    /// A name of text.
    Text(Text),
    /// A numeric name.
    Number(i64),
}

/// All `$avp`s of a message, each name a stack with its newest value first.
#[derive(Clone, Debug, Default)]
pub struct Avps {
    // Oldest first: the newest value of a name is the last entry with it.
    entries: Vec<(AvpName, Value)>,
}

impl Avps {
    /// Puts a value on top of the others of that name.
    pub fn push(&mut self, name: AvpName, value: Value) {
        self.entries.push((name, value));
    }

    /// The newest value of a name.
    pub fn newest(&self, name: &AvpName) -> Option<&Value> {
        self.entries
            .iter()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v)
    }

    /// The value at `index` of a name; 0 is the newest, -1 the one before the oldest as
    /// Kamailio counts: a negative index counts from the oldest, which is `-count`.
    pub fn get<'a>(&'a self, name: &'a AvpName, index: i64) -> Option<&'a Value> {
        if index == 0 {
            return self.newest(name);
        }
        let position = if index > 0 {
            index
        } else {
            self.count(name) as i64 + index
        };
        self.values(name).nth(usize::try_from(position).ok()?)
    }

    /// The values of a name, newest first.
    pub fn values<'a>(&'a self, name: &'a AvpName) -> impl Iterator<Item = &'a Value> + 'a {
        self.entries
            .iter()
            .rev()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v)
    }

    /// How many values a name has.
    pub fn count(&self, name: &AvpName) -> usize {
        self.entries.iter().filter(|(n, _)| n == name).count()
    }

    /// Takes the newest value of a name away; whether there was one.
    pub fn pop(&mut self, name: &AvpName) -> Option<Value> {
        let position = self.entries.iter().rposition(|(n, _)| n == name)?;
        Some(self.entries.remove(position).1)
    }

    /// Replaces the value at `index` (0 is the newest); false when there is none.
    pub fn replace(&mut self, name: &AvpName, index: usize, value: Value) -> bool {
        match self
            .entries
            .iter_mut()
            .rev()
            .filter(|(n, _)| n == name)
            .nth(index)
        {
            Some((_, slot)) => {
                *slot = value;
                true
            }
            None => false,
        }
    }

    /// Takes all values of a name away; how many there were.
    pub fn remove_all(&mut self, name: &AvpName) -> usize {
        let before = self.entries.len();
        self.entries.retain(|(n, _)| n != name);
        before - self.entries.len()
    }

    /// All entries, newest first.
    pub fn iter(&self) -> impl Iterator<Item = (&AvpName, &Value)> {
        self.entries.iter().rev().map(|(name, value)| (name, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// An extended AVP: a name with a value, or with a list of named values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Xavp {
    /// Its name.
    pub name: Text,
    /// What it holds.
    pub value: XavpValue,
}

/// What an [`Xavp`] holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum XavpValue {
    /// A plain value.
    Plain(Value),
    /// Children, newest first.
    List(XavpList),
}

/// A list of extended AVPs, newest first; several may share a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct XavpList {
    items: Vec<Xavp>,
}

impl XavpList {
    /// Puts an item before all others.
    pub fn push(&mut self, item: Xavp) {
        self.items.insert(0, item);
    }

    /// Puts an item after all others.
    pub fn push_last(&mut self, item: Xavp) {
        self.items.push(item);
    }

    /// The item at `index` among those of a name; 0 is the newest, -1 the oldest.
    pub fn get(&self, name: &[u8], index: i64) -> Option<&Xavp> {
        self.position(name, index).and_then(|at| self.items.get(at))
    }

    /// Like [`XavpList::get`], for changing.
    pub fn get_mut(&mut self, name: &[u8], index: i64) -> Option<&mut Xavp> {
        self.position(name, index)
            .and_then(|at| self.items.get_mut(at))
    }

    /// The children of the item at `index` of a name, if it is a list.
    pub fn children(&self, name: &[u8], index: i64) -> Option<&XavpList> {
        match &self.get(name, index)?.value {
            XavpValue::List(list) => Some(list),
            XavpValue::Plain(_) => None,
        }
    }

    /// Like [`XavpList::children`], for changing.
    pub fn children_mut(&mut self, name: &[u8], index: i64) -> Option<&mut XavpList> {
        match &mut self.get_mut(name, index)?.value {
            XavpValue::List(list) => Some(list),
            XavpValue::Plain(_) => None,
        }
    }

    /// The plain value at `index` of a name; null when absent or a list.
    pub fn value(&self, name: &[u8], index: i64) -> Value {
        match self.get(name, index) {
            Some(Xavp {
                value: XavpValue::Plain(value),
                ..
            }) => value.clone(),
            _ => Value::Null,
        }
    }

    /// Takes the item at `index` of a name away.
    pub fn remove(&mut self, name: &[u8], index: i64) -> Option<Xavp> {
        self.position(name, index).map(|at| self.items.remove(at))
    }

    /// Takes all items of a name away; how many there were.
    pub fn remove_all(&mut self, name: &[u8]) -> usize {
        let before = self.items.len();
        self.items.retain(|item| *item.name != *name);
        before - self.items.len()
    }

    /// How many items have a name.
    pub fn count(&self, name: &[u8]) -> usize {
        self.items.iter().filter(|item| *item.name == *name).count()
    }

    /// All items, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Xavp> {
        self.items.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn position(&self, name: &[u8], index: i64) -> Option<usize> {
        let mut matching = (0..self.items.len())
            .filter(|at| self.items.get(*at).is_some_and(|item| *item.name == *name));
        match usize::try_from(index) {
            Ok(index) => matching.nth(index),
            Err(_) => matching.rev().nth(usize::try_from(-1 - index).ok()?),
        }
    }
}

/// All that a script attaches to a message; it moves into the transaction when there is one.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// `$avp`.
    pub avps: Avps,
    /// `$xavp`.
    pub xavps: XavpList,
    /// `$xavu`: one value a name.
    pub xavus: XavpList,
    /// `$xavi`: names without regard to case.
    pub xavis: XavpList,
}

impl Attributes {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.avps.is_empty()
            && self.xavps.is_empty()
            && self.xavus.is_empty()
            && self.xavis.is_empty()
    }

    /// Forgets all, keeping memory.
    pub fn clear(&mut self) {
        self.avps.entries.clear();
        self.xavps.items.clear();
        self.xavus.items.clear();
        self.xavis.items.clear();
    }
}
