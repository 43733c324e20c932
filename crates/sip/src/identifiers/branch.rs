//! Branches of our own Vias.

use stdx::number::{parse_hex, parse_u64, push_decimal, push_hex};

use super::hex::hex8;
use crate::BRANCH_COOKIE;

/// The branch of a Via that we put on a request: `z9hG4bK`, a hash, a dot, 32 hex digits, a dot, a number.
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
    pub const LENGTH_MAX: usize = 7 + 4 + 1 + 32 + 1 + 5;

    /// Appends the text.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(BranchId::LENGTH_MAX);
        out.extend_from_slice(BRANCH_COOKIE);
        push_hex(out, u64::from(self.hash));
        out.push(b'.');
        for place in [96, 64, 32, 0] {
            out.extend_from_slice(&hex8((self.key >> place) as u32));
        }
        out.push(b'.');
        push_decimal(out, self.index);
    }

    /// Reads the text back; `None` when it is not exactly of the form, hence not ours.
    pub fn parse(text: &[u8]) -> Option<BranchId> {
        let text = text.strip_prefix(BRANCH_COOKIE)?;
        let mut parts = text.split(|byte| *byte == b'.');
        let (hash, key, index) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !is_written_once(hash) || !is_written_once(index) {
            return None;
        }
        let (high, low) = key.split_at_checked(16)?;
        if low.len() != 16 || key.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        Some(BranchId {
            hash: u16::try_from(parse_hex(hash)?).ok()?,
            key: u128::from(parse_hex(high)?) << 64 | u128::from(parse_hex(low)?),
            index: u16::try_from(parse_u64(index)?).ok()?,
        })
    }
}

/// Whether a number has neither leading zeros nor upper-case digits, so that every branch has one text.
fn is_written_once(number: &[u8]) -> bool {
    let is_padded = number.len() > 1 && number.starts_with(b"0");
    !is_padded && !number.iter().any(u8::is_ascii_uppercase)
}
