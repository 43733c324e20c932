//! Variables.

use module_api::{Call, InnerLiteral, Value, pvar, relay};

/// The To-tag that a response of ours will have: `$ltt(s)` of a stateless one, `$ltt(x)` of any.
///
/// The tag that the request brings is taken as it is.
#[pvar("ltt")]
fn local_to_tag(call: &mut Call, mode: &InnerLiteral) -> Value {
    if let Some(tag) = call.message.to_tag() {
        return Value::from(tag);
    }
    let facts = relay::facts(&call.message);
    let tag = match mode.0.as_bytes() {
        b"t" => call.runtime.identifiers.stateful_tag(&facts),
        _ => call.runtime.identifiers.stateless_tag(&facts),
    };
    Value::from(tag.as_bytes())
}
