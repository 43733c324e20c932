//! Cells between SQLite and the database layer.
//!
//! COMPAT: points in time are stored as Julian days in floating point, and are the second next to them, as for 5.6.3, which
//! itself stores them half a second early (observed); text of the form `2026-11-21 03:45:00` is read as well, as the
//! defaults of Kamailio's schema are written so.

use db::{Column, ColumnType, Prepared, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, ToSql};
use std::sync::Arc;
use stdx::Text;

/// The Julian day of 1970-01-01, midnight.
const EPOCH: f64 = 2_440_587.5;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// A cell on its way to SQLite.
struct Given<'a>(&'a Value);

impl ToSql for Given<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Double(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text),
            Value::Blob(octets) => ValueRef::Blob(octets),
            Value::Time(seconds) => ValueRef::Real(*seconds as f64 / SECONDS_PER_DAY + EPOCH),
        }))
    }
}

/// Gives a statement its values.
pub fn bind(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    let wanted = statement.parameter_count();
    if wanted != values.len() {
        return Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted));
    }
    for (position, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(position + 1, Given(value))?;
    }
    Ok(())
}

/// The columns of a statement's result. Those of a raw statement are looked up each time: its tables may change.
pub fn columns(prepared: &Prepared, statement: &Statement<'_>) -> Arc<[Column]> {
    if let Some(columns) = prepared.columns.get()
        && columns.len() == statement.column_count()
    {
        return columns.clone();
    }
    let columns: Arc<[Column]> = statement
        .columns()
        .map(|column| Column {
            name: Text::from(column.name()),
            kind: kind_of(column.decl_type().unwrap_or_default()),
        })
        .collect();
    if !prepared.statement.columns.is_empty() {
        // Lost only when another thread was faster, with the same.
        let _ = prepared.columns.set(columns.clone());
    }
    columns
}

/// The type of a column from its declaration, as SQLite's documentation derives affinities (datatype3, §3.1).
fn kind_of(declared: &str) -> ColumnType {
    let contains = |word: &str| {
        let (text, word) = (declared.as_bytes(), word.as_bytes());
        text.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    if contains("DATE") || contains("TIME") {
        ColumnType::DateTime
    } else if contains("BIGINT") {
        ColumnType::BigInt
    } else if contains("INT") || contains("BOOL") {
        ColumnType::Int
    } else if contains("BLOB") {
        ColumnType::Blob
    } else if ["REAL", "FLOA", "DOUB", "DEC", "NUM"]
        .into_iter()
        .any(contains)
    {
        ColumnType::Double
    } else {
        ColumnType::Text
    }
}

/// A cell of a column of type `kind`.
pub fn value_of(cell: ValueRef<'_>, kind: ColumnType) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => match kind {
            ColumnType::DateTime => Value::Time(number),
            _ => Value::Int(number),
        },
        ValueRef::Real(number) => match kind {
            ColumnType::DateTime => {
                // Half a second early must not become a whole one by what floating point loses.
                Value::Time(((number - EPOCH) * SECONDS_PER_DAY + 0.501).floor() as i64)
            }
            _ => Value::Double(number),
        },
        ValueRef::Text(text) => match kind {
            ColumnType::DateTime => match db::parse_time(text) {
                Some(seconds) => Value::Time(seconds),
                None => Value::Text(Text::from(text)),
            },
            _ => Value::Text(Text::from(text)),
        },
        ValueRef::Blob(octets) => Value::Blob(Text::from(octets)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_tell_the_type() {
        for (declared, kind) in [
            ("INTEGER", ColumnType::Int),
            ("bigint", ColumnType::BigInt),
            ("TIMESTAMP WITHOUT TIME ZONE", ColumnType::DateTime),
            ("VARCHAR(64)", ColumnType::Text),
            ("float(10,2)", ColumnType::Double),
            ("BLOB", ColumnType::Blob),
            ("", ColumnType::Text),
        ] {
            assert_eq!(kind_of(declared), kind, "{declared}");
        }
    }

    #[test]
    fn times_are_julian_days_as_kamailio_writes_them() {
        // `expires` of a binding stored by 5.6.3, half a second before it.
        let stored = ValueRef::Real(2_461_365.661_788_194_4);
        let read = value_of(stored, ColumnType::DateTime);
        assert_eq!(read, Value::Time(1_795_233_179));
        let written = Given(&read);
        let Ok(ToSqlOutput::Borrowed(ValueRef::Real(day))) = written.to_sql() else {
            panic!("a time is a number");
        };
        assert!((day - 2_461_365.661_793_981_5).abs() < 1e-8);
        let never = ValueRef::Real(2_440_587.499_994_21);
        assert_eq!(value_of(never, ColumnType::DateTime), Value::Time(0));
        let text = ValueRef::Text(b"2000-01-01 00:00:01");
        assert_eq!(
            value_of(text, ColumnType::DateTime),
            Value::Time(946_684_801)
        );
    }
}
