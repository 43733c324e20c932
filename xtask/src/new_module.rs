//! `cargo xtask new-module NAME ABOUT`: a folder in the form of `modules/htable`, listed in `modules/all`.
//!
//! The folder begins with the one file that every module has. What upstream's module of the same name exports is
//! printed as the list of what to write.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use lexopt::prelude::{Value, ValueExt};

use crate::workspace::root;

const MANIFEST: &str = include_str!("new_module/Cargo.toml.in");
const FACE: &str = include_str!("new_module/lib.rs.in");
const FACTS: &str = "crates/catalog/data/upstream";

/// Files of facts: which column holds the module, which the name, and what the items are called.
const TABLES: &[(&str, usize, usize, &str)] = &[
    ("params.tsv", 0, 1, "parameters"),
    ("functions.tsv", 0, 1, "functions"),
    ("pvars.tsv", 2, 0, "pvars"),
    ("transformations.tsv", 0, 2, "transformations"),
    ("rpcs.tsv", 0, 1, "RPCs"),
    ("event_routes.tsv", 0, 1, "event routes"),
    ("statistics.tsv", 2, 1, "statistics"),
];

/// Runs `cargo xtask new-module NAME ABOUT`.
///
/// # Errors
/// When the name is none for a module, or the module exists.
pub fn run(mut parser: lexopt::Parser) -> Result<()> {
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let [name, about] = &words[..] else {
        bail!(
            "usage: cargo xtask new-module NAME ABOUT\n  ABOUT says in a few words what it is for, such as \"Hash tables shared by all calls\""
        );
    };
    create(&root(), name, about.trim_end_matches('.'))?;
    print_work(&root(), name)
}

fn create(root: &Path, name: &str, about: &str) -> Result<()> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_word) {
        bail!(
            "`{name}`: a module's folder has Kamailio's name of it, a small letter and then small letters, digits and _"
        );
    }
    if about.is_empty() || about.contains(['"', '\\', '\n']) {
        bail!("`{about}`: a few words in one line, without quotes");
    }
    let folder = root.join("modules").join(name);
    if folder.exists() {
        bail!("modules/{name} exists");
    }
    let fill_in = |template: &str| {
        template
            .replace("@NAME@", name)
            .replace("@TYPE@", &type_name(name))
            .replace("@ABOUT@", about)
    };
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), fill_in(FACE))?;
    fs::write(folder.join("Cargo.toml"), fill_in(MANIFEST))?;
    edit(&root.join("modules/all/Cargo.toml"), |text| {
        list_in_manifest(text, name)
    })?;
    edit(&root.join("modules/all/src/lib.rs"), |text| {
        list_in_source(text, name)
    })
}

fn edit(path: &Path, change: impl Fn(&str) -> Option<String>) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {path:?}"))?;
    let changed =
        change(&text).with_context(|| format!("{path:?} has lost the form this expects"))?;
    Ok(fs::write(path, changed)?)
}

/// `auth_db` is `AuthDb`.
fn type_name(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn list_in_manifest(text: &str, name: &str) -> Option<String> {
    let dependency = format!("mod-{name} = {{ path = \"../{name}\", optional = true }}");
    let feature = format!("{name} = [\"dep:mod-{name}\"]");
    let text = insert_sorted(text, "[dependencies]", &dependency, |line| {
        line.starts_with("mod-")
    })?;
    let text = insert_sorted(&text, "[features]", &feature, |line| {
        line.contains("[\"dep:mod-")
    })?;
    insert_sorted(&text, "default = [", &format!("    \"{name}\","), |line| {
        line.starts_with("    \"")
    })
}

fn list_in_source(text: &str, name: &str) -> Option<String> {
    let start = text.find("pub static MODULES")?;
    let end = start + text[start..].find("];")?;
    let mut entries: Vec<&str> = text[start..end].lines().skip(1).collect();
    let entry = format!("    #[cfg(feature = \"{name}\")]\n    &mod_{name}::MODULE,");
    // An entry is its `cfg` line and the line after it.
    let place = entries
        .iter()
        .position(|line| line.contains("cfg(feature") && *line > entry.as_str())
        .unwrap_or(entries.len());
    entries.insert(place, &entry);
    let head = text[start..end].lines().next()?;
    Some(format!(
        "{}{head}\n{}\n{}",
        &text[..start],
        entries.join("\n"),
        &text[end..]
    ))
}

/// Inserts `line` after the line `heading`, among those that follow it and are of the same kind, in order.
fn insert_sorted(
    text: &str,
    heading: &str,
    line: &str,
    is_kin: fn(&str) -> bool,
) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|l| *l == heading)? + 1;
    // An array ends with its bracket, a table where the next one begins.
    let is_array = heading.ends_with('[');
    let section = lines[start..].iter().take_while(|other| match is_array {
        true => **other != "]",
        false => !other.starts_with('['),
    });
    let last_before = section
        .enumerate()
        .filter(|(_, other)| is_kin(other) && **other < line)
        .last();
    let first_kin = lines[start..].iter().position(|other| is_kin(other));
    let place = match (last_before, first_kin) {
        (Some((index, _)), _) => index + 1,
        (None, Some(index)) => index,
        (None, None) => 0,
    };
    lines.insert(start + place, line);
    Some(lines.join("\n") + "\n")
}

