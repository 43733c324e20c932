//! The values of a script: nothing, an integer, or text.

use stdx::{Text, number};

/// What a variable or an expression evaluates to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// `$null`: the variable is not there.
    #[default]
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// Bytes; usually, not always, UTF-8.
    Str(Text),
}

/// A string that is no integer was used where an integer is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is no integer")]
pub struct NotAnInteger;

impl Value {
    /// Text of static storage.
    pub const fn from_static(text: &'static str) -> Value {
        Value::Str(Text::from_static(text))
    }

    /// `Str`, or `Null` when there is nothing.
    pub fn from_option(text: Option<impl Into<Text>>) -> Value {
        match text {
            Some(text) => Value::Str(text.into()),
            None => Value::Null,
        }
    }

    /// Whether this is `$null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value as an integer: null is 0, text must be an integer as a whole, decimal or with `0x` hexadecimal.
    ///
    /// Kamailio 6.1 fails an expression whose text operand is no integer; 5.6 took it as 0.
    pub fn to_int(&self) -> Result<i64, NotAnInteger> {
        match self {
            Value::Null => Ok(0),
            Value::Int(number) => Ok(*number),
            Value::Str(text) => number::parse_integer(text).ok_or(NotAnInteger),
        }
    }

    /// The value as text: null is empty.
    pub fn to_text(&self) -> Text {
        match self {
            Value::Null => Text::default(),
            Value::Int(number) => Text::from(*number),
            Value::Str(text) => text.clone(),
        }
    }

    /// Like [`Value::to_text`], without copying what is text already.
    pub fn into_text(self) -> Text {
        match self {
            Value::Str(text) => text,
            other => other.to_text(),
        }
    }

    /// Whether an `if` on the bare value takes its branch: only what is a positive integer does, a text like `1` too
    /// (observed on 5.6.3).
    pub fn is_true(&self) -> bool {
        self.to_int().is_ok_and(|number| number > 0)
    }

    /// Whether the value counts as true where `!`, `&&`, `||` and `while` ask: what is an integer but 0, a negative one too
    /// (observed on 5.6.3).
    pub fn is_nonzero(&self) -> bool {
        self.to_int().is_ok_and(|number| number != 0)
    }

    /// Appends the value as a format string shows it: null as `<null>`.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        match self {
            Value::Null => out.extend_from_slice(b"<null>"),
            Value::Int(number) => number::push_decimal(out, *number),
            Value::Str(text) => out.extend_from_slice(text),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Value::Str(text)
    }
}

impl From<&[u8]> for Value {
    fn from(text: &[u8]) -> Self {
        Value::Str(Text::from(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(Text::from(text))
    }
}

impl From<Vec<u8>> for Value {
    fn from(text: Vec<u8>) -> Self {
        Value::Str(Text::from(text))
    }
}
