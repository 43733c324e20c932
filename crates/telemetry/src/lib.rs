//! Counters, statistics and log records: what the server tells its operator.
//!
//! Nothing here reads a clock or writes anywhere: callers give the time, a [`LogSink`] does the writing, with the help of
//! [`format`](mod@format). Read [`Logger`] for logs and [`Statistics`] for figures.

mod facility;
pub mod format;
mod level;
mod limiter;
mod logger;
mod one_line;
mod registry;
mod statistics;

pub use facility::{FACILITY_DEFAULT, facility_name, facility_number};
pub use level::LogLevel;
pub use limiter::{RateLimiter, Suppressed};
pub use logger::{LogOrigin, LogPlace, LogRecord, LogSink, Logger};
pub use one_line::{OneLine, make_one_line};
pub use registry::{Figure, Statistics, Total};
pub use statistics::{Counter, Gauge};
