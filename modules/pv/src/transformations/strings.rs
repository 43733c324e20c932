//! `{s.*}`: measuring and rewriting a text as a whole.

use super::support::{OUTPUT_MAX, on_text, part, range_within, written};
use memchr::memmem;
use module_api::calendar::{Calendar, Zone};
use module_api::{Text, Value, transformation};
use std::ffi::CString;
use std::time::Duration;
use stdx::number::{self, Decimal};

/// The length in octets.
#[transformation("s.len")]
fn len(value: Value) -> Value {
    match &value {
        Value::Str(text) => Value::Int(text.len() as i64),
        Value::Int(number) => Value::Int(Decimal::from(*number).as_bytes().len() as i64),
        Value::Null => Value::Null,
    }
}

/// The text as an integer; `$null` when it is not one as a whole.
#[transformation("s.int")]
fn int(value: Value) -> Value {
    integer(&value)
}

/// The text as an integer; `$null` when it is not one as a whole.
#[transformation("s.intv")]
fn intv(value: Value) -> Value {
    integer(&value)
}

fn integer(value: &Value) -> Value {
    match value {
        Value::Str(text) => number::parse_i64(text).map_or(Value::Null, Value::Int),
        Value::Int(number) => Value::Int(*number),
        Value::Null => Value::Null,
    }
}

/// The digits of the text.
#[transformation("s.numeric")]
fn numeric(value: Value) -> Value {
    on_text(&value, |text| keep(text, u8::is_ascii_digit))
}

/// The text without blanks and line ends.
#[transformation("s.rmws")]
fn rmws(value: Value) -> Value {
    on_text(&value, |text| keep(text, |byte| !is_blank(*byte)))
}

fn keep(text: &[u8], wanted: impl Fn(&u8) -> bool) -> Value {
    written(text.len(), |out| {
        out.extend(text.iter().copied().filter(|byte| wanted(byte)))
    })
}

/// The text in lower case, ASCII letters only.
#[transformation("s.tolower")]
fn tolower(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len(), |out| stdx::ascii::push_lower(out, text))
    })
}

/// The text in upper case, ASCII letters only.
#[transformation("s.toupper")]
fn toupper(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len(), |out| stdx::ascii::push_upper(out, text))
    })
}

/// The text without blanks and line ends on both sides.
#[transformation("s.trim")]
fn trim(value: Value) -> Value {
    part(value, |text| {
        Some(range_within(text, trimmed_start(trimmed_end(text))))
    })
}

/// The text without blanks and line ends before it.
#[transformation("s.ltrim")]
fn ltrim(value: Value) -> Value {
    part(value, |text| Some(range_within(text, trimmed_start(text))))
}

/// The text without blanks and line ends after it.
#[transformation("s.rtrim")]
fn rtrim(value: Value) -> Value {
    part(value, |text| Some(range_within(text, trimmed_end(text))))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn trimmed_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !is_blank(*byte))
        .unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

fn trimmed_end(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !is_blank(*byte))
        .map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// The text with each line end and the blanks that follow it turned into one blank, as a folded header field is read.
#[transformation("s.rmhdws")]
fn rmhdws(value: Value) -> Value {
    on_text(&value, |text| unfold(text, b" "))
}

/// The text without line ends that are followed by blanks, and without those blanks.
#[transformation("s.rmhlws")]
fn rmhlws(value: Value) -> Value {
    on_text(&value, |text| unfold(text, b""))
}

/// Replaces each line end that blanks follow, with those blanks (RFC 3261 §7.3.1).
fn unfold(text: &[u8], replacement: &[u8]) -> Value {
    written(text.len(), |out| {
        let mut rest = text;
        while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
            let (before, found) = rest.split_at(at);
            out.extend_from_slice(before);
            let end = found
                .strip_prefix(b"\r\n")
                .unwrap_or_else(|| found.get(1..).unwrap_or_default());
            let blanks = end
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            rest = end.get(blanks..).unwrap_or_default();
            if blanks == 0 {
                out.extend_from_slice(found.get(..found.len() - end.len()).unwrap_or_default());
            } else {
                out.extend_from_slice(replacement);
            }
        }
        out.extend_from_slice(rest);
    })
}

/// The text with each occurrence of a text replaced by another.
#[transformation("s.replace")]
fn replace(value: Value, wanted: Text, replacement: Text) -> Value {
    on_text(&value, |text| replaced(text, &wanted, &replacement))
}

