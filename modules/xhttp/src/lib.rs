//! HTTP on the SIP ports: each request runs `event_route[xhttp:request]`, which answers it with `xhttp_reply()`.
//!
//! Requests that `url_match` and `url_skip` do not let pass are answered with 404 without any route.

mod functions;
mod params;
mod pvars;
pub mod reply;
mod transformations;
pub mod url_filter;

use module_api::{Admission, Call, Diagnostic, Loader, Module, RouteRun, exports};
use params::Params;
use std::sync::Arc;
use url_filter::UrlFilter;

/// The module's instance.
pub struct Xhttp {
    urls: UrlFilter,
}

impl Xhttp {
    fn take(&self, call: &mut Call) -> Admission {
        if !call.message.is_http() || !call.message.is_request() {
            return Admission::Continue;
        }
        let runtime = call.runtime.clone();
        match runtime.routes.event.get("xhttp:request") {
            Some(route) if self.urls.lets_pass(call.message.request_uri()) => {
                runtime.host.run_route_in_order(RouteRun {
                    message: Some(call.message.clone()),
                    reception: Some(call.reception),
                    ..RouteRun::event(&runtime, *route)
                });
            }
            _ => reply::send(call, 404, b"Not Found", b"", b""),
        }
        Admission::Consumed
    }
}

impl Module for Xhttp {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Xhttp {
            urls: UrlFilter::new(&params.url_match, &params.url_skip)?,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let xhttp = self.clone();
        loader.hooks.on_request(move |call| xhttp.take(call));
        Ok(())
    }
}

exports! {
    name: "xhttp",
    module: Xhttp,
    functions: [functions::xhttp_reply],
    pvars: [pvars::url],
    transformations: [transformations::path, transformations::query],
    rpcs: [],
    event_routes: {
        "xhttp:request": "for each HTTP request that came in on a SIP port",
    },
    statistics: {},
}
