//! What a lane keeps for modules between the runs of its calls.

use std::any::{Any, TypeId};
use std::time::Instant;

/// The values that modules keep in one lane: one for each type, made when first asked for.
///
/// A lane handles one event at a time, so whoever holds it has the values for itself.
#[derive(Default)]
pub struct LaneState {
    // Few, so they are searched in order; by a type that need not be asked of the value. What was asked for last is first.
    values: Vec<(TypeId, Box<dyn Any + Send>)>,
    /// The lane's source of randomness, seeded by the server.
    pub random: fastrand::Rng,
    /// The lane's number.
    pub number: usize,
    /// An instant before all events; the same in all lanes.
    pub start: Option<Instant>,
    /// When module code wants the lane next.
    wake: Option<Instant>,
}

impl LaneState {
    /// A lane without module state, drawing randomness from `seed`.
    pub fn seeded(number: usize, seed: u64, start: Instant) -> Self {
        LaneState {
            values: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
            number,
            start: Some(start),
            wake: None,
        }
    }

    /// Has the wake hooks called at `at`, or earlier if somebody else wants that.
    pub fn wake_at(&mut self, at: Instant) {
        if self.wake.is_none_or(|before| at < before) {
            self.wake = Some(at);
        }
    }

    /// When the wake hooks are to be called next.
    pub fn next_wake(&self) -> Option<Instant> {
        self.wake
    }

    /// Whether the wake hooks are to be called at `now`; if so they have to ask again for the time after.
    pub fn take_wake(&mut self, now: Instant) -> bool {
        let due = self.wake.is_some_and(|at| at <= now);
        if due {
            self.wake = None;
        }
        due
    }

    /// The lane's value of type `T`.
    #[inline(always)]
    pub fn get<T: Default + Send + 'static>(&mut self) -> &mut T {
        let wanted = TypeId::of::<T>();
        if self
            .values
            .first()
            .is_none_or(|(known, _)| *known != wanted)
        {
            self.bring_to_front(wanted, || Box::new(T::default()));
        }
        match self
            .values
            .first_mut()
            .and_then(|(_, value)| value.downcast_mut::<T>())
        {
            Some(value) => value,
            // It was brought there by this very type.
            None => unreachable!(),
        }
    }

    #[cold]
    #[inline(never)]
    fn bring_to_front(&mut self, wanted: TypeId, make: impl FnOnce() -> Box<dyn Any + Send>) {
        let position = match self.values.iter().position(|(known, _)| *known == wanted) {
            Some(position) => position,
            None => {
                self.values.push((wanted, make()));
                self.values.len() - 1
            }
        };
        self.values.swap(0, position);
    }
}

/// Names the transaction that a run works on, within its lane. What it means is the affair of the module that keeps transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionId {
    /// Its place.
    pub slot: u32,
    /// Tells it from others that had the place before.
    pub generation: u32,
}
