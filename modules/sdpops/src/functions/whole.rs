//! The description as a whole.

use super::ask;
use crate::description;
use module_api::{Call, Literal, LogLevel, PvarRef, Text, Verdict, script_function};
use sip::sdp::Family;
use stdx::ascii;

/// Puts the session description into `target`. -2 when there is no body.
///
/// ```cfg
/// if (sdp_get("$avp(sdp)")) xinfo("$avp(sdp)\n");
/// ```
#[script_function(sdp_get, routes = ANY)]
fn sdp_get(call: &mut Call, target: PvarRef) -> Verdict {
    let message = call.message.clone();
    if message.body().is_empty() {
        return Verdict(-2);
    }
    match description::of(&message) {
        Some(sdp) => {
            let text = Text::from(message.slice(sdp.whole()));
            Verdict::of(target.set(call, text).is_ok())
        }
        None => Verdict::FALSE,
    }
}

/// Whether there is a session description. With `sloppy`, its Content-Type is enough.
///
/// ```cfg
/// if (!sdp_content()) xinfo("nothing to offer\n");   # log: nothing to offer
/// ```
#[script_function(sdp_content, routes = ANY)]
fn sdp_content(call: &mut Call, sloppy: Option<Literal>) -> Verdict {
    if sloppy.is_none() {
        return ask(call, |_| true);
    }
    let message = &call.message;
    if message.body().is_empty() {
        return Verdict::FALSE;
    }
    // COMPAT: a body without Content-Type is taken for one (observed on 5.6.3).
    let Some(content_type) = message.content_type() else {
        return Verdict::TRUE;
    };
    const SDP: &[u8] = b"application/sdp";
    let is_multipart = ascii::starts_with_ignore_case(content_type, b"multipart/mixed");
    Verdict::of(
        ascii::starts_with_ignore_case(content_type, SDP)
            || is_multipart && ascii::find_ignore_case(message.body(), SDP).is_some(),
    )
}

/// Whether the session description offers ICE candidates.
///
/// ```cfg
/// if (sdp_with_ice()) xinfo("ICE\n");
/// ```
#[script_function(sdp_with_ice, routes = ANY)]
fn sdp_with_ice(call: &mut Call) -> Verdict {
    ask(call, |sdp| sdp.has_ice())
}

/// The address family of the session: 4 or 6 as the return code, -1 when the session has no address of its own.
///
/// ```cfg
/// if (!sdp_get_address_family()) xinfo("no address\n");   # log: no address
/// ```
#[script_function(sdp_get_address_family, routes = ANY)]
fn sdp_get_address_family(call: &mut Call) -> Verdict {
    let sdp = description::of(&call.message);
    let connection = sdp.and_then(|sdp| sdp.connection(sdp.sessions().first()?.common));
    match connection.map(|connection| connection.family) {
        Some(Family::Ip4) => Verdict(4),
        Some(Family::Ip6) => Verdict(6),
        None => Verdict::FALSE,
    }
}

/// Logs what the session description says, at `level`.
///
/// ```cfg
/// sdp_print("1");
/// ```
#[script_function(sdp_print, routes = ANY)]
fn sdp_print(call: &mut Call, level: i64) -> Verdict {
    let message = call.message.clone();
    let Some(sdp) = description::of(&message) else {
        return Verdict::of(message.body().is_empty());
    };
    let shown = |span| String::from_utf8_lossy(sdp.text(span)).into_owned();
    let streams: Vec<String> = sdp
        .media()
        .iter()
        .map(|stream| {
            let address = sdp.connection_for(stream);
            let address = address.map_or_else(String::new, |c| shown(c.address));
            format!(
                "{} at {address} port {} by {} with {}",
                shown(stream.kind),
                shown(stream.port),
                shown(stream.transport),
                shown(stream.formats),
            )
        })
        .collect();
    call.log(
        LogLevel::from_number(level),
        format_args!("session description: {}", streams.join("; ")),
    );
    Verdict::TRUE
}
