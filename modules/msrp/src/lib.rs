//! Reads MSRP URIs (RFC 4975 §9).

mod params;
mod transformations;
mod uri;

use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;

/// The module's instance: it keeps nothing.
pub struct Msrp;

impl Module for Msrp {
    type Params = Params;

    fn load(_: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Msrp)
    }
}

exports! {
    name: "msrp",
    module: Msrp,
    functions: [],
    pvars: [],
    transformations: [
        transformations::user,
        transformations::userinfo,
        transformations::host,
        transformations::port,
        transformations::session,
        transformations::proto,
        transformations::params,
    ],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
