//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("diversion", …)` sets.
#[derive(Params)]
pub struct Params {
    /// What is appended to each header field, such as `;privacy=full`.
    pub suffix: Text,
}
