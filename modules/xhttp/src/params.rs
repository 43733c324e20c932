//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("xhttp", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A regular expression that the URL of a request must match; empty lets every URL pass.
    pub url_match: Placed<Text>,
    /// A regular expression; a request whose URL matches it is not given to the route.
    pub url_skip: Placed<Text>,
    /// A function of an embedded language that is run in the place of the event route.
    #[param(compat = accepted("the event route is run"))]
    pub event_callback: Text,
}
