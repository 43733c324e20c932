//! Levels and facilities by the names scripts use.

use diagnostics::codes::params::WRONG_ARGUMENT;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, LogLevel, ScriptArg, TextSource, Value,
};

/// The names of levels.
const NAMES: &str = "levels are L_ALERT, L_BUG, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO, L_DBG";

/// The level of a message: `L_ERR` and its kin, a number, or a variable that holds a number.
#[derive(Clone, Copy, Debug)]
pub struct LevelArg(pub LogLevel);

/// A level, bound.
pub enum LevelSource {
    /// A constant.
    Constant(LogLevel),
    /// From a variable.
    Value(TextSource),
}

impl ScriptArg for LevelArg {
    type Bound = LevelSource;
    const KIND: ArgKind = ArgKind::Other("log level");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        if let Some(number) = source.literal_int() {
            let message = "a constant level is a name: upstream refuses numbers";
            let warning = Diagnostic::warning(WRONG_ARGUMENT, source.span(), message);
            binder.diagnostics.push(warning.help(NAMES));
            return Ok(LevelSource::Constant(LogLevel::from_number(number)));
        }
        let value = TextSource::bind(source, binder)?;
        match value.as_constant() {
            Some(text) => match named(&text) {
                Some(level) => Ok(LevelSource::Constant(level)),
                None => Err(source
                    .error(format!("`{text}` is no log level"))
                    .help(NAMES)),
            },
            None => Ok(LevelSource::Value(value)),
        }
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        match bound {
            LevelSource::Constant(level) => Ok(LevelArg(*level)),
            LevelSource::Value(source) => match source.value(call)? {
                Value::Null => Ok(LevelArg(LogLevel::Error)),
                value => match value.to_int() {
                    Ok(number) => Ok(LevelArg(LogLevel::from_number(number))),
                    Err(_) => named(&value.to_text())
                        .map(LevelArg)
                        .ok_or_else(|| ArgError(format!("`{}` is no log level", value.to_text()))),
                },
            },
        }
    }
}

/// The level of a name. As upstream, what counts is the third letter.
pub fn named(name: &[u8]) -> Option<LogLevel> {
    Some(match name.get(2)?.to_ascii_uppercase() {
        b'A' => LogLevel::Alert,
        b'B' => LogLevel::Bug,
        b'C' => LogLevel::Critical,
        b'E' => LogLevel::Error,
        b'W' => LogLevel::Warning,
        b'N' => LogLevel::Notice,
        b'I' => LogLevel::Info,
        b'D' => LogLevel::Debug,
        _ => return None,
    })
}

/// The number of a syslog facility (RFC 3164 §4.1.1), by its C name.
pub fn facility(name: &[u8]) -> Option<u8> {
    const NAMES: [&str; 24] = [
        "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON",
        "AUTHPRIV", "FTP", "NTP", "AUDIT", "ALERT", "CLOCK", "LOCAL0", "LOCAL1", "LOCAL2",
        "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7",
    ];
    let name = name.strip_prefix(b"LOG_").unwrap_or(name);
    let at = NAMES
        .iter()
        .position(|known| known.as_bytes().eq_ignore_ascii_case(name))?;
    u8::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_letter_of_a_level_decides() {
        for (name, level) in [
            ("L_ALERT", Some(LogLevel::Alert)),
            ("L_ERR", Some(LogLevel::Error)),
            ("L_DBG", Some(LogLevel::Debug)),
            ("L_info", Some(LogLevel::Info)),
            ("L_", None),
            ("nonsense", Some(LogLevel::Notice)),
        ] {
            assert_eq!(named(name.as_bytes()), level, "{name}");
        }
    }

    #[test]
    fn facilities_have_their_numbers() {
        assert_eq!(facility(b"LOG_LOCAL0"), Some(16));
        assert_eq!(facility(b"LOG_DAEMON"), Some(3));
        assert_eq!(facility(b"LOG_NOTHING"), None);
    }
}
