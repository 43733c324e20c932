//! What our Via says.

use module_api::relay::AdvertisedAddress;
use module_api::{Call, Value, Verdict, script_function};

/// Whether our Via gets a `srvid` with the `server_id`: 1 it does, 0 it does not.
///
/// ```cfg
/// via_add_srvid(1);
/// ```
#[script_function(via_add_srvid, routes = ANY, compat = accepted("our Via has no `srvid`"))]
fn via_add_srvid(_call: &mut Call, flags: i64) -> Verdict {
    let _ = flags;
    Verdict::TRUE
}

/// Whether the items of the `$xavp` named by `xavp_via_params` become parameters of our Via.
///
/// ```cfg
/// via_add_xavp_params(1);
/// ```
#[script_function(via_add_xavp_params, routes = ANY, compat = accepted("our Via has no parameters of the script"))]
fn via_add_xavp_params(_call: &mut Call, flags: i64) -> Verdict {
    let _ = flags;
    Verdict::TRUE
}

/// Whether the items of the `$xavp` named by `xavp_via_reply_params` become parameters of the Via in responses.
///
/// ```cfg
/// via_reply_add_xavp_params(1);
/// ```
#[script_function(via_reply_add_xavp_params, routes = ANY, compat = accepted("the Via of responses has no parameters of the script"))]
fn via_reply_add_xavp_params(_call: &mut Call, flags: i64) -> Verdict {
    let _ = flags;
    Verdict::TRUE
}

/// Whether `address` and `port` of the `$xavp` named by `xavp_via_fields` stand in our Via: 1 they do, 0 they do not.
///
/// ```cfg
/// via_use_xavp_fields(1);
/// ```
#[script_function(via_use_xavp_fields, routes = ANY, compat = partial("the items are read at this call, and stand in Record-Route too"))]
fn via_use_xavp_fields(call: &mut Call, flags: i64) -> Verdict {
    if flags == 0 {
        call.notes.take::<AdvertisedAddress>();
        return Verdict::TRUE;
    }
    let name = &call.runtime.settings.xavp_via_fields;
    if let Some(fields) = call.attributes.xavps.children(name, 0) {
        let host = match fields.value(b"address", 0) {
            Value::Str(host) if !host.is_empty() => Some(host),
            _ => None,
        };
        let port = fields
            .value(b"port", 0)
            .to_int()
            .ok()
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port > 0);
        call.notes.set(AdvertisedAddress { host, port });
    }
    Verdict::TRUE
}
