//! Single values of header fields, and their parameters.

use crate::place::{Form, Name, Place, Slot, Target, Which, param, values};
use module_api::{Call, Text, Verdict, script_function};
use sip::{Message, Span};

/// Adds a value behind the one at `place`; without an index, or where there is none, as a header field at the end.
///
/// ```cfg
/// append_hf_value("X-Path", "here");
/// append_hf_value("Supported[-1]", "timer");
/// ```
#[script_function(append_hf_value, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn append_hf_value(call: &mut Call, place: Slot, value: Text) -> Verdict {
    let Slot(place) = place;
    let Call { message, edits, .. } = call;
    let found = match place.which {
        None => Vec::new(),
        Some(Which::At(0)) => values(message, &place.header, Form::List),
        Some(_) => place.find(message, Form::List),
    };
    match found.last() {
        Some(last) => edits.insert(last.value.end, Text::concat(&[b",", &value]).into_bytes()),
        None => edits.append_header(message, line(&place.header, &value).into_bytes()),
    }
    Verdict::TRUE
}

/// Adds a value before the one at `place`; without an index as a header field before the first of that name.
///
/// False when there are fewer values than the index asks for.
///
/// ```cfg
/// insert_hf_value("X-Path", "here");
/// insert_hf_value("Supported[1]", "timer");
/// ```
#[script_function(insert_hf_value, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn insert_hf_value(call: &mut Call, place: Slot, value: Text) -> Verdict {
    let Slot(place) = place;
    let Call { message, edits, .. } = call;
    let found = place.find(message, Form::List);
    match (found.first(), place.which) {
        (Some(first), None) => {
            edits.insert_before_header(first.field, line(&place.header, &value).into_bytes());
        }
        (Some(first), Some(_)) if first.position == 0 && !first.value.is_empty() => {
            edits.insert(
                first.value.start,
                Text::concat(&[&value, b","]).into_bytes(),
            );
        }
        // As 5.6.3 writes it: behind the value before.
        (Some(first), Some(_)) => {
            let before = values(message, &place.header, Form::List)
                .into_iter()
                .take_while(|other| other.value.start < first.value.start)
                .last()
                .filter(|_| first.position > 0);
            let end = before.map_or(first.value.start, |before| before.value.end);
            edits.insert(end, Text::concat(&[b",", &value]).into_bytes());
        }
        (None, None | Some(Which::At(0 | 1))) => {
            edits.append_header(message, line(&place.header, &value).into_bytes());
        }
        (None, Some(_)) => return Verdict::FALSE,
    }
    Verdict::TRUE
}

/// Removes the value at `place`, the first one without an index, or a parameter of it.
///
/// ```cfg
/// remove_hf_value("X-Path[2]");
/// remove_hf_value("X-Path[*].secret");
/// ```
#[script_function(remove_hf_value, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn remove_hf_value(call: &mut Call, place: Place) -> Verdict {
    remove(call, &place, Form::List)
}

/// As `remove_hf_value`, for header fields such as Authorization, where commas separate parameters.
///
/// ```cfg
/// remove_hf_value2("Authorization.opaque");
/// ```
#[script_function(remove_hf_value2, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn remove_hf_value2(call: &mut Call, place: Place) -> Verdict {
    remove(call, &place, Form::Single)
}

/// Replaces the value at `place`, the first one without an index, or sets a parameter of it.
///
/// ```cfg
/// assign_hf_value("X-Path[1].hop", "2");
/// ```
#[script_function(assign_hf_value, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn assign_hf_value(call: &mut Call, place: Target, value: Text) -> Verdict {
    let Target(place) = place;
    assign(call, &place, &value, Form::List)
}

/// As `assign_hf_value`, for header fields such as Authorization, where commas separate parameters.
///
/// ```cfg
/// assign_hf_value2("Authorization.integrity-protected", "\"yes\"");
/// ```
#[script_function(assign_hf_value2, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn assign_hf_value2(call: &mut Call, place: Target, value: Text) -> Verdict {
    let Target(place) = place;
    assign(call, &place, &value, Form::Single)
}

/// Adds a value to a header field, the first of that name, unless one has it, in any case. False for an empty value.
///
/// ```cfg
/// include_hf_value("Supported", "path");
/// ```
#[script_function(include_hf_value, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn include_hf_value(call: &mut Call, header: Name, value: Text) -> Verdict {
    let Name(header) = header;
    if value.is_empty() {
        return Verdict::FALSE;
    }
    let Call { message, edits, .. } = call;
    let found = values(message, &header, Form::List);
    if found
        .iter()
        .any(|found| message.text(found.value).eq_ignore_ascii_case(&value))
    {
        return Verdict::TRUE;
    }
    let field = found.first().map(|first| first.field.whole());
    let in_first = found
        .iter()
        .take_while(|found| Some(found.field.whole()) == field);
    match in_first.last() {
        Some(last) => edits.insert(last.value.end, Text::concat(&[b",", &value]).into_bytes()),
        None => edits.append_header(message, line(&header, &value).into_bytes()),
    }
    Verdict::TRUE
}

