//! Base58 as Bitcoin has it: a number of base 256 in base 58, with a `1` for each leading zero octet.

const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The longest text taken: the work grows with the square of the length.
pub const LENGTH_MAX: usize = 8192;

/// The digits of each word of a number under conversion.
const WORD_DIGITS: u32 = 5;
const WORD_BASE: u64 = 58u64.pow(WORD_DIGITS);

/// The text in base58; none when it is too long.
pub fn encode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LENGTH_MAX {
        return None;
    }
    let zeros = text.iter().take_while(|octet| **octet == 0).count();
    // Words of five digits, the lowest first.
    let mut words: Vec<u64> = Vec::with_capacity(text.len() * 2 / 7 + 1);
    for octet in text.iter().skip(zeros) {
        let mut carry = u64::from(*octet);
        for word in &mut words {
            let sum = *word * 256 + carry;
            *word = sum % WORD_BASE;
            carry = sum / WORD_BASE;
        }
        if carry > 0 {
            words.push(carry);
        }
    }
    let mut digits = Vec::with_capacity(words.len() * WORD_DIGITS as usize);
    for mut word in words {
        for _ in 0..WORD_DIGITS {
            digits.push((word % 58) as u8);
            word /= 58;
        }
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let mut out = vec![b'1'; zeros];
    out.extend(
        digits
            .iter()
            .rev()
            .filter_map(|digit| DIGITS.get(usize::from(*digit))),
    );
    Some(out)
}

/// What a text in base58 stands for; none when it is not base58, or too long.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > LENGTH_MAX {
        return None;
    }
    let ones = text.iter().take_while(|digit| **digit == b'1').count();
    // Words of 32 bits, the lowest first.
    let mut words: Vec<u32> = Vec::with_capacity(text.len() / 5 + 1);
    for digit in text.iter().skip(ones) {
        let mut carry = DIGITS.iter().position(|known| known == digit)? as u64;
        for word in &mut words {
            let sum = u64::from(*word) * 58 + carry;
            *word = sum as u32;
            carry = sum >> 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let mut octets: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    while octets.last() == Some(&0) {
        octets.pop();
    }
    octets.resize(octets.len() + ones, 0);
    octets.reverse();
    Some(octets)
}
