//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("rtimer", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The interval of timers that give none, in seconds.
    #[param(default = 120, range = 1..)]
    pub default_interval: i64,
    /// A timer: `name=NAME;interval=SECONDS` or `interval=MICROSECONDSu`; `mode` is accepted (how many processes run it
    /// upstream).
    #[param(compat = partial("`mode` decides nothing: all timers share one thread and each run has a lane"))]
    pub timer: Vec<Placed<Text>>,
    /// What a timer runs: `timer=NAME;route=ROUTE`.
    pub exec: Vec<Placed<Text>>,
}
