//! Which response goes upstream (RFC 3261 §16.7).

use crate::Branch;

/// What becomes of a response that the script has let pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// It goes upstream now.
    Forward,
    /// It is kept until all branches have ended.
    Keep,
    /// All branches have ended, none well: the best response is to be chosen.
    Decide,
    /// It goes nowhere.
    Absorb,
}

/// How responses are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ranking {
    /// Added to the rank of statuses made here (`faked_reply_prio`): higher is worse.
    pub faked: i64,
}

impl Ranking {
    /// The rank of a final response: the lowest is the best. 6xx, then 3xx, then 4xx with those first that the caller can do
    /// something about, then 5xx (observed on 5.6.3; RFC 3261 §16.7 point 6 leaves it open within a class).
    pub fn rank(self, status: u16, is_local: bool) -> i64 {
        let class = match status {
            600..=699 => 0,
            300..=399 => 1_000,
            401 | 407 | 415 | 420 | 484 => 2_000,
            400..=499 => 3_000,
            500..=599 => 4_000,
            _ => 5_000,
        };
        let faked = if is_local { self.faked } else { 0 };
        class + i64::from(status % 100) + faked
    }
}

/// The branch with the best negative final response among those that compete.
pub fn best(branches: &[Branch], ranking: Ranking) -> Option<usize> {
    let competing = branches
        .iter()
        .enumerate()
        .filter(|(_, branch)| branch.status >= 300 && !branch.is_left_out);
    competing
        .min_by_key(|(index, branch)| (ranking.rank(branch.status, branch.is_local), *index))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_class_and_then_the_lowest_status_wins() {
        let best = |statuses: &[u16]| {
            let ranking = Ranking::default();
            statuses
                .iter()
                .copied()
                .min_by_key(|status| ranking.rank(*status, false))
        };
        // Observed on 5.6.3.
        for (statuses, wanted) in [
            (&[486, 480, 500][..], 480),
            (&[404, 407, 400], 407),
            (&[408, 603, 302], 603),
            (&[302, 404], 302),
            (&[503, 500], 500),
            (&[484, 404], 484),
        ] {
            assert_eq!(best(statuses), Some(wanted), "{statuses:?}");
        }
        assert!(Ranking { faked: 5_000 }.rank(408, true) > Ranking::default().rank(503, false));
    }
}
