//! Counters, statistics and log records: what the server tells its operator.
//!
//! Nothing here reads a clock or writes anywhere: callers give the time, a [`LogSink`] does the writing. Read [`Logger`]
//! for logs and [`Statistics`] for figures.

mod level;
mod logger;
mod statistics;

pub use level::LogLevel;
pub use logger::{LogRecord, LogSink, Logger};
pub use statistics::{Counter, Statistics};
