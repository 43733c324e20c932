//! What the benchmarks of the crates share: CPU time and allocations per operation.
//!
//! A benchmark is a program with `harness = false` whose `main` calls [`bench()`] once for each line that it prints, or
//! [`Counting::bench`] to report allocations as well. An argument after `cargo bench -p CRATE --` selects the lines whose name
//! contains it. The crate knows nothing of what it measures. Whole servers are measured by `cargo xtask bench`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often each benchmark is repeated; the median counts.
const ROUNDS: usize = 9;

/// The system's allocator, which counts; for a benchmark to make its global one.
#[derive(Default)]
pub struct Counting {
    allocations: AtomicU64,
}

impl Counting {
    /// Nothing is allocated yet.
    pub const fn new() -> Counting {
        Counting {
            allocations: AtomicU64::new(0),
        }
    }

    /// Allocations by all threads since the start.
    pub fn allocations(&self) -> u64 {
        self.allocations.load(Ordering::Relaxed)
    }

    /// As [`bench()`]; prints allocations per operation too.
    pub fn bench<R>(&self, name: &str, operations: u64, operation: impl FnMut(u64) -> R) {
        let before = self.allocations();
        if let Some((median, count)) = measure(name, operations, operation) {
            let each = (self.allocations() - before) as f64 / count as f64;
            println!("{name:<58} {median:>9.1} ns {each:>7.2} allocations");
        }
    }
}

// SAFETY: hands every call on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.allocations.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.allocations.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// CPU time of this thread, in nanoseconds.
pub fn cpu_ns() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock exists on Linux and `time` is writable.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0, "no clock of CPU time");
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default()
}

/// Prints what `measure` finds.
pub fn bench<R>(name: &str, operations: u64, operation: impl FnMut(u64) -> R) {
    if let Some((median, _)) = measure(name, operations, operation) {
        println!("{name:<58} {median:>9.1} ns");
    }
}

/// The median of several rounds of `operations` times `operation`, which is given its number, in nanoseconds of this thread's
/// CPU time per operation; and how often it was done in all. `None` where the command line names other benchmarks.
fn measure<R>(
    name: &str,
    operations: u64,
    mut operation: impl FnMut(u64) -> R,
) -> Option<(f64, u64)> {
    if !is_wanted(name) {
        return None;
    }
    let warm_up = operations / 10;
    for index in 0..warm_up {
        black_box(operation(index));
    }
    let mut rounds = [0.0; ROUNDS];
    for round in &mut rounds {
        let start = cpu_ns();
        for index in 0..operations {
            black_box(operation(index));
        }
        *round = (cpu_ns() - start) as f64 / operations as f64;
    }
    rounds.sort_by(f64::total_cmp);
    Some((rounds[ROUNDS / 2], warm_up + ROUNDS as u64 * operations))
}

/// Whether the command line names no benchmark, or a part of this one's name.
fn is_wanted(name: &str) -> bool {
    let mut wanted = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .peekable();
    wanted.peek().is_none() || wanted.any(|part| name.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_cpu_time_goes_on() {
        let before = cpu_ns();
        while cpu_ns() == before {}
        assert!(cpu_ns() > before);
    }
}
