//! The list of modules in the server: one line each, in the order of their names.

use module_api::ModuleExport;

/// Every module a configuration can load. `core` needs no `loadmodule`.
pub static MODULES: &[&ModuleExport] = &[
    &mod_cfgutils::MODULE,
    &mod_htable::MODULE,
    &mod_kex::MODULE,
    &mod_maxfwd::MODULE,
    &mod_mqueue::MODULE,
    &mod_pv::MODULE,
    &mod_rtimer::MODULE,
    &mod_sl::MODULE,
    &mod_xlog::MODULE,
];
