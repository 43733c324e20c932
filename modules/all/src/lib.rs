//! The list of modules in the server: one line each, in the order of their names.

use module_api::ModuleExport;

/// Every module a configuration can load. `core` needs no `loadmodule`.
pub static MODULES: &[&ModuleExport] = &[
    &mod_htable::MODULE,
    &mod_sl::MODULE,
];
