//! A test runs, and its name says the behaviour: nothing is ignored, nothing is numbered.

use super::source::views;
use super::{Report, Tree};

pub fn check(tree: &Tree, report: &mut Report) {
    for file in tree.rust() {
        let code = views(&file.text).code;
        let mut is_test = false;
        for (index, line) in code.lines().enumerate() {
            let line = line.trim();
            if line.starts_with("#[ignore") {
                report.line(
                    &file.path,
                    index + 1,
                    "an ignored test asserts nothing: assert what happens today, with a note",
                );
            }
            let name = line
                .trim_start_matches("async ")
                .strip_prefix("fn ")
                .and_then(|rest| rest.split('(').next());
            if let Some(name) = name {
                if is_test && is_numbered(name) {
                    report.line(&file.path, index + 1, format!("`{name}` says no behaviour"));
                }
                is_test = false;
            }
            is_test |= line == "#[test]";
        }
    }
}

/// `test`, `test_3`, `t17`, `case4`.
fn is_numbered(name: &str) -> bool {
    let words = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let numbered = words != name && matches!(words, "t" | "case");
    words == "test" || numbered || name == "it_works"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(text: &str) -> usize {
        findings(check, &[("crates/a/src/b.rs", text)]).len()
    }

    #[test]
    fn an_ignored_or_numbered_test_is_found() {
        assert_eq!(
            found("#[test]\n#[ignore = \"slow\"]\nfn a_slow_thing() {}"),
            1
        );
        assert_eq!(found("#[test]\nfn test_1() {}"), 1);
        assert_eq!(found("#[test]\nfn it_works() {}"), 1);
    }

    #[test]
    fn a_test_that_names_a_behaviour_passes() {
        assert_eq!(found("#[test]\nfn timer_b_fires_after_64_t1() {}"), 0);
        assert_eq!(found("fn test() {}"), 0);
    }
}
