//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("sst", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether the figures are kept.
    #[param(default = 1, compat = accepted("they always are"))]
    pub enable_stats: i64,
    /// The shortest session in seconds that is let pass, at least 90 (RFC 4028 §5).
    #[param(default = 90, range = 90..)]
    pub min_se: i64,
    /// The variable that gets the length of the session as well.
    pub timeout_avp: Placed<Text>,
    /// Whether an INVITE whose session is too short is refused.
    #[param(default = 1, compat = accepted("sstCheckMin refuses it"))]
    pub reject_to_small: i64,
    /// The message flag of INVITEs whose dialogs follow their session timer; it must be set.
    #[param(default = Placed { value: -1, span: module_api::Span::default() })]
    pub sst_flag: Placed<i64>,
}
