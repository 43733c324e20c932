//! Which route block runs which, and what is not run by any.

use crate::{Context, blocks, calls, walk};
use catalog::ArgKind;
use diagnostics::codes::routes as codes;
use diagnostics::{Diagnostic, did_you_mean};
use script_syntax::ast::{
    Argument, Call, Expr, ExprKind, ItemKind, ParameterValue, RouteBlock, RouteKind, Script,
};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a call runs a route block by its name.
pub fn is_route_call(call: &Call) -> bool {
    &*call.name.text == "route"
}

/// The constant name that an argument gives.
pub fn constant_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Word(word) => Some(&word.text),
        ExprKind::String(literal) => Some(&literal.value),
        ExprKind::Int(number) => Some(&number.text),
        _ => None,
    }
}

/// The route blocks by their positions in the script, and who runs whom in the same run.
pub struct Graph {
    /// For each block those it runs.
    runs: Vec<BTreeSet<usize>>,
    /// Whether a block is run by a name that only the run knows.
    has_dynamic: bool,
}

/// The runs of a script, each the set of all blocks that it may enter.
pub struct Runs {
    pub all: Vec<BTreeSet<usize>>,
    /// For each block the positions of the runs that it can be part of.
    of_block: Vec<Vec<usize>>,
}

impl Runs {
    /// The positions of the runs that a block can be part of; none where only a circle of routes leads.
    pub fn with(&self, block: usize) -> &[usize] {
        self.of_block.get(block).map_or(&[], Vec::as_slice)
    }
}

impl Graph {
    pub fn new(script: &Script, context: &mut Context<'_>) -> Graph {
        let of_kind_route = |block: &&RouteBlock| block.kind == RouteKind::Route;
        let routes: BTreeMap<&str, usize> = script
            .routes()
            .enumerate()
            .filter(|(_, block)| of_kind_route(block))
            .map(|(index, block)| (blocks::name(block), index))
            .collect();
        let mut graph = Graph {
            runs: Vec::new(),
            has_dynamic: false,
        };
        for block in script.routes() {
            let mut runs = BTreeSet::new();
            walk::all_expressions(&block.body, &mut |expr| {
                let ExprKind::Call(call) = &expr.kind else {
                    return;
                };
                for (argument, is_checked) in route_arguments(call, context) {
                    match constant_name(argument) {
                        Some(name) if routes.contains_key(name) => {
                            runs.extend(routes.get(name));
                        }
                        Some(name) if is_checked && !may_be_in_gap(name, context) => {
                            let error = unknown_route(name, argument, routes.keys().copied());
                            context.found.push(error);
                        }
                        Some(_) => {}
                        None => graph.has_dynamic = true,
                    }
                }
            });
            graph.runs.push(runs);
        }
        if graph.has_dynamic {
            let all: BTreeSet<usize> = routes.values().copied().collect();
            for (runs, block) in graph.runs.iter_mut().zip(script.routes()) {
                let mut is_dynamic = false;
                walk::all_expressions(&block.body, &mut |expr| {
                    if let ExprKind::Call(call) = &expr.kind {
                        is_dynamic |= route_arguments(call, context)
                            .iter()
                            .any(|(argument, _)| constant_name(argument).is_none());
                    }
                });
                if is_dynamic {
                    runs.extend(&all);
                }
            }
        }
        graph
    }

    /// The runs of the script: each begins with a block that no other runs.
    pub fn all_runs(&self) -> Runs {
        let mut is_run = vec![false; self.runs.len()];
        for (caller, called) in self.runs.iter().enumerate() {
            for block in called.iter().filter(|block| **block != caller) {
                if let Some(is_run) = is_run.get_mut(*block) {
                    *is_run = true;
                }
            }
        }
        let starts = is_run.iter().enumerate().filter(|(_, is_run)| !**is_run);
        let all: Vec<BTreeSet<usize>> = starts.map(|(start, _)| self.reachable(start)).collect();
        let mut of_block = vec![Vec::new(); self.runs.len()];
        for (number, run) in all.iter().enumerate() {
            for block in run {
                if let Some(runs) = of_block.get_mut(*block) {
                    runs.push(number);
                }
            }
        }
        Runs { all, of_block }
    }

