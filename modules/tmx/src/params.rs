//! Module parameters.

use module_api::Params;

/// What `modparam("tmx", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether `t_precheck_trans` looks for requests being handled.
    #[param(default = 1, compat = accepted("the requests of a call are never handled at the same time"))]
    pub precheck_trans: i64,
}
