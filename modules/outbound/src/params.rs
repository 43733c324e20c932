//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("outbound", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The message flag that makes `rr` and `path` add a token whatever the request says; -1 is none.
    #[param(default = -1, range = -1..=31, strict)]
    pub force_outbound_flag: i64,
    /// The message flag that keeps them from adding one; -1 is none.
    #[param(default = -1, range = -1..=31, strict)]
    pub force_no_outbound_flag: i64,
    /// What tokens are signed with. Without it, those of one run of the server are no good in the next.
    pub flow_token_secret: Text,
}
