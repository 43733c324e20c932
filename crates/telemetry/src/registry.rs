//! Figures by group and name, as Kamailio's statistics.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::statistics::Bank;
use crate::{Counter, Gauge};

/// Counters that lie in one stretch of memory.
const BANK_COUNTERS: usize = 128;

/// One figure, to be kept by whoever reads it often.
#[derive(Clone)]
pub enum Figure {
    /// Counts events; can be reset.
    Counter(Counter),
    /// A level.
    Gauge(Gauge),
    /// Worked out when it is read.
    Computed(Arc<dyn Fn() -> i64 + Send + Sync>),
    /// Counts events, where no counter of ours can stand; can be reset.
    Total(Arc<Total>),
}

/// A count that is kept elsewhere and only grows.
pub struct Total {
    read: Box<dyn Fn() -> i64 + Send + Sync>,
    /// What it was when it was reset.
    at_reset: AtomicI64,
}

impl Total {
    /// What was counted since it was reset.
    pub fn value(&self) -> i64 {
        (self.read)() - self.at_reset.load(Ordering::Relaxed)
    }

    /// Counts from 0 again.
    pub fn reset(&self) {
        self.at_reset.store((self.read)(), Ordering::Relaxed);
    }
}

impl Figure {
    /// Its value.
    pub fn value(&self) -> i64 {
        match self {
            Figure::Counter(counter) => counter.value(),
            Figure::Gauge(gauge) => gauge.value(),
            Figure::Computed(read) => read(),
            Figure::Total(total) => total.value(),
        }
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.value())
    }
}

/// All figures by group and name, registered when modules are loaded.
#[derive(Default)]
pub struct Statistics {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    groups: BTreeMap<String, BTreeMap<String, Figure>>,
    bank: Option<Arc<Bank>>,
    used: usize,
}

impl Statistics {
    /// The counter of a name, made when it is not there.
    pub fn counter(&self, group: &str, name: &str) -> Counter {
        let mut table = self.lock();
        if let Some(Figure::Counter(counter)) = table.get(group, name) {
            return counter.clone();
        }
        let counter = table.new_counter();
        table.insert(group, name, Figure::Counter(counter.clone()));
        counter
    }

    /// The gauge of a name, made when it is not there.
    pub fn gauge(&self, group: &str, name: &str) -> Gauge {
        let mut table = self.lock();
        if let Some(Figure::Gauge(gauge)) = table.get(group, name) {
            return gauge.clone();
        }
        let gauge = Gauge::default();
        table.insert(group, name, Figure::Gauge(gauge.clone()));
        gauge
    }

    /// Registers a figure that is worked out when it is read.
    pub fn computed(
        &self,
        group: &str,
        name: &str,
        read: impl Fn() -> i64 + Send + Sync + 'static,
    ) {
        self.lock()
            .insert(group, name, Figure::Computed(Arc::new(read)));
    }

    /// Registers a count that is kept elsewhere and only grows.
    pub fn total(&self, group: &str, name: &str, read: impl Fn() -> i64 + Send + Sync + 'static) {
        let total = Total {
            read: Box::new(read),
            at_reset: AtomicI64::new(0),
        };
        self.lock()
            .insert(group, name, Figure::Total(Arc::new(total)));
    }

    /// The figure of a name in any group, or of `group:name`. Without a group the
    /// first in the order of groups counts.
    pub fn find(&self, name: &str) -> Option<Figure> {
        let table = self.lock();
        let found = match name.split_once(':') {
            Some((group, name)) => table.get(group, name),
            None => table.groups.values().find_map(|figures| figures.get(name)),
        };
        found.cloned()
    }

    /// The value of a name in any group, or of `group:name`.
    pub fn value(&self, name: &str) -> Option<i64> {
        self.find(name).map(|figure| figure.value())
    }

