//! The operators on values, with Kamailio's rules of types.
//!
//! The left operand's type decides: text concatenates and compares as text, an integer takes the right operand as an
//! integer. Null on the left of `+` is an empty text, in comparisons it takes the type of the right. Where an integer
//! is wanted, such as left and right of `<` and `*`, `+` adds whatever its operands are. A text that is no integer
//! where one is needed fails the expression, as on 6.1 (5.6 read it as 0).

use module_api::ast::BinaryOp;
use module_api::{Call, Failed, Value};
use stdx::Text;
use stdx::ere::{Ere, Flags};

/// Applies a binary operator that needs both operands.
pub fn binary(call: &mut Call, op: BinaryOp, left: Value, right: Value) -> Result<Value, Failed> {
    Ok(match op {
        BinaryOp::Add => add(call, left, right)?,
        BinaryOp::Equal => truth(equal(&left, &right)),
        BinaryOp::NotEqual => truth(different(&left, &right)),
        BinaryOp::TextEqual => truth(left.to_text() == right.to_text()),
        BinaryOp::TextNotEqual => truth(left.to_text() != right.to_text()),
        BinaryOp::Match => truth(matches(call, &left, &right)?),
        BinaryOp::And => truth(left.is_nonzero() && right.is_nonzero()),
        BinaryOp::Or => truth(left.is_nonzero() || right.is_nonzero()),
        _ => {
            let (left, right) = (int(call, &left)?, int(call, &right)?);
            Value::Int(integers(call, op, left, right)?)
        }
    })
}

/// Applies an operator on integers if it cannot fail.
#[inline]
pub fn quick_integers(op: BinaryOp, left: i64, right: i64) -> Option<i64> {
    Some(match op {
        BinaryOp::Subtract => left.wrapping_sub(right),
        BinaryOp::Multiply => left.wrapping_mul(right),
        BinaryOp::BitAnd => left & right,
        BinaryOp::BitOr => left | right,
        BinaryOp::Less => i64::from(left < right),
        BinaryOp::LessOrEqual => i64::from(left <= right),
        BinaryOp::Greater => i64::from(left > right),
        BinaryOp::GreaterOrEqual => i64::from(left >= right),
        _ => return None,
    })
}

/// Applies an operator on integers.
pub fn integers(call: &mut Call, op: BinaryOp, left: i64, right: i64) -> Result<i64, Failed> {
    Ok(match op {
        BinaryOp::Add => left.wrapping_add(right),
        BinaryOp::Subtract => left.wrapping_sub(right),
        BinaryOp::Multiply => left.wrapping_mul(right),
        BinaryOp::Divide | BinaryOp::Modulo if right == 0 => {
            call.error(format_args!("division by zero"));
            return Err(Failed);
        }
        BinaryOp::Divide => left.wrapping_div(right),
        BinaryOp::Modulo => left.wrapping_rem(right),
        BinaryOp::BitAnd => left & right,
        BinaryOp::BitOr => left | right,
        BinaryOp::BitXor => left ^ right,
        BinaryOp::ShiftLeft => shift(left, right, i64::checked_shl).unwrap_or(0),
        BinaryOp::ShiftRight => {
            shift(left, right, i64::checked_shr).unwrap_or(if left < 0 { -1 } else { 0 })
        }
        BinaryOp::Equal | BinaryOp::IntEqual => i64::from(left == right),
        BinaryOp::NotEqual | BinaryOp::IntNotEqual => i64::from(left != right),
        BinaryOp::Less => i64::from(left < right),
        BinaryOp::LessOrEqual => i64::from(left <= right),
        BinaryOp::Greater => i64::from(left > right),
        BinaryOp::GreaterOrEqual => i64::from(left >= right),
        BinaryOp::And => i64::from(left != 0 && right != 0),
        BinaryOp::Or => i64::from(left != 0 || right != 0),
        BinaryOp::Match | BinaryOp::TextEqual | BinaryOp::TextNotEqual => {
            stdx::never!("an operator on texts was applied to integers");
            return Err(Failed);
        }
    })
}

