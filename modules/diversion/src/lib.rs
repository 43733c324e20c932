//! Diversion (RFC 5806): tells who was called first, and why the call went elsewhere.

mod functions;
mod params;

use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;

/// The module's instance.
pub struct Diversion {
    params: Params,
}

impl Module for Diversion {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Diversion { params })
    }
}

exports! {
    name: "diversion",
    module: Diversion,
    functions: [functions::add_diversion],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
