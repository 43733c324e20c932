//! Script functions.

use crate::checks::{self, Fault, Wanted};
use crate::{Sanity, size};
use module_api::{Call, Step, Verdict, script_function};

/// The number of the checks of sizes.
const SIZES: i64 = 65536;

/// Checks the message for faults and answers a request that has one.
///
/// `checks` and `uris` are sums of numbers; the parameters `default_checks` and `uri_checks` stand in for them. Where a
/// check fails the script ends, or the function is false, as the parameter `autodrop` says.
///
/// ```cfg
/// if (!sanity_check("17895", "7")) {
///     xwarn("malformed message from $si\n");
///     exit;
/// }
/// ```
#[script_function(sanity_check, routes = REQUEST | REPLY, waits)]
fn sanity_check(sanity: &Sanity, call: &mut Call, checks: Option<i64>, uris: Option<i64>) -> Step {
    let params = &sanity.params;
    let checks = checks.unwrap_or(params.default_checks);
    let uris = uris.unwrap_or(params.uri_checks);
    if !(1..131_072).contains(&checks) || !(1..16).contains(&uris) {
        call.error(format_args!("there are no checks {checks} of URIs {uris}"));
        return Verdict::FALSE.into();
    }
    let wanted = Wanted {
        checks,
        uris,
        extensions: &sanity.extensions,
    };
    let wants_sizes = params.size_checks != 0 || checks & SIZES != 0;
    let checked = checks::check(&call.message, &wanted).and_then(|()| match wants_sizes {
        true => size::check(&call.message, params),
        false => Ok(()),
    });
    let Err(fault) = checked else {
        return Verdict::TRUE.into();
    };
    let verdict = if params.autodrop != 0 {
        Verdict::EXIT
    } else {
        Verdict::FALSE
    };
    if !fault.is_answerable {
        return verdict.into();
    }
    if params.noreply != 0 || !call.message.is_request() {
        call.notes.set(fault);
        return verdict.into();
    }
    match answer(sanity, call, &fault) {
        Step::Done(_) | Step::Unrecorded(_) => verdict.into(),
        Step::Enter(mut entry) => {
            let then = entry.then;
            entry.then = Box::new(move |call, outcome| {
                let _ = then(call, outcome);
                verdict.into()
            });
            Step::Enter(entry)
        }
        step @ Step::Wait(_) => step,
    }
}

/// Answers the request whose fault `sanity_check` found, when the parameter `noreply` keeps that from answering; with a 500 when it
/// found none. Otherwise it does nothing, and is true.
///
/// ```cfg
/// if (!sanity_check()) {
///     sanity_reply();
///     exit;
/// }
/// ```
#[script_function(sanity_reply, routes = REQUEST | REPLY, waits)]
fn sanity_reply(sanity: &Sanity, call: &mut Call) -> Step {
    if sanity.params.noreply == 0 || !call.message.is_request() {
        return Verdict::TRUE.into();
    }
    let fault = call.notes.take::<Fault>().unwrap_or_else(Fault::unknown);
    answer(sanity, call, &fault)
}

fn answer(sanity: &Sanity, call: &mut Call, fault: &Fault) -> Step {
    let Some(sl) = sanity.sl.get() else {
        call.error(format_args!("answering needs the module sl"));
        return Verdict::FALSE.into();
    };
    call.response_extras
        .headers
        .extend_from_slice(&fault.header);
    sl.respond(call, fault.status, fault.reason.as_bytes())
}
