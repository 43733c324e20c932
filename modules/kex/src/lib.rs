//! Script flags, branch flags, the next hop, tests for our own names, and the RPC commands about statistics.

mod functions;
mod memory;
mod pvars;
mod rpc;

use mod_core::memory::configured;
use module_api::{Diagnostic, Loader, Module, NoParams, exports};
use std::time::SystemTime;

/// The module's instance.
pub struct Kex {
    /// When the configuration was loaded, in seconds since 1970; part of `$sruid`.
    started: u64,
}

impl Module for Kex {
    type Params = NoParams;

    fn load(_: NoParams, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        memory::register(loader.statistics, configured(loader.settings));
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Ok(Kex {
            started: started.map_or(0, |time| time.as_secs()),
        })
    }
}

exports! {
    name: "kex",
    module: Kex,
    functions: [
        functions::flags::setsflag,
        functions::flags::resetsflag,
        functions::flags::issflagset,
        functions::flags::setbflag,
        functions::flags::resetbflag,
        functions::flags::isbflagset,
        functions::setdsturi,
        functions::resetdsturi,
        functions::isdsturiset,
        functions::pv_printf,
        functions::is_myself,
        functions::is_myhost,
        functions::setdebug,
        functions::resetdebug,
    ],
    pvars: [pvars::unique_id],
    transformations: [],
    rpcs: [
        rpc::get_statistics,
        rpc::fetch,
        rpc::fetch_numbers,
        rpc::reset_statistics,
        rpc::clear_statistics,
        rpc::module_memory,
        rpc::module_memory_stats,
        rpc::module_memory_statsx,
        rpc::private_memory,
        rpc::private_memory_info,
    ],
    event_routes: {},
    statistics: {
        "total_size": "the size that is configured for memory, in bytes",
        "used_size": "the memory in use, in bytes",
        "real_used_size": "the same",
        "max_used_size": "the most memory that was in use, in bytes",
        "free_size": "what is left of the configured size, in bytes",
        "fragments": "always 1: the heap is not made of fragments that could be counted",
    },
}
