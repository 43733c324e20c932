//! CPU time of counting and of suppressed messages: `cargo bench -p telemetry`.
//!
//! Prints the median of several rounds, in nanoseconds of this thread's CPU time per operation.

use std::hint::black_box;
use std::time::Duration;

use benchkit::bench;
use telemetry::format::{Colour, Process, stderr_line};
use telemetry::{LogLevel, LogOrigin, LogRecord, LogSink, Logger, RateLimiter, Statistics};

struct Nowhere;

impl LogSink for Nowhere {
    fn write(&self, record: &LogRecord<'_>) {
        black_box(record.level);
    }
}

fn main() {
    let statistics = Statistics::default();
    let counter = statistics.counter("core", "rcv_requests");
    bench("counter: increment", 10_000_000, |_| {
        black_box(&counter).increment()
    });
    bench("counter: value", 1_000_000, |_| black_box(&counter).value());
    bench("statistics: value by name", 1_000_000, |_| {
        statistics.value("core:rcv_requests")
    });
    let logger = Logger::new(0, Box::new(Nowhere));
    bench("log: suppressed", 10_000_000, |_| {
        black_box(&logger).enabled(LogLevel::Debug)
    });
    bench("log: suppressed for a module", 10_000_000, |_| {
        black_box(&logger).enabled_for("core", LogLevel::Debug)
    });
    let limiter = RateLimiter::new(10, Duration::from_secs(1));
    bench("limiter: refused", 5_000_000, |_| {
        limiter.admit(Duration::from_secs(5))
    });
    let mut out = Vec::with_capacity(256);
    let origin = LogOrigin {
        module: "core",
        label: Some("<script>: "),
        ..LogOrigin::default()
    };
    bench("format: stderr line", 2_000_000, |index| {
        out.clear();
        let record = LogRecord {
            level: LogLevel::Info,
            time: Duration::ZERO,
            facility: None,
            message: format_args!("call {index} from {}", "alice"),
        };
        stderr_line(
            &mut out,
            Process {
                index: 1,
                pid: 4711,
            },
            Colour::Off,
            &origin,
            &record,
        );
        out.len()
    });
}
