//! From a message to a line: levels, and who writes.

use crate::LogLevel;
use std::fmt;
use std::sync::atomic::{AtomicI8, Ordering};
use std::time::Duration;

/// One message to the operator.
pub struct LogRecord<'a> {
    /// How important it is.
    pub level: LogLevel,
    /// When, since 1970.
    pub time: Duration,
    /// The syslog facility, where it is not the usual one.
    pub facility: Option<u8>,
    /// The text, without line end.
    pub message: fmt::Arguments<'a>,
}

/// What writes log records: to stderr, to syslog, into a test's memory.
pub trait LogSink: Send + Sync {
    /// Writes one record. Never waits for long; what cannot be written is counted by the sink.
    fn write(&self, record: &LogRecord<'_>);
}

/// Hands messages whose level is on to the sink.
pub struct Logger {
    threshold: AtomicI8,
    sink: Box<dyn LogSink>,
}

impl Logger {
    /// A logger that hands on what is at or below `threshold`.
    pub fn new(threshold: i8, sink: Box<dyn LogSink>) -> Logger {
        Logger { threshold: AtomicI8::new(threshold), sink }
    }

    /// Whether messages of `level` are handed on.
    #[inline]
    pub fn enabled(&self, level: LogLevel) -> bool {
        level.number() <= self.threshold.load(Ordering::Relaxed)
    }

    /// The threshold.
    pub fn threshold(&self) -> i8 {
        self.threshold.load(Ordering::Relaxed)
    }

    /// Sets the threshold.
    pub fn set_threshold(&self, threshold: i8) {
        self.threshold.store(threshold, Ordering::Relaxed);
    }

    /// Logs a message if its level is on.
    pub fn log(&self, level: LogLevel, time: Duration, message: fmt::Arguments<'_>) {
        if self.enabled(level) {
            self.write(&LogRecord { level, time, facility: None, message });
        }
    }

    /// Writes a record whatever its level.
    pub fn write(&self, record: &LogRecord<'_>) {
        self.sink.write(record);
    }
}
