//! A hierarchical timer wheel.
//!
//! Four levels of 256 slots, after Varghese and Lauck: a timer sits at the level
//! of the highest byte in which its deadline differs from the current tick, and
//! moves down when the wheel reaches its slot. Arming, cancelling and arming
//! again touch one list, whatever the number of timers.

use std::fmt;

const LEVELS: usize = 4;
const SLOTS: usize = 256;
/// Timers whose deadline differs above the fourth byte.
const FAR: usize = LEVELS * SLOTS;
/// Timers whose deadline has been reached, waiting to be popped.
const DUE: usize = FAR + 1;
const LISTS: usize = DUE + 1;
const NONE: u32 = u32::MAX;

/// Names an armed timer. A token whose timer has fired or was cancelled names
/// nothing, even if its place has been taken by another timer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    index: u32,
    generation: u32,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.index, self.generation)
    }
}

/// Timers with a payload each, ordered by deadline in ticks.
///
/// A tick is whatever the owner makes it. Timers of one tick fire in the order
/// in which they were armed.
#[derive(Debug)]
pub struct Wheel<T> {
    current: u64,
    timers: Vec<Timer<T>>,
    free: u32,
    armed: usize,
    /// First timer of each list; its `previous` is the last one.
    heads: Box<[u32; LISTS]>,
    /// One bit per slot that is not empty.
    occupied: [[u64; SLOTS / 64]; LEVELS],
}

#[derive(Debug)]
struct Timer<T> {
    deadline: u64,
    /// `None` while the place is free.
    payload: Option<T>,
    next: u32,
    previous: u32,
    generation: u32,
    list: u16,
}

impl<T> Wheel<T> {
    /// An empty wheel that stands at tick `now`.
    pub fn new(now: u64) -> Wheel<T> {
        Wheel {
            current: now,
            timers: Vec::new(),
            free: NONE,
            armed: 0,
            heads: Box::new([NONE; LISTS]),
            occupied: [[0; SLOTS / 64]; LEVELS],
        }
    }

    /// Number of armed timers.
    pub fn len(&self) -> usize {
        self.armed
    }

    /// True when no timer is armed.
    pub fn is_empty(&self) -> bool {
        self.armed == 0
    }

    /// The tick the wheel stands at.
    pub fn now(&self) -> u64 {
        self.current
    }

    /// Arms a timer for tick `deadline`. One that is not in the future fires at
    /// the next [`Wheel::pop_due`].
    pub fn arm(&mut self, deadline: u64, payload: T) -> Token {
        let index = self.take_place();
        let generation = match self.timers.get_mut(index as usize) {
            Some(timer) => {
                timer.deadline = deadline;
                timer.payload = Some(payload);
                timer.generation
            }
            None => 0,
        };
        self.armed += 1;
        self.link(index, self.list_for(deadline));
        Token { index, generation }
    }

    /// Gives an armed timer another deadline; false when it is not armed.
    #[inline]
    pub fn rearm(&mut self, token: Token, deadline: u64) -> bool {
        let Some(timer) = self.armed_mut(token) else {
            return false;
        };
        timer.deadline = deadline;
        let list = self.list_for(deadline);
        self.unlink(token.index);
        self.link(token.index, list);
        true
    }

    /// Disarms a timer and hands its payload back.
    #[inline]
    pub fn cancel(&mut self, token: Token) -> Option<T> {
        self.armed_mut(token)?;
        self.unlink(token.index);
        self.release(token.index)
    }

    /// The payload of an armed timer.
    pub fn get(&self, token: Token) -> Option<&T> {
        let timer = self.timers.get(token.index as usize)?;
        timer
            .payload
            .as_ref()
            .filter(|_| timer.generation == token.generation)
    }

    /// The deadline of an armed timer.
    pub fn deadline(&self, token: Token) -> Option<u64> {
        self.get(token)?;
        self.timers
            .get(token.index as usize)
            .map(|timer| timer.deadline)
    }

