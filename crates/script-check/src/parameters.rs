//! Parameters of modules that are given twice, of which only the last counts.

use crate::Context;
use catalog::{ModuleEntry, SettingKind};
use diagnostics::codes::params;
use diagnostics::{Diagnostic, Span};
use script_syntax::ast::{ItemKind, ModuleParameter, ParameterValue, Script};
use std::collections::BTreeMap;

pub fn check(script: &Script, context: &mut Context<'_>) {
    let mut given: BTreeMap<(&str, &str), (&ParameterValue, Span)> = BTreeMap::new();
    for item in &script.items {
        let ItemKind::ModuleParameter(parameter) = &item.kind else {
            continue;
        };
        for module in &context.names.loaded {
            if !names(parameter, module) || !replaces(module, &parameter.name.value) {
                continue;
            }
            let key = (module.name, &*parameter.name.value);
            let now = (&parameter.value, item.span);
            let Some((value, place)) = given.insert(key, now) else {
                continue;
            };
            if is_same(value, &parameter.value) {
                continue;
            }
            let message = format!(
                "parameter `{}` of module `{}` is given again: only this value counts",
                key.1, key.0
            );
            let warning = Diagnostic::warning(params::GIVEN_TWICE, item.span, message)
                .also(place, "this value is never used");
            context.found.push(warning);
        }
    }
}

/// Whether the parameter names the module and no other. What is meant for several modules is a default that one of them may
/// have otherwise.
fn names(parameter: &ModuleParameter, module: &ModuleEntry) -> bool {
    &*parameter.modules.value == module.name
}

/// Whether each value takes the place of the one before.
fn replaces(module: &ModuleEntry, name: &str) -> bool {
    let setting = module.settings.iter().find(|setting| setting.name == name);
    setting.is_some_and(|setting| matches!(setting.kind, SettingKind::Int | SettingKind::Text))
}

fn is_same(one: &ParameterValue, other: &ParameterValue) -> bool {
    match (one, other) {
        (ParameterValue::Int(one), ParameterValue::Int(other)) => one.value == other.value,
        (ParameterValue::String(one), ParameterValue::String(other)) => one.value == other.value,
        (ParameterValue::Word(one), ParameterValue::Word(other)) => one.text == other.text,
        _ => false,
    }
}
