//! What every crate has: an opening doc comment, the workspace's lints and licence; and the licence texts themselves.

use super::{Report, Tree};

const LICENCES: &[&str] = &["LICENSE-MIT", "LICENSE-APACHE"];

pub fn check(tree: &Tree, report: &mut Report) {
    for licence in LICENCES {
        if tree.text(licence).is_none() {
            report.whole(licence, "is missing");
        }
    }
    for package in &tree.packages {
        check_manifest(tree, &package.folder, report);
        check_root(tree, &package.folder, report);
    }
}

fn check_manifest(tree: &Tree, folder: &str, report: &mut Report) {
    let path = format!("{folder}/Cargo.toml");
    let text = tree.text(&path).unwrap_or_default();
    let has = |wanted: &str| text.lines().any(|line| line.trim() == wanted);
    if !text.contains("[lints]\nworkspace = true") {
        report.whole(&path, "lacks `[lints]` with `workspace = true`");
    }
    for wanted in ["license.workspace = true", "edition.workspace = true"] {
        if !has(wanted) {
            report.whole(&path, format!("lacks `{wanted}`"));
        }
    }
    if !text.lines().any(|line| line.starts_with("description = ")) {
        report.whole(&path, "lacks a description");
    }
}

fn check_root(tree: &Tree, folder: &str, report: &mut Report) {
    let roots = ["src/lib.rs", "src/main.rs"].map(|name| format!("{folder}/{name}"));
    for path in roots {
        if let Some(text) = tree.text(&path)
            && !text.starts_with("//! ")
        {
            report.line(
                &path,
                1,
                "a crate root opens with `//!`: what it is for, what it does not know, what to read first",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{File, testing};
    use crate::workspace::Package;

    #[test]
    fn a_crate_without_lints_or_doc_is_found() {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let tree = Tree {
            files: vec![
                file("LICENSE-MIT", ""),
                file("LICENSE-APACHE", ""),
                file(
                    "crates/a/Cargo.toml",
                    "description = \"a\"\nedition.workspace = true\nlicense.workspace = true\n",
                ),
                file("crates/a/src/lib.rs", "fn a() {}"),
            ],
            packages: vec![Package {
                name: "a".to_owned(),
                folder: "crates/a".to_owned(),
                features: Vec::new(),
                dependencies: Vec::new(),
            }],
        };
        assert_eq!(testing::run(check, &tree).len(), 2);
    }
}
