//! The message as a whole.

use crate::glob::{self, Case};
use crate::walk::Walks;
use module_api::relay::{self, ChangedStatus};
use module_api::{Call, Literal, Regex, RouteArg, Step, Text, Verdict, script_function};
use sip::{HeaderId, Message, Span};

/// Makes the changes so far part of the message: what is read from here on is the changed one.
///
/// What was kept for responses (`append_to_reply`, `set_reply_body`) is gone. False once a Record-Route has been recorded, which is
/// written as the request leaves.
///
/// ```cfg
/// append_hf("X-New: yes\r\n");
/// msg_apply_changes();
/// if (is_present_hf("X-New")) xinfo("there\n");   # log: there
/// ```
#[script_function(msg_apply_changes, routes = REQUEST | REPLY)]
fn msg_apply_changes(call: &mut Call) -> Verdict {
    if mod_rr::is_recorded(call) {
        call.error(format_args!(
            "changes cannot be applied behind a Record-Route: apply them before it is recorded"
        ));
        return Verdict::FALSE;
    }
    if !relay::apply_edits(call) {
        call.error(format_args!("the changes make it no message any more"));
        return Verdict::EXIT;
    }
    // COMPAT: the responses begin anew (observed on 5.6.3).
    call.response_extras.headers.clear();
    call.response_extras.body = None;
    close_walks(call);
    Verdict::TRUE
}

/// Runs the block `route` on the message as it is with the changes so far. The message at hand stays as it is, and what the block does
/// to the changed one, its destination included, goes with it.
///
/// False when there is no such block, or the changed message cannot be read.
///
/// ```cfg
/// append_hf("X-New: yes\r\n");
/// msg_changed_route("CHANGED");
/// ```
#[script_function(msg_changed_route, routes = ANY, waits)]
fn msg_changed_route(call: &mut Call, route: RouteArg) -> Step {
    let Some(id) = route.id else {
        call.error(format_args!("there is no route[{}]", route.name));
        return Verdict::FALSE.into();
    };
    let message = call.message.clone();
    let edits = call.edits.clone();
    let target = call.target.clone();
    let flags = call.flags;
    if !relay::apply_edits(call) {
        call.error(format_args!("the changes make it no message any more"));
        return Verdict::FALSE.into();
    }
    let walks = (
        call.notes.take::<Walks<usize>>(),
        call.notes.take::<Walks<Span>>(),
    );
    Step::enter(id, call.route, move |call, _| {
        call.message = message;
        call.edits = edits;
        call.target = target;
        call.flags = flags;
        close_walks(call);
        if let Some(fields) = walks.0 {
            call.notes.set(fields);
        }
        if let Some(lines) = walks.1 {
            call.notes.set(lines);
        }
        Verdict::TRUE
    })
}

/// Puts `data`, a whole message of the same kind, in the place of the message.
///
/// ```cfg
/// msg_set_buffer("$mb");
/// ```
#[script_function(msg_set_buffer, routes = REQUEST | REPLY)]
fn msg_set_buffer(call: &mut Call, data: Text) -> Verdict {
    match Message::parse(data.into_bytes()) {
        Ok(message) if message.kind() == call.message.kind() => {
            call.message = message;
            call.edits.clear();
            call.target.uri = None;
            close_walks(call);
            Verdict::TRUE
        }
        Ok(_) => {
            call.error(format_args!(
                "a request cannot become a response, nor a response a request"
            ));
            Verdict::FALSE
        }
        Err(error) => {
            call.error(format_args!("the text is no message: {error}"));
            Verdict::FALSE
        }
    }
}

/// Gives the response that is sent on another status and reason phrase.
///
/// A status below 300 can only become one of its class. False, and nothing changes, where the reason phrase is empty.
///
/// ```cfg
/// # in reply_route or onreply_route:
/// # if ($rs == 603) change_reply_status("404", "Not Found");
/// xinfo("a request has no status\n");
/// ```
#[script_function(change_reply_status, routes = REPLY)]
fn change_reply_status(call: &mut Call, code: i64, reason: Text) -> Verdict {
    if reason.is_empty() {
        return Verdict::FALSE;
    }
    change_status(call, code, Some(reason))
}