/// Prints what upstream's module exports.
fn print_work(root: &Path, name: &str) -> Result<()> {
    println!(
        "modules/{name} is there and listed in modules/all; copy its faces from modules/htable."
    );
    let mut is_upstream = false;
    for (file, module_column, name_column, what) in TABLES {
        let path = root.join(FACTS).join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {path:?}"))?;
        let items: Vec<&str> = text
            .lines()
            .map(|line| line.split('\t').collect::<Vec<&str>>())
            .filter(|row| row.get(*module_column) == Some(&name))
            .filter_map(|row| row.get(*name_column).copied())
            .collect();
        if !items.is_empty() {
            is_upstream = true;
            println!("{what} upstream: {}", items.join(" "));
        }
    }
    if !is_upstream {
        println!(
            "upstream has no module of that name, or it exports nothing: what yours has is `compat = ours`"
        );
    }
    println!("how to go on: CONTRIBUTING.md, \"Add a module\"");
    println!("prove it: cargo test -p mod-{name} && cargo xtask generate && cargo xtask check");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "\
[features]
default = [
    \"htable\",
    \"tm\",
]
htable = [\"dep:mod-htable\"]
tm = [\"dep:mod-tm\"]

[dependencies]
module-api.workspace = true
mod-htable = { path = \"../htable\", optional = true }
mod-tm = { path = \"../tm\", optional = true }

[lints]
workspace = true
";

    const LIST: &str = "\
/// All.
pub static MODULES: &[&ModuleExport] = &[
    #[cfg(feature = \"htable\")]
    &mod_htable::MODULE,
    #[cfg(feature = \"tm\")]
    &mod_tm::MODULE,
];
";

    fn order(text: &str, wanted: &[&str]) {
        let places: Vec<usize> = wanted.iter().map(|line| text.find(line).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn a_module_is_listed_between_its_neighbours() {
        let manifest = list_in_manifest(ALL, "sl").unwrap();
        order(
            &manifest,
            &[
                "\"htable\",",
                "\"sl\",",
                "\"tm\",",
                "]\nhtable = ",
                "sl = [\"dep:mod-sl\"]",
                "tm = ",
            ],
        );
        order(
            &manifest,
            &[
                "mod-htable = {",
                "mod-sl = { path = \"../sl\", optional = true }",
                "mod-tm = {",
                "[lints]",
            ],
        );
        let list = list_in_source(LIST, "sl").unwrap();
        order(
            &list,
            &[
                "&mod_htable::MODULE,",
                "#[cfg(feature = \"sl\")]\n    &mod_sl::MODULE,",
                "#[cfg(feature = \"tm\")]",
                "];\n",
            ],
        );
    }

    #[test]
    fn a_module_may_come_first_or_last() {
        for name in ["acc", "xlog"] {
            let list = list_in_source(LIST, name).unwrap();
            assert_eq!(list.lines().count(), LIST.lines().count() + 2, "{list}");
            let manifest = list_in_manifest(ALL, name).unwrap();
            assert_eq!(
                manifest.lines().count(),
                ALL.lines().count() + 3,
                "{manifest}"
            );
        }
        order(
            &list_in_source(LIST, "acc").unwrap(),
            &["mod_acc", "mod_htable"],
        );
        order(
            &list_in_source(LIST, "xlog").unwrap(),
            &["mod_tm", "mod_xlog", "];"],
        );
    }

    #[test]
    fn the_type_has_the_name_without_underscores() {
        assert_eq!(type_name("auth_db"), "AuthDb");
        assert_eq!(type_name("sl"), "Sl");
    }
}
