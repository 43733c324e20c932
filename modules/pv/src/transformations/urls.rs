//! `{url.*}`: parts of the target of an HTTP request.

use super::support::part;
use memchr::memchr;
use module_api::{Value, transformation};

/// What stands before the `?`.
#[transformation("url.path")]
fn path(value: Value) -> Value {
    part(value, |text| {
        Some(0..memchr(b'?', text).unwrap_or(text.len()))
    })
}

/// What stands after the `?`; empty without one.
#[transformation("url.querystring")]
fn querystring(value: Value) -> Value {
    part(value, |text| {
        Some(memchr(b'?', text).map_or(text.len(), |at| at + 1)..text.len())
    })
}
