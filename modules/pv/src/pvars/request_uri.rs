//! The Request-URI: as it stands, and as it was received.

use crate::pvars::length;
use mod_core::addresses;
use mod_core::uri_parts::{self, Part, Reading};
use module_api::{Call, SetError, Text, Value, View, pvar};
use sip::Uri;
use sip::rewrite::{self, RewriteError};
use stdx::number::Decimal;

/// A part of the Request-URI as it stands; null in responses.
pub(crate) fn current(call: &Call, part: Part) -> Value {
    Value::from_option(uri_parts::of_request_uri(call, part))
}

/// A part of the Request-URI as it was received; null in responses.
fn original(call: &Call, part: Part) -> Value {
    Value::from_option(uri_parts::of_received_request_uri(call, part))
}

/// A part of the Request-URI as it stands, where it lies.
fn view(call: &Call, part: Part) -> View<'_> {
    let parsed = match &call.target.uri {
        Some(uri) if call.message.is_request() => Uri::parse(uri),
        _ => call.message.uri(),
    };
    match parsed {
        Ok(uri) => View::from_option(part(&uri, Reading::of(call))),
        Err(_) => View::Null,
    }
}

fn view_uri(call: &Call) -> View<'_> {
    view(call, uri_parts::whole)
}

fn view_user(call: &Call) -> View<'_> {
    view(call, uri_parts::user)
}

fn view_host(call: &Call) -> View<'_> {
    view(call, uri_parts::host)
}

/// The Request-URI, which is also the URI of branch 0. Null while it cannot be read.
#[pvar("ru", "ruri", view = view_uri, set = set_uri)]
fn uri(call: &mut Call) -> Value {
    current(call, uri_parts::whole)
}

/// The user of the Request-URI; `$null` takes it away, and the password with it.
#[pvar("rU", "ruri.user", view = view_user, set = set_user)]
fn user(call: &mut Call) -> Value {
    current(call, uri_parts::user)
}

/// The host of the Request-URI.
#[pvar("rd", "ruri.domain", view = view_host, set = set_host)]
fn host(call: &mut Call) -> Value {
    current(call, uri_parts::host)
}

/// The port of the Request-URI; 5060, or 5061 for TLS, when it has none. `$null` takes it away.
#[pvar("rp", set = set_port)]
fn port(call: &mut Call) -> Value {
    current(call, uri_parts::port)
}

/// The transport of the Request-URI as written; `UDP` when it has none.
#[pvar("rP", number = transport_id)]
fn transport(call: &mut Call) -> Value {
    current(call, uri_parts::transport)
}

fn transport_id(call: &mut Call) -> Option<i64> {
    id_of(&transport(call))
}

fn original_transport_id(call: &mut Call) -> Option<i64> {
    id_of(&original_transport(call))
}

/// The number of a transport by its name.
fn id_of(name: &Value) -> Option<i64> {
    match name {
        Value::Str(name) => sip::Transport::from_name(name).map(addresses::transport_id),
        _ => None,
    }
}

/// The scheme of the Request-URI in lower case. `tel` also for a SIP URI with `user=phone` (see `phone2tel`).
#[pvar("rz")]
fn scheme(call: &mut Call) -> Value {
    current(call, uri_parts::scheme)
}

/// The length of the Request-URI.
#[pvar("rul")]
fn uri_length(call: &mut Call) -> Value {
    match current(call, uri_parts::whole) {
        Value::Null => Value::Null,
        uri => length(&uri),
    }
}

/// The length of the user of the Request-URI; 0 when it has none.
#[pvar("rUl")]
fn user_length(call: &mut Call) -> Value {
    match current(call, uri_parts::whole) {
        Value::Null => Value::Null,
        _ => length(&current(call, uri_parts::user)),
    }
}

/// The Request-URI as it was received.
#[pvar("ou", "ouri")]
fn original_uri(call: &mut Call) -> Value {
    original(call, uri_parts::whole)
}

/// The user of the Request-URI as it was received.
#[pvar("oU")]
fn original_user(call: &mut Call) -> Value {
    original(call, uri_parts::user)
}

/// The host of the Request-URI as it was received.
#[pvar("od")]
fn original_host(call: &mut Call) -> Value {
    original(call, uri_parts::host)
}

/// The port of the Request-URI as it was received; 5060, or 5061 for TLS, when it has none.
#[pvar("op")]
fn original_port(call: &mut Call) -> Value {
    original(call, uri_parts::port)
}

/// The transport of the Request-URI as it was received; `UDP` when it has none.
#[pvar("oP", number = original_transport_id)]
fn original_transport(call: &mut Call) -> Value {
    original(call, uri_parts::transport)
}

/// The length of the user of the Request-URI as it was received; 0 when it has none.
#[pvar("oUl")]
fn original_user_length(call: &mut Call) -> Value {
    match original(call, uri_parts::whole) {
        Value::Null => Value::Null,
        _ => length(&original(call, uri_parts::user)),
    }
}

fn set_uri(call: &mut Call, value: Value) -> Result<(), SetError> {
    let uri = text(value)?;
    refuse_in_response(call)?;
    call.set_request_uri(uri);
    Ok(())
}

fn set_user(call: &mut Call, value: Value) -> Result<(), SetError> {
    let user = match value {
        Value::Null => None,
        value => Some(text(value)?),
    };
    rewrite_uri(call, |uri| rewrite::with_user(uri, user.as_deref()))
}

fn set_host(call: &mut Call, value: Value) -> Result<(), SetError> {
    let host = text(value)?;
    rewrite_uri(call, |uri| rewrite::with_host(uri, &host))
}

fn set_port(call: &mut Call, value: Value) -> Result<(), SetError> {
    match value {
        Value::Null => rewrite_uri(call, |uri| rewrite::with_port(uri, None)),
        Value::Int(port) => {
            let port = Decimal::from(port);
            rewrite_uri(call, |uri| rewrite::with_port(uri, Some(port.as_bytes())))
        }
        Value::Str(port) => rewrite_uri(call, |uri| rewrite::with_port(uri, Some(&port))),
    }
}

fn rewrite_uri(
    call: &mut Call,
    rewrite: impl FnOnce(&Uri<'_>) -> Result<Vec<u8>, RewriteError>,
) -> Result<(), SetError> {
    refuse_in_response(call)?;
    let refused = |error: String| SetError::refused(error);
    let rewritten = {
        let uri = Uri::parse(call.request_uri()).map_err(|error| refused(error.to_string()))?;
        rewrite(&uri).map_err(|error| refused(error.to_string()))?
    };
    call.set_request_uri(rewritten);
    Ok(())
}

fn refuse_in_response(call: &Call) -> Result<(), SetError> {
    if call.message.is_request() {
        Ok(())
    } else {
        Err(SetError::refused("a response has no Request-URI"))
    }
}

/// A text that can stand in a first line or a header field.
pub(crate) fn text(value: Value) -> Result<Text, SetError> {
    match value {
        Value::Str(text) if text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) => {
            Err(SetError::refused("a line end cannot be part of it"))
        }
        Value::Str(text) => Ok(text),
        Value::Null => Err(SetError::refused("it can be changed, but not removed")),
        Value::Int(_) => Err(SetError::NeedsText),
    }
}
