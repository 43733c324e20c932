//! Shell patterns, as the C library's fnmatch() takes them.

/// Whether case matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// It does.
    Sensitive,
    /// It does not, for ASCII letters.
    Insensitive,
}

impl Case {
    fn same(self, one: u8, other: u8) -> bool {
        match self {
            Case::Sensitive => one == other,
            Case::Insensitive => one.eq_ignore_ascii_case(&other),
        }
    }
}

/// Whether the whole of `text` matches `pattern`: `*` any text, `?` any character, `[a-z]` and `[!a-z]` one of a set, `\` takes
/// the next character as it stands.
///
/// The time is bounded by the product of the lengths.
pub fn matches(pattern: &[u8], text: &[u8], case: Case) -> bool {
    let (mut at, mut pattern_at) = (0, 0);
    // Where to go on after the last star: one more character belongs to it each time.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let rest = pattern.get(pattern_at..).unwrap_or_default();
        if let [b'*', ..] = rest {
            pattern_at += 1;
            star = Some((pattern_at, at));
            continue;
        }
        match text.get(at) {
            None if rest.is_empty() => return true,
            None => return false,
            Some(byte) => {
                if let Some(used) = matches_one(rest, *byte, case) {
                    pattern_at += used;
                    at += 1;
                    continue;
                }
            }
        }
        let Some((after_star, taken)) = star else {
            return false;
        };
        pattern_at = after_star;
        at = taken + 1;
        star = Some((after_star, at));
    }
}

/// How much of the pattern one character uses; `None` when it does not match.
fn matches_one(pattern: &[u8], byte: u8, case: Case) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'\\', escaped, ..] => case.same(*escaped, byte).then_some(2),
        [b'[', rest @ ..] => match set(rest, byte, case) {
            Some((is_in, used)) => is_in.then_some(used + 1),
            None => (byte == b'[').then_some(1),
        },
        [plain, ..] => case.same(*plain, byte).then_some(1),
    }
}

/// Whether the set that begins `pattern` holds `byte`, and its length with the closing bracket; `None` when it is not closed.
fn set(pattern: &[u8], byte: u8, case: Case) -> Option<(bool, usize)> {
    let is_negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let first = usize::from(is_negated);
    let mut at = first;
    let mut is_in = false;
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((is_in != is_negated, at + 1));
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some(b'-'), Some(high)) if *high != b']' => {
                let range = low..=*high;
                let (lower, upper) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
                let folds =
                    case == Case::Insensitive && (range.contains(&lower) || range.contains(&upper));
                is_in |= range.contains(&byte) || folds;
                at += 3;
            }
            _ => {
                is_in |= case.same(low, byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_c_library_says() {
        for (pattern, text, expected) in [
            ("123*", "12345", true),
            ("123*", "1245", false),
            ("*a*b", "xxaxxb", true),
            ("*a*b", "xxaxxbc", false),
            ("?b?", "abc", true),
            ("?", "", false),
            ("*", "", true),
            ("", "", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]a]", "]", true),
            ("[ab", "[ab", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("A*", "abc", false),
        ] {
            let matched = matches(pattern.as_bytes(), text.as_bytes(), Case::Sensitive);
            assert_eq!(matched, expected, "{pattern} {text}");
        }
        assert!(matches(b"A[B-D]*", b"abc", Case::Insensitive));
    }

    #[test]
    fn hostile_patterns_end() {
        let pattern = b"*a".repeat(200);
        assert!(!matches(&pattern, &b"a".repeat(199), Case::Sensitive));
        assert!(!matches(&pattern, &b"b".repeat(20_000), Case::Sensitive));
    }
}
