//! `kahea explain WORD`: what something that a configuration or an operator can name is.

use crate::FAILED;
use crate::commands::{show, tell};
use catalog::{Compat, FunctionEntry, ModuleEntry, SettingEntry};
use module_api::{CoreSettings, ParamSet};
use std::process::ExitCode;

/// What the language itself knows at the top of a configuration, in a line each.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "alias",
        "a name of ours: alias=[proto:]host[:port]; what is sent to it is for this server",
    ),
    (
        "branch_route",
        "a block that is run for every branch of a transaction, once armed by t_on_branch",
    ),
    (
        "event_route",
        "a block that is run when the event that it is named after happens",
    ),
    (
        "failure_route",
        "a block that is run when all branches have failed, once armed by t_on_failure",
    ),
    (
        "flags",
        "names for the numbers of message flags: flags FLAG_NAT:5, FLAG_ACC",
    ),
    (
        "import_file",
        "reads another file at this place, if there is one",
    ),
    ("include_file", "reads another file at this place"),
    (
        "listen",
        "an address to listen on: listen=proto:address:port, with `advertise` and `name` behind it",
    ),
    ("loadmodule", "loads a module: loadmodule \"htable.so\""),
    (
        "loadpath",
        "the folders of modules; they are part of the server, so that no file is looked for",
    ),
    (
        "modparam",
        "sets a parameter of a module: modparam(\"htable\", \"htable\", \"a=>size=8\")",
    ),
    (
        "onreply_route",
        "a block that is run for the responses of a transaction, once armed by t_on_reply",
    ),
    (
        "onsend_route",
        "the block that is run before a request is sent",
    ),
    (
        "reply_route",
        "the block that is run for every response that comes in",
    ),
    (
        "request_route",
        "the block that is run for every request that comes in",
    ),
    ("route", "a block that others run by its name: route(NAME)"),
    (
        "socket",
        "an address to listen on, with its attributes in braces: socket={ bind = udp:address:port }",
    ),
];

/// Shows all that goes by a name.
pub fn explain(word: &str) -> ExitCode {
    if let Some(code) = diagnostics::codes::find(word) {
        show(diagnostics::codes::explain(code));
        return ExitCode::SUCCESS;
    }
    let name = bare(word);
    let mut found = Vec::new();
    for (statement, doc) in STATEMENTS {
        if *statement == name {
            found.push(format!("statement {name}: {doc}\n"));
        }
    }
    for setting in CoreSettings::SETTINGS {
        if setting.name == name {
            found.push(setting_text("core parameter", setting));
        }
    }
    for module in mod_all::MODULES {
        of_module(&module.entry, name, &mut found);
    }
    if found.is_empty() {
        let near = diagnostics::did_you_mean(name, names());
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        tell(format_args!("kahea: nothing is called `{word}`{near}"));
        return ExitCode::from(FAILED);
    }
    show(found.join("\n"));
    ExitCode::SUCCESS
}

/// The name in a word as a script has it: `$sht(a=>x)`, `sht_rm("a")`, `{s.len}`, `event_route[htable:mod-init]`.
fn bare(word: &str) -> &str {
    let word = word.trim_matches(['{', '}']).trim_start_matches('$');
    let event = word.strip_prefix("event_route[");
    if let Some(event) = event.and_then(|event| event.strip_suffix(']')) {
        return event;
    }
    match word.split_once('(') {
        Some((name, _)) if !name.is_empty() => name,
        _ => word,
    }
}

/// All that can be explained, but codes and what is made up of two words.
fn names() -> impl Iterator<Item = &'static str> {
    let statements = STATEMENTS.iter().map(|(statement, _)| *statement);
    let settings = CoreSettings::SETTINGS.iter().map(|setting| setting.name);
    let of_modules = mod_all::MODULES.iter().flat_map(|module| {
        let module = &module.entry;
        let functions = module.functions.iter().map(|function| function.name);
        let pvars = module.pvars.iter().map(|pvar| pvar.name);
        let settings = module.settings.iter().map(|setting| setting.name);
        let rpcs = module.rpcs.iter().map(|rpc| rpc.name);
        let events = module.event_routes.iter().map(|event| event.name);
        let own = std::iter::once(module.name);
        let of_scripts = own.chain(functions).chain(pvars).chain(settings);
        of_scripts.chain(rpcs).chain(events)
    });
    statements.chain(settings).chain(of_modules)
}

