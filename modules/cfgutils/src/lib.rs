//! Randomness, waiting, locks by name, global flags, and route blocks by name.
//!
//! `sleep()` and `usleep()` park the run that calls them; nothing else waits.

mod functions;
mod params;
mod pvars;
mod rpc;

use module_api::{Diagnostic, Loader, Locks, Module, exports};
use params::Params;
use std::sync::atomic::{AtomicI64, AtomicU32};

/// The module's instance.
pub struct Cfgutils {
    /// What `rand_event()` succeeds with, in percent.
    probability: AtomicI64,
    initial_probability: i64,
    flags: AtomicU32,
    locks: Locks,
    config: Option<rpc::ConfigFile>,
}

impl Module for Cfgutils {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Cfgutils {
            probability: AtomicI64::new(params.initial_probability),
            initial_probability: params.initial_probability,
            flags: AtomicU32::new(params.initial_gflags as u32),
            locks: Locks::default(),
            config: params.hash_file.map(rpc::ConfigFile::read),
        })
    }
}

exports! {
    name: "cfgutils",
    module: Cfgutils,
    functions: [
        functions::rand_event,
        functions::rand_set_prob,
        functions::rand_reset_prob,
        functions::rand_get_prob,
        functions::sleep,
        functions::usleep,
        functions::abort,
        functions::pkg_status,
        functions::shm_status,
        functions::set_gflag,
        functions::reset_gflag,
        functions::is_gflag,
        functions::lock,
        functions::trylock,
        functions::unlock,
        functions::check_route_exists,
        functions::route_if_exists,
        functions::core_hash,
    ],
    pvars: [pvars::random],
    transformations: [],
    rpcs: [
        rpc::rand_set_prob,
        rpc::rand_reset_prob,
        rpc::rand_get_prob,
        rpc::set_gflag,
        rpc::reset_gflag,
        rpc::is_gflag,
        rpc::get_gflags,
        rpc::get_config_hash,
        rpc::check_config_hash,
    ],
    event_routes: {},
    statistics: {},
}
