//! Expressions of `#!ifexp` and `#!defexp`, as the core cookbook describes them.
//!
//! The type of the left operand decides: the right one is converted to it. A define with a value is a text, one
//! without is 1, a name that is not defined is 0.

use std::fmt;

use super::Defines;

/// Parentheses within parentheses, signs before signs.
const DEPTH_MAX: usize = 64;

/// What an expression amounts to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Text(String),
}

impl Value {
    /// A number other than 0, a text that is not empty.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) => text.trim().parse().unwrap_or(0.0),
        }
    }

    fn from_bool(holds: bool) -> Value {
        Value::Number(f64::from(u8::from(holds)))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => f.write_str(text),
        }
    }
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExpressionError {
    Empty,
    Unexpected(String),
    UnclosedText,
    UnclosedParenthesis,
    NotForTexts(&'static str),
    TooDeep,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExpressionError::Empty => f.write_str("an operand is missing at its end"),
            ExpressionError::Unexpected(text) => write!(f, "`{text}` cannot stand here"),
            ExpressionError::UnclosedText => f.write_str("a text has no closing quote"),
            ExpressionError::UnclosedParenthesis => f.write_str("a parenthesis is not closed"),
            ExpressionError::NotForTexts(operator) => write!(f, "`{operator}` is not for texts"),
            ExpressionError::TooDeep => f.write_str("it is nested too deeply"),
        }
    }
}

/// A text as a quoted literal of the script.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted.push('"');
    quoted
}

/// The value of an expression.
pub(crate) fn evaluate(text: &str, defines: &Defines) -> Result<Value, ExpressionError> {
    let mut evaluator = Evaluator {
        rest: text.trim(),
        defines,
        assigned: Vec::new(),
        depth: 0,
    };
    let value = evaluator.binary(0)?;
    match evaluator.rest {
        "" => Ok(value),
        rest => Err(ExpressionError::Unexpected(rest.chars().take(20).collect())),
    }
}

struct Evaluator<'a> {
    rest: &'a str,
    defines: &'a Defines,
    /// What the expression itself has given values; gone with it.
    assigned: Vec<(String, Value)>,
    depth: usize,
}

/// Binary operators by level, the loosest first; within a level the longer before its prefix.
const LEVELS: [&[&str]; 12] = [
    &[","],
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
    &["**"],
];

impl Evaluator<'_> {
    fn binary(&mut self, level: usize) -> Result<Value, ExpressionError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.is_next(operator)) {
            self.advance(operator.len());
            let right = self.binary(level + 1)?;
            left = apply(operator, left, &right)?;
        }
        Ok(left)
    }

    /// Whether the rest begins with this operator and not with a longer one.
    fn is_next(&self, operator: &str) -> bool {
        let longer = LEVELS
            .iter()
            .flat_map(|level| level.iter())
            .filter(|other| other.len() > operator.len());
        self.rest.starts_with(operator) && !longer.clone().any(|other| self.rest.starts_with(other))
    }

    fn advance(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default().trim_start();
    }

    fn unary(&mut self) -> Result<Value, ExpressionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ExpressionError::TooDeep);
        }
        let value = match self.rest.as_bytes().first() {
            None => return Err(ExpressionError::Empty),
            Some(b'!') => {
                self.advance(1);
                Value::from_bool(!self.unary()?.is_true())
            }
            Some(b'-') => {
                self.advance(1);
                Value::Number(-self.unary()?.number())
            }
            Some(b'^') => {
                self.advance(1);
                Value::Number(!(self.unary()?.number() as i64) as f64)
            }
            Some(b'(') => {
                self.advance(1);
                let value = self.binary(0)?;
                if !self.rest.starts_with(')') {
                    return Err(ExpressionError::UnclosedParenthesis);
                }
                self.advance(1);
                value
            }
            Some(_) => self.operand()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn operand(&mut self) -> Result<Value, ExpressionError> {
        let first = self.rest.chars().next().ok_or(ExpressionError::Empty)?;
        if matches!(first, '"' | '\'') {
            let inside = self.rest.get(1..).unwrap_or_default();
            let end = inside.find(first).ok_or(ExpressionError::UnclosedText)?;
            let text = inside.get(..end).unwrap_or_default().to_owned();
            self.advance(end + 2);
            return Ok(Value::Text(text));
        }
        let is_part = |char: char| {
            char.is_ascii_alphanumeric() || char == '_' || (first.is_ascii_digit() && char == '.')
        };
        let length = self
            .rest
            .find(|char| !is_part(char))
            .unwrap_or(self.rest.len());
        let word = self.rest.get(..length).unwrap_or_default();
        let value = if first.is_ascii_digit() {
            word.parse()
                .map(Value::Number)
                .map_err(|_| ExpressionError::Unexpected(word.to_owned()))?
        } else if length == 0 {
            return Err(ExpressionError::Unexpected(first.to_string()));
        } else {
            let name = word.to_owned();
            self.advance(length);
            if self.rest.starts_with('=') && !self.rest.starts_with("==") {
                self.advance(1);
                // What follows up to the next comma is the value.
                let value = self.binary(1)?;
                self.assigned.push((name, value.clone()));
                return Ok(value);
            }
            return Ok(self.define(&name));
        };
        self.advance(length);
        Ok(value)
    }

    fn define(&self, name: &str) -> Value {
        let assigned = self.assigned.iter().rev().find(|(other, _)| other == name);
        if let Some((_, value)) = assigned {
            return value.clone();
        }
        match self.defines.get(name).map(|define| define.value.as_deref()) {
            None => Value::Number(0.0),
            Some(None) => Value::Number(1.0),
            Some(Some(value)) => {
                let value = value.trim();
                let unquoted = ['"', '\'']
                    .iter()
                    .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
                Value::Text(unquoted.unwrap_or(value).to_owned())
            }
        }
    }
}

