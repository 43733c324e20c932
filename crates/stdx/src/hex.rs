//! Octets and numbers as lower-case hexadecimal digits, and back from digits of either case.

/// `value` in eight digits.
#[inline]
pub const fn digits_of_u32(value: u32) -> [u8; 8] {
    // All digits at once, without a table.
    const EVERY_OCTET: u64 = 0x0101_0101_0101_0101;
    let mut nibbles = value as u64;
    nibbles = (nibbles << 16 | nibbles) & 0x0000_ffff_0000_ffff;
    nibbles = (nibbles << 8 | nibbles) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles << 4 | nibbles) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (nibbles + 6 * EVERY_OCTET) >> 4 & EVERY_OCTET;
    let from_nine_to_a = (b'a' - b'9' - 1) as u64;
    (nibbles + b'0' as u64 * EVERY_OCTET + letters * from_nine_to_a).to_be_bytes()
}

/// `octet` in two digits.
#[inline]
pub const fn digits_of_octet(octet: u8) -> [u8; 2] {
    [digit(octet >> 4), digit(octet & 15)]
}

#[inline]
const fn digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'a' - 10 + value
    }
}

/// Appends `value` without leading zeros.
pub fn push_number(out: &mut Vec<u8>, value: u64) {
    let digits = (64 - value.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.push(digit((value >> (place * 4)) as u8 & 15));
    }
}

/// Appends `value` without leading zeros, the lowest digit first.
pub fn push_reversed(out: &mut Vec<u8>, value: u64) {
    let start = out.len();
    push_number(out, value);
    out[start..].reverse();
}

/// Appends every octet as two digits.
pub fn push_octets(out: &mut Vec<u8>, octets: &[u8]) {
    out.reserve(octets.len() * 2);
    let (fours, rest) = octets.as_chunks::<4>();
    for four in fours {
        out.extend_from_slice(&digits_of_u32(u32::from_be_bytes(*four)));
    }
    for octet in rest {
        out.extend_from_slice(&digits_of_octet(*octet));
    }
}

/// The value of one digit of either case.
#[inline]
pub const fn value_of(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The whole of `text` as digits, without a prefix. `None` for anything else, and when it does not fit.
pub fn parse(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, &digit| {
        (value >> 60 == 0).then_some(value << 4 | u64::from(value_of(digit)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for value in [0, 1, 9, 10, 0x0123_4567, 0x89ab_cdef, 0xf0f0_f0f0, u32::MAX] {
            assert_eq!(
                digits_of_u32(value).to_vec(),
                format!("{value:08x}").into_bytes()
            );
        }
        for octet in 0..=u8::MAX {
            assert_eq!(
                digits_of_octet(octet).to_vec(),
                format!("{octet:02x}").into_bytes()
            );
        }
    }

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 15, 16, 0xabc, 0xffff_ffff, u64::MAX] {
            let mut out = Vec::new();
            push_number(&mut out, value);
            assert_eq!(out, format!("{value:x}").into_bytes());
            assert_eq!(parse(&out), Some(value));
            assert_eq!(parse(&out.to_ascii_uppercase()), Some(value));
            let mut reversed = Vec::new();
            push_reversed(&mut reversed, value);
            reversed.reverse();
            assert_eq!(reversed, out);
        }
        assert_eq!(parse(b"10000000000000000"), None);
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"1g"), None);
    }

    #[test]
    fn every_octet_gets_two_digits() {
        let mut out = b"x".to_vec();
        push_octets(&mut out, &[0, 0x7f, 0xff, 0x10, 0xa0, 0x09]);
        assert_eq!(out, b"x007fff10a009");
    }
}
