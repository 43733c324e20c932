//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("statistics", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A figure by its name; `name/no_reset` is one that is never reset.
    pub variable: Vec<Placed<Text>>,
}
