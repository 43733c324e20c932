//! Counters, statistics and log records.
