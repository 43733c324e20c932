//! What a lane keeps for modules between the runs of its calls.

use std::any::Any;

/// The values that modules keep in one lane: one for each type, made when first asked for.
///
/// A lane handles one event at a time, so whoever holds it has the values for itself.
#[derive(Default)]
pub struct LaneState {
    // Few, so they are searched in order.
    values: Vec<Box<dyn Any + Send>>,
    /// The lane's source of randomness, seeded by the server.
    pub random: fastrand::Rng,
}

impl LaneState {
    /// A lane without module state, drawing randomness from `seed`.
    pub fn seeded(seed: u64) -> Self {
        LaneState {
            values: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The lane's value of type `T`.
    pub fn get<T: Default + Send + 'static>(&mut self) -> &mut T {
        let position = match self.values.iter().position(|value| value.is::<T>()) {
            Some(position) => position,
            None => {
                self.values.push(Box::new(T::default()));
                self.values.len() - 1
            }
        };
        match self
            .values
            .get_mut(position)
            .and_then(|value| value.downcast_mut::<T>())
        {
            Some(value) => value,
            // The position was found by this very type.
            None => unreachable!(),
        }
    }
}
