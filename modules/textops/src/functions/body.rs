//! Putting bodies.

use crate::hex;
use module_api::{Call, Text, Verdict, script_function};

/// Replaces the body by `text` of type `content_type`.
///
/// ```cfg
/// set_body("hello $fU", "text/plain");
/// ```
#[script_function(set_body, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn set_body(call: &mut Call, text: Text, content_type: Text) -> Verdict {
    put(call, Some(text), content_type)
}

/// Replaces the body by the octets that `digits` stands for in hexadecimal digits, of type `content_type`.
///
/// ```cfg
/// set_body_hex("68 65 6c 6c 6f", "text/plain");
/// ```
#[script_function(set_body_hex, routes = ANY)]
fn set_body_hex(call: &mut Call, digits: Text, content_type: Text) -> Verdict {
    put(call, hex::decode(&digits).map(Text::from), content_type)
}

/// Gives the responses that we make to this request the body `text` of type `content_type`; false when they have one.
///
/// ```cfg
/// set_reply_body("not for $fU", "text/plain");
/// sl_send_reply("403", "Forbidden");
/// ```
#[script_function(set_reply_body, routes = REQUEST | FAILURE | BRANCH)]
fn set_reply_body(call: &mut Call, text: Text, content_type: Text) -> Verdict {
    put_in_response(call, Some(text), content_type)
}

/// As `set_reply_body`, with the body in hexadecimal digits.
///
/// ```cfg
/// set_reply_body_hex("68 65 6c 6c 6f", "text/plain");
/// sl_send_reply("200", "OK");
/// ```
#[script_function(set_reply_body_hex, routes = REQUEST | FAILURE | BRANCH)]
fn set_reply_body_hex(call: &mut Call, digits: Text, content_type: Text) -> Verdict {
    put_in_response(call, hex::decode(&digits).map(Text::from), content_type)
}

fn put(call: &mut Call, body: Option<Text>, content_type: Text) -> Verdict {
    let Some(body) = usable(call, body, &content_type) else {
        return Verdict::FALSE;
    };
    let Call { message, edits, .. } = call;
    edits.set_body(message, body.into_bytes(), Some(&content_type));
    Verdict::TRUE
}

fn put_in_response(call: &mut Call, body: Option<Text>, content_type: Text) -> Verdict {
    let Some(body) = usable(call, body, &content_type) else {
        return Verdict::FALSE;
    };
    // COMPAT: the first body stays (observed on 5.6.3).
    if call.response_extras.body.is_some() {
        call.error(format_args!(
            "the responses to this request have a body already"
        ));
        return Verdict::FALSE;
    }
    call.response_extras.body = Some(Box::new((body, content_type)));
    Verdict::TRUE
}

/// The body, unless it or its type is empty or no hexadecimal number.
pub fn usable(call: &mut Call, body: Option<Text>, content_type: &Text) -> Option<Text> {
    let reason = match &body {
        None => "the body is not written in pairs of hexadecimal digits",
        Some(body) if body.is_empty() => "the body is empty",
        Some(_) if content_type.is_empty() => "the type of the body is empty",
        Some(_) => return body,
    };
    call.error(format_args!("{reason}"));
    None
}
