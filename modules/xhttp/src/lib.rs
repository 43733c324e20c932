//! HTTP on the SIP ports: each request runs `event_route[xhttp:request]`, which answers it with `xhttp_reply()`.
//!
//! Requests that `url_match` and `url_skip` do not let pass are answered with 404 without any route.

mod functions;
mod params;
mod pvars;
pub mod reply;
mod transformations;

use diagnostics::codes;
use module_api::{
    Admission, Call, Diagnostic, Loader, Module, Placed, RouteKind, RouteRun, Text, exports,
};
use params::Params;
use std::sync::Arc;
use stdx::ere::{Ere, Flags};

/// The module's instance.
pub struct Xhttp {
    matching: Option<Ere>,
    skipped: Option<Ere>,
}

fn compile(given: &Placed<Text>, mistakes: &mut Vec<Diagnostic>) -> Option<Ere> {
    if given.value.is_empty() {
        return None;
    }
    let flags = Flags {
        ignore_case: true,
        newline: false,
    };
    match Ere::compile(&given.value, flags) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let message = format!("`{}` is no regular expression: {error}", given.value);
            let code = codes::params::BAD_REGEX;
            mistakes.push(Diagnostic::error(code, given.span, message));
            None
        }
    }
}

impl Xhttp {
    fn lets_pass(&self, url: &[u8]) -> bool {
        let skipped = self.skipped.as_ref().is_some_and(|re| re.is_match(url));
        !skipped && self.matching.as_ref().is_none_or(|re| re.is_match(url))
    }

    fn take(&self, call: &mut Call) -> Admission {
        if !call.message.is_http() || !call.message.is_request() {
            return Admission::Continue;
        }
        let runtime = call.runtime.clone();
        match runtime.routes.event.get("xhttp:request") {
            Some(route) if self.lets_pass(call.message.request_uri()) => {
                runtime.host.run_route_in_order(RouteRun {
                    runtime: runtime.clone(),
                    route: *route,
                    kind: RouteKind::Event,
                    message: Some(call.message.clone()),
                    reception: Some(call.reception),
                    note: None,
                    done: None,
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
        let mut mistakes = Vec::new();
        let matching = compile(&params.url_match, &mut mistakes);
        let skipped = compile(&params.url_skip, &mut mistakes);
        if mistakes.is_empty() {
            Ok(Xhttp { matching, skipped })
        } else {
            Err(mistakes)
        }
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
