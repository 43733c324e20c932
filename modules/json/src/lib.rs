//! Reads JSON (RFC 8259) in variables of the script.
//!
//! What is read is written as Kamailio's library writes it: with blanks, and slashes escaped.

mod functions;
mod text;
mod transformations;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance: it keeps nothing.
pub struct Json;

impl Module for Json {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Json)
    }
}

exports! {
    name: "json",
    module: Json,
    functions: [functions::json_get_field, functions::json_get_string],
    pvars: [],
    transformations: [
        transformations::encode,
        transformations::parse,
        transformations::parsex,
    ],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
