//! Recording the route.

use crate::{Rr, header, record};
use module_api::{Call, Text, Verdict, script_function};

/// Puts us into the route of the dialog: adds a Record-Route when the request is sent on.
///
/// `params` is appended to the URI, such as `;nat=yes`. Two headers are added when the request leaves by another socket than it
/// came in by. False when the request has one already.
///
/// ```cfg
/// record_route(";nat=yes");
/// if (!record_route()) xinfo("once is enough\n");   # log: once is enough
/// ```
#[script_function(record_route, routes = REQUEST | FAILURE | BRANCH)]
fn record_route(rr: &Rr, call: &mut Call, params: Option<Text>) -> Verdict {
    record::by_sockets(rr, call, &params.unwrap_or_default())
}

/// Adds a Record-Route with `address`, which is host, port and parameters, and with two of them a second one.
///
/// With two, the first is that of the side where the request goes to, and both should have `r2=on`; false where `enable_double_rr` is 0.
///
/// ```cfg
/// record_route_preset("192.0.2.1:5090");
/// ```
#[script_function(record_route_preset, routes = REQUEST | FAILURE | BRANCH)]
fn record_route_preset(rr: &Rr, call: &mut Call, address: Text, incoming: Option<Text>) -> Verdict {
    record::preset(rr, call, &address, incoming.as_deref())
}

/// Adds a Record-Route with `address`, and two of them when the request leaves by another transport than it came in by.
///
/// ```cfg
/// record_route_advertised_address("sip.example.org:5080");
/// ```
#[script_function(record_route_advertised_address, routes = REQUEST | FAILURE | BRANCH)]
fn record_route_advertised_address(rr: &Rr, call: &mut Call, address: Text) -> Verdict {
    record::by_address(rr, call, &address)
}

/// Takes back what `record_route` and its kin have added.
///
/// ```cfg
/// record_route();
/// remove_record_route();
/// if (record_route()) xinfo("again\n");   # log: again
/// ```
#[script_function(remove_record_route, routes = REQUEST | FAILURE)]
fn remove_record_route(call: &mut Call) -> Verdict {
    header::remove(call);
    Verdict::TRUE
}

/// Adds a parameter, such as `;nat=yes`, to the URI of the Record-Route, whether that is recorded before or afterwards.
///
/// ```cfg
/// add_rr_param(";nat=yes");
/// record_route();
/// ```
#[script_function(add_rr_param, routes = REQUEST | FAILURE | BRANCH)]
fn add_rr_param(rr: &Rr, call: &mut Call, param: Text) -> Verdict {
    let is_added = rr.add_param(call, &param);
    if !is_added {
        call.error(format_args!("a Record-Route cannot hold this parameter"));
    }
    Verdict::of(is_added)
}