    /// A tick before which no timer is due, `None` when none is armed. Exact for
    /// deadlines of the current 256 ticks; for later ones it is when the wheel
    /// wants to be advanced to sort them more finely.
    pub fn next_deadline(&self) -> Option<u64> {
        if self.heads[DUE] != NONE {
            return Some(self.current);
        }
        for level in 0..LEVELS {
            let shift = level * 8;
            let position = (self.current >> shift) as usize & (SLOTS - 1);
            if let Some(slot) = self.next_occupied(level, position + 1) {
                let base = self.current >> shift & !(SLOTS as u64 - 1);
                return Some((base | slot as u64) << shift);
            }
        }
        // The epoch (what stands above the fourth byte) of the earliest timer.
        let earliest = self.list(FAR).map(|timer| timer.deadline).min()?;
        Some(earliest >> (LEVELS * 8) << (LEVELS * 8))
    }

    /// The next timer whose deadline is not after `now`, earliest first. The
    /// wheel never goes back: a `now` before an earlier one counts as that one.
    ///
    /// Timers may be armed between two calls; one armed for the current tick is
    /// popped by the same loop.
    pub fn pop_due(&mut self, now: u64) -> Option<(Token, T)> {
        loop {
            let head = self.heads[DUE];
            if let Some(timer) = self.timers.get(head as usize) {
                let token = Token {
                    index: head,
                    generation: timer.generation,
                };
                self.unlink(head);
                return self.release(head).map(|payload| (token, payload));
            }
            match self.next_deadline() {
                Some(tick) if tick <= now => self.advance_to(tick),
                _ => {
                    self.current = self.current.max(now);
                    return None;
                }
            }
        }
    }

    /// Pops all timers due at `now` into `fire`.
    pub fn advance(&mut self, now: u64, fire: &mut impl FnMut(Token, T)) {
        while let Some((token, payload)) = self.pop_due(now) {
            fire(token, payload);
        }
    }

    /// Moves to `tick`, the first one that has a list to sort.
    fn advance_to(&mut self, tick: u64) {
        let has_new_epoch = (self.current ^ tick) >> (LEVELS * 8) != 0;
        self.current = tick;
        if has_new_epoch {
            self.sort_list(FAR);
        }
        for level in 0..LEVELS {
            let position = (tick >> (level * 8)) as usize & (SLOTS - 1);
            self.sort_list(level * SLOTS + position);
        }
    }

    /// The timers of a list, in order.
    fn list(&self, list: usize) -> impl Iterator<Item = &Timer<T>> {
        let head = self.heads[list];
        let mut next = head;
        std::iter::from_fn(move || {
            let timer = self.timers.get(next as usize)?;
            next = if timer.next == head { NONE } else { timer.next };
            Some(timer)
        })
    }

    /// Puts the timers of a list where they belong from here.
    fn sort_list(&mut self, list: usize) {
        let mut index = self.heads[list];
        let Some(last) = self.timers.get(index as usize).map(|timer| timer.previous) else {
            return;
        };
        loop {
            let Some((deadline, next)) = self
                .timers
                .get(index as usize)
                .map(|timer| (timer.deadline, timer.next))
            else {
                return;
            };
            self.unlink(index);
            self.link(index, self.list_for(deadline));
            if index == last {
                return;
            }
            index = next;
        }
    }

    #[inline]
    fn list_for(&self, deadline: u64) -> usize {
        if deadline <= self.current {
            return DUE;
        }
        let difference = deadline ^ self.current;
        let level = (63 - difference.leading_zeros() as usize) / 8;
        if level >= LEVELS {
            return FAR;
        }
        level * SLOTS + ((deadline >> (level * 8)) as usize & (SLOTS - 1))
    }

