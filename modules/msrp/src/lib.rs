//! Reads MSRP URIs (RFC 4975 §9).

mod transformations;
mod uri;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance: it keeps nothing.
pub struct Msrp;

impl Module for Msrp {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
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
