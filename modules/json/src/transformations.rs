//! `{json.*}`: values of JSON documents.

use crate::{Json as Module, text};
use module_api::{Call, Text, Value, transformation};
use serde_json::Value as Json;
use std::borrow::Cow;

/// What is at a path such as `a.b[1].c` of the document; empty for what is not there and for what is no JSON. Octets after the
/// document do not count (all observed on 5.6.3).
fn at(value: &Value, path: &Text, escape: Option<char>) -> Value {
    let Value::Str(document) = value else {
        return Value::Null;
    };
    let mut documents = serde_json::Deserializer::from_slice(document).into_iter::<Json>();
    let Some(Ok(document)) = documents.next() else {
        return Value::from("");
    };
    let path = path.to_str_lossy();
    let mut steps = path.split('.');
    match steps.try_fold(&document, |inner, step| child(inner, step, escape)) {
        None | Some(Json::Null) => Value::from(""),
        Some(found) => Value::Str(text::content(found)),
    }
}

/// What a step of a path leads to: `name`, or `name[1]`, whose index counts only where there is an array (observed on 5.6.3, as is
/// what follows the number: nothing).
fn child<'a>(inner: &'a Json, step: &str, escape: Option<char>) -> Option<&'a Json> {
    let (name, index) = match step.split_once('[') {
        Some((name, index)) => (name, index.trim_start()),
        None => (step, ""),
    };
    let found = inner.as_object()?.get(&*unescaped(name, escape))?;
    match found {
        Json::Array(items) if !matches!(index.bytes().next(), None | Some(b']')) => {
            items.get(leading_index(index)?)
        }
        found => Some(found),
    }
}

/// The number that a text begins with, 0 where it begins with none; none below 0.
fn leading_index(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match text.get(..digits) {
        Some("") | None => (!text.starts_with('-')).then_some(0),
        Some(digits) => digits.parse().ok(),
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

/// What is at a path, such as `a.b[1]`, of the document. A `%` in a name of the path is a dot of that name (`json_escape_char`).
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
