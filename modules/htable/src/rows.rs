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
mod tests {
    use super::*;

    fn form(source: Source) -> Form {
        Form {
            source,
            expire: None,
            has_expires: false,
            size_suffix: Text::from_static("::size"),
        }
    }

    fn now() -> Moment {
        Moment {
            instant: Instant::now(),
            unix: Duration::from_secs(1_000),
        }
    }

    fn typed(key: &str, key_type: i64, value_type: i64, value: &str) -> Vec<Cell> {
        vec![key.into(), key_type.into(), value_type.into(), value.into()]
    }

    fn read(form: &Form, now: Moment, rows: &[Vec<Cell>]) -> Vec<(String, Item)> {
        let mut reader = Reader::new(form, now);
        for row in rows {
            reader.read(row).unwrap();
        }
        let items = reader.finish().into_iter();
        items
            .map(|(key, item)| (key.to_str_lossy().into_owned(), item))
            .collect()
    }

    /// Rows and items as observed on 5.6.3.
    #[test]
    fn rows_become_texts_integers_and_arrays() {
        let rows = [
            typed("arr", 1, 0, "a0"),
            typed("arr", 1, 0, "a1"),
            typed("brr", 1, 1, "12"),
            typed("s", 0, 0, "str"),
            typed("bad", 0, 1, "4x"),
            typed("neg", 0, 1, "-7"),
            typed("kt2", 2, 0, "v"),
            typed("arr", 1, 0, "late"),
        ];
        let items = read(&form(Source::default()), now(), &rows);
        let shown: Vec<String> = items
            .iter()
            .map(|(key, item)| format!("{key}={:?}", item.value.to_text().to_str_lossy()))
            .collect();
        assert_eq!(
            shown,
            [
                "arr[0]=\"a0\"",
                "arr[1]=\"a1\"",
                "brr[0]=\"12\"",
                "s=\"str\"",
                "bad=\"4\"",
                "neg=\"-7\"",
                "kt2=\"v\"",
                "arr[2]=\"late\"",
                "arr::size=\"3\"",
                "brr::size=\"1\"",
            ]
        );
        assert_eq!(items[2].1.value, Value::Int(12));
    }

    /// Rows and items as observed on 5.6.3.
    #[test]
    fn cells_of_several_columns_are_packed_into_one_text() {
        let packed = form(Source {
            columns: ["k", "a", "b", "c"].map(Text::from).into(),
            ..Source::default()
        });
        let rows = [
            vec!["k1".into(), "x".into(), 5.into(), "z".into()],
            vec!["k2".into(), Cell::Null, 6.into(), "".into()],
        ];
        let items = read(&packed, now(), &rows);
        assert_eq!(items[0].1.value, Value::Str(Text::from("x,5,z")));
        assert_eq!(items[1].1.value, Value::Str(Text::from("*,6,")));
    }

    #[test]
    fn a_row_without_a_key_or_without_a_value_is_refused() {
        let form = form(Source::default());
        let mut reader = Reader::new(&form, now());
        reader.read(&typed("k", 0, 0, "v")).unwrap();
        let mut row = typed("k", 0, 0, "v");
        row[3] = Cell::Null;
        assert_eq!(reader.read(&row), Err(EmptyCell(1)));
        row = vec![Cell::Null, 0.into(), 0.into(), "v".into()];
        assert_eq!(reader.read(&row), Err(EmptyCell(2)));
    }

    /// What becomes of each kind of expiry as observed on 5.6.3 with `db_expires`.
    #[test]
    fn an_item_lives_as_its_row_says_else_as_its_table_says() {
        let form = Form {
            expire: Some(Duration::from_secs(600)),
            has_expires: true,
            ..form(Source::default())
        };
        let now = now();
        let rows = [("none", 0), ("past", 100), ("future", 1_050), ("neg", -5)].map(|(key, at)| {
            let mut row = typed(key, 0, 0, "v");
            row.push(at.into());
            row
        });
        let items = read(&form, now, &rows);
        let lives: Vec<(&str, u64)> = items
            .iter()
            .map(|(key, item)| {
                (
                    key.as_str(),
                    (item.expires.unwrap() - now.instant).as_secs(),
                )
            })
            .collect();
        assert_eq!(lives, [("none", 600), ("future", 50), ("neg", 600)]);
        let row = form.row(&Text::from("future"), &items[1].1, now).unwrap();
        assert_eq!(*row, *rows[2]);
        let later = Moment {
            instant: now.instant + Duration::from_secs(50),
            ..now
        };
        assert!(
            form.row(&Text::from("future"), &items[1].1, later)
                .is_none()
        );
    }
}
