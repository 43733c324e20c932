//! Script functions.

use crate::{Sl, reply};
use module_api::{Call, Step, Text, Verdict, script_function};

/// Answers the request with `code` and `reason`, without a transaction.
///
/// The `code` is 100 to 699. Nothing is sent for an ACK.
///
/// ```cfg
/// sl_send_reply("404", "Not here");
/// ```
#[script_function(sl_send_reply, aliases(sl_reply), routes = REQUEST | EVENT | FAILURE, waits, answers)]
fn sl_send_reply(sl: &Sl, call: &mut Call, code: i64, reason: Text) -> Step {
    reply::send(sl, call, code, &reason)
}

/// Answers the request with `code` and `reason`: in its transaction when there is one, else without.
///
/// ```cfg
/// send_reply("480", "Away");
/// ```
#[script_function(send_reply, routes = REQUEST | FAILURE | REPLY | EVENT, waits, answers)]
fn send_reply(sl: &Sl, call: &mut Call, code: i64, reason: Text) -> Step {
    sl.respond(call, code, &reason)
}

/// Answers the request with the status that fits the last error, without a transaction.
///
/// A request that has a transaction is answered there when its script ends; nothing is sent for it here (-3).
///
/// ```cfg
/// sl_reply_error();
/// ```
#[script_function(sl_reply_error, routes = REQUEST, waits, answers)]
fn sl_reply_error(sl: &Sl, call: &mut Call) -> Step {
    if call.transaction.is_some() {
        return Verdict(-3).into();
    }
    let reason = sl.params.default_reason.clone();
    let reason = Text::concat(&[&reason, b" (1/SL)"]);
    sl.counters.errors.increment();
    reply::send(sl, call, sl.params.default_code, &reason)
}

/// Answers the request with the status that fits the last error: in its transaction when there is one, else without.
///
/// ```cfg
/// send_reply_error();
/// ```
#[script_function(send_reply_error, routes = REQUEST, waits, answers)]
fn send_reply_error(sl: &Sl, call: &mut Call) -> Step {
    let (code, reason) = (sl.params.default_code, sl.params.default_reason.clone());
    if let Some(responder) = &call.runtime.clone().hooks.responder
        && let Some(verdict) = responder(call, code, &reason)
    {
        return verdict.into();
    }
    sl.counters.errors.increment();
    reply::send(sl, call, code, &reason)
}
