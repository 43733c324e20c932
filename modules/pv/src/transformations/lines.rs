//! `{line.*}`: the lines of a text, ended by LF or CRLF.

use super::support::{on_some_text, position};
use module_api::{Text, Value, transformation};

/// The lines without their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// The number of lines, as text.
#[transformation("line.count")]
fn count(value: Value) -> Value {
    on_some_text(&value, |text| {
        Value::Str(Text::from(lines(text).count() as i64))
    })
}

/// The line at a position from 0 on; negative positions count from the last line.
#[transformation("line.at")]
fn at(value: Value, index: i64) -> Value {
    on_some_text(&value, |text| {
        let found = match usize::try_from(index) {
            Ok(at) => lines(text).nth(at),
            Err(_) => position(index, lines(text).count()).and_then(|at| lines(text).nth(at)),
        };
        Value::from(found.unwrap_or_default())
    })
}

/// The first line that starts with a text; empty when none does.
#[transformation("line.sw")]
fn sw(value: Value, start: Text) -> Value {
    on_some_text(&value, |text| {
        Value::from(
            lines(text)
                .find(|line| line.starts_with(&start))
                .unwrap_or_default(),
        )
    })
}
