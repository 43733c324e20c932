//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("sst", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether the figures are kept.
    #[param(default = 1, compat = accepted("they always are"))]
    pub enable_stats: i64,
    /// The shortest session in seconds that is let pass; RFC 4028 §5 wants 90 at least.
    #[param(default = 90, range = 0..)]
    pub min_se: i64,
    /// The variable that gets the length of the session as well.
    pub timeout_avp: Placed<Text>,
    /// Whether an INVITE with the flag is refused when a dialog is to be made of it and its session is too short; else
    /// the other side is told in Min-SE.
    #[param(default = 1)]
    pub reject_to_small: i64,
    /// The message flag of INVITEs whose sessions have a timer; it must be set.
    #[param(default = Placed { value: -1, span: module_api::Span::default() }, shown = "-1")]
    pub sst_flag: Placed<i64>,
}
