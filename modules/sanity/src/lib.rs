//! Checks requests for faults that would have them rejected further on, and answers those that have one.
//!
//! Which checks are made is a sum of numbers: 1 SIP version, 2 scheme of the Request-URI, 4 required header fields,
//! 32 method in CSeq, 64 number in CSeq, 128 Content-Length, 256 Expires, 512 Proxy-Require, 1024 URIs, 2048 digest
//! credentials, 4096 tags given twice, 8192 Authorization, 16384 first Via.

mod checks;
mod functions;
mod params;
mod size;

use mod_sl::Sl;
use module_api::{Diagnostic, Loader, Module, Text, exports};
use params::Params;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Sanity {
    params: Params,
    /// The extensions that Proxy-Require may name.
    extensions: Vec<Text>,
    sl: OnceLock<Arc<Sl>>,
}

impl Module for Sanity {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let names = stdx::ascii::split_trimmed(&params.proxy_require, b',');
        let extensions = names
            .filter(|name| !name.is_empty())
            .map(Text::from)
            .collect();
        Ok(Sanity {
            params,
            extensions,
            sl: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if let Some(sl) = loader.binder.module::<Sl>() {
            let _ = self.sl.set(sl);
        }
        Ok(())
    }
}

exports! {
    name: "sanity",
    module: Sanity,
    functions: [functions::sanity_check, functions::sanity_reply],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
