//! All tables of a configuration, by name.

use crate::table::{Table, TableSpec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables by name.
#[derive(Default)]
pub struct Tables(BTreeMap<String, Arc<Table>>);

impl Tables {
    /// Adds a table: that of the configuration before when it has the same description, with its items, else an empty one.
    pub fn declare(&mut self, spec: TableSpec, previous: Option<&Tables>) {
        let name = spec.name.to_str_lossy().into_owned();
        let kept = previous
            .and_then(|tables| tables.0.get(&name))
            .filter(|table| table.spec == spec);
        let table = kept.cloned().unwrap_or_else(|| Arc::new(Table::new(spec)));
        self.0.insert(name, table);
    }

    /// A table by its name.
    pub fn get(&self, name: &[u8]) -> Option<&Arc<Table>> {
        std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.0.get(name))
    }

    /// The tables in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.0.values()
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
