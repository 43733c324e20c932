//! Figures by group and name, as Kamailio's statistics.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many cells a counter has, so that threads seldom share one.
const CELLS: usize = 8;

/// A cell on a cache line of its own.
#[repr(align(64))]
#[derive(Default)]
struct Cell(AtomicI64);

/// A figure that threads add to without disturbing each other.
#[derive(Clone, Default)]
pub struct Counter(Arc<[Cell; CELLS]>);

impl Counter {
    /// Adds to it.
    #[inline]
    pub fn add(&self, amount: i64) {
        if let Some(cell) = self.0.get(own_cell()) {
            cell.0.fetch_add(amount, Ordering::Relaxed);
        }
    }

    /// Adds one.
    #[inline]
    pub fn increment(&self) {
        self.add(1);
    }

    /// Its value.
    pub fn value(&self) -> i64 {
        self.0.iter().map(|cell| cell.0.load(Ordering::Relaxed)).sum()
    }

    /// Makes it 0 again.
    pub fn reset(&self) {
        for cell in self.0.iter() {
            cell.0.store(0, Ordering::Relaxed);
        }
    }
}

/// The cell of the thread that runs.
fn own_cell() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % CELLS;
    }
    OWN.with(|own| *own)
}

/// A figure that is worked out when it is read.
type Read = Box<dyn Fn() -> i64 + Send + Sync>;

enum Figure {
    Counter(Counter),
    Computed(Read),
}

/// All figures by group and name.
#[derive(Default)]
pub struct Statistics {
    figures: Mutex<BTreeMap<(String, String), Figure>>,
}

impl Statistics {
    /// The counter of a name, made when it is not there.
    pub fn counter(&self, group: &str, name: &str) -> Counter {
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (group.to_owned(), name.to_owned());
        if let Some(Figure::Counter(counter)) = figures.get(&key) {
            return counter.clone();
        }
        let counter = Counter::default();
        figures.insert(key, Figure::Counter(counter.clone()));
        counter
    }

    /// Registers a figure that is worked out when it is read.
    pub fn computed(
        &self,
        group: &str,
        name: &str,
        read: impl Fn() -> i64 + Send + Sync + 'static,
    ) {
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.insert((group.to_owned(), name.to_owned()), Figure::Computed(Box::new(read)));
    }

    /// The value of a name in any group, or of `group:name`.
    pub fn value(&self, name: &str) -> Option<i64> {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match name.split_once(':') {
            Some((group, name)) => figures.get(&(group.to_owned(), name.to_owned())),
            None => figures.iter().find(|((_, n), _)| n == name).map(|(_, figure)| figure),
        };
        found.map(Figure::value)
    }

    /// All figures in the order of their names.
    pub fn list(&self) -> Vec<(String, String, i64)> {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.iter().map(|((g, n), figure)| (g.clone(), n.clone(), figure.value())).collect()
    }

    /// Makes a counter 0 again; false when there is none of that name.
    pub fn reset(&self, group: &str, name: &str) -> bool {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        match figures.get(&(group.to_owned(), name.to_owned())) {
            Some(Figure::Counter(counter)) => {
                counter.reset();
                true
            }
            _ => false,
        }
    }
}

impl Figure {
    fn value(&self) -> i64 {
        match self {
            Figure::Counter(counter) => counter.value(),
            Figure::Computed(read) => read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_shared_by_all_who_name_it() {
        let statistics = Statistics::default();
        statistics.counter("sl", "sent_replies").add(2);
        statistics.counter("sl", "sent_replies").increment();
        statistics.computed("core", "answer", || 42);
        assert_eq!(statistics.value("sent_replies"), Some(3));
        assert_eq!(statistics.value("core:answer"), Some(42));
        assert_eq!(statistics.value("core:nothing"), None);
        assert!(statistics.reset("sl", "sent_replies"));
        assert_eq!(statistics.list().len(), 2);
    }
}