/// The text without the occurrences of another.
#[transformation("s.rm")]
fn rm(value: Value, wanted: Text) -> Value {
    on_text(&value, |text| replaced(text, &wanted, b""))
}

fn replaced(text: &[u8], wanted: &[u8], replacement: &[u8]) -> Value {
    if wanted.is_empty() {
        return Value::from(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for at in memmem::find_iter(text, wanted) {
        out.extend_from_slice(text.get(copied..at).unwrap_or_default());
        out.extend_from_slice(replacement);
        copied = at + wanted.len();
        if out.len() > OUTPUT_MAX {
            return Value::Null;
        }
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
    Value::from(out)
}

/// How often a character occurs; of a longer parameter the first one counts.
#[transformation("s.count")]
fn count(value: Value, character: Text) -> Value {
    on_text(&value, |text| match character.first() {
        Some(byte) => Value::Int(memchr::memchr_iter(*byte, text).count() as i64),
        None => Value::Int(0),
    })
}

/// The prefixes of the text from its first character on, with commas between them; at most of the given length.
#[transformation("s.prefixes")]
fn prefixes(value: Value, longest: Option<i64>) -> Value {
    on_text(&value, |text| all_prefixes(text, longest, b""))
}

/// As `s.prefixes`, each in single quotes.
#[transformation("s.prefixes.quoted")]
fn prefixes_quoted(value: Value, longest: Option<i64>) -> Value {
    on_text(&value, |text| all_prefixes(text, longest, b"'"))
}

fn all_prefixes(text: &[u8], longest: Option<i64>, quote: &[u8]) -> Value {
    let most = match longest.and_then(|longest| usize::try_from(longest).ok()) {
        Some(0) | None => text.len(),
        Some(longest) => longest.min(text.len()),
    };
    if most.saturating_mul(most / 2) > OUTPUT_MAX {
        return Value::Null;
    }
    written(most * (most / 2 + 4), |out| {
        for length in 1..=most {
            if length > 1 {
                out.push(b',');
            }
            out.extend_from_slice(quote);
            out.extend_from_slice(text.get(..length).unwrap_or_default());
            out.extend_from_slice(quote);
        }
    })
}

/// Seconds since 1970 as local time, in the form that `strftime(3)` describes.
#[transformation("s.ftime")]
fn ftime(value: Value, format: Text) -> Value {
    let seconds = match &value {
        Value::Str(text) if text.is_empty() => Some(0),
        Value::Str(text) => number::parse_i64(text),
        Value::Int(number) => Some(*number),
        Value::Null => None,
    };
    let Some(seconds) = seconds.and_then(|seconds| u64::try_from(seconds).ok()) else {
        return Value::Null;
    };
    match CString::new(format.as_bytes()) {
        Ok(format) => {
            let calendar = Calendar::at(Duration::from_secs(seconds), Zone::Local);
            Value::from(calendar.format(&format))
        }
        Err(_) => Value::Null,
    }
}

/// The text in lines of so many characters, each but the first with so many blanks before it.
#[transformation("s.fmtlines")]
fn fmtlines(value: Value, width: i64, indent: i64) -> Value {
    on_text(&value, |text| in_lines(text, width, indent, b' '))
}

/// The text in lines of so many characters, each but the first with so many tabs before it.
#[transformation("s.fmtlinet")]
fn fmtlinet(value: Value, width: i64, indent: i64) -> Value {
    on_text(&value, |text| in_lines(text, width, indent, b'\t'))
}

fn in_lines(text: &[u8], width: i64, indent: i64, blank: u8) -> Value {
    let Ok(width) = usize::try_from(width) else {
        return Value::Null;
    };
    let indent = usize::try_from(indent).unwrap_or(0);
    if width == 0 {
        return Value::Null;
    }
    let lines = text.len().div_ceil(width);
    let size = text
        .len()
        .saturating_add(lines.saturating_mul(indent.saturating_add(2)));
    if size > OUTPUT_MAX {
        return Value::Null;
    }
    written(size, |out| {
        for (number, line) in text.chunks(width).enumerate() {
            if number > 0 {
                out.extend_from_slice(b"\r\n");
                out.resize(out.len() + indent, blank);
            }
            out.extend_from_slice(line);
        }
    })
}
