//! Modules that are used further up than they are loaded, or loaded twice. Kamailio refuses both.

use crate::{Context, walk};
use diagnostics::codes::{names, params};
use diagnostics::{Diagnostic, Span};
use script_syntax::ast::{ExprKind, ItemKind, RouteBlock, Script};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(script: &Script, context: &mut Context<'_>) {
    let mut order = Order::new(script, context);
    for item in &script.items {
        match &item.kind {
            ItemKind::LoadModule(load) => {
                let module = load.module();
                match order.later.remove(module) {
                    Some(_) => drop(order.above.insert(module, load.path.span)),
                    None if load.may_be_loaded() => {}
                    None => order.report_again(module, load.path.span),
                }
            }
            ItemKind::ModuleParameter(parameter) => {
                let modules = &parameter.modules;
                order.report_early(&modules.value, modules.span, "a parameter of");
            }
            ItemKind::Route(block) => order.check_calls(block, context),
            _ => {}
        }
    }
    context.found.extend(order.found);
}

/// What has been loaded so far.
struct Order<'a> {
    /// Where modules are loaded, further up.
    above: BTreeMap<&'a str, Span>,
    /// Where modules are loaded for the first time, further down.
    later: BTreeMap<&'a str, Span>,
    /// Those that it has been said of.
    told: BTreeSet<String>,
    found: Vec<Diagnostic>,
}

impl<'a> Order<'a> {
    fn new(script: &'a Script, context: &Context<'_>) -> Order<'a> {
        let mut later = BTreeMap::new();
        for item in &script.items {
            if let ItemKind::LoadModule(load) = &item.kind
                && context
                    .names
                    .loaded
                    .iter()
                    .any(|module| module.name == load.module())
            {
                later.entry(load.module()).or_insert(load.path.span);
            }
        }
        Order {
            above: BTreeMap::new(),
            later,
            told: BTreeSet::new(),
            found: Vec::new(),
        }
    }

    fn report_again(&mut self, module: &str, span: Span) {
        let Some(first) = self.above.get(module) else {
            return;
        };
        let message = format!("module `{module}` is loaded twice: upstream refuses this");
        let warning = Diagnostic::warning(params::GIVEN_TWICE, span, message);
        self.found.push(warning.also(*first, "it is loaded here"));
    }

    /// Reports something of a module that is not loaded before the end of the script, once for each module.
    fn report_early(&mut self, module: &str, span: Span, what: &str) {
        let Some(load) = self.later.get(module) else {
            return;
        };
        if !self.told.insert(module.to_owned()) {
            return;
        }
        let message =
            format!("{what} module `{module}` stands above its loadmodule: upstream refuses this");
        let warning = Diagnostic::warning(names::MODULE_NOT_LOADED, span, message);
        self.found
            .push(warning.also(*load, "the module is loaded here"));
    }

    fn check_calls(&mut self, block: &RouteBlock, context: &Context<'_>) {
        if self.later.is_empty() {
            return;
        }
        walk::all_expressions(&block.body, &mut |expr| {
            let ExprKind::Call(call) = &expr.kind else {
                return;
            };
            let name = &*call.name.text;
            let has = |module: &&&catalog::ModuleEntry| {
                let mut forms = module.functions.iter();
                forms.any(|form| form.name == name || form.aliases.contains(&name))
            };
            let mut modules = context
                .names
                .loaded
                .iter()
                .filter(has)
                .map(|module| module.name);
            let Some(first) = modules.next() else { return };
            if modules.all(|module| self.later.contains_key(module)) {
                self.report_early(first, call.name.span, "a function of");
            }
        });
    }
}
