//! Remote-Party-ID.

use crate::Siputils;
use module_api::{Call, Literal, Text, Verdict, script_function};
use sip::Uri;

/// Appends Remote-Party-ID with the URI that is in the variable of the parameter `rpid_avp`, if there is one.
///
/// ```cfg
/// $avp(s:rpid) = "sip:+4930123@example.org";
/// append_rpid_hf();
/// ```
#[script_function(append_rpid_hf, routes = REQUEST | FAILURE | BRANCH)]
fn append_rpid_hf(siputils: &Siputils, call: &mut Call) -> Verdict {
    append(
        siputils,
        call,
        &siputils.params.rpid_prefix,
        &siputils.params.rpid_suffix,
    )
}

/// As `append_rpid_hf()`, with `prefix` before and `suffix` behind the URI.
///
/// ```cfg
/// $avp(s:rpid) = "sip:+4930123@example.org";
/// append_rpid_hf("<", ">;party=calling");
/// ```
#[script_function(append_rpid_hf, routes = REQUEST | FAILURE | BRANCH)]
fn append_rpid_hf_between(
    siputils: &Siputils,
    call: &mut Call,
    prefix: Literal,
    suffix: Literal,
) -> Verdict {
    append(siputils, call, &prefix.0, &suffix.0)
}

/// Whether the user of the URI in the variable of `rpid_avp` is an E.164 number.
///
/// ```cfg
/// $avp(s:rpid) = "sip:+4930123@example.org";
/// if (is_rpid_user_e164()) append_rpid_hf();
/// ```
#[script_function(is_rpid_user_e164, routes = REQUEST)]
fn is_rpid_user_e164(siputils: &Siputils, call: &mut Call) -> Verdict {
    let Some(text) = siputils.remote_party(call) else {
        return Verdict::FALSE;
    };
    let user = match Uri::parse(&text) {
        Ok(uri) => uri.user_without_params(),
        Err(_) => None,
    };
    Verdict::of(user.is_some_and(|user| siputils.is_e164(user)))
}

fn append(siputils: &Siputils, call: &mut Call, prefix: &[u8], suffix: &[u8]) -> Verdict {
    let Some(uri) = siputils.remote_party(call) else {
        return Verdict::FALSE;
    };
    let line = Text::concat(&[b"Remote-Party-ID: ", prefix, &uri, suffix, b"\r\n"]);
    let Call { message, edits, .. } = call;
    edits.append_header(message, line.into_bytes());
    Verdict::TRUE
}
