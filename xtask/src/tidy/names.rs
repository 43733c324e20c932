//! What has no name has no place yet: no `utils`, `common`, `helpers`.

use std::collections::BTreeSet;

use super::{Report, Tree};

const NAMELESS: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "manager", "managers",
];

pub fn check(tree: &Tree, report: &mut Report) {
    let mut folders = BTreeSet::new();
    for file in tree.rust() {
        let (parents, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let stem = name.trim_end_matches(".rs");
        if is_nameless(stem) {
            report.whole(&file.path, "this name says nothing: name what is in it");
        }
        if stem.chars().any(|c| c.is_ascii_uppercase() || c == '-') && !parents.is_empty() {
            report.whole(&file.path, "file names are snake_case");
        }
        folders.extend(parents.split('/').filter(|part| is_nameless(part)));
    }
    for folder in folders {
        report.whole(
            folder,
            "a folder of this name says nothing: name what is in it",
        );
    }
}

fn is_nameless(name: &str) -> bool {
    NAMELESS.contains(&name)
        || NAMELESS.iter().any(|bad| {
            name.strip_suffix(bad)
                .is_some_and(|rest| rest.ends_with(['_', '-']))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    #[test]
    fn a_name_that_says_nothing_is_found() {
        for path in [
            "crates/sip/src/utils.rs",
            "crates/sip/src/uri_helpers.rs",
            "crates/common/src/lib.rs",
            "crates/sip/src/URI.rs",
        ] {
            assert_eq!(findings(check, &[(path, "")]).len(), 1, "{path}");
        }
        assert_eq!(
            findings(check, &[("modules/siputils/src/lib.rs", "")]).len(),
            0
        );
    }
}
