//! RPC commands that read and change parameters while the server runs: those that the script declares itself
//! (`group.name = value`), those of the core, and those of modules.
//!
//! A parameter of a module is one of these when its field has the type `Live` or `LiveText`, and it changes at once. Of the
//! core's, and of modules', some are read once, when the server starts: they are shown and refuse another value.
//!
//! A change is made at once, or prepared and then committed together with others. A group can have instances
//! (`group[1]`) in which some variables have a value of their own.

mod fixed;
mod known;
mod rpc;

pub use fixed::variables as fixed_variables;

use fixed::Kept;
use known::Variables;
use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance.
#[derive(Default)]
pub struct CfgRpc {
    variables: Variables,
    kept: Kept,
}

impl Module for CfgRpc {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(CfgRpc::default())
    }
}

exports! {
    name: "cfg_rpc",
    module: CfgRpc,
    functions: [],
    pvars: [],
    transformations: [],
    rpcs: [
        rpc::add_group_inst,
        rpc::commit,
        rpc::del,
        rpc::del_delayed,
        rpc::del_group_inst,
        rpc::diff,
        rpc::get,
        rpc::help,
        rpc::list,
        rpc::reset,
        rpc::rollback,
        rpc::set,
        rpc::set_delayed,
        rpc::set_delayed_int,
        rpc::set_delayed_string,
        rpc::set_now_int,
        rpc::set_now_string,
        rpc::seti,
        rpc::sets,
    ],
    event_routes: {},
    statistics: {},
}
