//! Script functions.

use module_api::{Call, NextHop, Verdict, blocklist::reason, script_function};
use sip::HeaderId;

/// The place that the message came from.
fn source(call: &Call) -> NextHop {
    NextHop {
        transport: call.reception.transport,
        address: call.reception.peer,
    }
}

fn list(call: &Call, seconds: i64) {
    let seconds = u32::try_from(seconds).ok();
    call.runtime
        .avoid(source(call), reason::ADMIN, 0, seconds, call.now);
}

/// Has the place that the message came from avoided for `timeout` seconds; without them, or with 0, for
/// `dst_blocklist_expire` seconds.
///
/// ```cfg
/// blst_add("30");
/// ```
#[script_function(blst_add, routes = ANY)]
fn blst_add(call: &mut Call, timeout: Option<i64>) -> Verdict {
    list(call, timeout.unwrap_or(0));
    Verdict::TRUE
}

/// Has the place that the message came from avoided for as long as its Retry-After says, at least `min` and at most `max`
/// seconds. False when it does not say.
///
/// ```cfg
/// if (!blst_add_retry_after("30", "3600")) blst_add("60");
/// ```
#[script_function(blst_add_retry_after, routes = ANY)]
fn blst_add_retry_after(call: &mut Call, min: i64, max: i64) -> Verdict {
    if !call.runtime.avoids_places() {
        // Observed on 5.6.3.
        return Verdict::TRUE;
    }
    let Ok(seconds) = call.message.leading_number(HeaderId::RetryAfter) else {
        return Verdict::FALSE;
    };
    list(call, i64::from(seconds).max(min).min(max));
    Verdict::TRUE
}

/// Avoids the place that the message came from no longer. False when it was not avoided.
///
/// ```cfg
/// if (!blst_del()) xinfo("not avoided\n");   # log: not avoided
/// ```
#[script_function(blst_del, routes = ANY)]
fn blst_del(call: &mut Call) -> Verdict {
    Verdict::of(call.runtime.blocklist.remove(source(call), call.now))
}

/// Whether the place that the message came from is avoided.
///
/// ```cfg
/// if (!blst_is_blocklisted()) xinfo("welcome\n");   # log: welcome
/// ```
#[script_function(blst_is_blocklisted, routes = ANY)]
fn blst_is_blocklisted(call: &mut Call) -> Verdict {
    Verdict::of(call.runtime.is_avoided(source(call), call.now))
}

/// The flags that a call names: all without an argument. Only the lower eight have a meaning.
fn flags(given: Option<i64>) -> u8 {
    given.map_or(0xff, |given| given as u8)
}

/// Has failures of those kinds not count against the place that the request is sent to; all without `flags`.
///
/// The `flags` are a sum: 2 sending has failed, 4 no connection, 8 ICMP, 16 no response in time, 32 a 503.
///
/// ```cfg
/// blst_set_ignore("6");
/// ```
#[script_function(blst_set_ignore, routes = ANY)]
fn blst_set_ignore(call: &mut Call, flags: Option<i64>) -> Verdict {
    call.flags.marks.avoidance_ignored |= self::flags(flags);
    Verdict::TRUE
}

/// Has failures of those kinds count again, as `blst_set_ignore()` names them; all without `flags`.
///
/// ```cfg
/// blst_set_ignore();
/// blst_clear_ignore("16");
/// ```
#[script_function(blst_clear_ignore, routes = ANY)]
fn blst_clear_ignore(call: &mut Call, flags: Option<i64>) -> Verdict {
    call.flags.marks.avoidance_ignored &= !self::flags(flags);
    Verdict::TRUE
}

/// Has failures of those kinds in sending responses of our own not count, as `blst_set_ignore()` names them.
///
/// ```cfg
/// blst_rpl_set_ignore();
/// ```
#[script_function(blst_rpl_set_ignore, routes = ANY, compat = accepted("responses list no place"))]
fn blst_rpl_set_ignore(call: &mut Call, flags: Option<i64>) -> Verdict {
    let _ = (call, flags);
    Verdict::TRUE
}

/// Has failures of those kinds in sending responses of our own count again.
///
/// ```cfg
/// blst_rpl_clear_ignore("2");
/// ```
#[script_function(blst_rpl_clear_ignore, routes = ANY, compat = accepted("responses list no place"))]
fn blst_rpl_clear_ignore(call: &mut Call, flags: Option<i64>) -> Verdict {
    let _ = (call, flags);
    Verdict::TRUE
}
