//! `{s.escape.*}`, `{s.unescape.*}` and `{s.urlencode.*}`: characters that have a meaning where the text is to stand.

use super::support::{on_text, written};
use module_api::{Value, transformation};
use stdx::hex;

/// The text with a backslash before quotes, backslashes and NUL.
#[transformation("s.escape.common")]
fn escape_common(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len() + 8, |out| push_backslashed(out, text))
    })
}

/// Appends a text with a backslash before quotes, backslashes and NUL.
fn push_backslashed(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            b'\'' | b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0 => out.extend_from_slice(b"\\0"),
            _ => out.push(*byte),
        }
    }
}

/// The reverse of `s.escape.common`.
#[transformation("s.unescape.common")]
fn unescape_common(value: Value) -> Value {
    on_text(&value, |text| {
        unescaped(text, |escaped| match escaped {
            b'\'' | b'"' | b'\\' => Some(escaped),
            b'0' => Some(0),
            _ => None,
        })
    })
}

/// The text with `\r` and `\n` for carriage returns and line feeds.
#[transformation("s.escape.crlf")]
fn escape_crlf(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len() + 8, |out| {
            for byte in text {
                match byte {
                    b'\r' => out.extend_from_slice(b"\\r"),
                    b'\n' => out.extend_from_slice(b"\\n"),
                    _ => out.push(*byte),
                }
            }
        })
    })
}

/// The reverse of `s.escape.crlf`.
#[transformation("s.unescape.crlf")]
fn unescape_crlf(value: Value) -> Value {
    on_text(&value, |text| {
        unescaped(text, |escaped| match escaped {
            b'r' => Some(b'\r'),
            b'n' => Some(b'\n'),
            _ => None,
        })
    })
}

/// The text with what stands after a backslash replaced by what it means; a pair without meaning stays.
fn unescaped(text: &[u8], meaning: impl Fn(u8) -> Option<u8>) -> Value {
    written(text.len(), |out| {
        let mut rest = text;
        while let [first, tail @ ..] = rest {
            match tail {
                [second, after @ ..] if *first == b'\\' => {
                    match meaning(*second) {
                        Some(byte) => out.push(byte),
                        None => out.extend_from_slice(&[b'\\', *second]),
                    }
                    rest = after;
                }
                _ => {
                    out.push(*first);
                    rest = tail;
                }
            }
        }
    })
}

/// The text with `%HH` for what may not stand in the user of a SIP URI; `$null` where it is not all printable ASCII.
#[transformation("s.escape.user")]
fn escape_user(value: Value) -> Value {
    on_text(&value, |text| {
        if has_what_cannot_be_escaped(text) {
            return Value::Null;
        }
        written(text.len() + 8, |out| sip::escape_user(text, out))
    })
}

/// The text with `%HH` for what may not stand in a parameter of a SIP URI; `$null` where it is not all printable ASCII.
#[transformation("s.escape.param")]
fn escape_param(value: Value) -> Value {
    on_text(&value, |text| {
        if has_what_cannot_be_escaped(text) {
            return Value::Null;
        }
        written(text.len() + 8, |out| sip::escape_param(text, out))
    })
}

/// Whether there are octets that are no printable ASCII (observed on 5.6.3).
fn has_what_cannot_be_escaped(text: &[u8]) -> bool {
    text.iter().any(|octet| !(32..127).contains(octet))
}

/// The reverse of `s.escape.user`; `$null` for a broken escape or one of NUL.
#[transformation("s.unescape.user")]
fn unescape_user(value: Value) -> Value {
    on_text(&value, percent_unescaped)
}

/// The reverse of `s.escape.param`; `$null` for a broken escape or one of NUL.
#[transformation("s.unescape.param")]
fn unescape_param(value: Value) -> Value {
    on_text(&value, percent_unescaped)
}

fn percent_unescaped(text: &[u8]) -> Value {
    let mut out = Vec::with_capacity(text.len());
    let is_sound = sip::unescape(text, &mut out);
    if is_sound && !out.contains(&0) {
        Value::from(out)
    } else {
        Value::Null
    }
}

/// The text as a field of a CSV line (RFC 4180): in quotes, with those in it doubled.
#[transformation("s.escape.csv")]
fn escape_csv(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len() + 8, |out| {
            out.push(b'"');
            for byte in text {
                if *byte == b'"' {
                    out.push(b'"');
                }
                out.push(*byte);
            }
            out.push(b'"');
        })
    })
}

/// The text with `%HH` for everything but letters, digits and `-._~`.
#[transformation("s.urlencode.param")]
fn urlencode_param(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len() + 16, |out| {
            for byte in text {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    out.push(*byte);
                } else {
                    out.push(b'%');
                    out.extend_from_slice(&hex::digits_of_octet(*byte));
                }
            }
        })
    })
}

/// The reverse of `s.urlencode.param`, with blanks for `+`. A broken escape stays as it is.
#[transformation("s.urldecode.param")]
fn urldecode_param(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len(), |out| {
            let mut rest = text;
            while let [byte, tail @ ..] = rest {
                rest = tail;
                match (*byte, tail) {
                    (b'+', _) => out.push(b' '),
                    (b'%', [high, low, after @ ..]) => {
                        match (hex::value_of(*high), hex::value_of(*low)) {
                            (Some(high), Some(low)) => {
                                out.push(high << 4 | low);
                                rest = after;
                            }
                            _ => out.push(b'%'),
                        }
                    }
                    (byte, _) => out.push(byte),
                }
            }
        })
    })
}
