//! Script functions.

use crate::text;
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use serde_json::Value as Json;

/// Puts the member `field_name` of the document `json_string` into `destination`, as JSON: a string with its quotes.
///
/// False, with `destination` as it was, when there is no such member.
///
/// ```cfg
/// $var(json) = "{\"a\":{\"b\":5},\"s\":\"txt\"}";
/// json_get_field("$var(json)", "a", "$var(r)");
/// xinfo("$var(r)\n");   # log: { "b": 5 }
/// ```
#[script_function(json_get_field, routes = ANY, compat = partial("names and strings are in double quotes, as RFC 8259 has it"))]
fn json_get_field(
    call: &mut Call,
    json_string: Text,
    field_name: Text,
    destination: PvarRef,
) -> Verdict {
    get(call, &json_string, &field_name, &destination, text::written)
}

/// Puts the member `field_name` of the document `json_string` into `destination`: of a string its content.
///
/// False, with `destination` as it was, when there is no such member.
///
/// ```cfg
/// $var(json) = "{\"s\":\"txt\"}";
/// json_get_string("$var(json)", "s", "$var(r)");
/// xinfo("$var(r)\n");   # log: txt
/// ```
#[script_function(json_get_string, routes = ANY, compat = partial("names and strings are in double quotes, as RFC 8259 has it"))]
fn json_get_string(
    call: &mut Call,
    json_string: Text,
    field_name: Text,
    destination: PvarRef,
) -> Verdict {
    get(call, &json_string, &field_name, &destination, text::content)
}

fn get(
    call: &mut Call,
    document: &Text,
    name: &Text,
    destination: &PvarRef,
    show: fn(&Json) -> Text,
) -> Verdict {
    let document: Json = match serde_json::from_slice(document) {
        Ok(document) => document,
        Err(error) => {
            call.error(format_args!("this is no JSON: {error}"));
            return Verdict::FALSE;
        }
    };
    let found = name.to_str().and_then(|name| document.get(name));
    match found {
        Some(found) => Verdict::of(destination.set(call, show(found)).is_ok()),
        None => Verdict::FALSE,
    }
}
