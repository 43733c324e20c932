//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("tcpops", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Which connections raise the event routes: 0 none, 1 all, 2 those that `tcp_enable_closed_event()` has named.
    #[param(default = 1, range = 0..=2, strict)]
    pub closed_event: i64,
    /// A function of an embedded language that is run in the place of the event routes.
    #[param(compat = accepted("the event routes are run"))]
    pub event_callback: Text,
}
