//! A parameter that a configuration may set is read by somebody, or says that it is accepted without effect.

use std::collections::BTreeSet;

use super::source::{declared, views};
use super::{Report, Tree};

pub fn check(tree: &Tree, report: &mut Report) {
    let read = fields_read(tree);
    for file in tree.rust() {
        if !file.product_text().contains("Params") {
            continue;
        }
        for (line, name) in settable(file.product_text()) {
            if !read.contains(name) {
                report.line(
                    &file.path,
                    line,
                    format!(
                        "nothing reads `{name}`: give it effect, or `compat = accepted(\"why\")`"
                    ),
                );
            }
        }
    }
}

/// The words behind a dot anywhere in the product: fields and methods that somebody asks for.
fn fields_read(tree: &Tree) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    for file in tree.rust() {
        let code = views(file.product_text()).code;
        for rest in code.split('.').skip(1) {
            let rest = rest.trim_start();
            let rest = rest.strip_prefix("r#").unwrap_or(rest);
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let word = &rest[..end.unwrap_or(rest.len())];
            if !word.is_empty() {
                read.insert(word.to_owned());
            }
        }
    }
    read
}

/// The fields of structs that derive `Params`, with their lines, but those that are accepted without effect.
fn settable(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut derives, mut inside, mut accepted) = (false, false, false);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with("#[derive(") {
            let traits = line.trim_start_matches("#[derive(").trim_end_matches(")]");
            derives = traits.split(',').any(|name| name.trim() == "Params");
        }
        if derives && line.ends_with('{') && line.contains("struct ") {
            (derives, inside) = (false, true);
        } else if inside && line == "}" {
            inside = false;
        } else if inside {
            accepted |= line.contains("accepted(");
            if let Some(name) = field(line) {
                if !accepted {
                    found.push((index + 1, name));
                }
                accepted = false;
            }
        }
    }
    found
}

/// The name of the field that a line of a struct declares.
fn field(line: &str) -> Option<&str> {
    let (name, kind) = declared(line)?;
    let name = name.strip_prefix("r#").unwrap_or(name);
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && kind.ends_with(',')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::testing::findings;

    fn found(declared: &str, used: &str) -> Vec<String> {
        let declared = format!("#[derive(Params, Clone)]\npub struct Params {{\n{declared}\n}}\n");
        findings(
            check,
            &[("a/src/params.rs", &declared), ("a/src/lib.rs", used)],
        )
    }

    #[test]
    fn a_parameter_that_nothing_reads_is_found() {
        let found = found(
            "    /// The size.\n    #[param(default = 1)]\n    pub size: i64,",
            "fn a() {}",
        );
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("params.rs:5") && found[0].contains("`size`"),
            "{found:?}"
        );
    }

    #[test]
    fn one_that_is_read_or_said_to_be_without_effect_passes() {
        assert!(found("    pub size: i64,", "fn a(p: &Params) { p.size; }").is_empty());
        assert!(
            found(
                "    pub(crate) r#return: i64,",
                "fn a(p: &Params) { p.r#return; }"
            )
            .is_empty()
        );
        let accepted = "    #[param(default = 1, compat = accepted(\"never\"))]\n    size: i64,";
        assert!(found(accepted, "fn a() {}").is_empty());
    }
}
