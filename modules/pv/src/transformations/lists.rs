//! `{param.*}`: lists of parameters such as `a=1;b;c="x;y"`. `$null` for what is no such list.

use super::support::{on_some_text, position};
use module_api::{Text, Value, transformation};

/// A parameter of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its name; may be empty.
    pub name: &'a [u8],
    /// Its value without quotes; empty when there is none.
    pub value: &'a [u8],
}

/// The parameters of a list, up to a comma.
///
/// Blanks may stand around everything but before the first name. A value is one word, or anything in single or double
/// quotes; a name with `=` needs one, except at the very end (observed on 5.6.3).
#[derive(Clone, Debug)]
pub struct Items<'a> {
    rest: Option<&'a [u8]>,
    delimiter: u8,
}

/// The text is no list of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Items<'a> {
    /// The parameters of `text`.
    pub fn new(text: &'a [u8], delimiter: u8) -> Items<'a> {
        Items {
            rest: Some(text),
            delimiter,
        }
    }

    fn ends_word(&self, byte: u8) -> bool {
        byte == self.delimiter || byte == b',' || byte.is_ascii_whitespace()
    }

    /// Reads one parameter, and what stands between it and the next.
    fn read(&mut self, text: &'a [u8]) -> Result<Item<'a>, Malformed> {
        let (name, rest) = split_word(text, |byte| byte == b'=' || self.ends_word(byte));
        let goes_on = |byte: &u8| *byte == self.delimiter || *byte == b'=';
        if name.is_empty() && !rest.first().is_some_and(goes_on) {
            return Err(Malformed);
        }
        let mut rest = rest.trim_ascii_start();
        let mut value = &b""[..];
        if let [b'=', after @ ..] = rest {
            let after = after.trim_ascii_start();
            (value, rest) = match after {
                [quote @ (b'"' | b'\''), quoted @ ..] => {
                    let end = closing_quote(quoted, *quote).ok_or(Malformed)?;
                    let (value, rest) = quoted.split_at_checked(end).ok_or(Malformed)?;
                    (value, rest.get(1..).unwrap_or_default())
                }
                _ => split_word(after, |byte| self.ends_word(byte)),
            };
            if value.is_empty() && !matches!(after.first(), None | Some(b'"' | b'\'')) {
                return Err(Malformed);
            }
            rest = rest.trim_ascii_start();
        }
        self.rest = match rest {
            [] | [b',', ..] => None,
            [byte, after @ ..] if *byte == self.delimiter => {
                if after.is_empty() {
                    None
                } else {
                    Some(after.trim_ascii_start())
                }
            }
            _ => return Err(Malformed),
        };
        Ok(Item { name, value })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.take()?;
        Some(self.read(text))
    }
}

fn split_word(text: &[u8], ends: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| ends(*byte))
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

fn closing_quote(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(quote, b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&quote) {
            return Some(at);
        }
        at += 2;
    }
}

fn delimiter(given: Option<Text>) -> u8 {
    given.and_then(|text| text.first().copied()).unwrap_or(b';')
}

/// The value of the last parameter of a name, in any case of its letters; empty when it has none or is not there.
#[transformation("param.value")]
fn value(value: Value, name: Text, separator: Option<Text>) -> Value {
    on_some_text(&value, |text| {
        match named(text, delimiter(separator), &name) {
            Ok(found) => Value::from(found.unwrap_or_default()),
            Err(Malformed) => Value::Null,
        }
    })
}

/// 1 when there is a parameter of a name, else 0.
#[transformation("param.in")]
fn contains(value: Value, name: Text, separator: Option<Text>) -> Value {
    on_some_text(&value, |text| {
        match named(text, delimiter(separator), &name) {
            Ok(found) => Value::Int(i64::from(found.is_some())),
            Err(Malformed) => Value::Null,
        }
    })
}

fn named<'a>(text: &'a [u8], delimiter: u8, name: &[u8]) -> Result<Option<&'a [u8]>, Malformed> {
    let mut found = None;
    for item in Items::new(text, delimiter) {
        let item = item?;
        if item.name.eq_ignore_ascii_case(name) {
            found = Some(item.value);
        }
    }
    Ok(found)
}

/// The value of the parameter at a position from 0 on; negative positions count from the last one.
#[transformation("param.valueat")]
fn valueat(value: Value, index: i64, separator: Option<Text>) -> Value {
    on_some_text(&value, |text| match at(text, delimiter(separator), index) {
        Ok(found) => Value::from(found.map(|item| item.value).unwrap_or_default()),
        Err(Malformed) => Value::Null,
    })
}

/// The name of the parameter at a position from 0 on; negative positions count from the last one.
#[transformation("param.name")]
fn name(value: Value, index: i64, separator: Option<Text>) -> Value {
    on_some_text(&value, |text| match at(text, delimiter(separator), index) {
        Ok(found) => Value::from(found.map(|item| item.name).unwrap_or_default()),
        Err(Malformed) => Value::Null,
    })
}

fn at(text: &[u8], delimiter: u8, index: i64) -> Result<Option<Item<'_>>, Malformed> {
    let count = count_of(text, delimiter)?;
    let Some(position) = position(index, count) else {
        return Ok(None);
    };
    Items::new(text, delimiter).nth(position).transpose()
}

fn count_of(text: &[u8], delimiter: u8) -> Result<usize, Malformed> {
    Items::new(text, delimiter).try_fold(0, |count, item| item.map(|_| count + 1))
}

/// The number of parameters.
#[transformation("param.count")]
fn count(value: Value, separator: Option<Text>) -> Value {
    on_some_text(&value, |text| match count_of(text, delimiter(separator)) {
        Ok(count) => Value::Int(count as i64),
        Err(Malformed) => Value::Null,
    })
}
