//! Variables.

use crate::schedule::Worker;
use module_api::{Call, Value, pvar};

/// The number of the timer whose route block runs; null elsewhere.
#[pvar("rtimer_worker")]
pub fn worker(call: &mut Call) -> Value {
    call.notes
        .get::<Worker>()
        .map_or(Value::Null, |worker| Value::Int(worker.0))
}
