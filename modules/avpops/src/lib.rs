//! Works on AVPs: copies, tests, computes and substitutes them, puts them into the request, and keeps them in a database.
//!
//! An AVP is written as in the script, `$avp(name)` or `$avp(i:5)`, mostly followed by flags behind a slash.

mod check;
mod functions;
mod params;
mod selector;
mod store;

use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::{Arc, OnceLock};
use store::{Scheme, Store};

/// The module's instance.
pub struct Avpops {
    params: Params,
    schemes: Vec<Scheme>,
    store: OnceLock<Store>,
}

impl Module for Avpops {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut schemes = Vec::new();
        let mut mistakes = Vec::new();
        for text in &params.db_scheme {
            match Scheme::read(&text.value.to_str_lossy()) {
                Ok(scheme) => schemes.push(scheme),
                Err(reason) => mistakes.push(Diagnostic::error(
                    diagnostics::codes::params::BAD_PARAMETER,
                    text.span,
                    format!("parameter `db_scheme`: {reason}"),
                )),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Avpops {
            params,
            schemes,
            store: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let url = &self.params.db_url;
        if url.value.is_empty() {
            return Ok(());
        }
        match loader.hooks.databases.open(&url.value.to_str_lossy()) {
            Ok(connection) => {
                let _ = self.store.set(Store::new(connection));
                Ok(())
            }
            Err(error) => Err(vec![Diagnostic::error(
                diagnostics::codes::params::BAD_PARAMETER,
                url.span,
                format!("parameter `db_url`: {error}"),
            )]),
        }
    }
}

exports! {
    name: "avpops",
    module: Avpops,
    functions: [
        functions::memory::avp_delete,
        functions::memory::avp_copy,
        functions::memory::avp_pushto,
        functions::memory::avp_print,
        functions::test::is_avp_set,
        functions::test::avp_check,
        functions::compute::avp_op,
        functions::compute::avp_subst,
        functions::compute::avp_subst_pv,
        functions::database::avp_db_load,
        functions::database::avp_db_store,
        functions::database::avp_db_delete,
        functions::database::avp_db_query,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
