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

    /// The level of a name as configurations write it, such as `L_ERR`.
    pub fn from_name(name: &str) -> Option<LogLevel> {
        Some(match name {
            "L_ALERT" => LogLevel::Alert,
            "L_BUG" => LogLevel::Bug,
            "L_CRIT2" => LogLevel::Critical2,
            "L_CRIT" => LogLevel::Critical,
            "L_ERR" => LogLevel::Error,
            "L_WARN" => LogLevel::Warning,
            "L_NOTICE" => LogLevel::Notice,
            "L_INFO" => LogLevel::Info,
            "L_DBG" => LogLevel::Debug,
            _ => return None,
        })
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
            LogLevel::Critical2 | LogLevel::Critical => "CRITICAL",
            LogLevel::Error => "ERROR",
            LogLevel::Warning => "WARNING",
            LogLevel::Notice => "NOTICE",
            LogLevel::Info => "INFO",
            LogLevel::Debug => "DEBUG",
        }
    }

    /// The severity of RFC 3164, 1 (alert) to 7 (debug), as observed on 5.6.3.
    pub const fn severity(self) -> u8 {
        match self {
            LogLevel::Alert => 1,
            LogLevel::Bug | LogLevel::Critical2 | LogLevel::Critical => 2,
            LogLevel::Error => 3,
            LogLevel::Warning => 4,
            LogLevel::Notice => 5,
            LogLevel::Info => 6,
            LogLevel::Debug => 7,
        }
    }

    /// The escape sequence that begins a coloured line (`-e`, observed on 5.6.3).
    pub const fn colour(self) -> &'static str {
        match self {
            LogLevel::Alert => "\x1b[1;31;49m",
            LogLevel::Bug => "\x1b[1;35;49m",
            LogLevel::Critical2 | LogLevel::Critical => "\x1b[0;33;49m",
            LogLevel::Error => "\x1b[0;31;49m",
            LogLevel::Warning => "\x1b[0;35;49m",
            LogLevel::Notice => "\x1b[0;32;49m",
            LogLevel::Info => "\x1b[0;36;49m",
            LogLevel::Debug => COLOUR_END,
        }
    }
}

/// The escape sequence that ends a coloured line.
pub const COLOUR_END: &str = "\x1b[0;39;49m";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_kamailios() {
        for (name, number, word, severity) in [
            ("L_ALERT", -5, "ALERT", 1),
            ("L_BUG", -4, "BUG", 2),
            ("L_CRIT2", -3, "CRITICAL", 2),
            ("L_CRIT", -2, "CRITICAL", 2),
            ("L_ERR", -1, "ERROR", 3),
            ("L_WARN", 0, "WARNING", 4),
            ("L_NOTICE", 1, "NOTICE", 5),
            ("L_INFO", 2, "INFO", 6),
            ("L_DBG", 3, "DEBUG", 7),
        ] {
            let level = LogLevel::from_name(name).unwrap();
            assert_eq!(level, LogLevel::from_number(number));
            assert_eq!(i64::from(level.number()), number);
            assert_eq!((level.word(), level.severity()), (word, severity));
        }
        assert_eq!(LogLevel::from_name("L_ERROR"), None);
        assert_eq!(LogLevel::from_number(9), LogLevel::Debug);
        assert_eq!(LogLevel::from_number(-9), LogLevel::Alert);
    }
}
