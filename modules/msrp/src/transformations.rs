//! `{msrpuri.*}`: parts of an MSRP URI. `$null` for what is no such URI.

use crate::uri::MsrpUri;
use module_api::{Value, transformation};

fn part(value: Value, part: impl FnOnce(MsrpUri<'_>) -> &[u8]) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    match MsrpUri::parse(&value.into_text()) {
        Some(uri) => Value::from(part(uri)),
        None => Value::Null,
    }
}

/// The user.
#[transformation("msrpuri.user")]
fn user(value: Value) -> Value {
    part(value, |uri| uri.user)
}

/// The user with what follows its colon.
#[transformation("msrpuri.userinfo")]
fn userinfo(value: Value) -> Value {
    part(value, |uri| uri.userinfo)
}

/// The host.
#[transformation("msrpuri.host")]
fn host(value: Value) -> Value {
    part(value, |uri| uri.host)
}

/// The port.
#[transformation("msrpuri.port")]
fn port(value: Value) -> Value {
    part(value, |uri| uri.port)
}

/// The session id.
#[transformation("msrpuri.session")]
fn session(value: Value) -> Value {
    part(value, |uri| uri.session)
}

/// The transport, such as `tcp`.
#[transformation("msrpuri.proto")]
fn proto(value: Value) -> Value {
    part(value, |uri| uri.proto)
}

/// The transport and the parameters, when there is a parameter.
#[transformation("msrpuri.params")]
fn params(value: Value) -> Value {
    part(value, |uri| uri.params)
}
