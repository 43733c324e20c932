//! Module parameters.

use module_api::{Params, Placed, Text};

/// What `modparam("debugger", …)` sets.
#[derive(Params)]
pub struct Params {
    /// Whether each statement is logged when it runs.
    #[param(default = 0, compat = accepted("statements are not traced"))]
    pub cfgtrace: i64,
    /// The form of these lines.
    #[param(default = 0, compat = accepted("statements are not traced"))]
    pub cfgtrace_format: i64,
    /// Whether a run stops at each statement.
    #[param(default = 0, compat = accepted("runs are never stopped"))]
    pub breakpoint: i64,
    /// The level of what this module logs; -1 is that of errors.
    #[param(default = -1)]
    pub log_level: i64,
    /// The syslog facility of what this module logs.
    #[param(compat = accepted("it goes where the others go"))]
    pub log_facility: Text,
    /// What stands before the lines of statements.
    #[param(default = Text::from_static("*** cfgtrace:"), compat = accepted("statements are not traced"))]
    pub log_prefix: Text,
    /// How the lines of statements name their level.
    #[param(compat = accepted("statements are not traced"))]
    pub log_level_name: Text,
    /// Whether assignments are logged.
    #[param(default = 0, compat = accepted("statements are not traced"))]
    pub log_assign: i64,
    /// How long a stopped run sleeps between two looks for orders, in microseconds.
    #[param(default = 100000, compat = accepted("runs are never stopped"))]
    pub step_usleep: i64,
    /// How often a stopped run looks for orders.
    #[param(default = 200, compat = accepted("runs are never stopped"))]
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
    /// Whether modules may have facilities of their own.
    #[param(default = 0, compat = accepted("there is one facility"))]
    pub mod_facility_mode: i64,
    /// `module=facility`: the facility of what a module logs.
    #[param(shown = "", compat = accepted("there is one facility"))]
    pub mod_facility: Vec<Text>,
    /// Whether `dbg.reset_msgid` is allowed.
    #[param(default = 0, compat = accepted("messages are numbered by nobody"))]
    pub reset_msgid: i64,
    /// Whether memory is checked after each statement.
    #[param(default = 0, compat = accepted("memory is safe"))]
    pub cfgpkgcheck: i64,
    /// Whether the test mode of scripts is on.
    #[param(default = 0, compat = accepted("statements are not traced"))]
    pub cfgtest: i64,
}
