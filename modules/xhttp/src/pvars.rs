//! Variables.

use module_api::{Call, Value, pvar};

/// The URL of the HTTP request at hand.
#[pvar("hu")]
pub fn url(call: &mut Call) -> Value {
    if call.message.is_http() && call.message.is_request() {
        Value::from(call.message.request_uri())
    } else {
        Value::Null
    }
}
