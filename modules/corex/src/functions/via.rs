//! What our Via says.

use module_api::relay::ViaFromXavp;
use module_api::{Call, LogLevel, Verdict, XavpValue, script_function};

/// What the script has chosen for the Via of this message.
#[derive(Clone, Copy, Default)]
struct ViaParams {
    /// `srvid` with the server's number.
    server_id: bool,
    /// The items of an `$xavp`.
    attributes: bool,
    /// The items of another, in responses.
    in_responses: bool,
}

fn choose(call: &mut Call, change: impl FnOnce(&mut ViaParams)) -> Verdict {
    let mut params = call.notes.get::<ViaParams>().copied().unwrap_or_default();
    change(&mut params);
    call.notes.set(params);
    Verdict::TRUE
}

/// Appends the parameters that were chosen, in the order of 5.6.3.
pub fn write_params(call: &Call, out: &mut Vec<u8>) {
    let Some(params) = call.notes.get::<ViaParams>() else {
        return;
    };
    let settings = &call.runtime.settings;
    if params.server_id && settings.server_id != 0 {
        out.extend_from_slice(b";srvid=");
        stdx::number::push_decimal(out, settings.server_id);
    }
    if params.attributes {
        write_items(call, &settings.xavp_via_params, out);
    }
}

/// Appends the parameters that were chosen for the Via of responses.
pub fn write_response_params(call: &Call, out: &mut Vec<u8>) {
    let params = call.notes.get::<ViaParams>();
    if params.is_some_and(|params| params.in_responses) {
        write_items(call, &call.runtime.settings.xavp_via_reply_params, out);
    }
}

/// Appends the items of an `$xavp` as parameters.
fn write_items(call: &Call, name: &[u8], out: &mut Vec<u8>) {
    let Some(items) = call.attributes.xavps.children(name, 0) else {
        return;
    };
    for item in items.iter() {
        if let XavpValue::Plain(value) = &item.value {
            write_param(call, &item.name, &value.to_text(), out);
        }
    }
}

/// A value that would end the header field is left out: the peer's parser would read on behind it.
fn write_param(call: &Call, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        call.runtime.log(
            LogLevel::Warning,
            format_args!(
                "the Via parameter {} has a line end in its value and is left out",
                String::from_utf8_lossy(name)
            ),
        );
        return;
    }
    out.push(b';');
    out.extend_from_slice(name);
    out.push(b'=');
    out.extend_from_slice(value);
}

/// Whether our Via gets a `srvid` with the `server_id`: 1 it does, when that is not 0; 0 it does not.
///
/// ```cfg
/// via_add_srvid(1);
/// ```
#[script_function(via_add_srvid, routes = ANY)]
fn via_add_srvid(call: &mut Call, flags: i64) -> Verdict {
    choose(call, |params| params.server_id = flags != 0)
}

/// Whether the items of the `$xavp` named by `xavp_via_params` become parameters of our Via.
///
/// ```cfg
/// via_add_xavp_params(1);
/// ```
#[script_function(via_add_xavp_params, routes = ANY)]
fn via_add_xavp_params(call: &mut Call, flags: i64) -> Verdict {
    choose(call, |params| params.attributes = flags != 0)
}

/// Whether the items of the `$xavp` named by `xavp_via_reply_params` become parameters of the top Via in responses: to the request at
/// hand, or in a reply route of the response that is passed on.
///
/// ```cfg
/// via_reply_add_xavp_params(1);
/// ```
#[script_function(via_reply_add_xavp_params, routes = ANY)]
fn via_reply_add_xavp_params(call: &mut Call, flags: i64) -> Verdict {
    choose(call, |params| params.in_responses = flags != 0)
}

/// Whether `address` and `port` of the `$xavp` named by `xavp_via_fields` stand in our Via: 1 they do, 0 they do not.
///
/// The items are those at the time the Via is written.
///
/// ```cfg
/// via_use_xavp_fields(1);
/// ```
#[script_function(via_use_xavp_fields, routes = ANY)]
fn via_use_xavp_fields(call: &mut Call, flags: i64) -> Verdict {
    match flags {
        0 => drop(call.notes.take::<ViaFromXavp>()),
        _ => call.notes.set(ViaFromXavp),
    }
    Verdict::TRUE
}
