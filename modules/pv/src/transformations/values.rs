//! `{val.*}` and `{num.*}`: what a value is, beside its text.

use super::support::written;
use module_api::{Value, transformation};
use stdx::json::{push_escaped, push_string};

/// 0 in the place of `$null`.
#[transformation("val.n0")]
fn n0(value: Value) -> Value {
    if value.is_null() {
        Value::Int(0)
    } else {
        value
    }
}

/// An empty text in the place of `$null`.
#[transformation("val.ne")]
fn ne(value: Value) -> Value {
    if value.is_null() {
        Value::from("")
    } else {
        value
    }
}

/// The text as it stands within a JSON string; empty for `$null`.
#[transformation("val.json")]
fn json(value: Value) -> Value {
    match value {
        Value::Null => Value::from(""),
        Value::Str(text) => written(text.len() + 8, |out| push_escaped(out, &text)),
        number => number,
    }
}

/// The value as JSON: a number, or a string with its quotes, which is empty for `$null`.
#[transformation("val.jsonqe")]
fn jsonqe(value: Value) -> Value {
    match value {
        Value::Null => Value::from("\"\""),
        Value::Str(text) => written(text.len() + 10, |out| push_string(out, &text)),
        number => number,
    }
}

/// The first digit of a number; 0 for a text or `$null`.
#[transformation("num.fdigit")]
fn fdigit(value: Value) -> Value {
    let Value::Int(number) = value else {
        return Value::Int(0);
    };
    let mut rest = number.unsigned_abs();
    while rest >= 10 {
        rest /= 10;
    }
    Value::Int(rest as i64)
}

/// The last digit of a number; 0 for a text or `$null`.
#[transformation("num.ldigit")]
fn ldigit(value: Value) -> Value {
    match value {
        Value::Int(number) => Value::Int((number.unsigned_abs() % 10) as i64),
        _ => Value::Int(0),
    }
}