    /// The first occupied slot of `level` at or behind `from`.
    fn next_occupied(&self, level: usize, from: usize) -> Option<usize> {
        let words = self.occupied.get(level)?;
        let mut mask = u64::MAX << (from % 64);
        for (index, word) in words.iter().enumerate().skip(from / 64) {
            let bits = word & mask;
            if bits != 0 {
                return Some(index * 64 + bits.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    #[inline]
    fn armed_mut(&mut self, token: Token) -> Option<&mut Timer<T>> {
        self.timers
            .get_mut(token.index as usize)
            .filter(|timer| timer.generation == token.generation && timer.payload.is_some())
    }

    /// Index of a free place; its payload is `None`.
    fn take_place(&mut self) -> u32 {
        if let Some(timer) = self.timers.get(self.free as usize) {
            let index = self.free;
            self.free = timer.next;
            return index;
        }
        let index = self.timers.len() as u32;
        self.timers.push(Timer {
            deadline: 0,
            payload: None,
            next: NONE,
            previous: NONE,
            generation: 0,
            list: 0,
        });
        index
    }

    /// Frees an unlinked place.
    #[inline]
    fn release(&mut self, index: u32) -> Option<T> {
        let timer = self.timers.get_mut(index as usize)?;
        timer.generation = timer.generation.wrapping_add(1);
        timer.next = self.free;
        self.free = index;
        self.armed -= 1;
        timer.payload.take()
    }

    /// Appends to a list. Indices come from the lists themselves: the place is there.
    #[inline]
    fn link(&mut self, index: u32, list: usize) {
        let head = self.heads[list];
        let last = if head == NONE {
            self.heads[list] = index;
            if let Some(words) = self.occupied.get_mut(list / SLOTS) {
                words[list % SLOTS / 64] |= 1 << (list % 64);
            }
            index
        } else {
            let last = self.timers[head as usize].previous;
            self.timers[last as usize].next = index;
            self.timers[head as usize].previous = index;
            last
        };
        let timer = &mut self.timers[index as usize];
        timer.list = list as u16;
        timer.previous = last;
        timer.next = if head == NONE { index } else { head };
    }

    #[inline]
    fn unlink(&mut self, index: u32) {
        let timer = &self.timers[index as usize];
        let (next, previous, list) = (timer.next, timer.previous, usize::from(timer.list));
        if next == index {
            self.heads[list] = NONE;
            if let Some(words) = self.occupied.get_mut(list / SLOTS) {
                words[list % SLOTS / 64] &= !(1 << (list % 64));
            }
            return;
        }
        self.timers[previous as usize].next = next;
        self.timers[next as usize].previous = previous;
        if self.heads[list] == index {
            self.heads[list] = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn pop_all(wheel: &mut Wheel<u32>, now: u64) -> Vec<u32> {
        let mut fired = Vec::new();
        wheel.advance(now, &mut |_, payload| fired.push(payload));
        fired
    }

    #[test]
    fn timers_fire_at_their_tick_and_not_before() {
        for base in [0, 255, 256, 65_535, (1 << 32) - 1, u64::MAX / 2] {
            for delay in [1, 255, 256, 257, 65_536, 1 << 24, 1 << 32, (1 << 40) + 5] {
                let mut wheel = Wheel::new(base);
                wheel.arm(base + delay, 7);
                assert_eq!(
                    pop_all(&mut wheel, base + delay - 1),
                    [],
                    "{base} + {delay}"
                );
                assert!(wheel.next_deadline().unwrap() <= base + delay);
                assert_eq!(pop_all(&mut wheel, base + delay), [7], "{base} + {delay}");
                assert!(wheel.is_empty());
                assert_eq!(wheel.next_deadline(), None);
            }
        }
    }

    #[test]
    fn past_deadlines_fire_at_once() {
        let mut wheel = Wheel::new(100);
        wheel.arm(5, 1);
        wheel.arm(100, 2);
        assert_eq!(wheel.next_deadline(), Some(100));
        assert_eq!(pop_all(&mut wheel, 100), [1, 2]);
    }

    #[test]
    fn timers_of_one_tick_keep_their_order() {
        let mut wheel = Wheel::new(0);
        wheel.arm(300, 1);
        wheel.arm(300, 2);
        assert_eq!(pop_all(&mut wheel, 290), []);
        wheel.arm(300, 3);
        assert_eq!(pop_all(&mut wheel, 300), [1, 2, 3]);
    }

    #[test]
    fn a_popped_timer_may_be_armed_again_in_the_loop() {
        let mut wheel = Wheel::new(0);
        wheel.arm(10, 0);
        let mut rounds = 0;
        while let Some((_, round)) = wheel.pop_due(100) {
            rounds += 1;
            wheel.arm(wheel.now() + 10, round + 1);
        }
        assert_eq!(rounds, 10);
        assert_eq!(wheel.next_deadline(), Some(110));
    }

    #[test]
    fn old_tokens_name_nothing() {
        let mut wheel = Wheel::new(0);
        let first = wheel.arm(5, 1);
        assert_eq!(wheel.cancel(first), Some(1));
        let second = wheel.arm(5, 2);
        assert_eq!(wheel.cancel(first), None);
        assert!(!wheel.rearm(first, 9));
        assert_eq!(wheel.get(second), Some(&2));
        assert_eq!(wheel.deadline(second), Some(5));
        assert_eq!(pop_all(&mut wheel, 5), [2]);
        assert_eq!(wheel.get(second), None);
    }

    #[test]
    fn the_far_end_of_time_is_reachable() {
        let mut wheel = Wheel::new(u64::MAX - 10);
        wheel.arm(u64::MAX, 1);
        assert_eq!(pop_all(&mut wheel, u64::MAX), [1]);
        let mut wheel = Wheel::new(0);
        wheel.arm(u64::MAX, 1);
        assert_eq!(pop_all(&mut wheel, u64::MAX), [1]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Arm(u64),
        Rearm(usize, u64),
        Cancel(usize),
        Advance(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let delay = prop_oneof![0..4_u64, 0..600_u64, 0..200_000_u64, 0..(1_u64 << 34)];
        prop_oneof![
            4 => delay.clone().prop_map(Step::Arm),
            2 => (any::<usize>(), delay.clone()).prop_map(|(which, delay)| Step::Rearm(which, delay)),
            1 => any::<usize>().prop_map(Step::Cancel),
            2 => delay.prop_map(Step::Advance),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The wheel against a sorted map of (deadline, order of arming).
        #[test]
        fn the_wheel_equals_a_sorted_map(start: u32, steps in prop::collection::vec(step(), 1..80)) {
            let mut now = u64::from(start);
            let mut wheel = Wheel::new(now);
            let mut model: BTreeMap<(u64, u32), Token> = BTreeMap::new();
            let mut order = 0;
            for step in steps {
                order += 1;
                match step {
                    Step::Arm(delay) => {
                        let token = wheel.arm(now + delay, order);
                        model.insert((now + delay, order), token);
                    }
                    Step::Cancel(which) if !model.is_empty() => {
                        let key = *model.keys().nth(which % model.len()).unwrap();
                        let token = model.remove(&key).unwrap();
                        prop_assert!(wheel.cancel(token).is_some());
                    }
                    Step::Rearm(which, delay) if !model.is_empty() => {
                        let key = *model.keys().nth(which % model.len()).unwrap();
                        let token = model.remove(&key).unwrap();
                        prop_assert!(wheel.rearm(token, now + delay));
                        model.insert((now + delay, order), token);
                    }
                    Step::Advance(delay) => {
                        now += delay;
                        let mut fired = Vec::new();
                        wheel.advance(now, &mut |token, _| fired.push(token));
                        let later = model.split_off(&(now + 1, 0));
                        let expected: Vec<_> = model.into_values().collect();
                        model = later;
                        prop_assert_eq!(fired, expected);
                    }
                    _ => {}
                }
                prop_assert_eq!(wheel.len(), model.len());
                let earliest = model.keys().next().map(|(deadline, _)| *deadline);
                prop_assert_eq!(wheel.next_deadline().is_some(), earliest.is_some());
                prop_assert!(wheel.next_deadline() <= earliest.map(|tick| tick.max(wheel.now())));
            }
        }
    }
}
