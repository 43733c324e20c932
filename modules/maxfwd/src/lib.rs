//! Checks and lowers Max-Forwards (RFC 3261 §16.3, §16.6).

mod functions;
mod params;

use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;

/// The module's instance.
pub struct Maxfwd {
    params: Params,
}

impl Module for Maxfwd {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Maxfwd { params })
    }
}

exports! {
    name: "maxfwd",
    module: Maxfwd,
    functions: [functions::process, functions::is_below],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
