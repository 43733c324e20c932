//! A module folder has the shape of `modules/htable`, and `modules/all` lists it.

use std::collections::BTreeSet;

use super::source::views;
use super::{File, Report, Tree};

/// Faces: the file (or the folder of the same name) in which each attribute may stand.
const FACES: &[(&str, &str)] = &[
    ("#[script_function(", "functions"),
    ("#[pvar(", "pvars"),
    ("#[transformation(", "transformations"),
    ("#[rpc(", "rpc"),
    ("#[derive(Params", "params"),
];

/// Names that somebody in a hurry gives to a face.
const NEAR_MISSES: &[(&str, &str)] = &[
    ("function", "functions"),
    ("funcs", "functions"),
    ("commands", "functions"),
    ("pvar", "pvars"),
    ("variables", "pvars"),
    ("vars", "pvars"),
    ("param", "params"),
    ("config", "params"),
    ("settings", "params"),
    ("transformation", "transformations"),
    ("rpcs", "rpc"),
    ("event", "events"),
    ("event_routes", "events"),
    ("drivers", "driver"),
];

pub fn check(tree: &Tree, report: &mut Report) {
    let mut modules = BTreeSet::new();
    for file in &tree.files {
        let Some((module, inside)) = split(&file.path) else {
            continue;
        };
        modules.insert(module);
        if module != "all" {
            check_place(file, inside, report);
        }
    }
    modules.remove("all");
    for module in modules {
        check_listed(tree, module, report);
    }
}

/// `modules/htable/src/rpc.rs` is `htable` and `src/rpc.rs`.
fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("modules/")?.split_once('/')
}

fn check_place(file: &File, inside: &str, report: &mut Report) {
    let top = inside.split('/').next().unwrap_or_default();
    if !matches!(
        top,
        "Cargo.toml" | "src" | "specs" | "tests" | "benches" | "data" | "schema"
    ) {
        report.whole(
            &file.path,
            "a module folder holds Cargo.toml, src, specs; see modules/htable",
        );
        return;
    }
    let Some(source) = inside.strip_prefix("src/") else {
        return;
    };
    let stem = source.trim_end_matches(".rs");
    let face = stem.split('/').next().unwrap_or_default();
    if let Some((_, right)) = NEAR_MISSES.iter().find(|(wrong, _)| *wrong == face) {
        report.whole(&file.path, format!("is called {right}.rs in every module"));
    }
    let code = views(file.product_text()).code;
    for (attribute, right) in FACES {
        for (at, _) in code.match_indices(attribute) {
            if face != *right {
                let line = code[..at].lines().count().max(1);
                report.line(
                    &file.path,
                    line,
                    format!("`{attribute}…` belongs in {right}.rs"),
                );
            }
        }
    }
    if code.contains("exports!") && face != "lib" {
        report.whole(&file.path, "`exports!` belongs in lib.rs");
    }
}

fn check_listed(tree: &Tree, module: &str, report: &mut Report) {
    let folder = format!("modules/{module}");
    let Some(package) = tree.packages.iter().find(|p| p.folder == folder) else {
        report.whole(&folder, "is no package of the workspace");
        return;
    };
    let name = format!("mod-{module}");
    if package.name != name {
        report.whole(
            &format!("{folder}/Cargo.toml"),
            format!("the package is called {name}"),
        );
    }
    let all = tree.packages.iter().find(|p| p.folder == "modules/all");
    let depends = all.is_some_and(|all| all.dependencies.iter().any(|d| d.name == package.name));
    let feature = all.is_some_and(|all| all.features.iter().any(|f| f == module));
    let list = tree.text("modules/all/src/lib.rs").unwrap_or_default();
    let crate_name = package.name.replace('-', "_");
    if !depends || !feature {
        report.whole(
            "modules/all/Cargo.toml",
            format!("lacks the dependency {name} or the feature {module}"),
        );
    }
    if !list.contains(&format!("{crate_name}::")) {
        report.whole(
            "modules/all/src/lib.rs",
            format!("does not list {crate_name}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let mut report = Report::default();
        let (_, inside) = split(path).unwrap();
        check_place(&file, inside, &mut report);
        report.findings().to_vec()
    }

    #[test]
    fn faces_have_their_files() {
        assert!(found("modules/x/src/functions.rs", "#[script_function(a)]").is_empty());
        assert!(found("modules/x/src/functions/list.rs", "#[script_function(a)]").is_empty());
        assert!(found("modules/x/src/table.rs", "struct Table;").is_empty());
        assert_eq!(
            found("modules/x/src/lib.rs", "#[script_function(a)]").len(),
            1
        );
        assert_eq!(found("modules/x/src/table.rs", "exports! {}").len(), 1);
    }

    #[test]
    fn near_misses_are_found() {
        assert_eq!(found("modules/x/src/pvar.rs", "").len(), 1);
        assert_eq!(found("modules/x/notes.txt", "").len(), 1);
    }
}
