//! Calls: functions that are not there, numbers of arguments, kinds of routes, routes that are not there.

use crate::{Context, blocks, routes, walk};
use catalog::{FunctionEntry, RouteKind, upstream};
use diagnostics::codes::{names, params, routes as codes};
use diagnostics::{Diagnostic, did_you_mean};
use script_syntax::ast::{Argument, Call, ExprKind, Keyword, RouteBlock};

/// How many arguments are given.
pub fn given(call: &Call) -> usize {
    match call.arguments.as_slice() {
        [Argument::Empty(_)] => 0,
        arguments => arguments.len(),
    }
}

pub fn check(block: &RouteBlock, context: &mut Context<'_>) {
    let kind = blocks::route_kind(block);
    let mut calls = Vec::new();
    walk::all_expressions(&block.body, &mut |expr| match &expr.kind {
        ExprKind::Call(call) => calls.push(call),
        ExprKind::Keyword(Keyword::ToIp | Keyword::SendIp) if kind != RouteKind::Onsend => {
            let message =
                "this address is known in onsend_route only: upstream refuses it elsewhere";
            let warning = Diagnostic::warning(codes::WRONG_ROUTE_KIND, expr.span, message);
            context.found.push(warning);
        }
        _ => {}
    });
    for call in calls {
        if let Err(mistake) = check_call(call, kind, context) {
            context.found.push(mistake);
        }
    }
}

fn check_call(call: &Call, kind: RouteKind, context: &Context<'_>) -> Result<(), Diagnostic> {
    if routes::is_route_call(call) {
        return match call.arguments.as_slice() {
            [Argument::Expr(_)] => Ok(()),
            _ => Err(Diagnostic::error(
                params::WRONG_ARITY,
                call.span,
                "`route` takes the name of one route block",
            )),
        };
    }
    let name = &*call.name.text;
    let forms = context.forms(name);
    if forms.is_empty() {
        return Err(unknown_function(call, context));
    }
    let given = given(call);
    let Some(form) = context.form(name, given) else {
        let arities: Vec<String> = forms.iter().map(|form| arity(form)).collect();
        let message = format!(
            "`{name}` takes {}, {given} {} given",
            takes(&arities),
            if given == 1 { "is" } else { "are" }
        );
        let error = Diagnostic::error(params::WRONG_ARITY, call.span, message);
        return Err(error.help(format!("it is called as {}", shapes(forms))));
    };
    if !may_be_called(form, kind) {
        let message = format!("`{name}` cannot be called in {}", kind.name());
        let error = Diagnostic::error(codes::WRONG_ROUTE_KIND, call.name.span, message);
        return Err(error.help(format!("it can be called in: {}", form.routes)));
    }
    Ok(())
}

/// Event routes take what request routes take (observed on 5.6.3).
fn may_be_called(form: &FunctionEntry, kind: RouteKind) -> bool {
    let is_event = matches!(
        kind,
        RouteKind::Local | RouteKind::BranchFailure | RouteKind::Event
    );
    form.routes.contains(kind) || (is_event && form.routes.contains(RouteKind::Request))
}

fn takes(arities: &[String]) -> String {
    match arities {
        [one] if one == "1" => "1 argument".to_owned(),
        several => format!("{} arguments", several.join(" or ")),
    }
}

fn arity(form: &FunctionEntry) -> String {
    match (form.arity_min(), form.arity_max()) {
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}

/// All calling forms, with the names of their parameters.
fn shapes(forms: &[&FunctionEntry]) -> String {
    let shapes: Vec<String> = forms
        .iter()
        .map(|form| format!("`{}`", form.form(form.name)))
        .collect();
    shapes.join(" or ")
}

fn unknown_function(call: &Call, context: &Context<'_>) -> Diagnostic {
    let name = &*call.name.text;
    let message = format!("there is no function `{name}`");
    let catalog = context.names.catalog;
    let follows = context.names.missing.iter().any(|module| {
        upstream::has_function(module, name)
            || catalog
                .functions_named(name)
                .any(|(it, _)| it.name == module)
    });
    let error = Diagnostic::error(names::UNKNOWN_FUNCTION, call.name.span, message);
    let error = error.following(follows);
    if let Some((module, _)) = catalog.functions_named(name).next() {
        return error.help(format!(
            "module `{0}` has it: loadmodule \"{0}.so\"",
            module.name
        ));
    }
    match did_you_mean(name, context.functions.keys().copied()) {
        Some(near) => error.suggest(format!("did you mean `{near}`?"), call.name.span, near),
        None => error,
    }
}
