//! A configuration that upstream takes is taken here: what the catalog says of a function or a parameter allows at least
//! what the tables of upstream's exports say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where something fails"
)]

use module_api::{FunctionEntry, ModuleEntry, RouteKind, Routes, SettingKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A row of a table, by the names of its columns.
type Row = BTreeMap<String, String>;

/// Functions that 5.6.3 refuses to load in routes that the table has for them.
const REFUSED_BY_UPSTREAM: [&str; 1] = ["send_reply_error"];

/// The rows of a table that are about a module of ours, each with that module.
fn rows(table: &str) -> Vec<(&'static ModuleEntry, Row)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/catalog/data/upstream");
    let text = fs::read_to_string(folder.join(table)).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|cells| columns.iter().cloned().zip(cells).collect::<Row>())
        .filter_map(|row| {
            let mut modules = mod_all::MODULES.iter().map(|module| &module.entry);
            let module = modules.find(|module| module.name == row["module"])?;
            Some((module, row))
        })
        .collect()
}

fn routes_named(names: &str) -> Routes {
    let sets = names.split(',').map(|name| match name {
        "ANY" => Routes::ANY,
        "REQUEST" => Routes::REQUEST,
        "FAILURE" => Routes::FAILURE,
        "BRANCH" => Routes::BRANCH,
        "REPLY" => Routes::REPLY,
        "REPLY(core)" => Routes::CORE_REPLY,
        "REPLY(tm)" => Routes::TRANSACTION_REPLY,
        "ONSEND" => Routes::ONSEND,
        "LOCAL" => Routes::LOCAL,
        "BRANCH_FAILURE" => Routes::BRANCH_FAILURE,
        "EVENT" => Routes::EVENT,
        other => panic!("`{other}` is no set of routes"),
    });
    sets.reduce(Routes::or).unwrap()
}

fn is_named(form: &FunctionEntry, name: &str) -> bool {
    form.name == name || form.aliases.contains(&name)
}

/// Where upstream lets a function be called with so many arguments.
fn upstream_routes(row: &Row, arity: usize) -> Routes {
    let start = format!("{arity}:");
    let mut by_arity = row["routes_by_arity"].split(';');
    routes_named(
        by_arity
            .find_map(|part| part.strip_prefix(&start))
            .unwrap_or(&row["routes"]),
    )
}

/// Where ours lets it be called with so many; none when no calling form takes so many.
fn our_routes(module: &ModuleEntry, name: &str, arity: usize) -> Option<BTreeSet<RouteKind>> {
    let forms = module.functions.iter().filter(|form| {
        let least = form.params.iter().filter(|param| !param.optional).count();
        is_named(form, name) && (least..=form.params.len()).contains(&arity)
    });
    forms
        .map(|form| form.routes.iter().collect::<BTreeSet<_>>())
        .reduce(|routes, others| &routes | &others)
}

#[test]
fn functions_take_what_upstream_takes_wherever_it_does() {
    let mut found = Vec::new();
    for (module, row) in rows("functions.tsv") {
        let name = &*row["function"];
        let is_ours = module.functions.iter().any(|form| is_named(form, name));
        if !is_ours || REFUSED_BY_UPSTREAM.contains(&name) {
            continue;
        }
        for arity in row["arities"]
            .split(',')
            .filter_map(|arity| arity.parse().ok())
        {
            let theirs = upstream_routes(&row, arity).iter().collect();
            match our_routes(module, name, arity) {
                Some(ours) if ours.is_superset(&theirs) => {}
                ours => found.push(format!(
                    "{}.{name}() with {arity} arguments: {theirs:?}, here {ours:?}",
                    module.name
                )),
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn parameters_take_values_of_the_type_that_upstream_takes() {
    let mut found = Vec::new();
    for (module, row) in rows("params.tsv") {
        let mut settings = module.settings.iter();
        let Some(setting) = settings.find(|setting| setting.name == row["param"]) else {
            continue;
        };
        let theirs = &*row["type"];
        let fits = match setting.kind {
            // Named in the manual, and exported by no module.
            _ if theirs == "(doc only)" => true,
            SettingKind::Int => theirs.starts_with("int"),
            SettingKind::Text | SettingKind::TextList => theirs.starts_with("str"),
            SettingKind::Either => true,
        };
        if !fits {
            let (module, name, ours) = (module.name, setting.name, setting.kind);
            found.push(format!("{module}.{name}: {theirs}, here {ours}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
