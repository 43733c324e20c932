//! Replacing what a pattern or a text finds.

use crate::area::{Area, place_in};
use crate::as_written::AsWritten;
use crate::pattern::WholeText;
use module_api::{Call, Regex, Text, Verdict, script_function};
use stdx::ascii;
use stdx::ere::Ere;

/// How often.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    First,
    All,
}

/// Replaces the first match of the pattern in header fields and body by `text`.
///
/// ```cfg
/// replace("^Subject: .*hello", "Subject: goodbye");
/// ```
#[script_function(replace, routes = ANY)]
fn replace(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    replace_matches(
        call,
        &pattern.0,
        &text.0,
        Area::HeadersAndBody,
        Count::First,
    )
}

/// Replaces all matches of the pattern in header fields and body by `text`.
///
/// ```cfg
/// replace_all("10\.0\.0\.1", "192.0.2.1");
/// ```
#[script_function(replace_all, routes = ANY)]
fn replace_all(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    replace_matches(call, &pattern.0, &text.0, Area::HeadersAndBody, Count::All)
}

/// Replaces the first match of the pattern in the body by `text`.
///
/// ```cfg
/// replace_body("^s=[^\r]*", "s=call");
/// ```
#[script_function(replace_body, routes = ANY)]
fn replace_body(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    replace_matches(call, &pattern.0, &text.0, Area::Body, Count::First)
}

/// Replaces all matches of the pattern in the body by `text`, line by line.
///
/// ```cfg
/// replace_body_all("10\.0\.0\.1", "192.0.2.1");
/// ```
#[script_function(replace_body_all, routes = ANY)]
fn replace_body_all(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    replace_matches(call, &pattern.0, &text.0, Area::Body, Count::All)
}

/// Replaces all matches of the pattern in the body by `text`; the body is one line to the pattern.
///
/// ```cfg
/// if (has_body() && replace_body_atonce("^.+$", "")) remove_hf("Content-Type");
/// ```
#[script_function(replace_body_atonce, routes = ANY)]
fn replace_body_atonce(call: &mut Call, pattern: WholeText, text: AsWritten) -> Verdict {
    replace_matches(call, &pattern.0, &text.0, Area::Body, Count::All)
}

/// Replaces the first match of the pattern in the header fields by `text`.
///
/// ```cfg
/// replace_hdrs("^Subject: .*hello", "Subject: goodbye");
/// ```
#[script_function(replace_hdrs, routes = ANY)]
fn replace_hdrs(call: &mut Call, pattern: Regex, text: AsWritten) -> Verdict {
    replace_matches(call, &pattern.0, &text.0, Area::Headers, Count::First)
}

/// Replaces `wanted` in header fields and body by `text`: the first occurrence (`mode` is `f`) or all (anything else).
///
/// ```cfg
/// replace_str("10.0.0.1", "192.0.2.1", "a");
/// ```
#[script_function(replace_str, routes = ANY)]
fn replace_str(call: &mut Call, wanted: Text, text: Text, mode: Text) -> Verdict {
    replace_text(call, &wanted, &text, Area::HeadersAndBody, &mode)
}

/// Replaces `wanted` in the body by `text`: the first occurrence (`mode` is `f`) or all (anything else).
///
/// False when there is no body.
///
/// ```cfg
/// replace_body_str("10.0.0.1", "192.0.2.1", "a");
/// ```
#[script_function(replace_body_str, routes = ANY)]
fn replace_body_str(call: &mut Call, wanted: Text, text: Text, mode: Text) -> Verdict {
    if call.message.body_span().is_empty() {
        return Verdict::FALSE;
    }
    replace_text(call, &wanted, &text, Area::Body, &mode)
}

/// Replaces `wanted` in the header fields by `text`: the first occurrence (`mode` is `f`) or all (anything else).
///
/// ```cfg
/// replace_hdrs_str("10.0.0.1", "192.0.2.1", "f");
/// ```
#[script_function(replace_hdrs_str, routes = ANY)]
fn replace_hdrs_str(call: &mut Call, wanted: Text, text: Text, mode: Text) -> Verdict {
    replace_text(call, &wanted, &text, Area::Headers, &mode)
}

fn replace_matches(call: &mut Call, regex: &Ere, text: &Text, area: Area, count: Count) -> Verdict {
    let message = call.message.clone();
    let span = area.span(&message);
    let octets = message.text(span);
    let content = text.clone().into_bytes();
    let mut start = 0;
    let mut is_changed = false;
    let mut groups = [None];
    while start < octets.len() && regex.captures_from(octets, start, &mut groups) {
        let found = groups[0].take().unwrap_or_default();
        if found.is_empty() && count == Count::All {
            call.error(format_args!("the pattern matched the empty text"));
            return Verdict::FALSE;
        }
        start = found.end;
        let place = place_in(span, &found);
        call.edits.replace_beside(place, content.clone());
        is_changed = true;
        if count == Count::First {
            break;
        }
    }
    Verdict::of(is_changed)
}

/// The verdict is true also when nothing is found (observed on 5.6.3).
fn replace_text(call: &mut Call, wanted: &[u8], text: &Text, area: Area, mode: &[u8]) -> Verdict {
    if wanted.is_empty() {
        return Verdict::TRUE;
    }
    let message = call.message.clone();
    let span = area.span(&message);
    let octets = message.text(span);
    let content = text.clone().into_bytes();
    let mut start = 0;
    while let Some(found) = octets
        .get(start..)
        .and_then(|rest| ascii::find(rest, wanted))
    {
        let end = start + found + wanted.len();
        let place = place_in(span, &(start + found..end));
        call.edits.replace_beside(place, content.clone());
        start = end;
        if matches!(mode.first(), Some(b'f' | b'F')) {
            break;
        }
    }
    Verdict::TRUE
}