/// Removes a value from a header field if it is there, in any case. False for an empty value.
///
/// ```cfg
/// exclude_hf_value("Supported", "100rel");
/// ```
#[script_function(exclude_hf_value, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn exclude_hf_value(call: &mut Call, header: Name, value: Text) -> Verdict {
    let Name(header) = header;
    if value.is_empty() {
        return Verdict::FALSE;
    }
    let Call { message, edits, .. } = call;
    for found in values(message, &header, Form::List) {
        if message.text(found.value).eq_ignore_ascii_case(&value) {
            edits.remove_list_values(message, found.field, found.position, 1);
        }
    }
    Verdict::TRUE
}

/// Whether a header field has a value, in any case; underscores in its name may stand for dashes.
///
/// ```cfg
/// if (hf_value_exists("Supported", "path")) xinfo("Path may be added\n");
/// ```
#[script_function(hf_value_exists, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn hf_value_exists(call: &mut Call, header: Name, value: Text) -> Verdict {
    let Name(header) = header;
    let message = &call.message;
    let has = |name: &[u8]| {
        let found = values(message, name, Form::List);
        found.iter().any(|found| {
            !value.is_empty() && message.text(found.value).eq_ignore_ascii_case(&value)
        })
    };
    if has(&header) {
        return Verdict::TRUE;
    }
    let dashed: Vec<u8> = header
        .iter()
        .map(|byte| if *byte == b'_' { b'-' } else { *byte })
        .collect();
    Verdict::of(header != *dashed && has(&dashed))
}

fn line(header: &[u8], value: &[u8]) -> Text {
    Text::concat(&[header, b": ", value, b"\r\n"])
}

fn remove(call: &mut Call, place: &Place, form: Form) -> Verdict {
    let Call { message, edits, .. } = call;
    let mut is_changed = false;
    for found in place.find(message, form) {
        match (&place.param, form) {
            (Some(name), _) => {
                let Some(param) = param(message, &found, form, name) else {
                    continue;
                };
                edits.remove(param.whole);
            }
            (None, Form::List) if !takes_all(place) && !found.value.is_empty() => {
                edits.remove_list_values(message, found.field, found.position, 1);
            }
            (None, _) => edits.remove_header(found.field),
        }
        is_changed = true;
    }
    Verdict::of(is_changed)
}

fn takes_all(place: &Place) -> bool {
    place.which == Some(Which::All)
}

fn assign(call: &mut Call, place: &Place, value: &Text, form: Form) -> Verdict {
    let Call { message, edits, .. } = call;
    let found = place.find(message, form);
    for found in &found {
        let Some(name) = &place.param else {
            edits.replace(found.value, value.clone().into_bytes());
            continue;
        };
        let (span, text) = match param(message, found, form, name) {
            Some(param) => match (has_value(message, param.value), value.is_empty()) {
                (true, true) => (
                    Span::new(param.value.start - 1, param.value.end),
                    Text::default(),
                ),
                (true, false) => (param.value, value.clone()),
                (false, true) => continue,
                (false, false) => (param.value, Text::concat(&[b"=", value])),
            },
            None => {
                let separator: &[u8] = match form {
                    Form::List => b";",
                    Form::Single if has_params(message, found.value) => b",",
                    Form::Single => b" ",
                };
                let equals: &[u8] = if value.is_empty() { b"" } else { b"=" };
                (
                    Span::point(found.value.end),
                    Text::concat(&[separator, name, equals, value]),
                )
            }
        };
        edits.replace(span, text.into_bytes());
    }
    Verdict::of(!found.is_empty())
}

/// Whether a parameter stands behind the scheme; a name alone is none (observed on 5.6.3).
fn has_params(message: &Message, value: Span) -> bool {
    let behind = stdx::ascii::split_once(message.text(value), b' ');
    behind.is_some_and(|(_, params)| params.contains(&b'='))
}

/// Whether an equals sign stands right before a parameter's value.
fn has_value(message: &Message, value: Span) -> bool {
    let before = value
        .start
        .checked_sub(1)
        .and_then(|at| message.buffer().get(at as usize));
    before == Some(&b'=')
}
