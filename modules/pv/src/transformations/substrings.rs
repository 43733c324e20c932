//! `{s.*}`: parts of a text.

use super::support::{on_text, part, position, range_within};
use memchr::{memchr, memrchr};
use module_api::{Text, TransformArg, Value, transformation};

/// A part of so many octets from an offset on; a negative offset counts from the end, length 0 is all the rest. `$null` where
/// there is no such offset (observed on 5.6.3).
#[transformation("s.substr")]
fn substr(value: Value, offset: i64, length: i64) -> Value {
    part(value, |text| {
        let start = position(offset, text.len())?;
        let length = usize::try_from(length).ok()?;
        let end = if length == 0 {
            text.len()
        } else {
            start.saturating_add(length).min(text.len())
        };
        Some(start..end)
    })
}

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// One character.
    Byte(u8),
    /// Any blank or line end.
    Blank,
}

impl Separator {
    fn parse(text: &[u8]) -> Option<Separator> {
        Some(match text {
            [b'\\', escaped] => match escaped {
                b't' => Separator::Byte(b'\t'),
                b'n' => Separator::Byte(b'\n'),
                b'r' => Separator::Byte(b'\r'),
                b'w' => Separator::Byte(b' '),
                b's' => Separator::Blank,
                b'\\' => Separator::Byte(b'\\'),
                _ => return None,
            },
            [byte] => Separator::Byte(*byte),
            _ => return None,
        })
    }

    /// Where it stands first.
    fn find(self, text: &[u8]) -> Option<usize> {
        match self {
            Separator::Byte(byte) => memchr(byte, text),
            Separator::Blank => text.iter().position(u8::is_ascii_whitespace),
        }
    }

    /// Where it stands last.
    fn find_last(self, text: &[u8]) -> Option<usize> {
        match self {
            Separator::Byte(byte) => memrchr(byte, text),
            Separator::Blank => text.iter().rposition(u8::is_ascii_whitespace),
        }
    }
}

impl TransformArg for Separator {
    fn from_text(text: &str) -> Option<Self> {
        Separator::parse(text.as_bytes())
    }

    fn from_value(value: Value) -> Option<Self> {
        Separator::parse(&value.to_text())
    }
}

/// A field of the text, by its number from 0 on; negative numbers count from the last field.
#[transformation("s.select")]
fn select(value: Value, index: i64, separator: Separator) -> Value {
    part(value, |text| field(text, index, separator))
}

/// As `s.select`, between blanks.
#[transformation("s.selectws")]
fn selectws(value: Value, index: i64) -> Value {
    part(value, |text| field(text, index, Separator::Blank))
}

/// Another name of `s.selectws`.
#[transformation("s.selectsw")]
fn selectsw(value: Value, index: i64) -> Value {
    part(value, |text| field(text, index, Separator::Blank))
}

fn field(text: &[u8], index: i64, separator: Separator) -> Option<std::ops::Range<usize>> {
    // A field beyond the last one is empty, not $null (observed on 5.6.3).
    let beyond = Some(0..0);
    let mut rest = text;
    if index >= 0 {
        for _ in 0..index {
            let Some(at) = separator.find(rest) else {
                return beyond;
            };
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        let end = separator.find(rest).unwrap_or(rest.len());
        return Some(range_within(text, rest.get(..end).unwrap_or_default()));
    }
    for _ in index..-1 {
        let Some(at) = separator.find_last(rest) else {
            return beyond;
        };
        rest = rest.get(..at).unwrap_or_default();
    }
    let start = separator.find_last(rest).map_or(0, |at| at + 1);
    Some(range_within(text, rest.get(start..).unwrap_or_default()))
}

/// The text without so many characters at its start.
#[transformation("s.strip")]
fn strip(value: Value, length: i64) -> Value {
    part(value, |text| {
        Some(usize::try_from(length).unwrap_or(0).min(text.len())..text.len())
    })
}

/// The text without so many characters at its end.
#[transformation("s.striptail")]
fn striptail(value: Value, length: i64) -> Value {
    part(value, |text| {
        Some(
            0..text
                .len()
                .saturating_sub(usize::try_from(length).unwrap_or(0)),
        )
    })
}

/// The text from the first occurrence of a character on; empty when it does not occur.
#[transformation("s.stripto")]
fn stripto(value: Value, character: Text) -> Value {
    part(value, |text| {
        Some(first(&character, text).unwrap_or(text.len())..text.len())
    })
}

/// The text after the first occurrence of a character; empty when it does not occur.
#[transformation("s.after")]
fn after(value: Value, character: Text) -> Value {
    part(value, |text| {
        Some(first(&character, text).map_or(text.len(), |at| at + 1)..text.len())
    })
}

/// The text after the last occurrence of a character; empty when it does not occur.
#[transformation("s.rafter")]
fn rafter(value: Value, character: Text) -> Value {
    part(value, |text| {
        Some(last(&character, text).map_or(text.len(), |at| at + 1)..text.len())
    })
}

/// The text before the first occurrence of a character; all of it when it does not occur.
#[transformation("s.before")]
fn before(value: Value, character: Text) -> Value {
    part(value, |text| {
        Some(0..first(&character, text).unwrap_or(text.len()))
    })
}

/// The text before the last occurrence of a character; all of it when it does not occur.
#[transformation("s.rbefore")]
fn rbefore(value: Value, character: Text) -> Value {
    part(value, |text| {
        Some(0..last(&character, text).unwrap_or(text.len()))
    })
}

/// Of a longer parameter the first character counts.
fn first(character: &Text, text: &[u8]) -> Option<usize> {
    memchr(*character.first()?, text)
}

fn last(character: &Text, text: &[u8]) -> Option<usize> {
    memrchr(*character.first()?, text)
}

/// The text without the quotes, single or double, around it.
#[transformation("s.unquote")]
fn unquote(value: Value) -> Value {
    part(value, |text| {
        Some(within(text, |open, close| {
            open == close && matches!(open, b'"' | b'\'')
        }))
    })
}

/// The text without the brackets around it: `()`, `[]`, `{}` or `<>`.
#[transformation("s.unbracket")]
fn unbracket(value: Value) -> Value {
    let is_pair = |open, close| {
        matches!(
            (open, close),
            (b'(', b')') | (b'[', b']') | (b'{', b'}') | (b'<', b'>')
        )
    };
    part(value, |text| Some(within(text, is_pair)))
}

fn within(text: &[u8], is_pair: impl Fn(u8, u8) -> bool) -> std::ops::Range<usize> {
    match text {
        [open, .., close] if is_pair(*open, *close) => 1..text.len() - 1,
        _ => 0..text.len(),
    }
}

/// The character at a position from 0 on.
#[transformation("s.charat")]
fn charat(value: Value, at: i64) -> Value {
    part(value, |text| {
        let at = usize::try_from(at).ok().filter(|at| *at < text.len())?;
        Some(at..at + 1)
    })
}

/// The value of the octet at a position from 0 on.
#[transformation("s.byteat")]
fn byteat(value: Value, at: i64) -> Value {
    octet(&value, at)
}

/// Another name of `s.byteat`.
#[transformation("s.byte")]
fn byte(value: Value, at: i64) -> Value {
    octet(&value, at)
}

fn octet(value: &Value, at: i64) -> Value {
    on_text(value, |text| {
        let octet = usize::try_from(at).ok().and_then(|at| text.get(at));
        octet.map_or(Value::Null, |octet| Value::Int(i64::from(*octet)))
    })
}
