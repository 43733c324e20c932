//! Quoted texts.

use super::{Flaw, Lexeme, LexemeKind, Limits, line_end};

/// A quoted text: its value, and where the parts of the value come from.
pub(crate) struct Quoted {
    /// What is meant.
    pub value: String,
    /// `"` or `'`.
    pub quote: char,
    /// Pairs of an offset in the value and one in the text; see [`crate::ast::StringPiece`].
    pub anchors: Vec<(u32, u32)>,
    /// Whether an escape named a byte above 127: it becomes the character of that number.
    pub has_high_byte: bool,
}

pub(super) fn lexeme(text: &str, at: usize, quote: u8, limits: Limits) -> Lexeme {
    let bytes = text.as_bytes();
    let content = at + 1;
    let end = if limits.strings_end_with_line {
        line_end(bytes, content)
    } else {
        bytes.len()
    };
    let body = text.get(content..end).unwrap_or_default();
    let (close, flaw) = match closing_quote(body.as_bytes(), quote) {
        Some(length) => (content + length, None),
        None => (likely_close(bytes, content), Some(Flaw::UnclosedString)),
    };
    let inside = text.get(content..close).unwrap_or_default();
    let quoted = match quote {
        b'"' if inside.contains('\\') => unescape(inside, content),
        _ => verbatim(inside, content, quote),
    };
    let end = if flaw.is_none() { close + 1 } else { close };
    Lexeme {
        kind: LexemeKind::Quoted(quoted),
        end,
        flaw,
    }
}

/// Offset of the quote that closes a body. Only double-quoted texts know escapes.
fn closing_quote(body: &[u8], quote: u8) -> Option<usize> {
    if quote == b'\'' {
        return memchr::memchr(quote, body);
    }
    let mut at = 0;
    loop {
        let found = at + memchr::memchr2(quote, b'\\', body.get(at..)?)?;
        if body.get(found) == Some(&quote) {
            return Some(found);
        }
        at = found + 2;
    }
}

/// Where the quote was forgotten: most likely before the signs that end the line.
fn likely_close(bytes: &[u8], content: usize) -> usize {
    let end = line_end(bytes, content);
    let line = bytes.get(content..end).unwrap_or_default();
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b')' | b';' | b'{');
    content
        + line
            .iter()
            .rposition(|byte| !ends(byte))
            .map_or(0, |last| last + 1)
}

fn verbatim(inside: &str, content: usize, quote: u8) -> Quoted {
    Quoted {
        value: inside.to_owned(),
        quote: char::from(quote),
        anchors: vec![(0, content as u32)],
        has_high_byte: false,
    }
}

/// Escapes of double-quoted texts; an unknown one stays as it is (observed on 5.6.3).
fn unescape(inside: &str, content: usize) -> Quoted {
    let mut quoted = verbatim("", content, b'"');
    let mut at = 0;
    while let Some(rest) = inside.get(at..) {
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        quoted.value.push_str(rest.get(..plain).unwrap_or_default());
        let escape = rest.get(plain..).unwrap_or_default();
        if escape.is_empty() {
            break;
        }
        let (meaning, length) = escape_meaning(escape.as_bytes());
        match meaning {
            Escape::Char(char) => {
                quoted.has_high_byte |= !char.is_ascii();
                quoted.value.push(char);
            }
            Escape::Nothing => {}
            Escape::Unknown => quoted.value.push('\\'),
        }
        at += plain + length;
        quoted
            .anchors
            .push((quoted.value.len() as u32, (content + at) as u32));
    }
    quoted
}

enum Escape {
    Char(char),
    /// A line goes on.
    Nothing,
    Unknown,
}

/// What an escape means and how long it is; `escape` begins with the backslash.
fn escape_meaning(escape: &[u8]) -> (Escape, usize) {
    match *escape {
        [_, b'n', ..] => (Escape::Char('\n'), 2),
        [_, b'r', ..] => (Escape::Char('\r'), 2),
        [_, b't', ..] => (Escape::Char('\t'), 2),
        [_, b'a', ..] => (Escape::Char('\x07'), 2),
        [_, b'\\', ..] => (Escape::Char('\\'), 2),
        [_, b'"', ..] => (Escape::Char('"'), 2),
        [_, b'\n', ..] => (Escape::Nothing, 2),
        [_, b'\r', b'\n', ..] => (Escape::Nothing, 3),
        [_, b'x', ..] => digits(escape.get(2..).unwrap_or_default(), 16, 1..=2)
            .map_or((Escape::Unknown, 1), |(char, length)| {
                (Escape::Char(char), 2 + length)
            }),
        [_, b'0'..=b'7', ..] => digits(escape.get(1..).unwrap_or_default(), 8, 2..=3)
            .map_or((Escape::Unknown, 1), |(char, length)| {
                (Escape::Char(char), 1 + length)
            }),
        _ => (Escape::Unknown, 1),
    }
}

/// The character that the digits at the start of `rest` name, modulo 256, and how many there are.
fn digits(
    rest: &[u8],
    radix: u32,
    count: std::ops::RangeInclusive<usize>,
) -> Option<(char, usize)> {
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let length = rest.iter().take(*count.end()).take_while(is_digit).count();
    if length < *count.start() {
        return None;
    }
    let text = rest
        .get(..length)
        .and_then(|digits| std::str::from_utf8(digits).ok())?;
    let code = u32::from_str_radix(text, radix).ok()?;
    Some((char::from((code % 256) as u8), length))
}
