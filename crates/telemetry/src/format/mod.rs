//! The forms of a log line, as observed on 5.6.3.
//!
//! Writers live elsewhere: what is here turns a record into bytes.

mod json;
mod plain;

pub use json::{JsonFlags, json_line, syslog_json_packet};
pub use plain::{Colour, LocalTime, Process, SyslogSource, stderr_line, syslog_packet};
