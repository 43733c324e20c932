//! The reference pages: one for the core parameters, one for each module, and the comparison with upstream.

mod compat;
mod variables;

use module_api::{CoreSettings, FunctionEntry, ModuleEntry, ParamSet, PvarEntry, SettingEntry};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// All pages: their paths in the repository and what is in them.
pub fn pages(repository: &Path) -> Vec<(String, String)> {
    let modules = mod_all::MODULES;
    let mut pages = vec![
        (
            "docs/reference/compat.md".to_owned(),
            compat::page(repository, modules),
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
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    without_links(&lines.join("\n"))
}

/// The text of a doc comment without its links to Rust items, which lead nowhere from here.
fn without_links(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`")
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
        for form in module.functions {
            function(&mut out, form);
        }
    }
    if !module.pvars.is_empty() {
        out.push_str("\n## Variables\n");
        for class in module.pvars {
            variable(&mut out, class);
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

fn function(out: &mut String, function: &FunctionEntry) {
    let _ = write!(out, "\n### {}\n\n", function.form(function.name));
    if !function.aliases.is_empty() {
        let _ = write!(out, "Also: {}.\n\n", function.aliases.join(", "));
    }
    let waits = if function.waits {
        " May park the run."
    } else {
        ""
    };
    let _ = write!(out, "From: {}.{waits}\n\n", function.routes);
    let _ = writeln!(out, "{}", function.doc.trim());
    paragraph(out, &function.compat.difference());
}

fn variable(out: &mut String, pvar: &PvarEntry) {
    let aliases: String = pvar
        .aliases
        .iter()
        .map(|alias| format!(", ${alias}"))
        .collect();
    let written = if pvar.writable {
        " (can be written)"
    } else {
        ""
    };
    let _ = write!(
        out,
        "\n### ${}{aliases}{written}\n\n{}\n",
        pvar.name,
        pvar.doc.trim()
    );
    if pvar.waits {
        paragraph(out, "Reading it may park the run.");
    }
    paragraph(out, &pvar.compat.difference());
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
            let _ = writeln!(out, "- `{name}`: {}", without_links(&doc.join(" ")));
        }
    }
}
