//! Script functions.

use crate::{Flow, Outbound};
use module_api::{Call, Verdict, script_function};
use sip::{HeaderId, Message};

/// There is no Route.
const NO_ROUTE: Verdict = Verdict(-1);
/// The first Route is not ours.
const NOT_OURS: Verdict = Verdict(-2);
/// It has no token.
const NO_TOKEN: Verdict = Verdict(-3);
/// Its token is none, or was not made by us.
const UNREADABLE_TOKEN: Verdict = Verdict(-4);
/// The connection that it names is gone.
const NO_CONNECTION: Verdict = Verdict(-5);
/// The first Route cannot be read.
const UNREADABLE_ROUTE: Verdict = Verdict(-7);

/// Whether the user of the first Route is a token of a flow that can be used.
///
/// 1 when it is. -1: there is no Route. -2: the first is not ours. -3: it has no token. -4: the token is none of ours. -5: the
/// connection that it names is gone. -7: the Route cannot be read. Tokens do not expire and a message that has come to the script can be
/// read, so -6 and -8 do not occur.
///
/// ```cfg
/// check_flow_token();
/// switch ($rc) {
///     case -5:
///         sl_send_reply("430", "Flow Failed");
///         exit;
///     case -1:
///         xinfo("no Route\n");   # log: no Route
///         break;
/// }
/// ```
#[script_function(check_flow_token, routes = REQUEST)]
fn check_flow_token(outbound: &Outbound, call: &mut Call) -> Verdict {
    match token_of(call, &call.message) {
        Err(verdict) => verdict,
        Ok(token) => match outbound.flow(token) {
            Err(_) => UNREADABLE_TOKEN,
            Ok(flow) if !is_open(call, &flow) => NO_CONNECTION,
            Ok(_) => Verdict::TRUE,
        },
    }
}

/// The user of the first Route, if that is ours.
fn token_of<'a>(call: &Call, message: &'a Message) -> Result<&'a [u8], Verdict> {
    let route = match message.addresses(HeaderId::Route).next() {
        None => return Err(NO_ROUTE),
        Some(route) => route.map_err(|_| UNREADABLE_ROUTE)?,
    };
    let uri = route
        .parse_uri(message.buffer())
        .map_err(|_| UNREADABLE_ROUTE)?;
    let sockets = &call.runtime.sockets;
    if !sockets.is_myself(uri.host(), uri.port().unwrap_or(0), uri.transport()) {
        return Err(NOT_OURS);
    }
    uri.user().filter(|user| !user.is_empty()).ok_or(NO_TOKEN)
}

/// Whether something can be sent over the flow: there is its connection, or its socket.
fn is_open(call: &Call, flow: &Flow) -> bool {
    if flow.transport.is_stream() {
        let connections = call.runtime.host.connections();
        return connections
            .iter()
            .any(|connection| connection.peer == flow.peer && connection.local == flow.local);
    }
    let sockets = &call.runtime.sockets;
    sockets.find(Some(flow.transport), flow.local).is_some()
}
