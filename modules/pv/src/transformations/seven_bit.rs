//! Characters of seven bits packed into octets (3GPP TS 23.038 §6.1.2).

/// The characters packed, as hexadecimal numbers in upper case. Of each character the low seven bits count.
pub fn encode(text: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len() * 2);
    for octet in pack(text) {
        out.push(DIGITS[usize::from(octet >> 4)]);
        out.push(DIGITS[usize::from(octet & 15)]);
    }
    out
}

fn pack(text: &[u8]) -> impl Iterator<Item = u8> {
    // Each octet takes what the characters before it have left over, and begins with the lowest bits.
    let mut characters = text.iter();
    let (mut bits, mut held) = (0u16, 0u32);
    std::iter::from_fn(move || {
        while held < 8 {
            match characters.next() {
                Some(character) => {
                    bits |= u16::from(character & 0x7f) << held;
                    held += 7;
                }
                None if held == 0 => return None,
                None => held = 8,
            }
        }
        let octet = bits as u8;
        bits >>= 8;
        held -= 8;
        Some(octet)
    })
}

/// The characters that octets hold. Bits left over at the end that make a character of their own are one.
pub fn unpack(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() * 8 / 7);
    let (mut bits, mut held) = (0u16, 0u32);
    for octet in octets {
        bits |= u16::from(*octet) << held;
        held += 8;
        while held >= 7 {
            out.push((bits & 0x7f) as u8);
            bits >>= 7;
            held -= 7;
        }
    }
    out
}