/// What of a module goes by the name.
fn of_module(module: &ModuleEntry, name: &str, found: &mut Vec<String>) {
    if module.name == name {
        found.push(format!("module {name}: {}\n", module.doc));
    }
    let functions = module.functions.iter().filter(|f| f.is_called(name));
    found.extend(functions.map(|function| function_text(name, module.name, function)));
    for pvar in module.pvars.iter().filter(|pvar| pvar.is_called(name)) {
        let head = format!("${name}, module {}", module.name);
        found.push(text(&head, pvar.doc, pvar.compat));
    }
    for entry in module.transformations {
        let full = format!("{}.{}", entry.class, entry.name);
        if full == name {
            let head = format!("{{{full}}}, module {}", module.name);
            found.push(text(&head, entry.doc, Compat::Full));
        }
    }
    let settings = module.settings.iter().filter(|s| s.name == name);
    found.extend(settings.map(|s| setting_text(&format!("parameter of {}", module.name), s)));
    for rpc in module.rpcs.iter().filter(|rpc| rpc.name == name) {
        let head = format!("RPC {name}, module {}", module.name);
        found.push(text(&head, rpc.doc, Compat::Full));
    }
    for event in module.event_routes.iter().filter(|e| e.name == name) {
        found.push(format!(
            "event_route[{name}], module {}: {}\n",
            module.name, event.doc
        ));
    }
    for statistic in module.statistics {
        if statistic.name == name || format!("{}:{}", statistic.group, statistic.name) == name {
            found.push(format!(
                "statistic {}:{}: {}\n",
                statistic.group, statistic.name, statistic.doc
            ));
        }
    }
}

fn function_text(name: &str, module: &str, function: &FunctionEntry) -> String {
    let form = function.form(name);
    let head = format!("{form}, module {module}, in {}", function.routes);
    text(&head, function.doc, function.compat)
}

fn setting_text(what: &str, setting: &SettingEntry) -> String {
    let default = match setting.default {
        "" => "none",
        default => default,
    };
    let head = format!(
        "{what} {} ({}, default: {default})",
        setting.name, setting.kind
    );
    text(&head, setting.doc, setting.compat)
}

fn text(head: &str, doc: &str, compat: Compat) -> String {
    match compat.difference() {
        difference if difference.is_empty() => format!("{head}\n\n{doc}\n"),
        difference => format!("{head}\n\n{doc}\n\n{difference}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(module: &str, name: &str) -> String {
        let mut found = Vec::new();
        let module = mod_all::MODULES.iter().find(|m| m.entry.name == module);
        of_module(&module.unwrap().entry, name, &mut found);
        found.join("\n")
    }

    #[test]
    fn whatever_a_module_offers_is_explained() {
        for (module, name, head) in [
            ("htable", "sht_rm", "sht_rm(table, key), module htable, in "),
            (
                "htable",
                "htable.dump",
                "RPC htable.dump, module htable\n\n",
            ),
            ("htable", "sht", "$sht, module htable\n\n"),
            ("pv", "s.len", "{s.len}, module pv\n\n"),
            (
                "sl",
                "sl:local-response",
                "event_route[sl:local-response], module sl: ",
            ),
            (
                "sl",
                "bind_tm",
                "parameter of sl bind_tm (integer, default: 1)",
            ),
        ] {
            let shown = shown(module, name);
            assert!(shown.starts_with(head), "{name}: {shown}");
        }
    }

    #[test]
    fn a_name_may_be_written_as_a_script_has_it() {
        for (word, name) in [
            ("$sht(a=>x)", "sht"),
            ("sht_rm(\"a\", \"b\")", "sht_rm"),
            ("sht_rm()", "sht_rm"),
            ("{s.len}", "s.len"),
            ("event_route[htable:mod-init]", "htable:mod-init"),
            ("$(", "("),
        ] {
            assert_eq!(bare(word), name, "{word}");
        }
    }

    #[test]
    fn a_name_with_a_typing_mistake_is_one_that_there_is() {
        for (wrong, name) in [
            ("sht_rn", "sht_rm"),
            ("is_metod", "is_method"),
            ("fr_tmier", "fr_timer"),
            ("ul.dmup", "ul.dump"),
            ("request_rout", "request_route"),
        ] {
            let near = diagnostics::did_you_mean(wrong, names());
            assert_eq!(near, Some(name), "{wrong}");
        }
    }

    #[test]
    fn what_has_no_effect_is_said_so() {
        let children = CoreSettings::SETTINGS.iter().find(|s| s.name == "children");
        let shown = setting_text("core parameter", children.unwrap());
        assert!(shown.contains("Accepted without effect: "), "{shown}");
    }
}