    /// All figures in the order of groups and names.
    pub fn list(&self) -> Vec<(String, String, i64)> {
        let figures: Vec<_> = {
            let table = self.lock();
            let all = table.groups.iter().flat_map(|(group, figures)| {
                figures
                    .iter()
                    .map(move |(name, figure)| (group, name, figure))
            });
            all.map(|(group, name, figure)| (group.clone(), name.clone(), figure.clone()))
                .collect()
        };
        // Read without the lock: a computed figure may look at others.
        figures
            .into_iter()
            .map(|(group, name, figure)| (group, name, figure.value()))
            .collect()
    }

    /// The names of all groups, in order.
    pub fn groups(&self) -> Vec<String> {
        self.lock().groups.keys().cloned().collect()
    }

    /// Makes a counter 0 again; false when there is none of that name.
    pub fn reset(&self, group: &str, name: &str) -> bool {
        match self.lock().get(group, name) {
            Some(Figure::Counter(counter)) => {
                counter.reset();
                true
            }
            Some(Figure::Total(total)) => {
                total.reset();
                true
            }
            _ => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn get(&self, group: &str, name: &str) -> Option<&Figure> {
        self.groups.get(group)?.get(name)
    }

    fn insert(&mut self, group: &str, name: &str, figure: Figure) {
        self.groups
            .entry(group.to_owned())
            .or_default()
            .insert(name.to_owned(), figure);
    }

    fn new_counter(&mut self) -> Counter {
        let bank = match &self.bank {
            Some(bank) if self.used < bank.capacity() => bank,
            _ => {
                self.used = 0;
                self.bank.insert(Arc::new(Bank::new(BANK_COUNTERS)))
            }
        };
        self.used += 1;
        bank.counter(self.used - 1)
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
        statistics.gauge("dialog", "active_dialogs").set(3);
        assert_eq!(statistics.value("sent_replies"), Some(3));
        assert_eq!(statistics.value("core:answer"), Some(42));
        assert_eq!(statistics.value("core:nothing"), None);
        assert_eq!(statistics.gauge("dialog", "active_dialogs").value(), 3);
        assert_eq!(statistics.groups(), ["core", "dialog", "sl"]);
    }

    #[test]
    fn a_count_kept_elsewhere_is_reset_without_its_keeper() {
        let statistics = Statistics::default();
        let kept = Arc::new(AtomicI64::new(3));
        let read = kept.clone();
        statistics.total("tcp", "established", move || read.load(Ordering::Relaxed));
        assert_eq!(statistics.value("tcp:established"), Some(3));
        assert!(statistics.reset("tcp", "established"));
        kept.fetch_add(2, Ordering::Relaxed);
        assert_eq!(statistics.value("tcp:established"), Some(2));
    }

    #[test]
    fn only_counters_are_reset() {
        let statistics = Statistics::default();
        let sent = statistics.counter("sl", "sent_replies");
        let active = statistics.gauge("dialog", "active_dialogs");
        sent.add(2);
        active.set(5);
        assert!(statistics.reset("sl", "sent_replies"));
        assert!(!statistics.reset("dialog", "active_dialogs"));
        assert!(!statistics.reset("sl", "other"));
        assert_eq!((sent.value(), active.value()), (0, 5));
    }

    #[test]
    fn the_list_is_in_order_and_computed_figures_may_look_at_others() {
        let statistics = Arc::new(Statistics::default());
        let counters: Vec<_> = (0..300)
            .map(|index| statistics.counter("b", &format!("{index:03}")))
            .collect();
        for (amount, counter) in (0..).zip(&counters) {
            counter.add(amount);
        }
        let weak = Arc::downgrade(&statistics);
        statistics.computed("a", "twice", move || {
            weak.upgrade()
                .and_then(|all| all.value("b:299"))
                .unwrap_or_default()
                * 2
        });
        let list = statistics.list();
        assert_eq!(list.len(), 301);
        assert_eq!(list[0], ("a".to_owned(), "twice".to_owned(), 598));
        assert_eq!(list[300], ("b".to_owned(), "299".to_owned(), 299));
        assert!(list.is_sorted());
    }
}
