//! Hex digits without a table.

/// `value` in eight lower-case hex digits.
#[inline]
pub(super) const fn hex8(value: u32) -> [u8; 8] {
    const EVERY_OCTET: u64 = 0x0101_0101_0101_0101;
    let mut nibbles = value as u64;
    nibbles = (nibbles << 16 | nibbles) & 0x0000_ffff_0000_ffff;
    nibbles = (nibbles << 8 | nibbles) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles << 4 | nibbles) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (nibbles + 6 * EVERY_OCTET) >> 4 & EVERY_OCTET;
    let from_nine_to_a = (b'a' - b'9' - 1) as u64;
    (nibbles + b'0' as u64 * EVERY_OCTET + letters * from_nine_to_a).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for value in [0, 1, 9, 10, 0x0123_4567, 0x89ab_cdef, 0xf0f0_f0f0, u32::MAX] {
            assert_eq!(hex8(value).to_vec(), format!("{value:08x}").into_bytes());
        }
    }
}
