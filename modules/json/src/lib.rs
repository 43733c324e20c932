//! Reads JSON (RFC 8259) in variables of the script.
//!
//! What is read is written as Kamailio's library writes it: with blanks, and slashes escaped.

mod functions;
mod params;
mod text;
mod transformations;

use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;

/// The module's instance.
pub struct Json {
    /// What stands for a dot in the names of a path.
    escape: Option<char>,
}

impl Module for Json {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let escape = params.json_escape_char.to_str_lossy().chars().next();
        Ok(Json { escape })
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
