//! Which number a Call-ID has among the daemons: that of 5.6.3, so that servers of both kinds choose the same one.

/// How a Call-ID is hashed (`hash_algo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// 0: the sum of its octets, modulo 256.
    Sum,
    /// 1: upstream's is made of its SHA-1; this one is our own.
    Own,
    /// 2: its CRC-32.
    Crc32,
}

impl Spread {
    /// The one of a number; others than the three count as 0.
    pub fn of(number: i64) -> Spread {
        match number {
            1 => Spread::Own,
            2 => Spread::Crc32,
            _ => Spread::Sum,
        }
    }

    /// The number of a Call-ID.
    pub fn hash(self, call_id: &[u8]) -> u64 {
        match self {
            Spread::Sum => {
                let sum = call_id.iter().copied().fold(0, u8::wrapping_add);
                u64::from(sum)
            }
            Spread::Own => media_proxies::nodes::hash(call_id),
            Spread::Crc32 => u64::from(stdx::hash::crc32(call_id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_go_to_the_daemons_that_5_6_3_chooses_among_three() {
        let ids = [
            "a",
            "b",
            "c",
            "ab",
            "ba",
            "abc",
            "cab",
            "x1@h",
            "longer-call-id-1@192.0.2.1",
            "longer-call-id-2@192.0.2.1",
            "zzzz",
            "~~~~~~~~",
            "hello",
            "world",
            "0123456789",
            "98765",
        ];
        // Observed: the daemon each of them went to.
        for (number, chosen) in [(0, "1200022020102111"), (2, "0202201101201021")] {
            let spread = Spread::of(number);
            let ours: String = ids
                .iter()
                .map(|id| (spread.hash(id.as_bytes()) % 3).to_string())
                .collect();
            assert_eq!(ours, chosen, "hash_algo {number}");
        }
    }
}
