//! `{json.*}`: values of JSON documents.

use crate::{Json as Module, text};
use module_api::{Call, Text, Value, transformation};
use serde_json::Value as Json;
use std::borrow::Cow;

/// What is at a path such as `a.b` of the document; `$null` for what is no JSON, empty for what is not there.
fn at(value: &Value, path: &Text, escape: Option<char>) -> Value {
    let Value::Str(document) = value else {
        return Value::Null;
    };
    let Ok(document) = serde_json::from_slice::<Json>(document) else {
        return Value::Null;
    };
    let path = path.to_str_lossy();
    let mut found = Some(&document);
    for name in path.split('.') {
        let name = unescaped(name, escape);
        found = found.and_then(|inner| match inner {
            Json::Array(items) => items.get(name.parse::<usize>().ok()?),
            object => object.get(&*name),
        });
    }
    match found {
        None | Some(Json::Null) => Value::from(""),
        Some(found) => Value::Str(text::content(found)),
    }
}

/// A name as the document has it.
fn unescaped(name: &str, escape: Option<char>) -> Cow<'_, str> {
    match escape.filter(|escape| name.contains(*escape)) {
        Some(escape) => Cow::Owned(name.replace(escape, ".")),
        None => Cow::Borrowed(name),
    }
}

fn escape(call: &Call) -> Option<char> {
    call.runtime.module::<Module>()?.escape
}

/// What is at a path, such as `a.b`, of the document. A `%` in a name of the path is a dot of that name (`json_escape_char`).
#[transformation("json.parse")]
fn parse(value: Value, path: Text, call: &mut Call) -> Value {
    at(&value, &path, escape(call))
}

/// What is at the path that a variable holds.
#[transformation("json.parsex")]
fn parsex(value: Value, path: Text, call: &mut Call) -> Value {
    at(&value, &path, escape(call))
}

/// The text as it stands within a JSON string.
#[transformation("json.encode")]
fn encode(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        value => {
            let quoted = text::written(&Json::from(&*value.into_text().to_str_lossy()));
            let inner = quoted
                .strip_prefix(b"\"")
                .and_then(|t| t.strip_suffix(b"\""));
            Value::from(inner.unwrap_or_default())
        }
    }
}
