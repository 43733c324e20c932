//! Integers to digits and back without `fmt` and without allocation.

use crate::hex;
use std::fmt;

const PAIRS: &[u8; 200] =
    b"00010203040506070809101112131415161718192021222324252627282930313233343536373839\
40414243444546474849505152535455565758596061626364656667686970717273747576777879\
8081828384858687888990919293949596979899";

/// Enough for `-9223372036854775808` and `18446744073709551615`.
const DECIMAL_MAX: usize = 20;

/// The decimal form of an integer, on the stack.
#[derive(Clone, Copy)]
pub struct Decimal {
    start: u8,
    buffer: [u8; DECIMAL_MAX],
}

impl Decimal {
    /// The digits, with a leading `-` for negative values.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer[usize::from(self.start).min(DECIMAL_MAX)..]
    }

    /// As [`Decimal::as_bytes`]; the content is ASCII by construction.
    #[inline]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    #[inline]
    fn new(mut magnitude: u64, sign: Sign) -> Decimal {
        let mut buffer = [0; DECIMAL_MAX];
        let mut start = DECIMAL_MAX;
        while magnitude >= 100 {
            start -= 2;
            put_pair(&mut buffer, start, magnitude % 100);
            magnitude /= 100;
        }
        if magnitude >= 10 {
            start -= 2;
            put_pair(&mut buffer, start, magnitude);
        } else {
            start -= 1;
            buffer[start] = b'0' + magnitude as u8;
        }
        if sign == Sign::Minus {
            start -= 1;
            buffer[start] = b'-';
        }
        Decimal {
            start: start as u8,
            buffer,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Plus,
    Minus,
}

#[inline]
fn put_pair(buffer: &mut [u8; DECIMAL_MAX], at: usize, value: u64) {
    let pair = value as usize * 2;
    buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
}

impl From<i64> for Decimal {
    #[inline]
    fn from(value: i64) -> Decimal {
        let sign = if value < 0 { Sign::Minus } else { Sign::Plus };
        Decimal::new(value.unsigned_abs(), sign)
    }
}

impl From<u64> for Decimal {
    #[inline]
    fn from(value: u64) -> Decimal {
        Decimal::new(value, Sign::Plus)
    }
}

macro_rules! decimal_from {
    ($($narrow:ty => $wide:ty),*) => {$(
        impl From<$narrow> for Decimal {
            #[inline]
            fn from(value: $narrow) -> Decimal {
                Decimal::from(value as $wide)
            }
        }
    )*};
}

decimal_from!(u8 => u64, u16 => u64, u32 => u64, usize => u64, i32 => i64);

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The decimal form of a number below 100, without any work; `None` for others.
#[inline]
pub fn two_digits(value: i64) -> Option<&'static str> {
    let start = match value {
        0..10 => value * 2 + 1,
        10..100 => value * 2,
        _ => return None,
    } as usize;
    let end = value as usize * 2 + 2;
    PAIRS
        .get(start..end)
        .and_then(|digits| std::str::from_utf8(digits).ok())
}

/// Appends the decimal form of `value`.
#[inline]
pub fn push_decimal(out: &mut Vec<u8>, value: impl Into<Decimal>) {
    out.extend_from_slice(value.into().as_bytes());
}

/// The whole of `text` as a signed decimal number: an optional sign, then at
/// least one digit. `None` for anything else, and when it does not fit.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    match leading_i64(text) {
        Some((value, used)) if used == text.len() => Some(value),
        _ => None,
    }
}

/// The decimal number `text` begins with, and how many bytes it takes. `None`
/// when there is no digit or the digits do not fit.
pub fn leading_i64(text: &[u8]) -> Option<(i64, usize)> {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (Sign::Minus, rest),
        [b'+', rest @ ..] => (Sign::Plus, rest),
        _ => (Sign::Plus, text),
    };
    let (magnitude, used) = leading_u64(digits)?;
    let value = match sign {
        Sign::Plus => i64::try_from(magnitude).ok()?,
        Sign::Minus => 0_i64.checked_sub_unsigned(magnitude)?,
    };
    Some((value, used + text.len() - digits.len()))
}

/// The whole of `text` as an unsigned decimal number without a sign.
#[inline]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    match leading_u64(text) {
        Some((value, used)) if used == text.len() => Some(value),
        _ => None,
    }
}

/// The unsigned decimal number `text` begins with, and how many bytes it takes.
#[inline]
fn leading_u64(text: &[u8]) -> Option<(u64, usize)> {
    /// So many digits always fit.
    const SHORT: usize = 19;
    let mut value = 0_u64;
    let mut used = 0;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = match used < SHORT {
            true => value * 10 + u64::from(digit),
            false => value.checked_mul(10)?.checked_add(u64::from(digit))?,
        };
        used += 1;
    }
    (used > 0).then_some((value, used))
}

/// The whole of `text` as a decimal number with an optional sign, or behind `0x` or `0X` as a hexadecimal one without. `None` for
/// anything else, and when it does not fit.
pub fn parse_integer(text: &[u8]) -> Option<i64> {
    match text {
        [b'0', b'x' | b'X', digits @ ..] => i64::try_from(hex::parse(digits)?).ok(),
        _ => parse_i64(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_equal_those_of_fmt() {
        let mut values = vec![0, i64::MIN, i64::MAX];
        for shift in 0..63 {
            values.extend([1 << shift, -(1 << shift), (1 << shift) - 1]);
        }
        for value in values {
            assert_eq!(Decimal::from(value).as_str(), value.to_string());
            assert_eq!(parse_i64(value.to_string().as_bytes()), Some(value));
        }
        assert_eq!(Decimal::from(u64::MAX).as_str(), u64::MAX.to_string());
    }

    #[test]
    fn what_is_no_number_or_too_large_is_refused() {
        for text in [
            "",
            "-",
            "+",
            "x",
            "1x",
            " 1",
            "9223372036854775808",
            "-9223372036854775809",
        ] {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_u64(b"-1"), None);
        assert_eq!(parse_u64(b"18446744073709551616"), None);
    }

    #[test]
    fn integers_are_decimal_or_hexadecimal() {
        for (text, expected) in [
            ("16", Some(16)),
            ("-16", Some(-16)),
            ("0x10", Some(16)),
            ("0X7fffffffffffffff", Some(i64::MAX)),
            ("0x8000000000000000", None),
            ("0x", None),
            ("-0x1", None),
            ("0x-1", None),
            ("0x1g", None),
            ("10h", None),
        ] {
            assert_eq!(parse_integer(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn small_numbers_are_at_hand() {
        for value in 0..100 {
            assert_eq!(two_digits(value), Some(&*value.to_string()));
        }
        assert_eq!((two_digits(-1), two_digits(100)), (None, None));
    }

    #[test]
    fn leading_numbers_say_how_much_they_took() {
        assert_eq!(leading_i64(b"-77x"), Some((-77, 3)));
        assert_eq!(leading_u64(b"5060;lr"), Some((5060, 4)));
        assert_eq!(leading_i64(b"x5"), None);
    }
}
