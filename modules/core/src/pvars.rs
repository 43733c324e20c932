//! Variables.

use module_api::{Call, InnerLiteral, Value, pvar};

/// The return code of the last function or route block.
#[pvar("rc", "retcode", "?")]
pub fn return_code(call: &mut Call) -> Value {
    Value::Int(call.return_code)
}

/// Nothing.
#[pvar("null")]
pub fn null(_call: &mut Call) -> Value {
    Value::Null
}

/// The value of an environment variable.
#[pvar("env")]
pub fn environment(_call: &mut Call, name: &InnerLiteral) -> Value {
    let name = name.0.to_str().unwrap_or_default();
    Value::from_option(std::env::var(name).ok())
}

/// The value of an environment variable as an integer.
#[pvar("envn")]
pub fn environment_number(call: &mut Call, name: &InnerLiteral) -> Value {
    number(environment(call, name))
}

fn number(value: Value) -> Value {
    match value {
        Value::Str(text) => stdx::number::parse_i64(&text).map_or(Value::Null, Value::Int),
        other => other,
    }
}

fn defined(call: &Call, name: &InnerLiteral) -> Value {
    let name = name.0.to_str().unwrap_or_default();
    Value::from_option(call.runtime.defines.get(name).cloned())
}

/// The value of a preprocessor define, as written.
#[pvar("def")]
pub fn define(call: &mut Call, name: &InnerLiteral) -> Value {
    defined(call, name)
}

/// The value of a preprocessor define as an integer.
#[pvar("defn")]
pub fn define_number(call: &mut Call, name: &InnerLiteral) -> Value {
    number(defined(call, name))
}

/// The value of a preprocessor define: an integer when it is one, else text without quotes.
#[pvar("defv")]
pub fn define_value(call: &mut Call, name: &InnerLiteral) -> Value {
    match define_text(call, name) {
        Value::Str(text) => match stdx::number::parse_i64(&text) {
            Some(number) => Value::Int(number),
            None => Value::Str(text),
        },
        other => other,
    }
}

/// The value of a preprocessor define as text, without quotes.
#[pvar("defs")]
pub fn define_text(call: &mut Call, name: &InnerLiteral) -> Value {
    match defined(call, name) {
        Value::Str(text) => {
            let inner = text
                .strip_prefix(b"\"")
                .and_then(|text| text.strip_suffix(b"\""));
            Value::from(inner.unwrap_or(&text))
        }
        other => other,
    }
}
