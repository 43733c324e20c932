//! Path (RFC 3327): how an edge proxy tells the registrar that requests to a phone must come through it.
//!
//! The header names the socket that the registration leaves by, so it is written when that is known. With the module outbound,
//! it has a flow token (RFC 5626).

mod functions;
mod header;
mod params;
mod received;

use mod_outbound::Outbound;
use mod_rr::Rr;
use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Path {
    params: Params,
    /// The module outbound, wherever in the configuration it is loaded.
    outbound: OnceLock<Arc<Outbound>>,
}

impl Module for Path {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Path {
            params,
            outbound: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if let Some(outbound) = loader.binder.module::<Outbound>() {
            let _ = self.outbound.set(outbound);
        }
        let path = self.clone();
        loader
            .hooks
            .fills
            .push(Box::new(move |call, deferred, delivery, out| {
                header::fill(&path.params, call, deferred, delivery, out);
            }));
        if self.params.use_received
            && let Some(rr) = loader.binder.module::<Rr>()
        {
            let path = self.clone();
            rr.on_route(move |call, params| {
                let name = &path.params.received_name;
                if let Some(uri) = received::from_params(params, name) {
                    call.set_next_hop(uri);
                }
            });
        }
        Ok(())
    }
}

exports! {
    name: "path",
    module: Path,
    functions: [
        functions::add_path,
        functions::add_path_received,
        functions::add_path_advertised_address,
        functions::add_path_received_advertised_address,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
