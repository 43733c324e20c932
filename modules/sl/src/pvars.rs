//! Variables.

use module_api::{Call, InnerLiteral, Value, pvar, relay};

/// The To-tag that a response of ours will have: `$ltt(s)` a stateless one, `$ltt(t)` one of the transaction (`$null`
/// while there is none), `$ltt(x)` one made now.
///
/// The tag that the request brings is taken as it is.
#[pvar("ltt")]
fn local_to_tag(call: &mut Call, mode: &InnerLiteral) -> Value {
    if let Some(tag) = call.message.to_tag() {
        return Value::from(tag);
    }
    let facts = relay::facts(&call.message);
    let has_transaction = call.transaction.is_some();
    let tag = match mode.0.as_bytes() {
        b"t" if !has_transaction => return Value::Null,
        b"s" => call.runtime.identifiers.stateless_tag(&facts),
        _ if has_transaction => call.runtime.identifiers.stateful_tag(&facts),
        _ => call.runtime.identifiers.stateless_tag(&facts),
    };
    Value::from(tag.as_bytes())
}
