//! Messages to the operator, from a run and from outside.
//!
//! A message is one line: what it quotes of others is shown without line ends. It names the module whose code logs it: the
//! folder below `modules/` that the calling line is in. What lies elsewhere is the core.

use crate::call::Call;
use crate::runtime::Runtime;
use std::fmt;
use std::panic::Location;
use std::time::Duration;
use telemetry::{LogLevel, LogOrigin, LogPlace, LogRecord, Logger, OneLine, make_one_line};

/// The module that a line of source belongs to.
fn module_of(caller: &'static Location<'static>) -> &'static str {
    let below = caller.file().rsplit_once("modules/");
    let name = below.and_then(|(_, path)| path.split_once('/'));
    name.map_or("core", |(name, _)| name)
}

/// Logs what the calling module has to say outside any run, if its level is on; `time` is that since 1970.
#[track_caller]
pub fn log_outside(logger: &Logger, level: LogLevel, time: Duration, message: fmt::Arguments<'_>) {
    let module = module_of(Location::caller());
    if !logger.enabled_for(module, level) {
        return;
    }
    let origin = LogOrigin {
        module,
        ..LogOrigin::default()
    };
    let record = LogRecord {
        level,
        time,
        facility: None,
        message: format_args!("{}", OneLine(message)),
    };
    logger.write_from(&origin, &record);
}

impl Runtime {
    /// Logs what the calling module has to say outside any run, if its level is on.
    #[track_caller]
    pub fn log(&self, level: LogLevel, message: fmt::Arguments<'_>) {
        log_outside(&self.logger, level, self.host.unix_time(), message);
    }

    /// Logs that something failed outside any run.
    #[cold]
    #[track_caller]
    pub fn error(&self, message: fmt::Arguments<'_>) {
        self.log(LogLevel::Error, message);
    }
}

/// Whether a message shows where in the script it comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WithPlace {
    Always,
    Never,
}

impl Call {
    /// Logs a mistake of the script or of what it was given, with the calling module and the place of the statement.
    #[cold]
    #[track_caller]
    pub fn error(&mut self, message: fmt::Arguments<'_>) {
        self.log(LogLevel::Error, message);
    }

    /// Logs a warning, with the calling module and the place of the statement.
    #[cold]
    #[track_caller]
    pub fn warn(&mut self, message: fmt::Arguments<'_>) {
        self.log(LogLevel::Warning, message);
    }

    /// Logs a message with `log_prefix`, the calling module and the place of the statement, if its level is on.
    #[track_caller]
    pub fn log(&mut self, level: LogLevel, message: fmt::Arguments<'_>) {
        let module = module_of(Location::caller());
        if self.runtime.logger.enabled_for(module, level) {
            self.write_log(module, (level, None, message), WithPlace::Always);
        }
    }

    /// Writes what a module has to say of the message at hand, with `log_prefix` and the module's name, whatever its level: whoever
    /// calls has asked whether that is on. A `facility` other than the usual is given by its number.
    pub fn log_of(
        &mut self,
        module: &str,
        level: LogLevel,
        facility: Option<u8>,
        message: fmt::Arguments<'_>,
    ) {
        self.write_log(module, (level, facility, message), WithPlace::Never);
    }

    /// Appends `log_prefix`, expanded for the message at hand. What its variables log has none.
    pub fn append_log_prefix(&mut self, out: &mut Vec<u8>) {
        if self.runtime.log_prefix.is_none() || self.in_log_prefix {
            return;
        }
        let runtime = self.runtime.clone();
        if let Some(prefix) = &runtime.log_prefix {
            self.in_log_prefix = true;
            let start = out.len();
            prefix.append_to(self, out);
            make_one_line(out, start);
            self.in_log_prefix = false;
        }
    }

    fn write_log(
        &mut self,
        module: &str,
        (level, facility, message): (LogLevel, Option<u8>, fmt::Arguments<'_>),
        with_place: WithPlace,
    ) {
        let mut prefix = Vec::new();
        self.append_log_prefix(&mut prefix);
        let place = self.runtime.place(self.place);
        let place = place.filter(|_| with_place == WithPlace::Always);
        let call_id = self.message.call_id().ok().map(String::from_utf8_lossy);
        let origin = LogOrigin {
            prefix: &String::from_utf8_lossy(&prefix),
            module,
            place: place.map(|place| LogPlace {
                file: &place.file,
                line: place.line,
                function: &place.route,
            }),
            label: None,
            call_id: call_id.as_deref(),
            level_name: None,
        };
        let record = LogRecord {
            level,
            time: self.unix_time,
            facility,
            message: format_args!("{}", OneLine(message)),
        };
        self.runtime.logger.write_from(&origin, &record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_outside_the_modules_is_the_core() {
        assert_eq!(module_of(Location::caller()), "core");
    }
}
