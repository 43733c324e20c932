//! Variables.

use crate::asking::ask_totals;
use module_api::{Call, Text, Value, pvar};

/// A note: how much media there was, as the daemon told last.
pub struct Totals(pub Text);

/// How much media the call has had: `RTP: 54846 bytes, 1447 packets, 0 errors; RTCP: …`.
///
/// The daemon is asked before each statement that names it; where it does not know, it is what was told last for this message, by
/// `rtpengine_query()`, by `rtpengine_delete()` or by `rtpengine_manage()` that deleted.
#[pvar("rtpstat", "rtpestat", asks = ask_totals)]
pub fn totals(call: &mut Call) -> Value {
    Value::from_option(call.notes.get::<Totals>().map(|totals| totals.0.clone()))
}
