//! Variables.

use module_api::{Call, Text, Value, pvar};

/// A note: how much media there was, as the daemon told last.
pub struct Totals(pub Text);

/// How much media the call has had: `RTP: 54846 bytes, 1447 packets, 0 errors; RTCP: …`. As of the last `rtpengine_query()`,
/// `rtpengine_delete()` or `rtpengine_manage()` that deleted.
#[pvar("rtpstat", "rtpestat", compat = partial("as of the last query or deletion for this message: reading it asks nobody"))]
pub fn totals(call: &mut Call) -> Value {
    Value::from_option(call.notes.get::<Totals>().map(|totals| totals.0.clone()))
}
