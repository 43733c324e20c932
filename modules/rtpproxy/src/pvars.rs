//! Variables.

use crate::functions::ask_figures;
use module_api::{Call, Text, Value, pvar};

/// A note: the figures of the session, as the proxy told them last.
pub struct Figures(pub Text);

/// The figures of the call's session, in the proxy's words. It is asked before each statement that names the variable.
#[pvar("rtpstat", "rtppstat", asks = ask_figures)]
pub fn figures(call: &mut Call) -> Value {
    Value::from_option(call.notes.get::<Figures>().map(|figures| figures.0.clone()))
}
