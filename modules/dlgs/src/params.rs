//! Module parameters.

use module_api::Params;

/// What `modparam("dlgs", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The seconds that an answered call is remembered.
    #[param(default = 10_800, range = 1..)]
    pub active_lifetime: i64,
    /// The seconds that a call is remembered which is not answered.
    #[param(default = 180, range = 1..)]
    pub init_lifetime: i64,
    /// The seconds that a call is remembered after its end.
    #[param(default = 10, range = 0..)]
    pub finish_lifetime: i64,
    /// The seconds between two looks for calls to be forgotten.
    #[param(default = 30, range = 1..)]
    pub timer_interval: i64,
    /// The size of the table.
    #[param(default = 9, compat = accepted("the table grows as needed"))]
    pub hash_size: i64,
}
