//! Expected messages: what must be in them, with holes.

/// Whether a line fits a pattern in which `*` stands for anything.
pub fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else {
        return line.is_empty();
    };
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or(""),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// What is missing from a message: its first line must fit the first expected one, each further expected line must fit a
/// line of it, in order; after an empty line all of the body must be there.
pub fn missing(expected: &str, message: &str) -> Option<String> {
    let mut lines = message.split("\r\n");
    let mut expected = expected.lines();
    let first = lines.next().unwrap_or("");
    match expected.next() {
        Some(wanted) if fits(wanted, first) => {}
        Some(wanted) => return Some(wanted.to_owned()),
        None => return None,
    }
    for wanted in expected {
        if wanted.is_empty() {
            if !lines.any(str::is_empty) {
                return Some("the empty line before the body".to_owned());
            }
            continue;
        }
        if let Some(unwanted) = wanted.strip_prefix("! ") {
            if message.split("\r\n").any(|line| fits(unwanted, line)) {
                return Some(wanted.to_owned());
            }
            continue;
        }
        if !lines.any(|line| fits(wanted, line)) {
            return Some(wanted.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, line, expected) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a*c", "abbc", true),
            ("a*c", "ab", false),
            ("*", "", true),
            ("To: *;tag=*", "To: <sip:b@c>;tag=1", true),
            ("To: *;tag=*", "To: <sip:b@c>", false),
        ] {
            assert_eq!(fits(pattern, line), expected, "{pattern} {line}");
        }
    }

    #[test]
    fn lines_are_looked_for_in_order_and_forbidden_ones_anywhere() {
        let message = "SIP/2.0 200 OK\r\nA: 1\r\nB: 2\r\n\r\nbody";
        assert_eq!(missing("SIP/2.0 200 *\nB: 2\n", message), None);
        assert_eq!(
            missing("SIP/2.0 200 *\nB: 2\nA: 1\n", message),
            Some("A: 1".into())
        );
        assert_eq!(
            missing("SIP/2.0 200 OK\n! B: *\n", message),
            Some("! B: *".into())
        );
        assert_eq!(missing("SIP/2.0 200 OK\n\nbody\n", message), None);
    }
}
