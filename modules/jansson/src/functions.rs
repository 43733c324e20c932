//! Script functions.

use crate::document;
use module_api::Xavp;
use module_api::{Call, PvarRef, Text, Value, Verdict, XavpList, XavpValue, script_function};
use serde_json::Value as Json;

/// Puts what is at `path` of the document `src` into `dst`. False, with `dst` as it was, when there is nothing.
///
/// Truth values are 1 and 0; lists and objects are their text.
///
/// ```cfg
/// $var(json) = "{\"a\":[1,2]}";
/// jansson_get("a[1]", "$var(json)", "$var(n)");
/// xinfo("$var(n)\n");   # log: 2
/// ```
#[script_function(jansson_get, routes = ANY)]
fn jansson_get(call: &mut Call, path: Text, src: Text, dst: PvarRef) -> Verdict {
    get(call, &path, &src, &dst)
}

/// Does what `jansson_get` does with the document in the variable `srcvar`.
///
/// ```cfg
/// $var(json) = "{\"a\":1}";
/// jansson_pv_get("a", "$var(json)", "$var(n)");
/// xinfo("$var(n)\n");   # log: 1
/// ```
#[script_function(jansson_pv_get, routes = ANY)]
fn jansson_pv_get(call: &mut Call, path: Text, srcvar: PvarRef, dst: PvarRef) -> Verdict {
    let src = srcvar.get(call).into_text();
    get(call, &path, &src, &dst)
}

/// Puts the member `field_name` of the document `src` into `dst`.
///
/// ```cfg
/// $var(json) = "{\"a\":1}";
/// jansson_get_field("$var(json)", "a", "$var(n)");
/// xinfo("$var(n)\n");   # log: 1
/// ```
#[script_function(jansson_get_field, routes = ANY)]
fn jansson_get_field(call: &mut Call, src: Text, field_name: Text, dst: PvarRef) -> Verdict {
    get(call, &field_name, &src, &dst)
}

fn get(call: &mut Call, path: &Text, src: &Text, dst: &PvarRef) -> Verdict {
    let Some(document) = parse(call, src) else {
        return Verdict::FALSE;
    };
    let found = path
        .to_str()
        .and_then(|path| document::get(&document, path));
    match found.map(document::to_script) {
        Some(value) => Verdict::of(dst.set(call, value).is_ok()),
        None => Verdict::FALSE,
    }
}

/// Puts the length of the list at `path` of the document `src` into `dst`. False when there is no list.
///
/// ```cfg
/// $var(json) = "{\"a\":[1,2]}";
/// jansson_array_size("a", "$var(json)", "$var(n)");
/// xinfo("$var(n)\n");   # log: 2
/// ```
#[script_function(jansson_array_size, routes = ANY)]
fn jansson_array_size(call: &mut Call, path: Text, src: Text, dst: PvarRef) -> Verdict {
    let Some(document) = parse(call, &src) else {
        return Verdict::FALSE;
    };
    let found = path
        .to_str()
        .and_then(|path| document::get(&document, path));
    match found.and_then(Json::as_array) {
        Some(items) => Verdict::of(dst.set(call, items.len() as i64).is_ok()),
        None => Verdict::FALSE,
    }
}

/// Puts `value` of the type `kind` at `path` of the document in `result`.
///
/// Types are `integer`, `real`, `string`, `object`, `array`, `true`, `false` and `null`. A variable that holds nothing becomes an
/// object.
///
/// ```cfg
/// jansson_set("int", "a.b", 5, "$var(json)");
/// xinfo("$var(json)\n");   # log: {"a":{"b":5}}
/// ```
#[script_function(jansson_set, routes = ANY)]
fn jansson_set(call: &mut Call, kind: Text, path: Text, value: Value, result: PvarRef) -> Verdict {
    change(call, &kind, &path, &value, &result, document::set)
}

