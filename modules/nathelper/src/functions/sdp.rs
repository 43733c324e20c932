//! Session descriptions.

use crate::description::{self, Changes, New};
use crate::{Nathelper, contact};
use module_api::{Call, Text, Verdict, script_function};
use sip::HeaderId;
use sip::sdp::Sdp;

/// Changes the session description: 1 adds `a=direction:active`, 2 puts the source address into `c=` lines, 4 adds the marker,
/// 8 puts it into `o=` lines.
///
/// `address` stands in for the source address. The return code is 1 when an address was replaced, 2 when none was.
///
/// ```cfg
/// if (has_body("application/sdp")) fix_nated_sdp("10", "192.0.2.1");
/// ```
#[script_function(fix_nated_sdp, routes = REQUEST | FAILURE | BRANCH | LOCAL | REPLY)]
fn fix_nated_sdp(
    nathelper: &Nathelper,
    call: &mut Call,
    flags: i64,
    address: Option<Text>,
) -> Verdict {
    let message = call.message.clone();
    // COMPAT: a body without Content-Type is taken for one (observed on 5.6.3).
    let is_untyped = !message.has(HeaderId::ContentType) && !message.body().is_empty();
    let untyped = || is_untyped.then(|| message.body_span());
    let parsed = message
        .session_description()
        .or_else(untyped)
        .and_then(|span| Sdp::parse(message.buffer(), span).ok());
    let Some(sdp) = parsed else {
        call.error(format_args!("there is no session description"));
        return Verdict::FALSE;
    };
    let address = match &address {
        Some(address) => address.to_vec(),
        None => contact::source_host(call),
    };
    if address.is_empty() || address.iter().any(u8::is_ascii_whitespace) {
        call.error(format_args!(
            "a session description cannot hold this address"
        ));
        return Verdict::FALSE;
    }
    let address = address
        .strip_prefix(b"[")
        .and_then(|address| address.strip_suffix(b"]"))
        .unwrap_or(&address);
    let new = New {
        address,
        marker: &nathelper.params.nortpproxy_str,
        tells_old: nathelper.params.append_sdp_oldmediaip,
    };
    match description::fix(&sdp, Changes::from_bits(flags), &new, &mut call.edits) {
        Ok(true) => Verdict(1),
        Ok(false) => Verdict(2),
        Err(description::OtherFamily) => {
            call.error(format_args!(
                "the session description has addresses of another family"
            ));
            Verdict::FALSE
        }
    }
}
