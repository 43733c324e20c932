//! Log levels, as Kamailio numbers and names them.

/// How important a message is. Lower numbers are more important.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i8)]
pub enum LogLevel {
    /// -5: the server cannot go on.
    Alert = -5,
    /// -4: a bug of the server.
    Bug = -4,
    /// -3: a critical state, second kind.
    Critical2 = -3,
    /// -2: a critical state.
    Critical = -2,
    /// -1: an error.
    Error = -1,
    /// 0: a warning.
    Warning = 0,
    /// 1: normal and worth knowing.
    Notice = 1,
    /// 2: what happens.
    Info = 2,
    /// 3: for finding mistakes.
    Debug = 3,
}

impl LogLevel {
    /// The level of a number; what is out of range counts as the nearest.
    pub fn from_number(number: i64) -> LogLevel {
        match number {
            ..=-5 => LogLevel::Alert,
            -4 => LogLevel::Bug,
            -3 => LogLevel::Critical2,
            -2 => LogLevel::Critical,
            -1 => LogLevel::Error,
            0 => LogLevel::Warning,
            1 => LogLevel::Notice,
            2 => LogLevel::Info,
            3.. => LogLevel::Debug,
        }
    }

    /// Its number.
    pub const fn number(self) -> i8 {
        self as i8
    }

    /// The word that begins a log line of this level.
    pub const fn word(self) -> &'static str {
        match self {
            LogLevel::Alert => "ALERT",
            LogLevel::Bug => "BUG",
            LogLevel::Critical2 => "CRITICAL",
            LogLevel::Critical => "CRITICAL",
            LogLevel::Error => "ERROR",
            LogLevel::Warning => "WARNING",
            LogLevel::Notice => "NOTICE",
            LogLevel::Info => "INFO",
            LogLevel::Debug => "DEBUG",
        }
    }
}
