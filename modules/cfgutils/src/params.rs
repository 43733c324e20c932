//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("cfgutils", …)` sets.
#[derive(Params)]
pub struct Params {
    /// What `rand_event()` succeeds with at first, in percent.
    #[param(default = 10, range = 0..=100)]
    pub initial_probability: i64,
    /// The global flags at first, as a bit mask.
    #[param(default = 0)]
    pub initial_gflags: i64,
    /// The file whose hash `cfgutils.check_config_hash` compares.
    pub hash_file: Option<Text>,
    /// The number of locks, as a power of two.
    #[param(default = 0, compat = accepted("every name has a lock of its own"))]
    pub lock_set_size: i64,
}
