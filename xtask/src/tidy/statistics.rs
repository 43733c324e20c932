//! A statistic that operators are shown is counted or worked out by somebody.

use super::source::{declared, views};
use super::{File, Report, Tree};

/// What changes a figure, or hands it to somebody who may.
const CHANGES: &[&str] = &[
    ".increment(",
    ".add(",
    ".set(",
    ".get(",
    ".iter(",
    ".clone(",
    "[",
];

pub fn check(tree: &Tree, report: &mut Report) {
    let code: Vec<(&File, String)> = tree
        .rust()
        .map(|file| (file, unspaced(&views(file.product_text()).code)))
        .collect();
    for file in tree.rust() {
        for (line, name) in figures(file.product_text()) {
            let changed = code.iter().any(|(other, code)| {
                is_reachable(&file.path, &other.path) && is_changed(code, name)
            });
            if !changed {
                report.line(
                    &file.path,
                    line,
                    format!("nothing counts `{name}`: let it count, or do not show it"),
                );
            }
        }
        for (index, text) in file.product_text().lines().enumerate() {
            let is_registered = [".computed(", ".total("];
            let is_constant = text.contains("|| 0)") || text.contains("|_| 0)");
            if is_constant && is_registered.iter().any(|call| text.contains(call)) {
                report.line(
                    &file.path,
                    index + 1,
                    "this statistic is always 0: work it out, or do not show it",
                );
            }
        }
    }
}

/// The code without blanks, so that a call on the next line is one behind its dot.
fn unspaced(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether what `declaring` declares may be changed in `other`: in its own package, of `module-api` everywhere.
fn is_reachable(declaring: &str, other: &str) -> bool {
    let package = |path: &str| path.split("/src/").next().unwrap_or_default().to_owned();
    let package_of_all = "crates/module-api";
    package(declaring) == package_of_all || package(declaring) == package(other)
}

/// Whether somebody changes the field, or what he has taken out of it under the same name.
fn is_changed(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (before, rest) = (&code[..at], &code[at + name.len()..]);
        let is_handed_on = before.ends_with('.') && rest.starts_with(')');
        let is_changed = CHANGES.iter().any(|change| rest.starts_with(change));
        !before.ends_with(is_word) && (is_changed || is_handed_on)
    })
}

/// The fields that are counters and gauges, with their lines.
fn figures(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| Some((index + 1, figure(line)?)))
        .collect()
}

/// The name of the counter or gauge that a line of a struct declares.
fn figure(line: &str) -> Option<&str> {
    let (name, kind) = declared(line)?;
    let kind = kind.strip_suffix(',')?.trim_start_matches('[');
    let kind = kind.split(';').next().unwrap_or_default();
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_name && matches!(kind, "Counter" | "Gauge")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(used: &str) -> usize {
        let declared = "pub struct Figures {\n    /// How many.\n    pub failed: Counter,\n}\n";
        let files = [
            ("modules/a/src/figures.rs", declared),
            ("modules/a/src/lib.rs", used),
            ("modules/b/src/lib.rs", "fn b() { x.failed.increment(); }"),
        ];
        findings(check, &files).len()
    }

    #[test]
    fn a_counter_that_nothing_counts_is_found() {
        assert_eq!(found("fn a(f: &Figures) -> i64 { f.failed.value() }"), 1);
    }

    #[test]
    fn one_that_is_counted_passes() {
        assert_eq!(found("fn a(f: &Figures) { f.failed.increment(); }"), 0);
        assert_eq!(found("fn a(f: &Figures) { f\n.failed\n.add(2); }"), 0);
    }

    #[test]
    fn a_figure_that_is_always_none_is_found() {
        assert_eq!(
            found("fn a() { f.failed.set(1); s.computed(\"a\", \"b\", || 0); }"),
            1
        );
    }
}