/// Adds `value` of the type `kind` to the list at `path` of the document in `result`, or its members to the object there.
///
/// ```cfg
/// $var(json) = "[1]";
/// jansson_append("int", "", 2, "$var(json)");
/// xinfo("$var(json)\n");   # log: [1,2]
/// ```
#[script_function(jansson_append, routes = ANY)]
fn jansson_append(
    call: &mut Call,
    kind: Text,
    path: Text,
    value: Value,
    result: PvarRef,
) -> Verdict {
    change(call, &kind, &path, &value, &result, document::append)
}

fn change(
    call: &mut Call,
    kind: &Text,
    path: &Text,
    value: &Value,
    result: &PvarRef,
    change: fn(&mut Json, &str, Json) -> Result<(), document::ChangeError>,
) -> Verdict {
    let mut document = match result.get(call) {
        Value::Null | Value::Int(0) => Json::Object(serde_json::Map::new()),
        present => match parse(call, &present.into_text()) {
            Some(document) => document,
            None => return Verdict::FALSE,
        },
    };
    let changed = document::typed(kind, value)
        .and_then(|value| change(&mut document, &path.to_str_lossy(), value));
    match changed {
        Ok(()) => Verdict::of(result.set(call, Text::from(document.to_string())).is_ok()),
        Err(reason) => {
            call.error(format_args!("JSON at `{path}`: {reason}"));
            Verdict::FALSE
        }
    }
}

/// Puts the members of the object `json`, or of each object in the list, into `$xavp(xavp=>…)`.
///
/// ```cfg
/// jansson_xdecode("{\"foo\":\"bar\"}", "js");
/// xinfo("$xavp(js=>foo)\n");   # log: bar
/// ```
#[script_function(jansson_xdecode, routes = ANY)]
fn jansson_xdecode(call: &mut Call, json: Text, xavp: Text) -> Verdict {
    let objects = match parse(call, &json) {
        Some(Json::Array(items)) => items,
        Some(object @ Json::Object(_)) => vec![object],
        _ => return Verdict::FALSE,
    };
    for object in &objects {
        let Json::Object(members) = object else {
            continue;
        };
        let mut list = XavpList::default();
        for (name, value) in members {
            list.push_last(Xavp {
                name: Text::from(name.as_str()),
                value: XavpValue::Plain(document::to_script(value)),
            });
        }
        call.attributes.xavps.push(Xavp {
            name: xavp.clone(),
            value: XavpValue::List(list),
        });
    }
    Verdict::TRUE
}

/// Puts the items of `$xavp(xavp=>…)` as a JSON object into `pv`.
///
/// ```cfg
/// $xavp(a=>foo) = "bar";
/// jansson_xencode("a", "$var(js)");
/// xinfo("$var(js)\n");   # log: {"foo": "bar"}
/// ```
#[script_function(jansson_xencode, routes = ANY)]
fn jansson_xencode(call: &mut Call, xavp: Text, pv: PvarRef) -> Verdict {
    let Some(items) = call.attributes.xavps.children(&xavp, 0).cloned() else {
        return Verdict::FALSE;
    };
    let mut members = serde_json::Map::new();
    for item in items.iter() {
        let value = match &item.value {
            XavpValue::Plain(Value::Null) => Json::Null,
            XavpValue::Plain(Value::Int(number)) => (*number).into(),
            XavpValue::Plain(Value::Str(text)) => match text.to_str() {
                Some(text) => Json::from(text),
                // It is no string of JSON (observed on 5.6.3).
                None => {
                    call.error(format_args!("`{}` is no UTF-8", item.name));
                    return Verdict::FALSE;
                }
            },
            XavpValue::List(_) => continue,
        };
        let name = item.name.to_str_lossy().into_owned();
        members.entry(name).or_insert(value);
    }
    let shown: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{}: {value}", Json::String(name)))
        .collect();
    let text = format!("{{{}}}", shown.join(", "));
    Verdict::of(pv.set(call, Text::from(text)).is_ok())
}

fn parse(call: &mut Call, text: &Text) -> Option<Json> {
    match serde_json::from_slice(text) {
        Ok(document) => Some(document),
        Err(reason) => {
            call.error(format_args!("this is no JSON: {reason}"));
            None
        }
    }
}
