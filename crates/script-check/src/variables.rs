//! Script variables that no run sets, and texts in which variables are not expanded.

use crate::routes::{Graph, Runs};
use crate::{Context, blocks, calls, routes, walk};
use catalog::ArgKind;
use diagnostics::codes::names;
use diagnostics::{Diagnostic, Span};
use script_syntax::ast::{
    Argument, BinaryOp, Call, Expr, ExprKind, FormatPiece, ItemKind, ParameterValue, RouteBlock,
    RouteKind, Script, Statement, StatementKind, StringLiteral, TextPlace, Variable,
};
use std::collections::{BTreeMap, BTreeSet};

/// The class of variables that begin each run as 0.
const CLASS: &str = "var";

/// What one block does with script variables.
#[derive(Default)]
struct Uses {
    /// Names that it gives a value, or may, with the first place.
    sets: BTreeMap<String, Span>,
    /// Names that it reads, each with its first place.
    reads: BTreeMap<String, Span>,
}

/// Names each `$var` that is read where nothing in the same run can have set it.
pub fn check_sets(script: &Script, graph: &Graph, context: &mut Context<'_>) {
    let uses: Vec<Uses> = script
        .routes()
        .map(|block| uses_of(block, context))
        .collect();
    let named = named_by_parameters(script);
    let mut setters: BTreeMap<&str, Vec<(usize, Span)>> = BTreeMap::new();
    for (at, uses) in uses.iter().enumerate() {
        for (name, span) in &uses.sets {
            setters.entry(name).or_default().push((at, *span));
        }
    }
    let history = History::of(script, graph);
    for (at, own) in uses.iter().enumerate() {
        for (name, place) in &own.reads {
            let all = setters.get(name.as_str()).map_or(&[][..], Vec::as_slice);
            let can_be_set = context.names.preset_variables.contains(name)
                || named.contains(name)
                || all
                    .iter()
                    .any(|(setter, _)| history.can_precede(*setter, at));
            if !can_be_set {
                let elsewhere = all.first().and_then(|(setter, span)| {
                    let block = script.routes().nth(*setter)?;
                    Some((blocks::title(block), *span))
                });
                context.found.push(never_set(name, *place, elsewhere));
            }
        }
    }
}

/// Variables that parameters of modules name, also of modules that are not there: they may be what the module sets.
fn named_by_parameters(script: &Script) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in &script.items {
        if let ItemKind::ModuleParameter(parameter) = &item.kind
            && let ParameterValue::String(text) = &parameter.value
        {
            walk::text_variables(&text.value, TextPlace::Literal(text), &mut |variable| {
                if &*variable.class == CLASS
                    && let Some(inner) = &variable.inner
                {
                    names.insert(inner.text.to_string());
                }
            });
        }
    }
    names
}

/// Which blocks can have run before a block or within it, in one and the same run.
struct History {
    runs: Runs,
    /// Blocks of which nothing is known: they run in the middle of others' runs, or with such a block.
    is_open: Vec<bool>,
}

impl History {
    fn of(script: &Script, graph: &Graph) -> History {
        let is_inner = |block: &RouteBlock| {
            matches!(
                block.kind,
                RouteKind::Branch | RouteKind::Onsend | RouteKind::Event
            )
        };
        let inner: BTreeSet<usize> = script
            .routes()
            .enumerate()
            .filter(|(_, block)| is_inner(block))
            .map(|(at, _)| at)
            .collect();
        let runs = graph.all_runs();
        let enters_inner: Vec<bool> = runs
            .all
            .iter()
            .map(|run| !run.is_disjoint(&inner))
            .collect();
        let is_open = (0..script.routes().count())
            .map(|at| {
                let with = runs.with(at);
                with.is_empty() || with.iter().any(|run| enters_inner.get(*run) == Some(&true))
            })
            .collect();
        History { runs, is_open }
    }

    fn can_precede(&self, setter: usize, block: usize) -> bool {
        let mut runs = self.runs.with(block).iter();
        self.is_open.get(block) == Some(&true)
            || runs.any(|run| {
                self.runs
                    .all
                    .get(*run)
                    .is_some_and(|run| run.contains(&setter))
            })
    }
}

fn never_set(name: &str, place: Span, elsewhere: Option<(String, Span)>) -> Diagnostic {
    match elsewhere {
        None => Diagnostic::warning(
            names::NEVER_SET_VARIABLE,
            place,
            format!("`$var({name})` is always 0 here: nothing sets it"),
        ),
        Some((title, span)) => Diagnostic::warning(
            names::NEVER_SET_VARIABLE,
            place,
            format!("`$var({name})` is always 0 here: no run that comes here sets it"),
        )
        .also(
            span,
            format!("it is set in {title}, which is part of other runs"),
        )
        .help("keep it with the transaction in an `$avp` or `$xavp`, or in an htable"),
    }
}

