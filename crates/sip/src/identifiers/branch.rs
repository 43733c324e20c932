//! Branches of our own Vias.

use stdx::hex;

use crate::BRANCH_COOKIE;

/// The branch of a Via that we put on a request: `z9hG4bK`, a hash, a dot, 32 hex digits, a dot, the number of the branch; all in
/// hex (observed on 5.6.3).
///
/// A response brings it back, and with it the place of its transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BranchId {
    /// Where to look for the transaction.
    pub hash: u16,
    /// Which transaction it is.
    pub key: u128,
    /// Which of its branches.
    pub index: u16,
}

impl BranchId {
    /// Length of the longest text.
    pub const LENGTH_MAX: usize = 7 + 4 + 1 + 32 + 1 + 4;

    /// Appends the text.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(BranchId::LENGTH_MAX);
        out.extend_from_slice(BRANCH_COOKIE);
        hex::push_number(out, u64::from(self.hash));
        out.push(b'.');
        for place in [96, 64, 32, 0] {
            out.extend_from_slice(&hex::digits_of_u32((self.key >> place) as u32));
        }
        out.push(b'.');
        hex::push_number(out, u64::from(self.index));
    }

    /// Reads the text back; `None` when it is not exactly of the form, hence not ours.
    pub fn parse(text: &[u8]) -> Option<BranchId> {
        let text = text.strip_prefix(BRANCH_COOKIE)?;
        let dot = text.iter().take(5).position(|byte| *byte == b'.')?;
        let (hash, rest) = (text.get(..dot)?, text.get(dot + 1..)?);
        let (key, index) = rest.split_at_checked(32)?;
        let index = index.strip_prefix(b".")?;
        if !is_written_once(hash) || !is_written_once(index) {
            return None;
        }
        let (high, low) = key.split_at_checked(16)?;
        Some(BranchId {
            hash: u16::try_from(lower_hex(hash)?).ok()?,
            key: u128::from(lower_hex(high)?) << 64 | u128::from(lower_hex(low)?),
            index: u16::try_from(lower_hex(index)?).ok()?,
        })
    }
}

/// Whether a number has no leading zeros. With that and lower-case digits alone every branch has one text.
fn is_written_once(number: &[u8]) -> bool {
    number.len() <= 1 || !number.starts_with(b"0")
}

/// The number that 1 to 16 lower-case hex digits say.
fn lower_hex(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut value = 0;
    let mut faults = 0;
    for byte in digits {
        let digit = DIGITS.get(usize::from(*byte)).copied().unwrap_or(NO_DIGIT);
        faults |= digit;
        value = value << 4 | u64::from(digit & 0x0f);
    }
    (faults & NO_DIGIT == 0).then_some(value)
}

/// What says that an octet is no lower-case hex digit.
const NO_DIGIT: u8 = 0x80;

/// The value of each octet as a lower-case hex digit.
const DIGITS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    table
};
