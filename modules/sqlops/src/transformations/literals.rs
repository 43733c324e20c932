//! `{sql.val}` and its kin: values as literals of SQL.

use crate::SqlOps;
use module_api::{Call, Text, Value, transformation};

/// How a text is made a literal that ends where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// With backslashes, as MySQL takes them and Kamailio writes them.
    Backslashes,
    /// With doubled quotes, as the standard has it: for engines to which a backslash is a letter, so that one before a
    /// quote would not keep the text from ending there.
    DoubledQuotes,
}

impl Quoting {
    /// What fits the engines of all connections. Without any it is Kamailio's way.
    pub fn for_engines<'a>(schemes: impl Iterator<Item = &'a str>) -> Quoting {
        let mut quoting = Quoting::Backslashes;
        for scheme in schemes {
            match scheme {
                "sqlite" | "postgres" => quoting = Quoting::DoubledQuotes,
                _ => return Quoting::Backslashes,
            }
        }
        quoting
    }

    /// The text as a literal.
    fn literal(self, text: &[u8]) -> Text {
        let mut out = Vec::with_capacity(text.len() + 2);
        out.push(b'\'');
        for byte in text {
            match (self, byte) {
                (Quoting::DoubledQuotes, b'\'') => out.extend_from_slice(b"''"),
                // No engine takes it in a text.
                (Quoting::DoubledQuotes, 0) => {}
                (Quoting::Backslashes, b'\'' | b'"' | b'\\') => {
                    out.extend_from_slice(&[b'\\', *byte])
                }
                (Quoting::Backslashes, 0) => out.extend_from_slice(b"\\0"),
                _ => out.push(*byte),
            }
        }
        out.push(b'\'');
        Text::from(out)
    }
}

fn quoted(call: &Call, value: Value, null: Value) -> Value {
    match value {
        Value::Null => null,
        Value::Int(number) => Value::Str(Text::from(number)),
        Value::Str(text) => {
            let module = call.runtime.module::<SqlOps>();
            let quoting = module.map_or(Quoting::Backslashes, |module| module.quoting);
            Value::Str(quoting.literal(&text))
        }
    }
}

/// The value as a literal of SQL: `NULL`, a number, or a text in quotes.
///
/// Where all connections are to SQLite or PostgreSQL, which end a text at its next quote whatever stands before it, quotes in
/// the text are doubled and backslashes are letters. Elsewhere both have a backslash before them, as in Kamailio 5.6.3
/// everywhere.
#[transformation("sql.val")]
fn literal(call: &mut Call, value: Value) -> Value {
    quoted(call, value, Value::from_static("NULL"))
}

/// The value as a literal of SQL, 0 where there is none.
#[transformation("sql.val.int")]
fn integer(call: &mut Call, value: Value) -> Value {
    quoted(call, value, Value::from_static("0"))
}

/// The value as a literal of SQL, an empty text where there is none.
#[transformation("sql.val.str")]
fn string(call: &mut Call, value: Value) -> Value {
    quoted(call, value, Value::from_static("''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        let engines = |schemes: &[&'static str]| Quoting::for_engines(schemes.iter().copied());
        assert_eq!(engines(&[]), Quoting::Backslashes);
        assert_eq!(engines(&["sqlite", "postgres"]), Quoting::DoubledQuotes);
        assert_eq!(engines(&["sqlite", "mysql"]), Quoting::Backslashes);
        let backslashes = Quoting::Backslashes.literal(b"o'b\"\\");
        assert_eq!(backslashes, Text::from("'o\\'b\\\"\\\\'"));
        let doubled = Quoting::DoubledQuotes.literal(b"o'b\"\\");
        assert_eq!(doubled, Text::from("'o''b\"\\'"));
    }
}
