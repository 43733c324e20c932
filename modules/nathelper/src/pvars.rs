//! Variables.

use module_api::{Call, Value, pvar};

/// How many Record-Route values there are: `$rr_count`.
#[pvar("rr_count")]
fn record_route_count(call: &mut Call) -> Value {
    Value::Int(call.message.record_routes().filter(Result::is_ok).count() as i64)
}

/// How many Record-Route values the last server has added: 2 when the first has `r2=on`, 1 otherwise, 0 without any.
#[pvar("rr_top_count")]
fn record_route_top_count(call: &mut Call) -> Value {
    let message = &call.message;
    Value::Int(match message.record_routes().next() {
        Some(Ok(first)) => {
            let uri = first.parse_uri(message.buffer());
            let is_double = uri.is_ok_and(|uri| uri.param(b"r2") == Some(b"on"));
            if is_double { 2 } else { 1 }
        }
        _ => 0,
    })
}
