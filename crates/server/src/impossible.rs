//! What the operator is told when something has happened that cannot ([`stdx::never!`]).

use module_api::Runtime;
use std::sync::atomic::{AtomicU64, Ordering};
use telemetry::LogLevel;

/// Tells of each such event once, or of several together.
#[derive(Default)]
pub struct Impossible {
    /// How many have been told of.
    told: AtomicU64,
}

impl Impossible {
    /// Tells of what has happened since this was last called.
    pub fn tell(&self, runtime: &Runtime) {
        let count = stdx::never::count();
        let told = self.told.fetch_max(count, Ordering::Relaxed);
        if let Some(new @ 1..) = count.checked_sub(told) {
            tell_of(runtime, new);
        }
    }
}

#[cold]
fn tell_of(runtime: &Runtime, count: u64) {
    let last = stdx::never::last();
    runtime.log(
        LogLevel::Bug,
        format_args!("{count} times something happened that cannot happen, most recently: {last}"),
    );
}
