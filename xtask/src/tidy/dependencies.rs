//! A dependency in a Cargo.toml is one that the crate's source names.

use super::source::views;
use super::{Report, Tree};
use crate::workspace::{Dependency, Package};

pub fn check(tree: &Tree, report: &mut Report) {
    for package in &tree.packages {
        let source = source_of(tree, package);
        for dependency in &package.dependencies {
            if !is_named(&source, dependency) {
                report.whole(
                    &format!("{}/Cargo.toml", package.folder),
                    format!("`{}` is a dependency that no source names", dependency.name),
                );
            }
        }
    }
}

/// The code of a package, its tests and benchmarks included.
fn source_of(tree: &Tree, package: &Package) -> String {
    let folder = format!("{}/", package.folder);
    let files = tree.rust().filter(|file| file.path.starts_with(&folder));
    files.map(|file| views(&file.text).code).collect()
}

/// A library is called as its package is, with `_` for `-`, or without the `-`: `md-5` is `md5`.
fn is_named(source: &str, dependency: &Dependency) -> bool {
    let names = ["_", ""].map(|sign| dependency.name.replace('-', sign));
    source
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| names.iter().any(|name| name == word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{File, testing};
    use crate::workspace::DependencyKind;

    fn found(dependency: &str, source: &str) -> usize {
        let tree = Tree {
            files: vec![File {
                path: "crates/a/src/lib.rs".to_owned(),
                text: source.to_owned(),
            }],
            packages: vec![Package {
                name: "a".to_owned(),
                folder: "crates/a".to_owned(),
                features: Vec::new(),
                dependencies: vec![Dependency {
                    name: dependency.to_owned(),
                    kind: DependencyKind::Normal,
                    folder: None,
                }],
            }],
        };
        testing::run(check, &tree).len()
    }

    #[test]
    fn a_dependency_that_only_a_comment_names_is_found() {
        assert_eq!(found("stdx", "// As stdx does.\nfn a() {}"), 1);
        assert_eq!(found("sip", "use sipping::Tea;"), 1);
    }

    #[test]
    fn a_dependency_in_use_passes() {
        assert_eq!(found("script-vm", "use script_vm::Program;"), 0);
        assert_eq!(found("md-5", "use md5::Md5;"), 0);
    }
}
