//! Cells and the types of columns.

use smallvec::SmallVec;
use std::fmt;
use stdx::Text;

/// The type of a column, as modules and schemas know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnType {
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits.
    BigInt,
    /// A floating-point number.
    Double,
    /// Text.
    #[default]
    Text,
    /// Octets.
    Blob,
    /// A point in time, to the second, in UTC.
    DateTime,
    /// Flags: an unsigned integer of 32 bits.
    Bitmap,
}

/// A cell: what a statement is given, and what a row holds.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// An integer or flags.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Text; usually, not always, UTF-8.
    Text(Text),
    /// Octets.
    Blob(Text),
    /// Seconds since 1970, UTC.
    Time(i64),
}

/// The values of a request, in the order of the statement's placeholders.
pub type Values = SmallVec<[Value; 4]>;

impl Value {
    /// Text, or nothing where there is none.
    pub fn from_option(text: Option<impl Into<Text>>) -> Value {
        text.map_or(Value::Null, |text| Value::Text(text.into()))
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The octets of text or a blob; none of anything else.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) | Value::Blob(text) => Some(text),
            _ => None,
        }
    }

    /// The cell as an integer: a number as it is or cut to a whole one, a time as its seconds, text that is a number.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) | Value::Time(number) => Some(*number),
            Value::Double(number) => Some(*number as i64),
            Value::Text(text) => stdx::number::parse_i64(text),
            Value::Null | Value::Blob(_) => None,
        }
    }

    /// The cell as a floating-point number.
    pub fn as_double(&self) -> Option<f64> {
        match self {
            Value::Int(number) | Value::Time(number) => Some(*number as f64),
            Value::Double(number) => Some(*number),
            Value::Text(text) => text.to_str()?.trim().parse().ok(),
            Value::Null | Value::Blob(_) => None,
        }
    }

    /// The cell as text: numbers in decimal, a time as its seconds; none when there is nothing.
    pub fn to_text(&self) -> Option<Text> {
        match self {
            Value::Null => None,
            Value::Int(number) | Value::Time(number) => Some(Text::from(*number)),
            Value::Double(number) => Some(Text::from(number.to_string())),
            Value::Text(text) | Value::Blob(text) => Some(text.clone()),
        }
    }
}

/// Shows texts by their length only: they may be secrets.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("Null"),
            Value::Int(number) => write!(f, "Int({number})"),
            Value::Double(number) => write!(f, "Double({number})"),
            Value::Text(text) => write!(f, "Text({} octets)", text.len()),
            Value::Blob(octets) => write!(f, "Blob({} octets)", octets.len()),
            Value::Time(seconds) => write!(f, "Time({seconds})"),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Double(number)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Text::from(text))
    }
}

impl From<&[u8]> for Value {
    fn from(text: &[u8]) -> Self {
        Value::Text(Text::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_what_is_asked_for() {
        assert_eq!(Value::from("42").as_int(), Some(42));
        assert_eq!(Value::from("x").as_int(), None);
        assert_eq!(Value::Double(2.5).as_int(), Some(2));
        assert_eq!(Value::from("-1.5").as_double(), Some(-1.5));
        assert_eq!(Value::Time(7).to_text(), Some(Text::from(7i64)));
        assert_eq!(Value::Null.to_text(), None);
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Value::from("secret")), "Text(6 octets)");
    }
}
