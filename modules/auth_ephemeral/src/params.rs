//! Module parameters.

use module_api::{Params, Text};

/// What `modparam("auth_ephemeral", …)` sets.
#[derive(Params)]
pub struct Params {
    /// A secret shared with the service that makes credentials. May be given several times; the last is tried first.
    #[param(shown = "")]
    pub secret: Vec<Text>,
    /// What names look like: `timestamp:user` (1) or `user:timestamp` (0).
    #[param(default = 1, range = 0..=1)]
    pub username_format: i64,
    /// The hash of passwords: SHA-1 (0), SHA-256 (1), SHA-384 (2) or SHA-512 (3).
    #[param(default = 0, range = 0..=3)]
    pub sha_algorithm: i64,
}
