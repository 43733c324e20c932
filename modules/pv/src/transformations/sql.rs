//! `{sql.*}`: a value as SQL has it.

use super::escapes::push_backslashed;
use super::support::written;
use module_api::{Value, transformation};

/// A number as it is, a text in quotes and escaped, `NULL` for `$null`.
#[transformation("sql.val")]
fn val(value: Value) -> Value {
    literal(value, "NULL")
}

/// As `sql.val`, with 0 for `$null`.
#[transformation("sql.val.int")]
fn val_int(value: Value) -> Value {
    literal(value, "0")
}

/// As `sql.val`, with an empty text for `$null`.
#[transformation("sql.val.str")]
fn val_str(value: Value) -> Value {
    literal(value, "''")
}

fn literal(value: Value, null: &'static str) -> Value {
    match value {
        Value::Null => Value::from_static(null),
        Value::Int(number) => Value::Str(number.into()),
        Value::Str(text) => written(text.len() + 10, |out| {
            out.push(b'\'');
            push_backslashed(out, &text);
            out.push(b'\'');
        }),
    }
}
