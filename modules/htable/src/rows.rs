//! How the items of a table and the rows of its database table stand for each other.

use crate::table::{Item, Source};
use db::Value as Cell;
use module_api::{Text, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The type of a key that is one of several, which are numbered when they are read.
const ARRAY_KEY: i64 = 1;
/// The type of a value that is an integer; all others are texts.
const INTEGER: i64 = 1;

/// The same moment on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// On the one that items expire by.
    pub instant: Instant,
    /// Since 1970: on the one that rows expire by.
    pub unix: Duration,
}

/// How the rows of one table are laid out.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where the items come from.
    pub source: Source,
    /// How long an item lives whose row does not say.
    pub expire: Option<Duration>,
    /// Whether rows hold times of expiry.
    pub has_expires: bool,
    /// What the key of the size of an array ends with.
    pub size_suffix: Text,
}

/// A row that makes no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {0} holds nothing where a key or a value belongs")]
pub struct EmptyCell(usize);

/// Rows on their way to becoming items.
pub struct Reader<'a> {
    form: &'a Form,
    now: Moment,
    items: Vec<(Text, Item)>,
    /// How many values each array has so far.
    arrays: BTreeMap<Text, i64>,
    rows: usize,
}

impl<'a> Reader<'a> {
    /// A reader at a moment.
    pub fn new(form: &'a Form, now: Moment) -> Reader<'a> {
        Reader {
            form,
            now,
            items: Vec::new(),
            arrays: BTreeMap::new(),
            rows: 0,
        }
    }

    /// Takes the next row. One that has expired is passed over.
    pub fn read(&mut self, row: &[Cell]) -> Result<(), EmptyCell> {
        let number = self.rows;
        self.rows += 1;
        let item = match self.form.source.columns.is_empty() {
            true => self.read_typed(row),
            false => self.read_packed(row),
        };
        item.ok_or(EmptyCell(number))
    }

    /// The items, with those that hold the sizes of arrays.
    pub fn finish(mut self) -> Vec<(Text, Item)> {
        let expires = self.fresh_expiry();
        for (mut key, size) in std::mem::take(&mut self.arrays) {
            key = joined(&[&key, &self.form.size_suffix]);
            let value = Value::Int(size);
            self.items.push((key, Item { value, expires }));
        }
        self.items
    }

    /// A row of key, type of key, type of value, value and perhaps expiry.
    fn read_typed(&mut self, row: &[Cell]) -> Option<()> {
        let [key, key_type, value_type, value, rest @ ..] = row else {
            return None;
        };
        let (mut key, value) = (key.to_text()?, value.to_text()?);
        let expires = match rest.first().and_then(Cell::as_int) {
            Some(at) if at > 0 && self.form.expire.is_some() => {
                let at = Duration::from_secs(at.unsigned_abs());
                let life = at.saturating_sub(self.now.unix);
                if life.is_zero() {
                    return Some(());
                }
                self.now.instant.checked_add(life)
            }
            _ => self.fresh_expiry(),
        };
        // COMPAT: of a text that only begins with a number that number counts (observed on 5.6.3).
        let value = match value_type.as_int() {
            Some(INTEGER) => {
                Value::Int(stdx::number::leading_i64(&value).map_or(0, |(number, _)| number))
            }
            _ => Value::Str(value),
        };
        if key_type.as_int() == Some(ARRAY_KEY) {
            let size = self.arrays.entry(key.clone()).or_default();
            key = joined(&[&key, b"[", &Text::from(*size), b"]"]);
            *size += 1;
        }
        self.items.push((key, Item { value, expires }));
        Some(())
    }

    /// A row of a key and values that make one text.
    fn read_packed(&mut self, row: &[Cell]) -> Option<()> {
        let (key, cells) = row.split_first()?;
        let key = key.to_text()?;
        let source = &self.form.source;
        let mut packed = Vec::new();
        for (position, cell) in cells.iter().enumerate() {
            if position > 0 {
                packed.extend_from_slice(&source.delimiter);
            }
            packed.extend_from_slice(&cell.to_text().unwrap_or_else(|| source.null.clone()));
        }
        let (value, expires) = (Value::Str(Text::from(packed)), self.fresh_expiry());
        self.items.push((key, Item { value, expires }));
        Some(())
    }

    fn fresh_expiry(&self) -> Option<Instant> {
        let life = self.form.expire?;
        self.now.instant.checked_add(life)
    }
}

impl Form {
    /// The row of an item; none when it has expired.
    pub fn row(&self, key: &Text, item: &Item, now: Moment) -> Option<db::Values> {
        if !item.is_alive(now.instant) {
            return None;
        }
        let (kind, text) = match &item.value {
            Value::Int(number) => (INTEGER, Text::from(*number)),
            other => (0, other.to_text()),
        };
        let mut row = db::Values::new();
        row.push(Cell::Text(key.clone()));
        row.push(Cell::Int(0));
        row.push(Cell::Int(kind));
        row.push(Cell::Text(text));
        if self.has_expires {
            let at = item.expires.map_or(0, |at| {
                let life = at.saturating_duration_since(now.instant);
                (now.unix + life).as_secs()
            });
            row.push(Cell::Int(i64::try_from(at).unwrap_or(i64::MAX)));
        }
        Some(row)
    }
}

fn joined(parts: &[&[u8]]) -> Text {
    Text::from(parts.concat())
}

#[cfg(test)]
mod tests;
