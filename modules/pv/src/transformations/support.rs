//! Ways from a value to a value that most transformations share.

use module_api::{Text, Value};
use std::ops::Range;
use stdx::number::Decimal;

/// The most octets a transformation produces; what would be more is `$null`.
pub const OUTPUT_MAX: usize = 1 << 20;

/// What `transform` makes of the text of a value; `$null` stays what it is.
#[inline]
pub fn on_text(value: &Value, transform: impl FnOnce(&[u8]) -> Value) -> Value {
    match value {
        Value::Str(text) => transform(text),
        Value::Int(number) => transform(Decimal::from(*number).as_bytes()),
        Value::Null => Value::Null,
    }
}

/// As [`on_text`], where an empty text has nothing in it to be found.
#[inline]
pub fn on_some_text(value: &Value, transform: impl FnOnce(&[u8]) -> Value) -> Value {
    on_text(value, |text| {
        if text.is_empty() {
            Value::Null
        } else {
            transform(text)
        }
    })
}

/// The part of a value's text that `range` chooses. Long texts are shared, not copied.
#[inline]
pub fn part(value: Value, range: impl FnOnce(&[u8]) -> Option<Range<usize>>) -> Value {
    match value {
        Value::Str(text) => match range(&text) {
            Some(range) if range == (0..text.len()) => Value::Str(text),
            Some(range) => Value::Str(text.slice(range)),
            None => Value::Null,
        },
        Value::Int(number) => {
            let digits = Decimal::from(number);
            let range = range(digits.as_bytes());
            Value::from_option(
                range
                    .and_then(|range| digits.as_bytes().get(range))
                    .map(Text::from),
            )
        }
        Value::Null => Value::Null,
    }
}

/// Text of what `write` appends, of which about `size` octets are expected.
#[inline]
pub fn written(size: usize, write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::with_capacity(size);
    write(&mut out);
    Value::from(out)
}

/// Where `part`, which lies within `whole`, begins and ends in it.
#[inline]
pub fn range_within(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    let end = start.wrapping_add(part.len());
    if end <= whole.len() { start..end } else { 0..0 }
}

/// The position that an index means: from the start, or from the end when it is negative.
#[inline]
pub fn position(index: i64, count: usize) -> Option<usize> {
    let at = if index < 0 {
        i64::try_from(count).ok()?.checked_add(index)?
    } else {
        index
    };
    usize::try_from(at).ok().filter(|at| *at < count)
}
