//! Messages to the operator, from a run and from outside.

use crate::call::Call;
use std::fmt;
use telemetry::{LogLevel, LogOrigin, LogPlace, LogRecord};

impl Call {
    /// Logs a mistake of the script or of what it was given, with the place of the statement.
    #[cold]
    pub fn error(&mut self, message: fmt::Arguments<'_>) {
        self.log(LogLevel::Error, message);
    }

    /// Logs a warning, with the place of the statement.
    #[cold]
    pub fn warn(&mut self, message: fmt::Arguments<'_>) {
        self.log(LogLevel::Warning, message);
    }

    /// Logs a message with `log_prefix` and the place of the statement, if its level is on.
    pub fn log(&mut self, level: LogLevel, message: fmt::Arguments<'_>) {
        if !self.runtime.logger.enabled(level) {
            return;
        }
        let runtime = self.runtime.clone();
        match runtime.place(self.place) {
            Some(place) => {
                let message = format_args!("{place}: {message}");
                self.write_log("core", Some(""), (level, None, message));
            }
            None => self.write_log("core", Some(""), (level, None, message)),
        }
    }

    /// Logs what a module has to say of the message at hand, with `log_prefix` and the module's name, if its level is on.
    /// A `facility` other than the usual is given by its number.
    pub fn log_of(
        &mut self,
        module: &str,
        level: LogLevel,
        facility: Option<u8>,
        message: fmt::Arguments<'_>,
    ) {
        if self.runtime.logger.enabled(level) {
            self.write_log(module, None, (level, facility, message));
        }
    }

    /// Appends `log_prefix`, expanded for the message at hand. What its variables log has none.
    pub fn append_log_prefix(&mut self, out: &mut Vec<u8>) {
        if self.runtime.log_prefix.is_none() || self.in_log_prefix {
            return;
        }
        let runtime = self.runtime.clone();
        if let Some(prefix) = &runtime.log_prefix {
            self.in_log_prefix = true;
            prefix.append_to(self, out);
            self.in_log_prefix = false;
        }
    }

    fn write_log(
        &mut self,
        module: &str,
        label: Option<&str>,
        (level, facility, message): (LogLevel, Option<u8>, fmt::Arguments<'_>),
    ) {
        let mut prefix = Vec::new();
        self.append_log_prefix(&mut prefix);
        let place = self.runtime.place(self.place);
        let call_id = self.message.call_id().ok().map(String::from_utf8_lossy);
        let origin = LogOrigin {
            prefix: &String::from_utf8_lossy(&prefix),
            module,
            place: place.filter(|_| label.is_some()).map(|place| LogPlace {
                file: &place.file,
                line: place.line,
                function: &place.route,
            }),
            label,
            call_id: call_id.as_deref(),
        };
        let record = LogRecord {
            level,
            time: self.unix_time,
            facility,
            message,
        };
        self.runtime.logger.write_from(&origin, &record);
    }
}
