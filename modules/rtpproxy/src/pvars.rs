//! Variables.

use module_api::{Call, Text, Value, pvar};

/// A note: the figures of the session, as the proxy told them last.
pub struct Figures(pub Text);

/// The figures of the call's session, in the proxy's words. They are asked for before a session is deleted by `rtpproxy_destroy()` or
/// `rtpproxy_manage()`, and can be read from then on.
#[pvar("rtpstat", "rtppstat", compat = partial("they can be read after the function that deletes the session, not before"))]
pub fn figures(call: &mut Call) -> Value {
    Value::from_option(call.notes.get::<Figures>().map(|figures| figures.0.clone()))
}
