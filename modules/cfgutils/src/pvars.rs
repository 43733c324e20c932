//! Variables.

use module_api::{Call, Value, pvar};

/// A random integer from 0 to 2147483647, another one at each read.
#[pvar("RANDOM")]
pub fn random(call: &mut Call) -> Value {
    Value::Int((call.random() >> 33) as i64)
}