fn shift(left: i64, by: i64, apply: fn(i64, u32) -> Option<i64>) -> Option<i64> {
    apply(left, u32::try_from(by).ok()?)
}

/// Whether an operator takes and gives integers only.
pub fn is_integer_op(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Modulo
            | BinaryOp::BitAnd
            | BinaryOp::BitOr
            | BinaryOp::BitXor
            | BinaryOp::ShiftLeft
            | BinaryOp::ShiftRight
            | BinaryOp::IntEqual
            | BinaryOp::IntNotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual
    )
}

/// The value as an integer; failing is logged.
pub fn int(call: &mut Call, value: &Value) -> Result<i64, Failed> {
    value.to_int().map_err(|_| {
        call.warn(format_args!("`{}` is no integer", value.to_text()));
        Failed
    })
}

/// 1 or 0.
pub fn truth(holds: bool) -> Value {
    Value::Int(i64::from(holds))
}

fn add(call: &mut Call, left: Value, right: Value) -> Result<Value, Failed> {
    Ok(match (left, right) {
        (Value::Int(left), right) => Value::Int(left.wrapping_add(int(call, &right)?)),
        (left, right) => concatenate(left.into_text(), right),
    })
}

/// `left` followed by `right`.
pub fn concatenate(left: Text, right: Value) -> Value {
    match right {
        Value::Null => Value::Str(left),
        Value::Str(right) => Value::Str(Text::concat(&[&left, &right])),
        Value::Int(number) => {
            let digits = stdx::number::Decimal::from(number);
            Value::Str(Text::concat(&[&left, digits.as_bytes()]))
        }
    }
}

/// `==`: null takes the type of what it is compared with. A comparison with `$null` itself is another thing.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Null, Value::Int(other)) | (Value::Int(other), Value::Null) => *other == 0,
        (Value::Null, Value::Str(other)) | (Value::Str(other), Value::Null) => other.is_empty(),
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Str(left), Value::Str(right)) => left == right,
        (Value::Int(left), Value::Str(_)) => right.to_int().is_ok_and(|right| *left == right),
        (Value::Str(left), Value::Int(right)) => {
            left.as_bytes() == stdx::number::Decimal::from(*right).as_bytes()
        }
    }
}

/// `!=`. A text that is no number is not different from 0: a `$var` that was never set is neither equal to a text nor
/// different from it (observed on 5.6.3).
pub fn different(left: &Value, right: &Value) -> bool {
    let is_unlike_zero = *left != Value::Int(0) || right.to_int().is_ok();
    is_unlike_zero && !equal(left, right)
}

/// The flags `=~` compiles its patterns with: `.` is a line's end too, and `^` the text's beginning only (observed on 5.6.3).
const MATCH_FLAGS: Flags = Flags {
    ignore_case: true,
    newline: false,
};

fn matches(call: &mut Call, left: &Value, right: &Value) -> Result<bool, Failed> {
    let pattern = right.to_text();
    match crate::expression::cached_pattern(call, &pattern) {
        Ok(regex) => Ok(regex.is_match(&left.to_text())),
        Err(error) => {
            call.error(format_args!(
                "`{pattern}` is no regular expression: {error}"
            ));
            Err(Failed)
        }
    }
}

/// Compiles a pattern for `=~`.
pub fn pattern(text: &[u8]) -> Result<Ere, String> {
    Ere::compile(text, MATCH_FLAGS).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_left_operand_decides_how_equality_compares() {
        let text = |t: &str| Value::from(t);
        for (left, right, expected) in [
            (text("12"), Value::Int(12), true),
            (text("012"), Value::Int(12), false),
            (Value::Int(12), text("012"), true),
            (Value::Int(0), text("abc"), false),
            (text("abc"), Value::Int(0), false),
            (Value::Int(0), text(""), false),
            (Value::Null, text(""), true),
            (Value::Null, Value::Int(0), true),
            (Value::Null, Value::Null, true),
            (Value::Int(0), Value::Null, true),
            (text(""), Value::Null, true),
            (Value::Int(1), Value::Null, false),
            (text("a"), Value::Null, false),
        ] {
            assert_eq!(equal(&left, &right), expected, "{left:?} == {right:?}");
        }
    }
}
