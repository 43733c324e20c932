//! When the operator is told that there is no room for more sources.

use parking_lot::Mutex;

/// The seconds from one notice to the next.
const PAUSE_S: u32 = 60;

/// Counts what was told.
pub struct FullNotice(Mutex<Told>);

struct Told {
    /// When it was told last.
    at_s: Option<u32>,
    /// How many hits had gone uncounted then.
    uncounted: u64,
}

impl FullNotice {
    /// For a tree in which so many hits have gone uncounted.
    pub fn new(uncounted: u64) -> FullNotice {
        FullNotice(Mutex::new(Told {
            at_s: None,
            uncounted,
        }))
    }

    /// How many hits of so many are yet to be told of; none while there are none, or it was told less than a minute ago.
    pub fn due(&self, now_s: u32, uncounted: u64) -> Option<u64> {
        let mut told = self.0.lock();
        let new = uncounted.saturating_sub(told.uncounted);
        let is_early = told
            .at_s
            .is_some_and(|at| now_s.saturating_sub(at) < PAUSE_S);
        if new == 0 || is_early {
            return None;
        }
        *told = Told {
            at_s: Some(now_s),
            uncounted,
        };
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_uncounted_is_told_once_a_minute() {
        let notice = FullNotice::new(5);
        assert_eq!(notice.due(0, 5), None);
        assert_eq!(notice.due(2, 9), Some(4));
        assert_eq!(notice.due(4, 20), None);
        assert_eq!(notice.due(61, 30), None);
        assert_eq!(notice.due(62, 30), Some(21));
        assert_eq!(notice.due(200, 30), None);
    }
}
