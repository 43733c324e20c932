//! Checks a syntax tree against the catalog: what can be said about a script without running or binding it.
//!
//! It checks calls (names, numbers of arguments, kinds of routes), routes (missing, defined twice, unused), the flow within them
//! (what is never reached, what goes on after a final response), conditions, types of constants, variables that no run sets,
//! parameters given twice, and modules used before they are loaded. An error is something that Kamailio refuses too; everything
//! else is a warning or a note.
//!
//! The crate binds nothing: only a module knows what an argument, or the text in a variable's parentheses, means. It does not
//! know the name of any module or function either; what it has to know about one is in the catalog. Read [`check`] first.

mod blocks;
mod calls;
mod conditions;
mod events;
mod flow;
mod order;
mod parameters;
mod routes;
mod switches;
mod types;
mod variables;
mod walk;

#[cfg(test)]
mod tests;

use catalog::{FunctionEntry, ModuleEntry};
use diagnostics::{Diagnostic, SourceMap, Span};
use script_syntax::ast::Script;
use std::collections::{BTreeMap, BTreeSet};

pub use blocks::{route_kind, title};

/// What a script can name, as far as the modules that it loads bring it.
pub struct Names<'a> {
    /// The loaded modules, in the order in which their functions are looked up.
    pub loaded: Vec<&'static ModuleEntry>,
    /// Modules that the script loads and that are not here, which is told of.
    pub missing: &'a [String],
    /// The modules that the server has.
    pub catalog: &'a catalog::Catalog,
    /// `$var`s that parameters of modules name, as what they set before or within runs.
    pub preset_variables: BTreeSet<String>,
    /// The texts that the tree's places lie in.
    pub sources: &'a SourceMap,
    /// Whether parts of the script could not be read: what is missing may stand there.
    pub has_gaps: bool,
    /// Whether whole files are among what could not be read.
    pub misses_files: bool,
    /// Whether route blocks run that the script does not name: those of another language.
    pub has_other_routes: bool,
}

/// What the checks share.
struct Context<'a> {
    names: &'a Names<'a>,
    /// All calling forms of each function.
    functions: BTreeMap<&'static str, Vec<&'static FunctionEntry>>,
    /// Every class of variables.
    classes: BTreeSet<&'static str>,
    /// Breaks outside of loops and switches.
    breaks: Vec<Span>,
    found: Vec<Diagnostic>,
}

impl Context<'_> {
    fn forms(&self, name: &str) -> &[&'static FunctionEntry] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The form that takes so many arguments.
    fn form(&self, name: &str, given: usize) -> Option<&'static FunctionEntry> {
        let fits = |form: &&&FunctionEntry| (form.arity_min()..=form.arity_max()).contains(&given);
        self.forms(name).iter().find(fits).copied()
    }
}

/// Says what is wrong with a script, check by check.
pub fn check(script: &Script, names: &Names<'_>) -> Vec<Diagnostic> {
    let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut classes = BTreeSet::new();
    for module in &names.loaded {
        for form in module.functions {
            for name in form.aliases.iter().chain([&form.name]) {
                functions.entry(*name).or_default().push(*form);
            }
        }
        for pvar in module.pvars {
            classes.extend(pvar.aliases.iter().chain([&pvar.name]));
        }
    }
    let mut context = Context {
        names,
        functions,
        classes,
        breaks: Vec::new(),
        found: Vec::new(),
    };
    parameters::check(script, &mut context);
    order::check(script, &mut context);
    blocks::check(script, &mut context);
    for block in script.routes() {
        calls::check(block, &mut context);
        flow::check(block, script, &mut context);
        conditions::check(block, &mut context);
        switches::check(block, &mut context);
        types::check(block, &mut context);
        variables::check_texts(block, &mut context);
    }
    flow::report_breaks(&mut context);
    let graph = routes::Graph::new(script, &mut context);
    if !names.has_gaps && !names.has_other_routes {
        graph.check_use(script, &mut context);
        events::check(script, &mut context);
    }
    if !names.has_gaps {
        variables::check_sets(script, &graph, &mut context);
    }
    context.found
}
