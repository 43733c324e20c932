//! Variables.

use crate::Core;
use module_api::{Call, InnerLiteral, Text, Value, pvar};
use stdx::hex;

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

/// The value of an environment variable as an integer: 0 when it is no number.
#[pvar("envn")]
pub fn environment_number(call: &mut Call, name: &InnerLiteral) -> Value {
    number(environment(call, name))
}

fn number(value: Value) -> Value {
    match value {
        Value::Str(text) => Value::Int(stdx::number::parse_i64(&text).unwrap_or(0)),
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

/// The value of a preprocessor define as an integer: 0 when it is no number, or there is none.
#[pvar("defn")]
pub fn define_number(call: &mut Call, name: &InnerLiteral) -> Value {
    match number(defined(call, name)) {
        Value::Null => Value::Int(0),
        number => number,
    }
}

/// The value of a preprocessor define without the quotes, double or single, that are around it.
#[pvar("defv")]
pub fn define_value(call: &mut Call, name: &InnerLiteral) -> Value {
    match defined(call, name) {
        Value::Str(text) if is_quoted(&text) => Value::Str(text.slice(1..text.len() - 1)),
        other => other,
    }
}

/// The value of a preprocessor define in double quotes; one that is in quotes already is as it is.
#[pvar("defs")]
pub fn define_text(call: &mut Call, name: &InnerLiteral) -> Value {
    match defined(call, name) {
        Value::Str(text) if !is_quoted(&text) => Value::Str(Text::concat(&[b"\"", &text, b"\""])),
        other => other,
    }
}

fn is_quoted(text: &[u8]) -> bool {
    matches!(text, [b'"', .., b'"'] | [b'\'', .., b'\''])
}

/// An identifier that no other message and no other server has had.
#[pvar("iuid")]
pub fn unique_id(call: &mut Call) -> Value {
    let Some(core) = call.runtime.module::<Core>() else {
        return Value::Null;
    };
    let mut out = b"iuid-".to_vec();
    hex::push_number(&mut out, core.started.as_secs());
    out.push(b'-');
    hex::push_number(&mut out, u64::from(std::process::id()));
    out.push(b'-');
    hex::push_number(&mut out, core.next_number());
    Value::from(out)
}
