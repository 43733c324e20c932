//! What is remembered of nonces in use: how often each was used, or whether it was.
//!
//! A nonce has a number; the last so many numbers have a slot each. Taking a number empties its slot, so that the nonce
//! that had it before is unknown from then on.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// What came of a use of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It may be used so.
    Fresh,
    /// It was used so before.
    Repeated,
    /// It is not known any more.
    Forgotten,
}

/// The counts of nonces, or single bits for them.
pub struct Track {
    /// One octet for each count, or for eight bits.
    slots: Box<[AtomicU8]>,
    /// Numbers that are remembered, a power of 2.
    span: u32,
    /// The number that the next nonce gets.
    next: AtomicU32,
}

impl Track {
    /// Room for `span` counts; numbers begin with `first`.
    pub fn counts(span: usize, first: u32) -> Track {
        Track::new(span, span, first)
    }

    /// Room for `span` bits; numbers begin with `first`.
    pub fn bits(span: usize, first: u32) -> Track {
        Track::new(span, span.div_ceil(8), first)
    }

    fn new(span: usize, octets: usize, first: u32) -> Track {
        Track {
            slots: (0..octets).map(|_| AtomicU8::new(0)).collect(),
            span: u32::try_from(span).unwrap_or(1 << 30),
            next: AtomicU32::new(first),
        }
    }

    /// How many numbers are remembered.
    pub fn span(&self) -> usize {
        self.span as usize
    }

    /// A number for a new nonce whose count is kept.
    pub fn take_count(&self) -> u32 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(slot) = self.count_slot(id) {
            slot.store(0, Ordering::Relaxed);
        }
        id
    }

    /// A number for a new nonce that is used once.
    pub fn take_bit(&self) -> u32 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some((slot, bit)) = self.bit_slot(id) {
            slot.fetch_and(!bit, Ordering::Relaxed);
        }
        id
    }

    /// Remembers a number of another track for a nonce that is used once. The numbers given from then on come after it.
    pub fn adopt_bit(&self, id: u32) {
        if let Some((slot, bit)) = self.bit_slot(id) {
            slot.fetch_and(!bit, Ordering::Relaxed);
        }
        let after = id.wrapping_add(1);
        let is_ahead = |next: u32| after.wrapping_sub(next) < u32::MAX / 2;
        // What another has adopted meanwhile stays known.
        let _ = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
                is_ahead(next).then_some(after)
            });
    }

    /// Uses a nonce with a count: each must be higher than the one before.
    pub fn use_count(&self, id: u32, count: u32) -> Use {
        let Some(slot) = self.count_slot(id).filter(|_| self.knows(id)) else {
            return Use::Forgotten;
        };
        let Ok(count) = u8::try_from(count) else {
            return Use::Forgotten;
        };
        match slot.fetch_max(count, Ordering::Relaxed) < count {
            true => Use::Fresh,
            false => Use::Repeated,
        }
    }

    /// Takes back the last use of a nonce with a count.
    pub fn give_back_count(&self, id: u32, count: u32) {
        let count = u8::try_from(count).ok().filter(|count| *count > 0);
        if let (Some(slot), Some(count)) = (self.count_slot(id), count) {
            // Another use may have come meanwhile, which counts.
            let relaxed = Ordering::Relaxed;
            let _ = slot.compare_exchange(count, count - 1, relaxed, relaxed);
        }
    }

    /// Uses a nonce that can be used once.
    pub fn use_bit(&self, id: u32) -> Use {
        let Some((slot, bit)) = self.bit_slot(id).filter(|_| self.knows(id)) else {
            return Use::Forgotten;
        };
        match slot.fetch_or(bit, Ordering::Relaxed) & bit {
            0 => Use::Fresh,
            _ => Use::Repeated,
        }
    }

    fn knows(&self, id: u32) -> bool {
        let age = self.next.load(Ordering::Relaxed).wrapping_sub(id);
        (1..=self.span).contains(&age)
    }

    fn count_slot(&self, id: u32) -> Option<&AtomicU8> {
        self.slots.get((id % self.span) as usize)
    }

    fn bit_slot(&self, id: u32) -> Option<(&AtomicU8, u8)> {
        let position = id % self.span;
        let slot = self.slots.get((position / 8) as usize)?;
        Some((slot, 1 << (position % 8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_must_rise() {
        let track = Track::counts(4, u32::MAX);
        let id = track.take_count();
        for (count, expected) in [
            (1, Use::Fresh),
            (1, Use::Repeated),
            (5, Use::Fresh),
            (3, Use::Repeated),
            (255, Use::Fresh),
            (256, Use::Forgotten),
        ] {
            assert_eq!(track.use_count(id, count), expected, "{count}");
        }
        track.give_back_count(id, 254);
        assert_eq!(track.use_count(id, 255), Use::Repeated);
        track.give_back_count(id, 255);
        assert_eq!(track.use_count(id, 255), Use::Fresh);
        let other = track.take_count();
        assert_eq!(other, 0);
        assert_eq!(track.use_count(other, 1), Use::Fresh);
        assert_eq!(track.use_count(7, 1), Use::Forgotten);
    }

    #[test]
    fn a_number_of_another_track_is_good_once() {
        let (counts, bits) = (Track::counts(8, u32::MAX), Track::bits(8, u32::MAX));
        let ids = [
            counts.take_count(),
            counts.take_count(),
            counts.take_count(),
        ];
        for id in [ids[1], ids[0], ids[2]] {
            bits.adopt_bit(id);
        }
        for id in ids {
            assert_eq!(counts.use_count(id, 1), Use::Fresh);
            assert_eq!(bits.use_bit(id), Use::Fresh);
            assert_eq!(bits.use_bit(id), Use::Repeated);
        }
    }

    #[test]
    fn a_bit_is_good_once_and_old_ones_are_forgotten() {
        let track = Track::bits(16, 100);
        let ids: Vec<u32> = (0..20).map(|_| track.take_bit()).collect();
        assert_eq!(track.use_bit(ids[3]), Use::Forgotten);
        for id in &ids[4..] {
            assert_eq!(track.use_bit(*id), Use::Fresh);
            assert_eq!(track.use_bit(*id), Use::Repeated);
        }
    }
}