/// Gives the response that is sent on another status.
///
/// ```cfg
/// # in reply_route or onreply_route:
/// # if ($rs == 604) change_reply_status_code("404");
/// xinfo("a request has no status\n");
/// ```
#[script_function(change_reply_status_code, routes = REPLY)]
fn change_reply_status_code(call: &mut Call, code: i64) -> Verdict {
    change_status(call, code, None)
}

fn change_status(call: &mut Call, code: i64, reason: Option<Text>) -> Verdict {
    let now = call.message.status();
    let status = u16::try_from(code)
        .ok()
        .filter(|status| (100..700).contains(status));
    let Some(status) =
        status.filter(|status| (*status >= 300 && now >= 300) || status / 100 == now / 100)
    else {
        call.error(format_args!("status {now} cannot become {code}"));
        return Verdict::FALSE;
    };
    let before = call
        .notes
        .get::<ChangedStatus>()
        .map(|changed| changed.reason.clone());
    let reason = reason
        .or(before)
        .unwrap_or_else(|| Text::from(call.message.reason()));
    call.notes.set(ChangedStatus { status, reason });
    Verdict::TRUE
}

/// Removes the body as received; what was put in its place before stays. Its Content-Type stays too: `remove_hf("Content-Type")`
/// removes it.
///
/// ```cfg
/// if (has_body()) remove_body();
/// ```
#[script_function(remove_body, routes = ANY)]
fn remove_body(call: &mut Call) -> Verdict {
    let Call { message, edits, .. } = call;
    edits.remove(message.body_span());
    Verdict::TRUE
}

/// Header fields that `keep_hf` never removes.
const KEPT: [HeaderId; 11] = [
    HeaderId::Via,
    HeaderId::From,
    HeaderId::To,
    HeaderId::CallId,
    HeaderId::CSeq,
    HeaderId::ContentLength,
    HeaderId::ContentType,
    HeaderId::MaxForwards,
    HeaderId::Contact,
    HeaderId::Route,
    HeaderId::RecordRoute,
];

/// Removes the header fields whose name does not match the pattern, except those that a message needs.
///
/// It is false, whatever it did.
///
/// ```cfg
/// keep_hf("^(User-Agent|P-.*)$");
/// ```
#[script_function(keep_hf, routes = ANY)]
fn keep_hf(call: &mut Call, pattern: Option<Regex>) -> Verdict {
    let Call { message, edits, .. } = call;
    for field in message.headers() {
        let is_wanted = pattern
            .as_ref()
            .is_some_and(|pattern| pattern.0.is_match(message.name(field)));
        if !is_wanted && !KEPT.contains(&field.id) {
            edits.remove_header(field);
        }
    }
    // COMPAT: 5.6.3 answers so.
    Verdict::FALSE
}

/// Whether the whole of `value` matches the shell pattern; with `flags` `i`, without regard to case.
///
/// ```cfg
/// if (fnmatch("+4930123", "+49*")) xinfo("a German number\n");   # log: a German number
/// ```
#[script_function(fnmatch, routes = ANY)]
fn fnmatch(_call: &mut Call, value: Text, pattern: Text, flags: Option<Literal>) -> Verdict {
    let case = match flags.as_ref().and_then(|flags| flags.0.first()) {
        Some(b'i' | b'I') => Case::Insensitive,
        _ => Case::Sensitive,
    };
    Verdict::of(glob::matches(&pattern, &value, case))
}

/// Walks over a message that is gone lead nowhere.
fn close_walks(call: &mut Call) {
    call.notes.take::<Walks<usize>>();
    call.notes.take::<Walks<Span>>();
}
