//! Searching for patterns.

use crate::as_written::AsWritten;
use crate::header_name::{HeaderName, Which};
use crate::pattern::{BY_LINES, EXACT, compiled};
use module_api::{Call, PvarRef, Regex, Text, Verdict, script_function};
use sip::Span;

/// Whether the pattern matches anywhere in the message as received, its first line included.
///
/// Case does not matter; `^` and `$` match at the lines' ends.
///
/// ```cfg
/// if (search("^max-forwards: *[0-9]+")) xinfo("limited\n");
/// ```
#[script_function(search, routes = ANY)]
fn search(call: &mut Call, pattern: Regex) -> Verdict {
    Verdict::of(pattern.0.is_match(call.message.buffer()))
}

/// Whether the pattern matches anywhere in the body of the message as received.
///
/// ```cfg
/// if (search_body("^m=video ")) xinfo("with video\n");
/// ```
#[script_function(search_body, routes = ANY)]
fn search_body(call: &mut Call, pattern: Regex) -> Verdict {
    let body = call.message.body();
    Verdict::of(!body.is_empty() && pattern.0.is_match(body))
}

/// Whether the pattern, in which variables are expanded, matches anywhere in `text`.
///
/// The return code is -2 for an empty text or a pattern that is none, and 2 for an empty pattern.
///
/// ```cfg
/// if (search_str("sip:a@b;transport=TCP", ";transport=tcp")) xinfo("over TCP\n");   # log: over TCP
/// ```
#[script_function(search_str, routes = ANY)]
fn search_str(call: &mut Call, text: Text, pattern: Text) -> Verdict {
    if text.is_empty() {
        return Verdict(-2);
    }
    if pattern.is_empty() {
        return Verdict(2);
    }
    match compiled(call, &pattern, BY_LINES) {
        Some(regex) => Verdict::of(regex.is_match(&text)),
        None => Verdict(-2),
    }
}

/// Whether the pattern matches in the value of a header field.
///
/// `flags` tells of which: `a` of any of that name, `f` of the first, `l` of the last.
///
/// ```cfg
/// if (search_hf("From", "<sip", "f")) xinfo("in brackets\n");
/// ```
#[script_function(search_hf, routes = ANY)]
fn search_hf(call: &mut Call, header: HeaderName, pattern: Regex, flags: Which) -> Verdict {
    let message = &call.message;
    let mut fields = flags.of(&header, message);
    Verdict::of(fields.any(|field| pattern.0.is_match(message.value(field))))
}

/// Inserts `text` behind the first match of the pattern in header fields and body.
///
/// ```cfg
/// search_append("^User-Agent: [^\r]*", " via kahea");
/// ```
#[script_function(search_append, routes = ANY)]
fn search_append(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    let area = Span::new(call.message.headers_start(), call.message.body_span().end);
    append_to_match(call, &pattern, area, text.0)
}

/// Inserts `text` behind the first match of the pattern in the body.
///
/// ```cfg
/// search_append_body("^s=[^\r]*", " (recorded)");
/// ```
#[script_function(search_append_body, routes = ANY)]
fn search_append_body(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    let area = call.message.body_span();
    append_to_match(call, &pattern, area, text.0)
}

fn append_to_match(call: &mut Call, pattern: &Regex, area: Span, text: Text) -> Verdict {
    let mut groups = [None];
    if area.is_empty() || !pattern.0.captures(call.message.text(area), &mut groups) {
        return Verdict::FALSE;
    }
    let [found] = groups;
    let end = found.unwrap_or_default().end;
    call.edits
        .insert(area.start + end as u32, text.into_bytes());
    Verdict::TRUE
}

/// Searches `text` for `pattern` and keeps its group number `group` in `result`.
///
/// Group 0 is the whole match; there can be `groups_max` groups, the whole one included: with a number beyond them, or one
/// that matches nothing or the empty text, false (observed on 5.6.3); -2 when nothing matches.
///
/// ```cfg
/// regex_substring("-- abc123 --", "([a-z]+)([0-9]+)", "2", "3", "$var(number)");
/// xinfo("$var(number)\n");   # log: 123
/// ```
#[script_function(regex_substring, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn regex_substring(
    call: &mut Call,
    text: Text,
    pattern: Text,
    group: i64,
    groups_max: i64,
    result: PvarRef,
) -> Verdict {
    if group >= groups_max {
        call.error(format_args!("there is no group {group} among {groups_max}"));
        return Verdict::FALSE;
    }
    let Some(regex) = compiled(call, &pattern, EXACT) else {
        return Verdict::FALSE;
    };
    let mut groups = vec![None; regex.groups_count() + 1];
    if !regex.captures(&text, &mut groups) {
        return Verdict(-2);
    }
    let group = usize::try_from(group).ok();
    match group.and_then(|group| groups.get(group).cloned().flatten()) {
        Some(range) if !range.is_empty() => {
            Verdict::of(result.set(call, text.slice(range)).is_ok())
        }
        _ => Verdict::FALSE,
    }
}
