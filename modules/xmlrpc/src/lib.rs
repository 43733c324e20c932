//! RPC commands over XML-RPC: HTTP requests that come in on a SIP port run a route block, which calls `dispatch_rpc()`.
//!
//! The route sees the HTTP request in the form of a SIP request, with a SIP URI and a Via that names the client.

mod functions;
mod params;
mod reader;
mod writer;

use diagnostics::codes;
use mod_xhttp::url_filter::UrlFilter;
use module_api::{Admission, Call, Diagnostic, Loader, Module, RouteKind, RouteRun, exports};
use params::Params;
use sip::Message;
use std::io::Write;
use std::sync::Arc;

/// What the Request-URI of a request in the form of SIP is (observed on 5.6.3).
const URI: &str = "sip:127.0.0.1:9";

/// The module's instance.
pub struct Xmlrpc {
    params: Params,
    urls: UrlFilter,
}

/// The request in the form of SIP.
fn as_sip(call: &Call) -> Option<Message> {
    let message = &call.message;
    let rest = usize::try_from(message.headers_start()).ok()?;
    let rest = message.buffer().get(rest..)?;
    let mut out = Vec::with_capacity(rest.len() + 128);
    out.extend_from_slice(message.method_name());
    // Writing to memory does not fail.
    let _ = write!(out, " {URI} ");
    out.extend_from_slice(message.version());
    let reception = &call.reception;
    let transport = reception.transport.to_string().to_ascii_uppercase();
    let _ = write!(out, "\r\nVia: SIP/2.0/{transport} {}\r\n", reception.peer);
    out.extend_from_slice(rest);
    Message::parse(out.into()).ok()
}

/// A route that ends with a negative code wants the connection closed after what it has sent.
fn close_on_failure(call: &mut Call, code: i64) {
    let Some(connection) = call.reception.connection.filter(|_| code < 0) else {
        return;
    };
    let mut is_sent = false;
    for (_, delivery) in &mut call.outbox.sends {
        if delivery.connection == Some(connection) {
            delivery.close_after = true;
            is_sent = true;
        }
    }
    if !is_sent {
        call.runtime.host.close_connection(connection);
    }
}

impl Xmlrpc {
    fn take(&self, call: &mut Call) -> Admission {
        let message = &call.message;
        let is_ours = message.is_http() && message.is_request();
        if !is_ours || !self.urls.lets_pass(message.request_uri()) {
            return Admission::Continue;
        }
        if !matches!(message.method_name(), b"GET" | b"POST") {
            mod_xhttp::reply::send(call, 405, b"Method Not Allowed", b"", b"");
            return Admission::Consumed;
        }
        let Some(converted) = as_sip(call) else {
            return Admission::Consumed;
        };
        let runtime = call.runtime.clone();
        let name = self.params.route.value.to_str_lossy();
        match runtime.routes.routes.get(&*name) {
            Some(route) => {
                runtime.host.run_route_in_order(RouteRun {
                    runtime: runtime.clone(),
                    route: *route,
                    kind: RouteKind::Request,
                    message: Some(converted),
                    reception: Some(call.reception),
                    attached: None,
                    note: None,
                    done: Some(Box::new(|call, outcome| {
                        close_on_failure(call, outcome.code);
                    })),
                });
                Admission::Consumed
            }
            None => {
                call.message = converted;
                Admission::Continue
            }
        }
    }
}

impl Module for Xmlrpc {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Xmlrpc {
            urls: UrlFilter::new(&params.url_match, &params.url_skip)?,
            params,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let route = &self.params.route;
        let name = route.value.to_str_lossy();
        if !name.is_empty() && loader.binder.routes.route(&route.value).is_none() {
            let code = codes::routes::UNKNOWN_ROUTE;
            let message = format!("there is no route[{name}]");
            let warning = Diagnostic::warning(code, route.span, message);
            loader.binder.diagnostics.push(warning);
        }
        if self.params.mode == 0 {
            let xmlrpc = self.clone();
            loader.hooks.on_request(move |call| xmlrpc.take(call));
        }
        Ok(())
    }
}

exports! {
    name: "xmlrpc",
    module: Xmlrpc,
    functions: [functions::dispatch_rpc, functions::xmlrpc_reply],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
