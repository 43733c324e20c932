//! Messages to the operator, from a run and from outside.

use crate::call::Call;
use std::fmt;
use telemetry::LogLevel;

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

    /// Logs a message with the place of the statement, if its level is on.
    pub fn log(&mut self, level: LogLevel, message: fmt::Arguments<'_>) {
        if !self.runtime.logger.enabled(level) {
            return;
        }
        match self.runtime.place(self.place) {
            Some(place) => {
                self.runtime
                    .logger
                    .log(level, self.unix_time, format_args!("{place}: {message}"));
            }
            None => self.runtime.logger.log(level, self.unix_time, message),
        }
    }
}
