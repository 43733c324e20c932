//! `docs/reference/compat.md`: what this server has of what upstream's modules export, and how it differs.

use super::variables;
use module_api::{Compat, CoreSettings, ModuleEntry, ModuleExport, ParamSet, SettingEntry};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A kind of thing that modules export.
struct Kind {
    title: &'static str,
    /// What upstream has: the module and the name.
    theirs: Vec<(String, String)>,
    /// The names that a module of ours has.
    ours: fn(&ModuleEntry) -> BTreeSet<String>,
}

/// The page for these modules.
pub fn page(repository: &Path, modules: &[&'static ModuleExport]) -> String {
    let kinds = kinds(repository);
    let mut out = String::from(
        "# Compatibility with Kamailio\n\nWhat this server has of what upstream's modules export, and how it differs. \
         Generated from the catalog and from `crates/catalog/data/upstream`.\n\n\
         | module | functions | parameters | variables | transformations | RPC |\n|---|---|---|---|---|---|\n",
    );
    let mut details =
        String::from("\n## Core parameters\n\nAll are listed [apart](core-parameters.md).\n\n");
    setting_differences(&mut details, CoreSettings::SETTINGS);
    let mut fixed = variables::differences(repository, modules);
    details.push_str(&fixed.remove("core").unwrap_or_default());
    for module in modules.iter().map(|module| &module.entry) {
        let mut differences = row(&mut out, &kinds, module);
        entry_differences(&mut differences, module);
        differences.push_str(&fixed.remove(module.name).unwrap_or_default());
        if !differences.is_empty() {
            let _ = write!(details, "\n## {}\n\n{differences}", module.name);
        }
    }
    out.push_str(&details);
    let have: BTreeSet<&str> = modules.iter().map(|module| module.entry.name).collect();
    let known = upstream(repository, "modules.tsv", 0, 1);
    let lacks: Vec<&str> = known
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !have.contains(name))
        .collect();
    let _ = write!(
        out,
        "\n## Modules that are not there\n\n{}\n",
        lacks.join(", ")
    );
    out
}

/// The columns of the table.
fn kinds(repository: &Path) -> [Kind; 5] {
    let kind = |title, theirs, ours| Kind {
        title,
        theirs,
        ours,
    };
    [
        kind(
            "functions",
            upstream(repository, "functions.tsv", 0, 1),
            |module| {
                let functions = module.functions.iter();
                functions
                    .flat_map(|f| all_names(f.name, f.aliases))
                    .collect()
            },
        ),
        kind(
            "parameters",
            upstream(repository, "params.tsv", 0, 1),
            |module| module.settings.iter().map(|s| s.name.to_owned()).collect(),
        ),
        kind(
            "variables",
            upstream(repository, "pvars.tsv", 2, 1),
            |module| {
                let pvars = module.pvars.iter();
                pvars.flat_map(|p| all_names(p.name, p.aliases)).collect()
            },
        ),
        kind(
            "transformations",
            upstream_transformations(repository),
            |module| {
                let transformations = module.transformations.iter();
                transformations
                    .map(|t| format!("{}.{}", t.class, t.name))
                    .collect()
            },
        ),
        kind(
            "RPC commands",
            upstream(repository, "rpcs.tsv", 0, 1),
            |module| module.rpcs.iter().map(|rpc| rpc.name.to_owned()).collect(),
        ),
    ]
}

fn all_names(name: &str, aliases: &[&str]) -> Vec<String> {
    std::iter::once(name)
        .chain(aliases.iter().copied())
        .map(str::to_owned)
        .collect()
}

/// The rows of an upstream table: the module in the first column, and the column of names.
fn upstream(
    repository: &Path,
    table: &str,
    module_column: usize,
    name_column: usize,
) -> Vec<(String, String)> {
    let path = repository.join("crates/catalog/data/upstream").join(table);
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Some((
                columns.get(module_column)?.to_string(),
                columns.get(name_column)?.to_string(),
            ))
        })
        .collect()
}

fn upstream_transformations(repository: &Path) -> Vec<(String, String)> {
    let names = upstream(repository, "transformations.tsv", 1, 2);
    let owners = upstream(repository, "transformations.tsv", 0, 2);
    names
        .into_iter()
        .zip(owners)
        .map(|((class, name), (owner, _))| (owner, format!("{class}.{name}")))
        .collect()
}

/// Appends the row of a module: how much of each kind there is. Answers the lines about what is not.
fn row(out: &mut String, kinds: &[Kind], module: &ModuleEntry) -> String {
    let mut missing = String::new();
    let _ = write!(out, "| [{0}](modules/{0}.md) |", module.name);
    for kind in kinds {
        let ours = (kind.ours)(module);
        let theirs: BTreeSet<&str> = kind
            .theirs
            .iter()
            .filter(|(owner, _)| owner == module.name)
            .map(|(_, name)| name.as_str())
            .collect();
        let lacks: Vec<&str> = theirs
            .iter()
            .copied()
            .filter(|name| !ours.contains(*name))
            .collect();
        let _ = write!(out, " {} of {} |", theirs.len() - lacks.len(), theirs.len());
        if !lacks.is_empty() {
            let _ = writeln!(missing, "- {} not there: {}", kind.title, lacks.join(", "));
        }
    }
    out.push('\n');
    missing
}

/// What is there and differs.
fn entry_differences(out: &mut String, module: &ModuleEntry) {
    let functions = module
        .functions
        .iter()
        .map(|f| (format!("{}()", f.name), f.compat));
    let pvars = module
        .pvars
        .iter()
        .map(|p| (format!("${}", p.name), p.compat));
    for (name, compat) in functions.chain(pvars) {
        difference_line(out, &name, compat);
    }
    setting_differences(out, module.settings);
}

fn setting_differences(out: &mut String, settings: &[SettingEntry]) {
    for setting in settings {
        difference_line(out, &format!("parameter {}", setting.name), setting.compat);
    }
}

fn difference_line(out: &mut String, name: &str, compat: Compat) {
    let text = compat.difference();
    if !text.is_empty() {
        let _ = writeln!(out, "- `{name}`: {text}");
    }
}