fn uses_of(block: &RouteBlock, context: &Context<'_>) -> Uses {
    let mut uses = Uses::default();
    walk::statements(&block.body.statements, &mut |statement| {
        statement_uses(statement, context, &mut uses);
    });
    uses
}

fn statement_uses(statement: &Statement, context: &Context<'_>, uses: &mut Uses) {
    if let StatementKind::Assign { target, value, .. } = &statement.kind {
        written(target, uses);
        read(value, context, uses);
        return;
    }
    for expr in walk::expressions_of(statement) {
        read(expr, context, uses);
    }
}

/// Notes what an assignment's target sets, and what its parentheses read.
fn written(target: &Expr, uses: &mut Uses) {
    if let ExprKind::Variable(variable) = &target.kind {
        let mut is_outermost = true;
        walk::variables(variable, &mut |variable| {
            note(variable, is_outermost, uses);
            is_outermost = false;
        });
    }
}

fn note(variable: &Variable, is_set: bool, uses: &mut Uses) {
    if &*variable.class != CLASS {
        return;
    }
    let Some(inner) = &variable.inner else { return };
    let names = match is_set {
        true => &mut uses.sets,
        false => &mut uses.reads,
    };
    names.entry(inner.text.to_string()).or_insert(variable.span);
}

fn read(expr: &Expr, context: &Context<'_>, uses: &mut Uses) {
    match &expr.kind {
        ExprKind::Variable(variable) => {
            walk::variables(variable, &mut |variable| note(variable, false, uses));
        }
        ExprKind::Assign { target, value } => {
            written(target, uses);
            read(value, context, uses);
        }
        ExprKind::Call(call) => call_uses(call, context, uses),
        // A text that is not an argument is taken as it stands.
        ExprKind::String(_) => {}
        _ => {
            for inner in walk::operands(expr) {
                read(inner, context, uses);
            }
        }
    }
}

fn call_uses(call: &Call, context: &Context<'_>, uses: &mut Uses) {
    let form = context.form(&call.name.text, calls::given(call));
    let is_route = routes::is_route_call(call);
    for (at, argument) in call.arguments.iter().enumerate() {
        let Argument::Expr(expr) = argument else {
            continue;
        };
        let kind = form.and_then(|form| form.params.get(at)).map(|p| p.kind);
        let only_reads = is_route
            || matches!(
                kind,
                Some(ArgKind::Text | ArgKind::Int | ArgKind::Value | ArgKind::Route)
            );
        match &expr.kind {
            ExprKind::String(literal) => {
                let place = TextPlace::Literal(literal);
                walk::text_variables(&literal.value, place, &mut |variable| {
                    note(variable, !only_reads, uses);
                });
            }
            ExprKind::Variable(variable) => {
                walk::variables(variable, &mut |variable| note(variable, !only_reads, uses));
            }
            _ => read(expr, context, uses),
        }
    }
}

/// Warns of texts that look as if their variables were expanded where they are not: everywhere but in arguments.
pub fn check_texts(block: &RouteBlock, context: &mut Context<'_>) {
    let mut texts = Vec::new();
    walk::statements(&block.body.statements, &mut |statement| {
        let values: Vec<&Expr> = match &statement.kind {
            StatementKind::Assign { value, .. } => vec![value],
            StatementKind::If { condition, .. } | StatementKind::While { condition, .. } => {
                vec![condition]
            }
            _ => Vec::new(),
        };
        for value in values {
            plain_texts(value, &mut texts);
        }
    });
    for literal in texts {
        let format = walk::format(&literal.value, TextPlace::Literal(literal));
        let known = format.pieces.iter().find_map(|piece| match piece {
            FormatPiece::Variable(variable) if is_known(variable, context) => Some(variable),
            _ => None,
        });
        if let Some(variable) = known {
            let text = context.names.sources.text(variable.span);
            let message = format!("`{text}` is not replaced by its value in this text");
            let warning = Diagnostic::warning(names::UNEXPANDED_TEXT, variable.span, message);
            let help = match format.as_variable() {
                Some(_) => format!("write it without quotes: {text}"),
                None => format!("write `$_s({})`, or join texts with `+`", literal.value),
            };
            context.found.push(warning.help(help));
        }
    }
}

fn is_known(variable: &Variable, context: &Context<'_>) -> bool {
    context.classes.contains(&*variable.class)
}

/// Texts that are used as they stand; patterns have a `$` of their own.
fn plain_texts<'a>(expr: &'a Expr, found: &mut Vec<&'a StringLiteral>) {
    match &expr.kind {
        ExprKind::String(literal) if literal.value.contains('$') => found.push(literal),
        ExprKind::Call(_) => {}
        ExprKind::Binary {
            op: BinaryOp::Match,
            left,
            ..
        } => plain_texts(left, found),
        _ => {
            for inner in walk::operands(expr) {
                plain_texts(inner, found);
            }
        }
    }
}
