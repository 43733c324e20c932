//! Module parameters.

use module_api::{Live, Params};

/// What `modparam("maxfwd", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The most that Max-Forwards may be after it was lowered; a greater value becomes this one.
    #[param(default = Live::from(70), range = 1..=255)]
    pub max_limit: Live,
}
