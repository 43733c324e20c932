//! Counting without contention.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Threads that count in cells of their own; those that come later share the last.
const SHARDS: usize = 32;
/// Cells of one cache line.
const LINE_CELLS: usize = 8;

/// A figure that threads add to without disturbing each other.
///
/// Adding costs a plain load and store in memory of the thread's own; reading sums
/// over the threads. Clones count the same figure.
#[derive(Clone)]
pub struct Counter {
    bank: Arc<Bank>,
    index: usize,
}

impl Counter {
    /// Adds to it.
    #[inline]
    pub fn add(&self, amount: i64) {
        let thread = thread_number();
        let shard = thread.min(SHARDS - 1);
        let cell = self.bank.cell(shard, self.index);
        if thread < SHARDS - 1 {
            // Only this thread writes to the cell: nothing can come in between.
            let value = cell.load(Ordering::Relaxed).wrapping_add(amount);
            cell.store(value, Ordering::Relaxed);
        } else {
            cell.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// Adds one.
    #[inline]
    pub fn increment(&self) {
        self.add(1);
    }

    /// Its value.
    pub fn value(&self) -> i64 {
        self.bank
            .sum(self.index)
            .wrapping_sub(self.bank.base(self.index).load(Ordering::Relaxed))
    }

    /// Makes it 0 again.
    pub fn reset(&self) {
        self.bank
            .base(self.index)
            .store(self.bank.sum(self.index), Ordering::Relaxed);
    }
}

impl Default for Counter {
    fn default() -> Counter {
        Counter {
            bank: Arc::new(Bank::new(1)),
            index: 0,
        }
    }
}

impl std::fmt::Debug for Counter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.value())
    }
}

/// A level that goes up and down or is set, and is not reset with the counters.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Adds to it; a negative amount takes away.
    #[inline]
    pub fn add(&self, amount: i64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Sets it.
    #[inline]
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Its value.
    #[inline]
    pub fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Room for several counters: those of one thread lie side by side.
pub(crate) struct Bank {
    lines: usize,
    shards: [OnceLock<Box<[Line]>>; SHARDS],
    /// What the sum was when the counter was last reset.
    bases: Box<[Line]>,
}

#[repr(align(64))]
#[derive(Default)]
struct Line([AtomicI64; LINE_CELLS]);

impl Bank {
    /// Room for at least `counters`.
    pub(crate) fn new(counters: usize) -> Bank {
        let lines = counters.div_ceil(LINE_CELLS).max(1);
        Bank {
            lines,
            shards: Default::default(),
            bases: new_lines(lines),
        }
    }

    /// How many counters there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.lines * LINE_CELLS
    }

    /// The counter at `index`, which must be below the capacity.
    pub(crate) fn counter(self: &Arc<Bank>, index: usize) -> Counter {
        Counter {
            bank: self.clone(),
            index: index.min(self.capacity() - 1),
        }
    }

    #[inline]
    fn cell(&self, shard: usize, index: usize) -> &AtomicI64 {
        let lines = self.shards[shard].get_or_init(|| new_lines(self.lines));
        &lines[index / LINE_CELLS].0[index % LINE_CELLS]
    }

    fn base(&self, index: usize) -> &AtomicI64 {
        &self.bases[index / LINE_CELLS].0[index % LINE_CELLS]
    }

    fn sum(&self, index: usize) -> i64 {
        self.shards
            .iter()
            .filter_map(OnceLock::get)
            .fold(0, |sum, lines| {
                let cell = &lines[index / LINE_CELLS].0[index % LINE_CELLS];
                sum.wrapping_add(cell.load(Ordering::Relaxed))
            })
    }
}

fn new_lines(count: usize) -> Box<[Line]> {
    (0..count).map(|_| Line::default()).collect()
}

/// The number of the thread that runs; no two threads of a process share one.
#[inline]
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    // A thread that is being torn down counts with those that share.
    OWN.try_with(|own| *own).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_is_lost_between_threads() {
        let bank = Arc::new(Bank::new(3));
        let counters = [bank.counter(0), bank.counter(1), bank.counter(2)];
        std::thread::scope(|scope| {
            for _ in 0..2 * SHARDS {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        counters[1].increment();
                        counters[2].add(-2);
                    }
                });
            }
        });
        let values = counters.map(|counter| counter.value());
        assert_eq!(values, [0, 2_000 * SHARDS as i64, -4_000 * SHARDS as i64]);
    }

    #[test]
    fn a_reset_counter_begins_again_and_its_neighbours_do_not() {
        let bank = Arc::new(Bank::new(2));
        let (left, right) = (bank.counter(0), bank.counter(1));
        left.add(5);
        right.add(7);
        left.reset();
        left.increment();
        assert_eq!((left.value(), right.value()), (1, 7));
    }

    #[test]
    fn clones_are_the_same_figure() {
        let counter = Counter::default();
        counter.clone().add(3);
        assert_eq!(counter.value(), 3);
        let gauge = Gauge::default();
        gauge.clone().set(4);
        gauge.add(-1);
        assert_eq!(gauge.value(), 3);
    }
}