    fn reachable(&self, start: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(block) = open.pop() {
            for next in self.runs.get(block).into_iter().flatten() {
                if found.insert(*next) {
                    open.push(*next);
                }
            }
        }
        found
    }

    /// Names blocks that nothing in the script runs. Any text that holds a block's name counts as a use of it: names
    /// stand in arguments, in parameters of modules, and are put together while running.
    pub fn check_use(&self, script: &Script, context: &mut Context<'_>) {
        let (texts, words) = mentions(script);
        for block in script.routes() {
            let name = blocks::name(block);
            let can_be_named = matches!(
                block.kind,
                RouteKind::Route | RouteKind::Failure | RouteKind::Branch | RouteKind::OnReply
            );
            let is_used = (self.has_dynamic && block.kind == RouteKind::Route)
                || words.contains(name)
                || texts.iter().any(|text| text.contains(name));
            if can_be_named && !is_used {
                let message = format!("nothing runs {}", blocks::title(block));
                let note = Diagnostic::note(codes::UNUSED_ROUTE, block.head, message);
                context.found.push(note);
            }
        }
    }
}

/// The arguments of a call that name a `route[…]`, and whether a missing one is an error.
fn route_arguments<'a>(call: &'a Call, context: &Context<'_>) -> Vec<(&'a Expr, bool)> {
    let expressions = call.arguments.iter().enumerate();
    let expressions = expressions.filter_map(|(at, argument)| match argument {
        Argument::Expr(expr) => Some((at, expr)),
        Argument::Empty(_) => None,
    });
    if is_route_call(call) {
        return expressions.map(|(_, expr)| (expr, true)).collect();
    }
    let Some(form) = context.form(&call.name.text, calls::given(call)) else {
        return Vec::new();
    };
    let is_route = |at: usize| {
        let kind = form.params.get(at).map(|param| param.kind);
        kind == Some(ArgKind::Route)
    };
    expressions
        .filter(|(at, _)| is_route(*at))
        .map(|(_, expr)| (expr, false))
        .collect()
}

/// Whether a route block of that name may stand where the script could not be read: then the name is somewhere besides in
/// calls.
fn may_be_in_gap(name: &str, context: &Context<'_>) -> bool {
    let names = context.names;
    let mut texts = names.sources.files().map(|(_, file)| &*file.text);
    names.has_gaps
        && (names.misses_files || name.is_empty() || texts.any(|text| is_mentioned(name, text)))
}

/// Whether `name` is a whole word of `text` that does not open a call's arguments, as in `route(name)`.
fn is_mentioned(name: &str, text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + name.len()..).unwrap_or_default();
        let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        let opening =
            before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        is_whole && !opening.ends_with('(')
    })
}

fn unknown_route<'a>(name: &str, place: &Expr, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let message = format!("there is no route[{name}]");
    let error = Diagnostic::error(codes::UNKNOWN_ROUTE, place.span, message);
    match did_you_mean(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("write it: route[{name}] {{ … }}")),
    }
}

/// All quoted texts of the script, and all bare words and numbers.
pub fn mentions(script: &Script) -> (Vec<&str>, BTreeSet<&str>) {
    let (mut texts, mut words) = (Vec::new(), BTreeSet::new());
    for item in &script.items {
        match &item.kind {
            ItemKind::ModuleParameter(parameter) => match &parameter.value {
                ParameterValue::String(text) => texts.push(&*text.value),
                ParameterValue::Word(name) => {
                    words.insert(&*name.text);
                }
                _ => {}
            },
            ItemKind::Parameter(parameter) => match &parameter.value {
                ParameterValue::String(text) => texts.push(&*text.value),
                ParameterValue::Word(name) => {
                    words.insert(&*name.text);
                }
                _ => {}
            },
            ItemKind::Route(block) => {
                walk::all_expressions(&block.body, &mut |expr| match &expr.kind {
                    ExprKind::String(text) => texts.push(&*text.value),
                    ExprKind::Word(name) => {
                        words.insert(&*name.text);
                    }
                    ExprKind::Int(number) => {
                        words.insert(&*number.text);
                    }
                    _ => {}
                })
            }
            _ => {}
        }
    }
    (texts, words)
}
