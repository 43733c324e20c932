//! Functions that make branches out of attributes.

use crate::branch::{self, StaticBranch};
use crate::pvars::destination::find_socket;
use module_api::{Call, Text, Value, Verdict, script_function};

/// Makes the branch put together in `$sbranch` branch 0: Request-URI, next hop, path, socket, flags, priority.
///
/// False when `$sbranch(uri)` is not set. The static branch stays as it is.
///
/// ```cfg
/// $sbranch(uri) = "sip:bob@127.0.0.1:5080";
/// sbranch_set_ruri();
/// xinfo("$ru\n");   # log: sip:bob@127.0.0.1:5080
/// ```
#[script_function(sbranch_set_ruri, routes = ANY)]
fn sbranch_set_ruri(call: &mut Call) -> Verdict {
    match call.notes.get::<StaticBranch>().cloned() {
        Some(StaticBranch(target)) if target.uri.is_some() => {
            call.target = target;
            call.target_is_new = true;
            Verdict::TRUE
        }
        _ => Verdict::FALSE,
    }
}

/// Adds the branch put together in `$sbranch` to the branches. False when `$sbranch(uri)` is not set.
///
/// ```cfg
/// $sbranch(uri) = "sip:bob@127.0.0.1:5080";
/// $sbranch(dst_uri) = "sip:127.0.0.1:5090";
/// sbranch_append();
/// xinfo("$(branch(dst_uri)[0])\n");   # log: sip:127.0.0.1:5090
/// ```
#[script_function(sbranch_append, routes = ANY)]
fn sbranch_append(call: &mut Call) -> Verdict {
    let Some(StaticBranch(target)) = call.notes.get::<StaticBranch>().cloned() else {
        return Verdict::FALSE;
    };
    if target.uri.is_none() {
        return Verdict::FALSE;
    }
    match branch::append(call, target) {
        Ok(()) => Verdict::TRUE,
        Err(error) => {
            call.error(format_args!("sbranch_append: {error}"));
            Verdict::FALSE
        }
    }
}

/// Forgets the branch put together in `$sbranch`.
///
/// ```cfg
/// $sbranch(uri) = "sip:bob@127.0.0.1:5080";
/// sbranch_reset();
/// xinfo("$sbranch(uri)\n");   # log: <null>
/// ```
#[script_function(sbranch_reset, routes = ANY)]
fn sbranch_reset(call: &mut Call) -> Verdict {
    call.notes.take::<StaticBranch>();
    Verdict::TRUE
}

/// Takes Request-URI, next hop and socket from the children `uri`, `dsturi` and `socket` of the newest `$xavp(root)`.
///
/// What is not there stays as it is. False when there is no such list.
///
/// ```cfg
/// $xavp(dst=>uri) = "sip:alice@example.com";
/// $xavp(dst[0]=>dsturi) = "sip:127.0.0.1:5090";
/// xavp_push_dst("dst");
/// xinfo("$ru $du\n");   # log: sip:alice@example.com sip:127.0.0.1:5090
/// ```
#[script_function(xavp_push_dst, routes = REQUEST | FAILURE | BRANCH)]
fn xavp_push_dst(call: &mut Call, root: Text) -> Verdict {
    let Some(children) = call.attributes.xavps.children(&root, 0) else {
        return Verdict::FALSE;
    };
    let text = |name: &[u8]| match children.value(name, 0) {
        Value::Str(text) if !text.is_empty() => Some(text),
        _ => None,
    };
    let (uri, destination, socket) = (text(b"uri"), text(b"dsturi"), text(b"socket"));
    if let Some(uri) = uri {
        call.set_request_uri(uri);
    }
    if let Some(destination) = destination {
        call.set_next_hop(destination);
    }
    if let Some(socket) = socket {
        match find_socket(call, &socket) {
            Some(id) => call.target.socket = Some(id),
            None => {
                call.warn(format_args!("none of our sockets is {socket}"));
                return Verdict::FALSE;
            }
        }
    }
    Verdict::TRUE
}
