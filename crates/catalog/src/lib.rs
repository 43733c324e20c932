//! What a configuration can name: functions, variables, transformations, parameters, RPCs, event routes.
//!
//! Pure data. The entries are written once, beside the Rust code that implements them (see `module-macros`);
//! the checker, the reference pages, the compatibility table and `kahea explain` all read them from here.
//! The crate does not know how a function is run. Read [`ModuleEntry`] first.

mod entry;
mod kinds;
pub mod upstream;

pub use entry::{
    Compat, EventRouteEntry, FunctionEntry, ModuleEntry, ParamEntry, PvarEntry, RpcEntry,
    SettingEntry, StatisticEntry, TransformationEntry,
};
pub use kinds::{ArgKind, Effect, RouteKind, Routes, SettingKind};

use std::collections::BTreeMap;

/// All modules of a server binary, by name.
#[derive(Clone, Default)]
pub struct Catalog {
    modules: BTreeMap<&'static str, &'static ModuleEntry>,
}

impl Catalog {
    /// A catalog of the given modules. A module that occurs twice counts once.
    pub fn new(modules: impl IntoIterator<Item = &'static ModuleEntry>) -> Self {
        Catalog {
            modules: modules
                .into_iter()
                .map(|module| (module.name, module))
                .collect(),
        }
    }

    /// The module of that name (without `.so` and path).
    pub fn module(&self, name: &str) -> Option<&'static ModuleEntry> {
        self.modules.get(name).copied()
    }

    /// All modules in the order of their names.
    pub fn modules(&self) -> impl Iterator<Item = &'static ModuleEntry> + '_ {
        self.modules.values().copied()
    }

    /// The modules that export a function of that name, with its entries (one for each calling form).
    pub fn functions_named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'static ModuleEntry, &'static FunctionEntry)> + 'a {
        self.modules().flat_map(move |module| {
            module
                .functions
                .iter()
                .filter(move |f| f.is_called(name))
                .map(move |f| (module, *f))
        })
    }

    /// The modules that export a variable class of that name.
    pub fn pvars_named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'static ModuleEntry, &'static PvarEntry)> + 'a {
        self.modules().flat_map(move |module| {
            module
                .pvars
                .iter()
                .filter(move |p| p.is_called(name))
                .map(move |p| (module, *p))
        })
    }
}
