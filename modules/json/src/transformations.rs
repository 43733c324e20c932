//! `{json.*}`: values of JSON documents.

use crate::text;
use module_api::{Text, Value, transformation};
use serde_json::Value as Json;

/// What is at a path such as `a.b` of the document; `$null` for what is no JSON, empty for what is not there.
fn at(value: &Value, path: &Text) -> Value {
    let Value::Str(document) = value else {
        return Value::Null;
    };
    let Ok(document) = serde_json::from_slice::<Json>(document) else {
        return Value::Null;
    };
    let path = path.to_str_lossy();
    let mut found = Some(&document);
    for name in path.split('.') {
        found = found.and_then(|inner| match inner {
            Json::Array(items) => items.get(name.parse::<usize>().ok()?),
            object => object.get(name),
        });
    }
    match found {
        None | Some(Json::Null) => Value::from(""),
        Some(found) => Value::Str(text::content(found)),
    }
}

/// What is at a path, such as `a.b`, of the document.
#[transformation("json.parse")]
fn parse(value: Value, path: Text) -> Value {
    at(&value, &path)
}

/// What is at the path that a variable holds.
#[transformation("json.parsex")]
fn parsex(value: Value, path: Text) -> Value {
    at(&value, &path)
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
