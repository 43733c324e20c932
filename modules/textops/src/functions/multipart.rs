//! Bodies of several parts.

use crate::functions::body::usable;
use crate::hex;
use crate::part::{DEFAULT_BOUNDARY, NewPart};
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use sip::multipart::{Part, Parts, boundary};
use sip::{HeaderId, Message, Span};

/// Makes the body one of several parts, whose only part is the body as received; one of several stays as it is.
///
/// The boundary is `unique-boundary-1`. More parts can be appended after `msg_apply_changes()`.
///
/// ```cfg
/// if (has_body("application/sdp")) set_body_multipart();
/// ```
#[script_function(set_body_multipart, routes = REQUEST | FAILURE | BRANCH)]
fn set_body_multipart(call: &mut Call) -> Verdict {
    wrap_received(call, DEFAULT_BOUNDARY)
}

/// Makes the body one of several parts divided by `boundary`, whose only part is the body as received; one of several stays
/// as it is.
///
/// ```cfg
/// if (has_body("application/sdp")) set_body_multipart("next-part");
/// ```
#[script_function(set_body_multipart, routes = REQUEST | FAILURE | BRANCH)]
fn set_body_multipart_divided(call: &mut Call, boundary: Text) -> Verdict {
    wrap_received(call, &boundary)
}

/// Makes the body one of several parts, whose only part is `text` of type `content_type`.
///
/// The boundary is `unique-boundary-1` if none is given.
///
/// ```cfg
/// set_body_multipart("hello", "text/plain", "next-part");
/// ```
#[script_function(set_body_multipart, routes = REQUEST | FAILURE | BRANCH)]
fn set_body_multipart_text(
    call: &mut Call,
    text: Text,
    content_type: Text,
    boundary: Option<Text>,
) -> Verdict {
    let Some(text) = usable(call, Some(text), &content_type) else {
        return Verdict::FALSE;
    };
    let part = NewPart {
        content_type: &content_type,
        disposition: None,
        content: &text,
    };
    put(call, &part, boundary.as_deref().unwrap_or(DEFAULT_BOUNDARY))
}

/// Appends a part with `text` of type `content_type` to a body of several parts.
///
/// `content_type` may go on with further header fields of the part, after `\r\n`.
///
/// ```cfg
/// if (has_body("multipart/mixed")) append_body_part("hello", "text/plain", "render");
/// ```
#[script_function(append_body_part, routes = REQUEST | FAILURE | BRANCH)]
fn append_body_part(
    call: &mut Call,
    text: Text,
    content_type: Text,
    disposition: Option<Text>,
) -> Verdict {
    append(call, Some(text), &content_type, disposition.as_deref())
}

/// As `append_body_part`, with the content in hexadecimal digits.
///
/// ```cfg
/// if (has_body("multipart/mixed")) append_body_part_hex("68 65 6c 6c 6f", "text/plain");
/// ```
#[script_function(append_body_part_hex, routes = REQUEST | FAILURE | BRANCH)]
fn append_body_part_hex(
    call: &mut Call,
    digits: Text,
    content_type: Text,
    disposition: Option<Text>,
) -> Verdict {
    append(
        call,
        hex::decode(&digits).map(Text::from),
        &content_type,
        disposition.as_deref(),
    )
}

/// Puts the content of the first part of type `content_type` into `result`; of a body that has no parts, all of it.
///
/// The empty line before the content and the line end behind it are part of the value.
///
/// ```cfg
/// if (get_body_part("text/plain", "$var(text)")) xinfo("$var(text)\n");
/// ```
#[script_function(get_body_part, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn get_body_part(call: &mut Call, content_type: Text, result: PvarRef) -> Verdict {
    // COMPAT: 5.6.3 gives the empty line in front and the line end behind too.
    give(call, &content_type, &result, |_, part| {
        Span::new(part.headers.end, part.whole.end)
    })
}

/// Puts the first part of type `content_type`, from its header fields to the boundary line behind it, into `result`.
///
/// ```cfg
/// if (get_body_part_raw("text/plain", "$var(part)")) xinfo("$var(part)\n");
/// ```
#[script_function(get_body_part_raw, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn get_body_part_raw(call: &mut Call, content_type: Text, result: PvarRef) -> Verdict {
    give(call, &content_type, &result, |message, part| {
        let behind = message
            .buffer()
            .get(part.whole.end as usize..)
            .unwrap_or_default();
        let line = behind
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(behind.len(), |at| at + 1);
        Span::new(
            part.headers.start,
            (part.whole.end + line as u32).min(message.body_span().end),
        )
    })
}

