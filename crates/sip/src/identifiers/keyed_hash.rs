//! SipHash-1-3 with 128 bits of output (Aumasson and Bernstein 2012), over words.

/// The key.
#[derive(Clone, Copy)]
pub(super) struct Key(u64, u64);

impl Key {
    pub fn new(octets: [u8; 16]) -> Key {
        let both = u128::from_le_bytes(octets);
        Key(both as u64, (both >> 64) as u64)
    }

    pub fn from_words([first, second]: [u64; 2]) -> Key {
        Key(first, second)
    }
}

/// The function's state. What goes in is whole words; [`KeyedHash::field`] turns texts into words so that no two lists of
/// texts become the same words.
#[derive(Clone, Copy)]
pub(super) struct KeyedHash {
    v: [u64; 4],
    octets: u64,
}

impl KeyedHash {
    #[inline]
    pub fn new(key: &Key) -> KeyedHash {
        let v = [
            key.0 ^ 0x736f_6d65_7073_6575,
            key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            key.0 ^ 0x6c79_6765_6e65_7261,
            key.1 ^ 0x7465_6462_7974_6573,
        ];
        KeyedHash { v, octets: 0 }
    }

    /// Takes eight octets in.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.octets = self.octets.wrapping_add(8);
        self.compress(word);
    }

    /// Takes a text in: its length, then its octets, filled up with zeros.
    #[inline]
    pub fn field(&mut self, text: &[u8]) {
        self.word(text.len() as u64);
        let (words, rest) = text.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let last = rest
                .iter()
                .rev()
                .fold(0, |word, octet| word << 8 | u64::from(*octet));
            self.word(last);
        }
    }

    /// The hash of all that was taken in.
    #[inline]
    pub fn finish(mut self) -> [u64; 2] {
        self.compress(self.octets << 56);
        self.v[2] ^= 0xee;
        let first = self.squeeze();
        self.v[1] ^= 0xdd;
        [first, self.squeeze()]
    }

    #[inline]
    fn compress(&mut self, word: u64) {
        self.v[3] ^= word;
        self.round();
        self.v[0] ^= word;
    }

    #[inline]
    fn squeeze(&mut self) -> u64 {
        for _ in 0..3 {
            self.round();
        }
        self.v[0] ^ self.v[1] ^ self.v[2] ^ self.v[3]
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.v;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.v = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key 00..0f, input 00..(n-1), as in the reference implementation's vectors; expected values from OpenSSL 3.
    #[test]
    fn reference_vectors_of_whole_words_are_met() {
        let key = Key::new(std::array::from_fn(|place| place as u8));
        for (words, expected) in VECTORS {
            let mut hash = KeyedHash::new(&key);
            for word in 0..words {
                hash.word(u64::from_le_bytes(std::array::from_fn(|place| {
                    (word * 8 + place) as u8
                })));
            }
            let [first, second] = hash.finish();
            assert_eq!(
                format!("{:016x}{:016x}", first.swap_bytes(), second.swap_bytes()),
                expected,
                "{words}"
            );
        }
    }

    const VECTORS: [(usize, &str); 4] = [
        (0, "e77ebcb22788a5befd62db6add303001"),
        (1, "aa12fee1d5e3dab4724f16ab35f9c799"),
        (3, "9e4bf837bcfd92cace09d2061a84d04a"),
        (7, "94ec2e19a40be41af3940d6b30c49384"),
    ];

    #[test]
    fn texts_cut_elsewhere_hash_differently() {
        let key = Key::new([7; 16]);
        let hash = |texts: &[&[u8]]| {
            let mut hash = KeyedHash::new(&key);
            texts.iter().for_each(|text| hash.field(text));
            hash.finish()
        };
        let all = [
            hash(&[b"ab", b"c"]),
            hash(&[b"a", b"bc"]),
            hash(&[b"abc", b""]),
            hash(&[b"abc"]),
            hash(&[b"abc\0"]),
            hash(&[b"", b"abc"]),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[..place].contains(one), "{place}");
        }
    }
}
