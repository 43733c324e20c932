//! Which known word was probably meant.

/// Words longer than this are not compared: nobody mistypes them by a letter.
const LENGTH_MAX: usize = 64;

/// Bytes a character may have in UTF-8.
const BYTES_PER_CHAR_MAX: usize = 4;

/// The candidate most like `word`, when one is like enough: a third of its letters may differ.
///
/// Of several equally like ones the first wins. Swapped neighbours count as one difference, letter case as none.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let limit = best.map_or(allowed + 1, |(distance, _)| distance);
        if word.len().abs_diff(candidate.len()) >= limit * BYTES_PER_CHAR_MAX {
            continue;
        }
        match distance(word, candidate) {
            Some(distance) if distance < limit => best = Some((distance, candidate)),
            _ => {}
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(left: &str, right: &str) -> Option<usize> {
    let left: Vec<char> = left.chars().map(|char| char.to_ascii_lowercase()).collect();
    let right: Vec<char> = right
        .chars()
        .map(|char| char.to_ascii_lowercase())
        .collect();
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
            let replaced = at(&last, column) + usize::from(from != to);
            let mut cheapest = replaced
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let is_swap = row > 0
                && column > 0
                && left.get(row - 1) == Some(to)
                && right.get(column - 1) == Some(from);
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
    fn words_that_are_nothing_alike_are_not_offered() {
        check("dispatcher", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
