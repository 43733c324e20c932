//! Module parameters.

use module_api::{Params, Placed, Text};
use std::time::Duration;

/// What `modparam("debugger", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether each action is logged before it runs.
    #[param(default = 0)]
    pub cfgtrace: i64,
    /// The form of these lines: where it is not 0, the file is not named.
    #[param(default = 0)]
    pub cfgtrace_format: i64,
    /// Whether a run stops before each action.
    #[param(default = 0)]
    pub breakpoint: i64,
    /// The level of what this module logs; -1 is that of errors.
    #[param(default = -1)]
    pub log_level: i64,
    /// The syslog facility of the lines of actions, such as `LOG_LOCAL5`; without one they go where the others go.
    pub log_facility: Text,
    /// What stands before the lines of actions.
    #[param(default = Text::from_static("*** cfgtrace:"))]
    pub log_prefix: Text,
    /// How the lines of actions name their level; without one as others do.
    pub log_level_name: Text,
    /// Whether assignments are logged.
    #[param(default = 0, compat = accepted("they are logged as actions; 5.6.3 was not seen to log more"))]
    pub log_assign: i64,
    /// How long a command waits between two looks for what a stopped run answers, in microseconds.
    #[param(default = 100000, range = 1..=1000000)]
    pub step_usleep: i64,
    /// How often it looks. It never waits longer than a second altogether.
    #[param(default = 200, range = 1..=100000)]
    pub step_loops: i64,
    /// The size of the table of modules.
    #[param(default = 0, compat = accepted("the table is as large as it needs to be"))]
    pub mod_hash_size: i64,
    /// Whether modules may have levels of their own; where it is 0, those of `mod_level` do not count.
    #[param(default = 0)]
    pub mod_level_mode: i64,
    /// `module=level`: the level of what a module logs. May be given several times.
    #[param(shown = "")]
    pub mod_level: Vec<Placed<Text>>,
    /// Whether modules may have syslog facilities of their own; where it is 0, those of `mod_facility` do not count.
    #[param(default = 0)]
    pub mod_facility_mode: i64,
    /// `module=facility`, such as `tm=LOG_LOCAL1`: the syslog facility of what a module logs; `core` is what lies in no module.
    /// May be given several times.
    #[param(shown = "")]
    pub mod_facility: Vec<Placed<Text>>,
    /// Whether `dbg.reset_msgid` is allowed.
    #[param(default = 0)]
    pub reset_msgid: i64,
    /// Whether memory is checked after each statement.
    #[param(default = 0, compat = accepted("memory is safe"))]
    pub cfgpkgcheck: i64,
    /// Whether the test mode of scripts is on.
    #[param(default = 0, compat = accepted("there is no module `cfgt`"))]
    pub cfgtest: i64,
}

/// No command waits longer for a stopped run.
const PATIENCE_MAX: Duration = Duration::from_secs(1);

impl Params {
    /// How long a command waits for what a stopped run answers.
    pub fn patience(&self) -> Duration {
        let step = Duration::from_micros(u64::try_from(self.step_usleep).unwrap_or(0));
        let steps = u32::try_from(self.step_loops).unwrap_or(1);
        step.saturating_mul(steps).min(PATIENCE_MAX)
    }
}
