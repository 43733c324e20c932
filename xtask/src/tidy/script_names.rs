//! The string a script knows something by occurs in exactly one Rust file, so that grep lands on it.

use std::collections::BTreeMap;

use super::source::views;
use super::{File, Report, Tree};

/// Attributes whose first argument is a name that scripts or operators use.
const ATTRIBUTES: &[&str] = &["script_function", "rpc"];

pub fn check(tree: &Tree, report: &mut Report) {
    let mut homes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in tree.rust() {
        for name in registered(file) {
            let files = homes.entry(name).or_default();
            if !files.contains(&file.path.as_str()) {
                files.push(&file.path);
            }
        }
    }
    for (name, files) in &homes {
        let shared = OF_SEVERAL_MODULES.contains(&name.as_str());
        for extra in files.iter().skip(1).filter(|_| !shared) {
            report.whole(extra, format!("`{name}` is registered in {} too", files[0]));
        }
        // The functions of the core are words of the grammar.
        let is_core = files.iter().any(|file| file.starts_with("modules/core/"));
        if is_core || ALSO_WORDS.contains(&name.as_str()) {
            continue;
        }
        let literal = format!("\"{name}\"");
        for file in tree.rust() {
            let owned = files.contains(&file.path.as_str());
            if !owned && is_product(&file.path) && in_code(file.product_text(), &literal) {
                report.whole(
                    &file.path,
                    format!("says {literal}, which belongs to {} alone", files[0]),
                );
            }
        }
    }
}

/// What more than one module offers upstream, too.
const OF_SEVERAL_MODULES: &[&str] = &["start_recording"];

/// Names that also are words of the language or of the command line, selects, keys of variables, or what a parameter of
/// another module names by default.
const ALSO_WORDS: &[&str] = &[
    "acc_log_request",
    "add_tcp_alias",
    "hf_value_exists",
    "record_route",
    "replace",
    "subst",
];

/// Tools and the spec runner talk about scripts; the product itself must not repeat a name.
fn is_product(path: &str) -> bool {
    let product = ["crates/", "modules/", "bin/"]
        .iter()
        .any(|folder| path.starts_with(folder));
    // The list of modules names modules, which may be called like one of their functions.
    product && !path.starts_with("modules/all/")
}

/// Whether the string literal occurs outside comments, and not as the name of a pvar or of a module,
/// which may be the same upstream.
fn in_code(text: &str, literal: &str) -> bool {
    let other = ["//", "#[pvar(", "name: "];
    text.lines()
        .filter(|line| line.contains(literal))
        .any(|line| {
            !other
                .iter()
                .any(|start| line.trim_start().starts_with(start))
        })
}

/// The names that a file registers.
fn registered(file: &File) -> Vec<String> {
    let text = file.product_text();
    let code = views(text).code;
    let mut names = Vec::new();
    for attribute in ATTRIBUTES {
        let open = format!("#[{attribute}(");
        for (at, _) in code.match_indices(&open) {
            let rest = text[at + open.len()..].trim_start();
            let end = rest.find([',', ')']).unwrap_or(rest.len());
            let name = rest[..end].trim().trim_matches('"');
            if !name.is_empty() {
                names.push(name.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    const HOME: (&str, &str) = (
        "modules/htable/src/functions.rs",
        "#[script_function(sht_rm, routes = ANY)]\nfn remove() {}",
    );

    #[test]
    fn a_name_said_elsewhere_is_found() {
        let other = ("crates/server/src/a.rs", "let a = \"sht_rm\";");
        assert_eq!(findings(check, &[HOME, other]).len(), 1);
        let comment = (
            "crates/server/src/a.rs",
            "// \"sht_rm\"\nlet a = \"sht_rm_all\";",
        );
        assert_eq!(findings(check, &[HOME, comment]).len(), 0);
        let pvar = ("modules/htable/src/pvars.rs", "#[pvar(\"sht_rm\")]");
        assert_eq!(findings(check, &[HOME, pvar]).len(), 0);
    }

    #[test]
    fn a_name_registered_twice_is_found() {
        let other = (
            "modules/other/src/functions.rs",
            "#[script_function(sht_rm)]",
        );
        assert_eq!(findings(check, &[HOME, other]).len(), 1);
    }
}