/// Removes the first part of type `content_type` from a body of several parts.
///
/// ```cfg
/// if (has_body("multipart/mixed")) remove_body_part("text/plain");
/// ```
#[script_function(remove_body_part, routes = REQUEST | FAILURE | BRANCH)]
fn remove_body_part(call: &mut Call, content_type: Text) -> Verdict {
    let Some(boundary) = boundary_of(call) else {
        return Verdict::FALSE;
    };
    let Call { message, edits, .. } = call;
    let parts = Parts::new(message.buffer(), message.body_span(), &boundary);
    match parts.of_type(&content_type) {
        Some(part) => {
            edits.remove(part.whole);
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

/// Leaves of a body of several parts only the content of the first one of type `content_type`.
///
/// The Content-Type stays as it is.
///
/// ```cfg
/// if (has_body("multipart/mixed") && filter_body("application/sdp")) {
///     remove_hf("Content-Type");
///     append_hf("Content-Type: application/sdp\r\n");
/// }
/// ```
#[script_function(filter_body, routes = ANY)]
fn filter_body(call: &mut Call, content_type: Text) -> Verdict {
    let Call { message, edits, .. } = call;
    let body = message.body_span();
    match part_of(message, &content_type) {
        Some(part) => {
            edits.remove(Span::new(body.start, part.content.start));
            edits.remove(Span::new(part.content.end, body.end));
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

/// The first part of that type.
fn part_of(message: &Message, content_type: &[u8]) -> Option<Part> {
    let boundary = message.content_type().and_then(boundary)?;
    Parts::new(message.buffer(), message.body_span(), boundary).of_type(content_type)
}

/// The boundary of the body; that there is none is logged.
fn boundary_of(call: &mut Call) -> Option<Text> {
    let found = call
        .message
        .content_type()
        .and_then(boundary)
        .map(Text::from);
    if found.is_none() {
        call.error(format_args!("the body is not one of several parts"));
    }
    found
}

fn give(
    call: &mut Call,
    content_type: &[u8],
    result: &PvarRef,
    span: impl Fn(&Message, &Part) -> Span,
) -> Verdict {
    let message = &call.message;
    let text = if message.content_type().and_then(boundary).is_none() {
        // COMPAT: 5.6.3 gives a body that has no parts whole, of whatever type it is.
        message.slice(message.body_span())
    } else if let Some(part) = part_of(message, content_type) {
        message.slice(span(message, &part))
    } else {
        return Verdict::FALSE;
    };
    Verdict::of(!text.is_empty() && result.set(call, Text::from(text)).is_ok())
}

fn wrap_received(call: &mut Call, boundary: &[u8]) -> Verdict {
    let message = call.message.clone();
    if message.body().is_empty() {
        call.error(format_args!("there is no body to make a part of"));
        return Verdict::FALSE;
    }
    let Some(content_type) = message.content_type() else {
        call.error(format_args!("the body has no type"));
        return Verdict::FALSE;
    };
    if sip::multipart::boundary(content_type).is_some() {
        return Verdict::TRUE;
    }
    let part = NewPart {
        content_type,
        disposition: None,
        content: message.body(),
    };
    put(call, &part, boundary)
}

fn put(call: &mut Call, part: &NewPart<'_>, boundary: &[u8]) -> Verdict {
    let Call { message, edits, .. } = call;
    let mut body = Vec::with_capacity(part.content.len() + 128);
    part.write(boundary, &mut body);
    close(boundary, &mut body);
    let content_type = [b"multipart/mixed;boundary=\"", boundary, b"\""].concat();
    edits.set_body(message, body.into(), Some(&content_type));
    if !message.has(HeaderId::MimeVersion) {
        edits.append_header(message, "Mime-Version: 1.0\r\n");
    }
    Verdict::TRUE
}

fn append(
    call: &mut Call,
    content: Option<Text>,
    content_type: &Text,
    disposition: Option<&[u8]>,
) -> Verdict {
    let Some(content) = usable(call, content, content_type) else {
        return Verdict::FALSE;
    };
    let Some(boundary) = boundary_of(call) else {
        return Verdict::FALSE;
    };
    let Call { message, edits, .. } = call;
    let body = message.body_span();
    let part = NewPart {
        content_type,
        disposition,
        content: &content,
    };
    let mut text = Vec::with_capacity(content.len() + 128);
    let end = Parts::new(message.buffer(), body, &boundary)
        .last()
        .map_or(body.start, |part| part.whole.end);
    let is_closed = end < body.end;
    if !is_closed && !body.is_empty() && !message.body().ends_with(b"\n") {
        text.extend_from_slice(b"\r\n");
    }
    part.write(&boundary, &mut text);
    if !is_closed {
        close(&boundary, &mut text);
    }
    edits.insert(end, text);
    Verdict::TRUE
}

fn close(boundary: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"--");
    out.extend_from_slice(boundary);
    out.extend_from_slice(b"--\r\n");
}
