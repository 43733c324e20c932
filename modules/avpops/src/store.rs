//! AVPs in a database: one row for each value.

use db::{Connection, Prepared, Row, Statement};
use module_api::{AvpName, Text, Value};
use parking_lot::Mutex;
use std::sync::Arc;
use stdx::hash::Map;

/// Statements that are kept ready.
const READY_MAX: usize = 256;
/// The bit of the type column for integer values.
const INT_VALUE: i64 = 1;
/// The bit of the type column for numeric names.
const INT_NAME: i64 = 2;

/// A connection with the statements that were used on it.
pub struct Store {
    /// The connection.
    pub connection: Arc<dyn Connection>,
    ready: Mutex<Map<Text, Arc<Prepared>>>,
}

impl Store {
    /// A store over a connection.
    pub fn new(connection: Arc<dyn Connection>) -> Store {
        Store {
            connection,
            ready: Mutex::default(),
        }
    }

    /// A statement made ready; `name` tells it from the others.
    pub fn prepared(&self, name: Text, make: impl FnOnce() -> Statement) -> Arc<Prepared> {
        if let Some(ready) = self.ready.lock().get(&name) {
            return ready.clone();
        }
        let statement = self.connection.prepare(make());
        let mut ready = self.ready.lock();
        if ready.len() < READY_MAX {
            ready.insert(name, statement.clone());
        }
        statement
    }
}

/// A table of another form (`db_scheme`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scheme {
    /// Its name.
    pub name: String,
    /// The table; empty is that of the module.
    pub table: Text,
    /// The column of the owner's identifier; empty is that of the module, and so on.
    pub uuid_column: Text,
    /// The column of the owner's user name.
    pub username_column: Text,
    /// The column of the owner's domain.
    pub domain_column: Text,
    /// The column of the value.
    pub value_column: Text,
    /// Whether values are integers.
    pub is_integer: bool,
}

impl Scheme {
    /// Reads `name:element;element`.
    pub fn read(text: &str) -> Result<Scheme, String> {
        let (name, elements) = text
            .split_once(':')
            .ok_or_else(|| format!("`{text}` is not of the form `name:element;…`"))?;
        let mut scheme = Scheme {
            name: name.trim().to_owned(),
            ..Scheme::default()
        };
        for element in elements.split(';').map(str::trim).filter(|e| !e.is_empty()) {
            let (key, value) = element.split_once('=').unwrap_or((element, ""));
            let place = match key.trim() {
                "table" => &mut scheme.table,
                "uuid_col" => &mut scheme.uuid_column,
                "username_col" => &mut scheme.username_column,
                "domain_col" => &mut scheme.domain_column,
                "value_col" => &mut scheme.value_column,
                "value_type" if value.trim() == "integer" => {
                    scheme.is_integer = true;
                    continue;
                }
                "value_type" if value.trim() == "string" => continue,
                _ => return Err(format!("a scheme has no element `{element}`")),
            };
            *place = Text::from(value.trim());
        }
        if scheme.name.is_empty() {
            return Err(format!("the scheme `{text}` has no name"));
        }
        Ok(scheme)
    }
}

/// The AVP that a row of attribute, value and type holds.
pub fn from_row(row: Row<'_>) -> Option<(AvpName, Value)> {
    let text = |at: usize| row.get(at).and_then(db::Value::to_text);
    let kind = row.get(2).and_then(db::Value::as_int).unwrap_or(0);
    let name = text(0)?;
    let name = if kind & INT_NAME != 0 {
        AvpName::Number(stdx::number::parse_i64(&name)?)
    } else {
        AvpName::Text(name)
    };
    let value = text(1)?;
    let value = if kind & INT_VALUE != 0 {
        Value::Int(stdx::number::parse_i64(&value)?)
    } else {
        Value::Str(value)
    };
    Some((name, value))
}

/// The text of an AVP's name.
pub fn name_text(name: &AvpName) -> Text {
    match name {
        AvpName::Text(text) => text.clone(),
        AvpName::Number(number) => Text::from(*number),
    }
}

/// The type of an AVP, as its column holds it.
pub fn type_of(name: &AvpName, value: &Value) -> i64 {
    let of_name = if matches!(name, AvpName::Number(_)) {
        INT_NAME
    } else {
        0
    };
    let of_value = if matches!(value, Value::Int(_)) {
        INT_VALUE
    } else {
        0
    };
    of_name | of_value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_names_its_columns() {
        let scheme = Scheme::read(
            "s1:table=subscriber;uuid_col=uuid;value_col=first_name;value_type=integer",
        )
        .unwrap();
        assert_eq!((scheme.name.as_str(), scheme.is_integer), ("s1", true));
        assert_eq!(scheme.value_column.to_str(), Some("first_name"));
        assert!(Scheme::read("nothing").is_err() && Scheme::read("s:colour=red").is_err());
    }
}
