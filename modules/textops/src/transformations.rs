//! Transformations.

use crate::substitution::Substitution;
use module_api::{Call, Value, transformation};

/// The value with what matches the substitution replaced; as it is when nothing does.
#[transformation("re.subst")]
fn substitute(call: &mut Call, value: Value, substitution: &Substitution) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        value => value.into_text(),
    };
    match substitution.apply(call, &text) {
        Ok(Some(changed)) => Value::from(changed),
        Ok(None) => Value::Str(text),
        Err(_) => Value::Null,
    }
}
