//! Rows that are still to be deleted, though their bindings are gone.

use crate::domain::AorBinding;
use parking_lot::Mutex;
use std::collections::VecDeque;

/// What is owed to the database, the oldest first, and whether somebody is about to pay.
#[derive(Default)]
pub struct Owed(Mutex<Debt>);

#[derive(Default)]
struct Debt {
    rows: VecDeque<AorBinding>,
    is_paying: bool,
}

impl Owed {
    /// Adds rows.
    pub fn add(&self, rows: impl IntoIterator<Item = AorBinding>) {
        self.0.lock().rows.extend(rows);
    }

    /// Whether the caller is to pay now: there is something to pay, and nobody else does.
    pub fn begin(&self) -> bool {
        let mut debt = self.0.lock();
        let begins = !debt.is_paying && !debt.rows.is_empty();
        debt.is_paying |= begins;
        begins
    }

    /// The next rows of who pays, at most `most`; none when all is paid, which ends it.
    pub fn next(&self, most: usize) -> Option<Vec<AorBinding>> {
        let mut debt = self.0.lock();
        let count = most.min(debt.rows.len());
        debt.is_paying = count > 0;
        (count > 0).then(|| debt.rows.drain(..count).collect())
    }

    /// Takes rows back that could not be paid; who pays gives up for this time.
    pub fn give_up(&self, rows: Vec<AorBinding>) {
        let mut debt = self.0.lock();
        for row in rows.into_iter().rev() {
            debt.rows.push_front(row);
        }
        debt.is_paying = false;
    }

    /// Takes all that is left.
    pub fn take(&self) -> Vec<AorBinding> {
        std::mem::take(&mut self.0.lock().rows).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::{Binding, Facts, Texts};

    fn row(aor: &str) -> AorBinding {
        AorBinding {
            aor: aor.as_bytes().into(),
            binding: Binding::new(&Texts::default(), Facts::default()).unwrap(),
        }
    }

    fn names(rows: &[AorBinding]) -> Vec<&str> {
        let names = rows
            .iter()
            .map(|row| std::str::from_utf8(&row.aor).unwrap());
        names.collect()
    }

    #[test]
    fn one_pays_at_a_time_and_what_could_not_be_paid_comes_first_again() {
        let owed = Owed::default();
        assert!(!owed.begin());
        owed.add(["a", "b", "c"].map(row));
        assert!(owed.begin());
        assert!(!owed.begin());
        let piece = owed.next(2).unwrap();
        assert_eq!(names(&piece), ["a", "b"]);
        owed.give_up(piece);
        assert!(owed.begin());
        assert_eq!(names(&owed.next(2).unwrap()), ["a", "b"]);
        owed.add([row("d")]);
        assert_eq!(names(&owed.next(2).unwrap()), ["c", "d"]);
        assert!(owed.next(2).is_none());
        owed.add([row("e")]);
        assert!(owed.begin());
        assert_eq!(names(&owed.take()), ["e"]);
    }
}