fn apply(operator: &'static str, left: Value, right: &Value) -> Result<Value, ExpressionError> {
    match operator {
        "," => return Ok(right.clone()),
        "||" => return Ok(Value::from_bool(left.is_true() || right.is_true())),
        "&&" => return Ok(Value::from_bool(left.is_true() && right.is_true())),
        _ => {}
    }
    match left {
        Value::Text(left) => apply_to_texts(operator, left, &right.to_string()),
        Value::Number(left) => Ok(apply_to_numbers(operator, left, right.number())),
    }
}

fn apply_to_texts(
    operator: &'static str,
    left: String,
    right: &str,
) -> Result<Value, ExpressionError> {
    let order = left.as_bytes().cmp(right.as_bytes());
    Ok(Value::from_bool(match operator {
        "+" => return Ok(Value::Text(left + right)),
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        _ => return Err(ExpressionError::NotForTexts(operator)),
    }))
}

fn apply_to_numbers(operator: &str, left: f64, right: f64) -> Value {
    let bits = (left as i64, right as i64);
    let shift = u32::try_from(bits.1).unwrap_or(u32::MAX);
    Value::Number(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => left % right,
        "**" => left.powf(right),
        "<<" => bits.0.checked_shl(shift).unwrap_or(0) as f64,
        ">>" => bits.0.checked_shr(shift).unwrap_or(0) as f64,
        "&" => (bits.0 & bits.1) as f64,
        "|" => (bits.0 | bits.1) as f64,
        "^" => (bits.0 ^ bits.1) as f64,
        "==" => return Value::from_bool(left == right),
        "!=" => return Value::from_bool(left != right),
        "<" => return Value::from_bool(left < right),
        ">" => return Value::from_bool(left > right),
        "<=" => return Value::from_bool(left <= right),
        _ => return Value::from_bool(left >= right),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut defines = Defines::default();
        defines.insert("ON", None, None);
        defines.insert("KAMAILIO_VERSION", Some("6001000"), None);
        defines.insert("OS_NAME", Some("\"linux\""), None);
        defines.insert("IPADDR", Some("127.0.0.1"), None);
        let shown = match evaluate(text, &defines) {
            Ok(value) => value.to_string(),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn the_left_operand_decides_the_type() {
        check("1 + \"20\"", "21");
        check("\"1\" + 20", "120");
        check("4 > \"20\"", "0");
        check("\"4\" > 20", "1");
    }

    #[test]
    fn a_define_is_its_value_or_one_and_any_other_name_zero() {
        check("ON", "1");
        check("OFF", "0");
        check("ON && !OFF", "1");
        check("KAMAILIO_VERSION >= 5006000", "1");
        check("ON && (OS_NAME == \"linux\")", "1");
        check("\"sip:\" + IPADDR + \":5060\"", "sip:127.0.0.1:5060");
        check("'\"sip:' + IPADDR + ':5060\"'", "\"sip:127.0.0.1:5060\"");
    }

    #[test]
    fn operators_bind_as_in_c() {
        check("1<<4", "16");
        check("1 + 2 * 3 ** 2", "19");
        check("7 % 4 == 3 && 1 | 4 == 4", "1");
        check("-2 + 5, 9", "9");
        check("7 / 2", "3.5");
    }

    #[test]
    fn a_name_can_be_given_a_value_for_the_rest_of_the_expression() {
        check("n = 5, n * n + 1", "26");
        check("a = b = 2, a + b", "4");
        check("ON = 0, ON", "0");
        check("OFF = \"x\", OFF + 1", "x1");
        check("OFF == 0", "1");
        check("n =", "error: an operand is missing at its end");
    }

    #[test]
    fn mistakes_are_named() {
        check("", "error: an operand is missing at its end");
        check("1 +", "error: an operand is missing at its end");
        check("(1", "error: a parenthesis is not closed");
        check("\"a\" * 2", "error: `*` is not for texts");
        check("1 2", "error: `2` cannot stand here");
        check(&"(".repeat(1000), "error: it is nested too deeply");
        check(&"-".repeat(1000), "error: it is nested too deeply");
    }
}
