//! Which known word was probably meant.

/// Words longer than this are not compared: nobody mistypes them by a letter.
const LENGTH_MAX: usize = 64;

/// Bytes a character may have in UTF-8.
const BYTES_PER_CHAR_MAX: usize = 4;

/// The candidate most like `word`, when one is like enough: a third of its letters may differ.
///
/// Swapped neighbours count as one difference. Letter case only decides between equally like ones, of which otherwise the
/// first wins.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, usize, &str)> = None;
    for candidate in candidates {
        let limit = best.map_or(allowed, |(distance, ..)| distance);
        if word.len().abs_diff(candidate.len()) > limit * BYTES_PER_CHAR_MAX {
            continue;
        }
        let Some(distance) = distance(word, candidate, char::eq_ignore_ascii_case) else {
            continue;
        };
        if distance > limit {
            continue;
        }
        let exact = self::distance(word, candidate, char::eq).unwrap_or(usize::MAX);
        if best.is_none_or(|(least, least_exact, _)| (distance, exact) < (least, least_exact)) {
            best = Some((distance, exact, candidate));
        }
    }
    best.map(|(.., candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(left: &str, right: &str, is_same: fn(&char, &char) -> bool) -> Option<usize> {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    if left.len() > LENGTH_MAX || right.len() > LENGTH_MAX {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let at =
                |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(!is_same(from, to));
            let mut cheapest = replaced
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let is_swap = row > 0
                && column > 0
                && left.get(row - 1).is_some_and(|left| is_same(left, to))
                && right
                    .get(column - 1)
                    .is_some_and(|right| is_same(right, from));
            if is_swap {
                cheapest = cheapest.min(at(&before_last, column - 1) + 1);
            }
            current.push(cheapest);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<&str>) {
        let candidates = [
            "sl_send_reply",
            "send_reply",
            "t_relay",
            "t_reply",
            "sht_rm",
            "xlog",
        ];
        assert_eq!(did_you_mean(word, candidates), expected, "{word}");
    }

    #[test]
    fn a_slip_of_the_fingers_is_recognised() {
        check("t_realy", Some("t_relay"));
        check("xlgo", Some("xlog"));
        check("sl_sendreply", Some("sl_send_reply"));
        check("T_RELAY", Some("t_relay"));
        check("sht_rmv", Some("sht_rm"));
    }

    #[test]
    fn letter_case_decides_between_equals() {
        assert_eq!(did_you_mean("rUU", ["RAu", "rU"]), Some("rU"));
        assert_eq!(did_you_mean("Ruu", ["rU", "Ru"]), Some("Ru"));
    }

    #[test]
    fn words_that_are_nothing_alike_are_not_offered() {
        check("dispatcher", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
