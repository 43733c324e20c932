//! The reference pages: one for the core parameters, one for each module, and the comparison with upstream.

use module_api::{Compat, CoreSettings, ModuleEntry, ModuleExport, ParamSet, SettingEntry};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// All pages: their paths in the repository and what is in them.
pub fn pages(repository: &Path) -> Vec<(String, String)> {
    let modules = mod_all::MODULES;
    let mut pages = vec![
        (
            "docs/reference/compat.md".to_owned(),
            compat(repository, modules),
        ),
        (
            "docs/reference/core-parameters.md".to_owned(),
            core_parameters_page(),
        ),
    ];
    for module in modules {
        let path = format!("docs/reference/modules/{}.md", module.entry.name);
        pages.push((path, module_page(repository, &module.entry)));
    }
    pages
}

/// The overview that a module's crate opens with.
fn overview(repository: &Path, module: &str) -> String {
    let path = repository.join("modules").join(module).join("src/lib.rs");
    let source = fs::read_to_string(path).unwrap_or_default();
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn core_parameters_page() -> String {
    let mut out = String::from(
        "# Core parameters\n\nThose of the kind `name = value` at the top of a configuration. `listen`, `socket`, `alias`, `flags`, `loadmodule` and the \
         like are statements of the language.\n",
    );
    let mut settings = CoreSettings::SETTINGS.to_vec();
    settings.sort_by_key(|setting| setting.name);
    parameters(&mut out, "##", &settings);
    out
}

fn parameters(out: &mut String, level: &str, settings: &[SettingEntry]) {
    for setting in settings {
        let default = match setting.default {
            "" => "none",
            default => default,
        };
        let _ = write!(
            out,
            "\n{level} {} ({})\n\nDefault: {default}\n\n{}\n",
            setting.name,
            setting.kind,
            setting.doc.trim()
        );
        paragraph(out, &setting.compat.difference());
    }
}

fn module_page(repository: &Path, module: &ModuleEntry) -> String {
    let mut out = format!(
        "# {}\n\n{}\n",
        module.name,
        overview(repository, module.name)
    );
    if !module.settings.is_empty() {
        out.push_str("\n## Parameters\n");
        parameters(&mut out, "###", module.settings);
    }
    if !module.functions.is_empty() {
        out.push_str("\n## Functions\n");
        for function in module.functions {
            let params: Vec<String> = function
                .params
                .iter()
                .map(|param| {
                    if param.optional {
                        format!("[{}]", param.name)
                    } else {
                        param.name.to_owned()
                    }
                })
                .collect();
            let _ = write!(out, "\n### {}({})\n\n", function.name, params.join(", "));
            if !function.aliases.is_empty() {
                let _ = write!(out, "Also: {}.\n\n", function.aliases.join(", "));
            }
            let _ = write!(
                out,
                "From: {}.{}\n\n",
                function.routes,
                if function.waits {
                    " May park the run."
                } else {
                    ""
                }
            );
            let _ = writeln!(out, "{}", function.doc.trim());
            paragraph(&mut out, &function.compat.difference());
        }
    }
    if !module.pvars.is_empty() {
        out.push_str("\n## Variables\n");
        for pvar in module.pvars {
            let written = if pvar.writable {
                " (can be written)"
            } else {
                ""
            };
            let aliases: Vec<String> = pvar
                .aliases
                .iter()
                .map(|alias| format!(", ${alias}"))
                .collect();
            let _ = write!(
                out,
                "\n### ${}{}{written}\n\n{}\n",
                pvar.name,
                aliases.concat(),
                pvar.doc.trim()
            );
            if pvar.waits {
                paragraph(&mut out, "Reading it may park the run.");
            }
            paragraph(&mut out, &pvar.compat.difference());
        }
    }
    list(
        &mut out,
        "Transformations",
        module
            .transformations
            .iter()
            .map(|t| (format!("{{{}.{}}}", t.class, t.name), t.doc)),
    );
    list(
        &mut out,
        "RPC commands",
        module.rpcs.iter().map(|rpc| (rpc.name.to_owned(), rpc.doc)),
    );
    list(
        &mut out,
        "Event routes",
        module
            .event_routes
            .iter()
            .map(|e| (e.name.to_owned(), e.doc)),
    );
    list(
        &mut out,
        "Statistics",
        module
            .statistics
            .iter()
            .map(|s| (format!("{}:{}", s.group, s.name), s.doc)),
    );
    out
}

fn paragraph(out: &mut String, text: &str) {
    if !text.is_empty() {
        let _ = write!(out, "\n{text}\n");
    }
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = (String, &'static str)>) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        let _ = write!(out, "\n## {title}\n\n");
        for (name, doc) in items {
            let doc: Vec<&str> = doc.split_whitespace().collect();
            let _ = writeln!(out, "- `{name}`: {}", doc.join(" "));
        }
    }
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

/// What upstream has of a module and this server has not.
fn lacking(theirs: &[(String, String)], module: &str, ours: &BTreeSet<String>) -> Vec<String> {
    let names: BTreeSet<&String> = theirs
        .iter()
        .filter(|(owner, _)| owner == module)
        .map(|(_, name)| name)
        .collect();
    names
        .into_iter()
        .filter(|name| !ours.contains(*name))
        .cloned()
        .collect()
}

fn compat(repository: &Path, modules: &[&'static ModuleExport]) -> String {
    let functions = upstream(repository, "functions.tsv", 0, 1);
    let params = upstream(repository, "params.tsv", 0, 1);
    let pvars = upstream(repository, "pvars.tsv", 2, 1);
    let rpcs = upstream(repository, "rpcs.tsv", 0, 1);
    let transformations: Vec<(String, String)> = {
        let names = upstream(repository, "transformations.tsv", 1, 2);
        let owners = upstream(repository, "transformations.tsv", 0, 2);
        names
            .into_iter()
            .zip(owners)
            .map(|((class, name), (owner, _))| (owner, format!("{class}.{name}")))
            .collect()
    };
    let known: Vec<(String, String)> = upstream(repository, "modules.tsv", 0, 1);
    let mut out = String::from(
        "# Compatibility with Kamailio\n\nWhat this server has of what upstream's modules export, and how it differs. \
         Generated from the catalog and from `crates/catalog/data/upstream`.\n\n\
         | module | functions | parameters | variables | transformations | RPC |\n|---|---|---|---|---|---|\n",
    );
    let mut details =
        String::from("\n## Core parameters\n\nAll are listed [apart](core-parameters.md).\n\n");
    setting_differences(&mut details, CoreSettings::SETTINGS);
    for module in modules.iter().map(|module| &module.entry) {
        let names = |aliases: &[&str], name: &str| {
            std::iter::once(name)
                .chain(aliases.iter().copied())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let ours_functions = module
            .functions
            .iter()
            .flat_map(|f| names(f.aliases, f.name))
            .collect();
        let ours_params = module.settings.iter().map(|s| s.name.to_owned()).collect();
        let ours_pvars = module
            .pvars
            .iter()
            .flat_map(|p| names(p.aliases, p.name))
            .collect();
        let ours_trans = module
            .transformations
            .iter()
            .map(|t| format!("{}.{}", t.class, t.name))
            .collect();
        let ours_rpcs = module.rpcs.iter().map(|rpc| rpc.name.to_owned()).collect();
        let columns: [(&[(String, String)], &BTreeSet<String>, &str); 5] = [
            (&functions, &ours_functions, "functions"),
            (&params, &ours_params, "parameters"),
            (&pvars, &ours_pvars, "variables"),
            (&transformations, &ours_trans, "transformations"),
            (&rpcs, &ours_rpcs, "RPC commands"),
        ];
        let _ = write!(out, "| [{0}](modules/{0}.md) |", module.name);
        let mut missing = String::new();
        for (theirs, ours, kind) in columns {
            let lacks = lacking(theirs, module.name, ours);
            let all: BTreeSet<_> = theirs
                .iter()
                .filter(|(owner, _)| owner == module.name)
                .collect();
            let _ = write!(
                out,
                " {} of {} |",
                all.len().saturating_sub(lacks.len()),
                all.len()
            );
            if !lacks.is_empty() {
                let _ = writeln!(missing, "- {kind} not there: {}", lacks.join(", "));
            }
        }
        out.push('\n');
        differences(&mut missing, module);
        if !missing.is_empty() {
            let _ = write!(details, "\n## {}\n\n{missing}", module.name);
        }
    }
    out.push_str(&details);
    let have: BTreeSet<&str> = modules.iter().map(|module| module.entry.name).collect();
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

/// What is there and differs.
fn differences(out: &mut String, module: &ModuleEntry) {
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
