//! Reads and builds JSON (RFC 8259) in variables of the script.
//!
//! A place in a document is a path such as `inner.list[3]`. Members keep the order in which they stand.

mod document;
mod functions;

use module_api::{Diagnostic, Loader, Module, NoParams, exports};

/// The module's instance: it keeps nothing.
pub struct Jansson;

impl Module for Jansson {
    type Params = NoParams;

    fn load(_: NoParams, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Jansson)
    }
}

exports! {
    name: "jansson",
    module: Jansson,
    functions: [
        functions::jansson_get,
        functions::jansson_pv_get,
        functions::jansson_get_field,
        functions::jansson_array_size,
        functions::jansson_set,
        functions::jansson_append,
        functions::jansson_xdecode,
        functions::jansson_xencode,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
