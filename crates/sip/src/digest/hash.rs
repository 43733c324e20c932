//! The hash functions, and hashes as the lower-case hex text in which Digest chains them.

use std::fmt;

use md5::{Digest, Md5};
use sha2::{Sha256, Sha512, Sha512_256};

use super::Algorithm;

/// The digits of the longest hash.
const HEX_MAX: usize = 128;

/// A hash in lower-case hex, as it goes over the wire and into the next hash.
#[derive(Clone, Copy)]
pub struct HexDigest {
    text: [u8; HEX_MAX],
    length: u8,
}

impl HexDigest {
    /// Takes a stored hash (an `ha1` column, a response): 32, 64 or 128 hex digits of either case.
    pub fn from_hex(text: &[u8]) -> Option<HexDigest> {
        let is_hex = text.iter().all(u8::is_ascii_hexdigit);
        if !is_hex || !matches!(text.len(), 32 | 64 | HEX_MAX) {
            return None;
        }
        let mut hex = HexDigest {
            text: [0; HEX_MAX],
            length: text.len() as u8,
        };
        for (to, from) in hex.text.iter_mut().zip(text) {
            *to = from.to_ascii_lowercase();
        }
        Some(hex)
    }

    /// The hex text.
    pub fn as_bytes(&self) -> &[u8] {
        self.text
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// The hex text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Whether `text` is this hash, to the letter, in a time that does not depend on where they differ.
    pub fn matches(&self, text: &[u8]) -> bool {
        same_in_constant_time(self.as_bytes(), text)
    }

    fn of_octets(octets: &[u8]) -> HexDigest {
        let mut hex = HexDigest {
            text: [0; HEX_MAX],
            length: (octets.len() * 2).min(HEX_MAX) as u8,
        };
        let digits = hex.text.as_chunks_mut::<8>().0;
        // Every hash is a whole number of words.
        for (to, word) in digits.iter_mut().zip(octets.as_chunks::<4>().0) {
            *to = stdx::hex::digits_of_u32(u32::from_be_bytes(*word));
        }
        hex
    }
}

impl PartialEq for HexDigest {
    fn eq(&self, other: &HexDigest) -> bool {
        self.matches(other.as_bytes())
    }
}

impl Eq for HexDigest {}

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HexDigest({} digits)", self.length)
    }
}

/// Hashes the concatenation of `parts`.
pub(super) fn hex_of(algorithm: Algorithm, parts: &[&[u8]]) -> HexDigest {
    fn run<D: Digest>(parts: &[&[u8]]) -> HexDigest {
        let mut state = D::new();
        for part in parts {
            state.update(part);
        }
        HexDigest::of_octets(&state.finalize())
    }
    match algorithm {
        Algorithm::Md5 | Algorithm::Md5Session => run::<Md5>(parts),
        Algorithm::Sha256 | Algorithm::Sha256Session => run::<Sha256>(parts),
        Algorithm::Sha512 | Algorithm::Sha512Session => run::<Sha512>(parts),
        Algorithm::Sha512_256 | Algorithm::Sha512_256Session => run::<Sha512_256>(parts),
    }
}

/// MD5 of the concatenation of `parts`.
pub(super) fn md5_of(parts: &[&[u8]]) -> [u8; 16] {
    let mut state = Md5::new();
    for part in parts {
        state.update(part);
    }
    state.finalize().into()
}

/// Compares every octet, whatever the outcome so far. Only the lengths show in the time it takes.
pub(super) fn same_in_constant_time(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let difference = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    std::hint::black_box(difference) == 0
}
