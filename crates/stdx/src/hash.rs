//! Hash maps and hash functions.
//!
//! [`Map`] is for tables inside the process: fast, seeded, and of no defined
//! order. [`core_hash`] is a function whose values scripts can see.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

/// A hash map with an explicit seed. Its order of iteration must not reach a wire,
/// a log or a test.
pub type Map<K, V> = hashbrown::HashMap<K, V, Seed>;
/// A hash set with an explicit seed.
pub type Set<K> = hashbrown::HashSet<K, Seed>;

/// What makes the hash values of one process differ from those of another.
///
/// Where a stranger chooses the keys, the seed must be random; it comes from
/// whoever may read randomness. The default seed is fixed, for tests and for keys
/// that the operator chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The seed `value`.
    pub const fn new(value: u64) -> Seed {
        Seed(value)
    }

    /// The seeded hash of `bytes`.
    #[inline]
    pub fn hash_bytes(self, bytes: &[u8]) -> u64 {
        let mut hasher = self.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }

    /// The seeded hash of any value, as [`Map`] takes it.
    #[inline]
    pub fn hash_value(self, value: &(impl Hash + ?Sized)) -> u64 {
        self.hash_one(value)
    }
}

impl Default for Seed {
    fn default() -> Seed {
        Seed(0x9e37_79b9_7f4a_7c15)
    }
}

impl BuildHasher for Seed {
    type Hasher = FoldHasher<'static>;

    #[inline]
    fn build_hasher(&self) -> FoldHasher<'static> {
        FoldHasher::with_seed(self.0, SharedSeed::global_fixed())
    }
}

/// The hash behind the transformation `{s.corehash}` (observed on 5.6.3): words of
/// four bytes in network order, each folded with its own third right shift, summed.
/// Bytes above 0x7f count as negative numbers.
pub fn core_hash(bytes: &[u8]) -> u32 {
    core_hash_of(&[bytes])
}

/// [`core_hash`] of several texts: the words of each begin anew (observed on 5.6.3).
pub fn core_hash_of(texts: &[&[u8]]) -> u32 {
    let fold = |word: u32| word ^ (word >> 3);
    let signed = |byte: u8| i32::from(byte.cast_signed()).cast_unsigned();
    let mut sum = 0_u32;
    for text in texts {
        for chunk in text.chunks(4) {
            let word = chunk
                .iter()
                .fold(0_u32, |word, &byte| (word << 8).wrapping_add(signed(byte)));
            sum = sum.wrapping_add(fold(word));
        }
    }
    sum.wrapping_add(sum >> 11)
        .wrapping_add(sum >> 13)
        .wrapping_add(sum >> 23)
}

/// The slot of a [`core_hash`] value in a table of `size` slots. Meant for powers
/// of two: the value is masked with `size - 1`; a size below 2 leaves it whole.
pub const fn core_hash_slot(hash: u32, size: u32) -> u32 {
    if size > 1 { hash & (size - 1) } else { hash }
}

/// The CRC-32 of ISO 3309, as STUN's FINGERPRINT (RFC 8489 §14.7) and scripts have it.
pub fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(!0u32, |crc, octet| {
        CRC[usize::from(crc as u8 ^ octet)] ^ (crc >> 8)
    })
}

const CRC: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let mut entry = index as u32;
        let mut bit = 0;
        while bit < 8 {
            entry = if entry & 1 == 1 {
                0xedb8_8320 ^ (entry >> 1)
            } else {
                entry >> 1
            };
            bit += 1;
        }
        table[index] = entry;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    #[test]
    fn the_words_of_each_text_begin_anew() {
        // As `core_hash()` of 5.6.3 answers for 8 and 16 bits, less 1.
        assert_eq!(core_hash_of(&[b"a", b"b"]) % 256, 219);
        assert_eq!(core_hash_of(&[b"ab", b"cd"]) % 65536, 56439);
        assert_eq!(core_hash_of(&[b"abcd", b""]), core_hash(b"abcd"));
    }

    #[test]
    fn core_hash_values_are_those_observed() {
        for (text, expected) in [
            ("", 0),
            ("a", 109),
            ("ab", 27_998),
            ("abc", 7_167_810),
            ("abcd", 1_834_959_896),
            ("alice@example.com", 2_920_418_261),
            ("é", 3_760_405_700),
            ("aé", 7_138_301),
            ("abcé", 1_297_761_223),
        ] {
            assert_eq!(core_hash(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(core_hash_slot(1_834_959_896, 16), 8);
        assert_eq!(core_hash_slot(2_920_418_261, 16), 5);
        assert_eq!(core_hash_slot(2_920_418_261, 15), 4);
        assert_eq!(core_hash_slot(7, 0), 7);
    }

    #[test]
    fn maps_are_searched_with_plain_bytes() {
        let mut map: Map<Text, u32> = Map::with_hasher(Seed::new(7));
        map.insert(Text::from("z9hG4bK-a-rather-long-branch-value"), 1);
        assert_eq!(
            map.get(&b"z9hG4bK-a-rather-long-branch-value"[..]),
            Some(&1)
        );
        assert_eq!(map.get(&b"z9"[..]), None);
    }

    #[test]
    fn seeds_decide_the_value() {
        let (left, right) = (Seed::new(1), Seed::new(2));
        assert_eq!(left.hash_bytes(b"call"), Seed::new(1).hash_bytes(b"call"));
        assert_ne!(left.hash_bytes(b"call"), right.hash_bytes(b"call"));
        assert_eq!(left.hash_value("call"), left.hash_value("call"));
    }
}
