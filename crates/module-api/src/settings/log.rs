//! What is logged, and where it goes.

use super::LogFacility;
use crate::LogLevel;
use crate::live::Live;
use module_macros::Params;
use stdx::Text;

/// What is logged, and where it goes.
#[derive(Params, Clone, Debug)]
pub struct LogSettings {
    /// Whether messages go to standard error, and not to syslog.
    #[param(name = "log_stderror", default = false)]
    pub stderror: bool,
    /// The facility of messages in syslog.
    #[param(name = "log_facility", shown = "LOG_DAEMON")]
    pub facility: LogFacility,
    /// The name that messages have in syslog; empty is the program's.
    #[param(name = "log_name")]
    pub name: Text,
    /// Whether messages on standard error are coloured by their level.
    #[param(name = "log_color", default = false)]
    pub color: bool,
    /// A text with variables that is put before each message of a route.
    #[param(name = "log_prefix")]
    pub prefix: Option<Text>,
    /// Whether the prefix is expanded for each message (1) or once for each SIP message (0).
    #[param(name = "log_prefix_mode", default = 0, compat = accepted("it is expanded for each message"))]
    pub prefix_mode: i64,
    /// The form of messages; empty is plain lines, `json` one object each.
    #[param(name = "log_engine_type", compat = partial("plain and `json`"))]
    pub engine_type: Text,
    /// The letters that choose what is in those objects, as after `--log-engine=json:`.
    #[param(name = "log_engine_data")]
    pub engine_data: Text,
    /// The level of messages about what peers send that is no SIP.
    #[param(name = "corelog", alias = "core_log", default = Live::from(-1))]
    pub core_level: Live,
    /// The level of messages about SIP that cannot be parsed; 0 leaves it to each message.
    #[param(name = "sip_parser_log", default = 0, compat = accepted("`corelog` is the level"))]
    pub sip_parser_level: i64,
    /// Whether a message that cannot be parsed is logged on one line.
    #[param(name = "sip_parser_log_oneline", default = 0, compat = accepted("it always is"))]
    pub sip_parser_oneline: i64,
    /// Whether messages of the start-up are logged at all levels.
    #[param(default = false, compat = accepted("nothing is probed at the start"))]
    pub verbose_startup: bool,
    /// The level of messages about what took long.
    #[param(name = "latency_log", default = Live::from(-1))]
    pub latency_level: Live,
    /// The level of messages about the duration of each run of a route.
    #[param(name = "latency_cfg_log", default = Live::from(3))]
    pub latency_run_level: Live,
    /// A database query that takes longer is logged, in microseconds; 0 logs none.
    #[param(name = "latency_limit_db", default = Live::from(0), range = 0..)]
    pub latency_limit_query: Live,
    /// A function that takes longer is logged, in microseconds; 0 logs none.
    #[param(name = "latency_limit_action", default = Live::from(0), range = 0..)]
    pub latency_limit_function: Live,
    /// A run that takes longer is logged, in microseconds; 0 logs all.
    #[param(name = "latency_limit_cfg", default = Live::from(0), range = 0..)]
    pub latency_limit_run: Live,
    /// The level of messages of the memory debugger.
    #[param(name = "memdbg", alias = "mem_dbg", default = 4, compat = accepted("there is no memory debugger"))]
    pub memory_debug_level: i64,
    /// The level of the report on memory when the server stops.
    #[param(name = "memlog", alias = "mem_log", default = 4, compat = accepted("there are no memory pools to report on"))]
    pub memory_level: i64,
    /// The level of messages of TLS.
    #[param(name = "tlslog", alias = "tls_log", default = 3, compat = accepted("obsolete upstream; `debug` decides"))]
    pub tls_level: i64,
}

impl LogSettings {
    /// The level of messages about what peers send that is no SIP (`corelog`).
    pub fn core(&self) -> LogLevel {
        LogLevel::from_number(self.core_level.get())
    }
}
