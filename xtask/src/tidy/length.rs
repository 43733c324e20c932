//! A Rust file ends before line 900. `xtask/ratchet.txt` lists those that do not, and may only shrink.

use std::collections::BTreeMap;

use super::{Report, Tree};

/// Lines a file may have.
const LINES_MAX: usize = 900;
const RATCHET: &str = "xtask/ratchet.txt";

pub fn check(tree: &Tree, report: &mut Report) {
    let mut exceptions = read_ratchet(tree.text(RATCHET).unwrap_or_default(), report);
    for file in tree.rust() {
        let lines = file.text.lines().count();
        match exceptions.remove(file.path.as_str()) {
            Some(allowed) if lines > allowed => report.whole(
                &file.path,
                format!("grew from {allowed} to {lines} lines: split it"),
            ),
            Some(_) if lines <= LINES_MAX => report.whole(
                RATCHET,
                format!("{} is short enough: take its line out", file.path),
            ),
            Some(allowed) if lines < allowed => report.whole(
                RATCHET,
                format!("{} has {lines} lines: write that, not {allowed}", file.path),
            ),
            None if lines > LINES_MAX => report.whole(
                &file.path,
                format!("has {lines} lines, {LINES_MAX} at most: split it"),
            ),
            _ => {}
        }
    }
    for path in exceptions.keys() {
        report.whole(RATCHET, format!("{path} does not exist: take its line out"));
    }
}

/// Lines of the form `path lines`; `#` begins a comment.
fn read_ratchet<'a>(text: &'a str, report: &mut Report) -> BTreeMap<&'a str, usize> {
    let mut exceptions = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parsed = line
            .rsplit_once(' ')
            .and_then(|(path, lines)| Some((path.trim(), lines.parse().ok()?)));
        match parsed {
            Some((path, lines)) => {
                exceptions.insert(path, lines);
            }
            None => report.line(RATCHET, index + 1, "expected a path and a number of lines"),
        }
    }
    exceptions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(lines: usize, ratchet: &str) -> Vec<String> {
        let text = "x\n".repeat(lines);
        findings(check, &[("crates/a/src/b.rs", &text), (RATCHET, ratchet)])
    }

    #[test]
    fn a_long_file_is_found_unless_listed() {
        assert_eq!(found(900, "").len(), 0);
        assert_eq!(found(901, "").len(), 1);
        assert_eq!(found(950, "crates/a/src/b.rs 950").len(), 0);
    }

    #[test]
    fn an_exception_may_only_shrink() {
        assert_eq!(found(951, "crates/a/src/b.rs 950").len(), 1);
        assert_eq!(found(940, "crates/a/src/b.rs 950").len(), 1);
        assert_eq!(found(10, "crates/a/src/b.rs 950").len(), 1);
        assert_eq!(found(10, "crates/gone.rs 950").len(), 1);
    }
}
