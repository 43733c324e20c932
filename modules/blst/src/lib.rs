//! Has the places that messages come from avoided: the script's hold on the core's list of places that do not answer.
//!
//! The list works only where the core parameter `use_dst_blocklist` is on; else nothing is listed.

mod functions;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance.
pub struct Blst;

impl Module for Blst {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Blst)
    }
}

exports! {
    name: "blst",
    module: Blst,
    functions: [
        functions::blst_add,
        functions::blst_add_retry_after,
        functions::blst_clear_ignore,
        functions::blst_del,
        functions::blst_is_blocklisted,
        functions::blst_rpl_clear_ignore,
        functions::blst_rpl_set_ignore,
        functions::blst_set_ignore,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
