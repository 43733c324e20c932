//! Goes on with a request later: in a route block (`async_route`), or right where it was (`async_sleep`).
//!
//! A run that waits holds nobody up, so that there are no workers to be configured; the transaction is made at once and
//! keeps retransmissions away.

mod functions;
mod params;
mod pvars;

use module_api::{Diagnostic, Loader, Module, Verdict, exports};
use params::Params;

/// The module's instance.
pub struct Async {
    /// What functions that put the request aside answer with.
    answer: Verdict,
}

impl Module for Async {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Async {
            answer: Verdict(params.r#return),
        })
    }
}

exports! {
    name: "async",
    module: Async,
    functions: [
        functions::async_route,
        functions::async_ms_route,
        functions::async_sleep,
        functions::async_ms_sleep,
        functions::async_task_route,
        functions::async_task_group_route,
        functions::async_task_data,
        functions::async_task_group_data,
        functions::async_tkv_emit,
    ],
    pvars: [pvars::task],
    transformations: [],
    rpcs: [],
    event_routes: {
        "async:task-exec": "the name of the callback of tasks in embedded languages; no route of that name is run",
    },
    statistics: {},
}
