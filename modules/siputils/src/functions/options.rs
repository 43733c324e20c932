//! Answering OPTIONS.

use crate::Siputils;
use module_api::{Call, Step, Text, Verdict, script_function};
use sip::Method;

/// Answers an OPTIONS request to the server itself, one without a user in its URI, with what the server takes.
///
/// ```cfg
/// if (is_method("OPTIONS") && $rU == $null) options_reply();
/// ```
#[script_function(options_reply, routes = REQUEST, waits)]
fn options_reply(siputils: &Siputils, call: &mut Call) -> Step {
    if call.message.method() != Method::Options {
        call.error(format_args!("options_reply is for OPTIONS only"));
        return Verdict::FALSE.into();
    }
    let uri = sip::Uri::parse(call.request_uri()).ok();
    if uri.is_none_or(|uri| uri.user().is_some_and(|user| !user.is_empty())) {
        call.error(format_args!(
            "options_reply is for requests to the server itself"
        ));
        return Verdict::FALSE.into();
    }
    let Some(sl) = siputils.sl.get() else {
        call.error(format_args!("options_reply needs the module sl"));
        return Verdict::FALSE.into();
    };
    let params = &siputils.params;
    for (name, value) in [
        ("Accept: ", &params.options_accept),
        ("Accept-Encoding: ", &params.options_accept_encoding),
        ("Accept-Language: ", &params.options_accept_language),
        ("Supported: ", &params.options_support),
    ] {
        let line = Text::concat(&[name.as_bytes(), value, b"\r\n"]);
        call.response_extras.headers.extend_from_slice(&line);
    }
    sl.respond(call, 200, b"OK")
}
