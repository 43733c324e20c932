//! The table of defines.

use std::collections::BTreeMap;
use std::sync::Arc;

use diagnostics::Span;

/// All names that are defined when the script has been read.
#[derive(Clone, Debug, Default)]
pub struct Defines {
    table: BTreeMap<Box<str>, Define>,
}

/// A defined name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Define {
    /// What stands in its place; `None` when it is only defined.
    pub value: Option<Arc<str>>,
    /// The directive that defined it; `None` when the program itself did.
    pub span: Option<Span>,
}

impl Defines {
    /// A define by its name.
    pub fn get(&self, name: &str) -> Option<&Define> {
        self.table.get(name)
    }

    /// Whether the name is defined.
    pub fn contains(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Define)> {
        self.table.iter().map(|(name, define)| (&**name, define))
    }

    pub(super) fn insert(&mut self, name: &str, value: Option<&str>, span: Option<Span>) {
        let value = value.filter(|value| !value.is_empty()).map(Arc::from);
        self.table.insert(name.into(), Define { value, span });
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        self.table.remove(name).is_some()
    }

    /// `loadmodule "path/name.so"` defines `MOD_name`.
    pub(super) fn module_loaded(&mut self, path: &str, span: Span) {
        let file = path.rsplit('/').next().unwrap_or_default();
        let module = file.strip_suffix(".so").unwrap_or(file);
        self.insert(&format!("MOD_{module}"), None, Some(span));
    }
}
