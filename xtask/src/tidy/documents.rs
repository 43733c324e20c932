//! A document that names a file of the repository names one that exists.

use std::collections::BTreeSet;

use super::{Report, Tree};

/// First folders of the paths that are looked at.
const FOLDERS: &[&str] = &[
    "crates/", "modules/", "bin/", "specs/", "xtask/", "fuzz/", "docs/",
];

pub fn check(tree: &Tree, report: &mut Report) {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for file in &tree.files {
        known.insert(&file.path);
        known.extend(file.path.match_indices('/').map(|(at, _)| &file.path[..at]));
    }
    for file in tree.files.iter().filter(|file| is_page(&file.path)) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (index, line) in file.text.lines().enumerate() {
            let links = links(line).map(|link| resolve(folder, link));
            let paths = paths(line).map(str::to_owned);
            for path in links.chain(paths) {
                if !known.contains(path.as_str()) {
                    report.line(&file.path, index + 1, format!("there is no {path}"));
                }
            }
        }
    }
}

/// Pages written by hand; generated ones follow from the code.
fn is_page(path: &str) -> bool {
    path.ends_with(".md") && !path.starts_with("docs/reference/")
}

/// Targets of Markdown links into the repository.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|link| link.split('#').next().unwrap_or_default())
        .filter(|link| !link.is_empty() && !link.contains("://"))
}

fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Paths in backticks, but for patterns such as `modules/*` and `db_<engine>`.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .flat_map(str::split_whitespace)
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains(['*', '<', '…', '{']) && !word.contains("NAME"))
        .map(|word| word.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(text: &str) -> usize {
        let files = [
            ("crates/sip/src/lib.rs", ""),
            ("docs/a.md", text),
            ("README.md", ""),
        ];
        findings(check, &files).len()
    }

    #[test]
    fn a_path_must_exist() {
        assert_eq!(found("see `crates/sip/src/lib.rs` and `crates/sip`"), 0);
        assert_eq!(found("see `crates/sip/src/gone.rs`"), 1);
        assert_eq!(
            found("see `modules/*/src/rpc.rs`, `modules/NAME`, `sip::Message`"),
            0
        );
    }

    #[test]
    fn a_link_is_relative_to_its_page() {
        assert_eq!(
            found("[a](../README.md) [b](a.md#part) [c](https://example.org/x)"),
            0
        );
        assert_eq!(found("[a](README.md)"), 1);
    }
}
