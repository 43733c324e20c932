//! Adding header fields.

use crate::date;
use crate::header_name::HeaderName;
use module_api::{Call, Literal, Text, Verdict, script_function};

/// Appends `text` behind the last header field, or behind the last one of the name `after` when there is one.
///
/// The text is whole header fields with their line ends; false when it is empty.
///
/// ```cfg
/// append_hf("X-Caller: $fU\r\n");
/// append_hf("X-Hint: one\r\n", "Call-ID");
/// ```
#[script_function(append_hf, routes = ANY)]
fn append_hf(call: &mut Call, text: Text, after: Option<HeaderName>) -> Verdict {
    if text.is_empty() {
        return Verdict::FALSE;
    }
    let Call { message, edits, .. } = call;
    let text = text.into_bytes();
    match after
        .as_ref()
        .and_then(|name| name.fields(message).next_back())
    {
        Some(field) => edits.insert_after_header(field, text),
        None => edits.append_header(message, text),
    }
    Verdict::TRUE
}

/// Inserts `text` before the first header field, or before the first one of the name `before` when there is one.
///
/// The text is whole header fields with their line ends; false when it is empty.
///
/// ```cfg
/// insert_hf("X-Caller: $fU\r\n");
/// insert_hf("X-Hint: one\r\n", "Call-ID");
/// ```
#[script_function(insert_hf, routes = ANY)]
fn insert_hf(call: &mut Call, text: Text, before: Option<HeaderName>) -> Verdict {
    if text.is_empty() {
        return Verdict::FALSE;
    }
    let Call { message, edits, .. } = call;
    let text = text.into_bytes();
    match before.as_ref().and_then(|name| name.fields(message).next()) {
        Some(field) => edits.insert_before_header(field, text),
        None => edits.insert_header_first(message, text),
    }
    Verdict::TRUE
}

/// Adds `text` to the header fields of the responses that we make to this request.
///
/// The text is whole header fields with their line ends; false when it is empty.
///
/// ```cfg
/// append_to_reply("X-Reason: $rm is not for you\r\n");
/// sl_send_reply("403", "Forbidden");
/// ```
#[script_function(append_to_reply, routes = REQUEST | FAILURE | BRANCH)]
fn append_to_reply(call: &mut Call, text: Text) -> Verdict {
    call.response_extras.headers.extend_from_slice(&text);
    Verdict::of(!text.is_empty())
}

/// Appends a header field made of `prefix`, the Request-URI as received, and `suffix`.
///
/// ```cfg
/// append_urihf("CC-Diversion: ", "\r\n");
/// ```
#[script_function(append_urihf, routes = REQUEST | FAILURE | BRANCH)]
fn append_urihf(call: &mut Call, prefix: Literal, suffix: Literal) -> Verdict {
    let Call { message, edits, .. } = call;
    let text = Text::concat(&[&prefix.0, message.request_uri(), &suffix.0]);
    edits.append_header(message, text.into_bytes());
    Verdict::TRUE
}

/// Adds a Date header field to the responses that we make to this request.
///
/// ```cfg
/// append_time();
/// ```
#[script_function(append_time, routes = REQUEST | FAILURE | BRANCH)]
fn append_time(call: &mut Call) -> Verdict {
    date::write_header(call.unix_time, &mut call.response_extras.headers);
    Verdict::TRUE
}

/// Adds a Date header field to the message.
///
/// ```cfg
/// if (!is_present_hf("Date")) append_time_to_request();
/// ```
#[script_function(append_time_to_request, routes = ANY)]
fn append_time_to_request(call: &mut Call) -> Verdict {
    let mut line = Vec::with_capacity(40);
    date::write_header(call.unix_time, &mut line);
    let Call { message, edits, .. } = call;
    // 5.6.3 puts it behind the first Via.
    match message.headers().first() {
        Some(first) => edits.insert_after_header(first, line),
        None => edits.append_header(message, line),
    }
    Verdict::TRUE
}
