//! A set of byte values.

/// A set of byte values, as 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) fn of(bytes: impl IntoIterator<Item = u8>) -> ByteSet {
        let mut set = ByteSet::default();
        bytes.into_iter().for_each(|byte| set.insert(byte));
        set
    }

    pub(super) fn filter(accept: impl Fn(u8) -> bool) -> ByteSet {
        ByteSet::of((0..=u8::MAX).filter(|&byte| accept(byte)))
    }

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    pub(super) fn complement(&self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }

    pub(super) fn union(&self, other: &ByteSet) -> ByteSet {
        ByteSet(std::array::from_fn(|index| self.0[index] | other.0[index]))
    }

    pub(super) fn is_disjoint(&self, other: &ByteSet) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(left, right)| left & right == 0)
    }

    /// The maximal runs of members, in order, both ends included.
    pub(super) fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=u8::MAX).filter(|&byte| self.contains(byte)) {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == byte => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_maximal_runs() {
        let set = ByteSet::of([0, 1, 64, 255]);
        assert_eq!(set.ranges(), [(0, 1), (64, 64), (255, 255)]);
        assert_eq!(set.complement().ranges(), [(2, 63), (65, 254)]);
        assert!(set.is_disjoint(&set.complement()));
        assert_eq!(set.union(&set.complement()), ByteSet::filter(|_| true));
    }
}
