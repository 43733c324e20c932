//! Module parameters.

use module_api::Params;
use std::time::Duration;

/// What `modparam("exec", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether (1) programs find what is known of the request in their environment.
    #[param(default = 1)]
    pub setvars: i64,
    /// How many seconds a program may run before it is killed, with those that it has started; 0 is without limit.
    #[param(default = 0, range = 0..=86_400)]
    pub time_to_kill: i64,
    /// Whether (1) the URI that `exec_dset()` hands over is quoted for the shell.
    #[param(default = 1)]
    pub bash_safety: i64,
    /// How many programs may run at a time; those beyond are not started.
    #[param(default = 64, range = 1..=4096, compat = ours)]
    pub programs_max: i64,
}

impl Params {
    /// How long a program may run.
    pub fn limit(&self) -> Option<Duration> {
        let seconds = u64::try_from(self.time_to_kill).ok();
        seconds
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs)
    }
}
