//! The labels of a `switch`: constants of one type, each once.

use crate::{Context, walk};
use diagnostics::codes::routes as codes;
use diagnostics::{Diagnostic, Span};
use script_syntax::ast::{Case, CaseLabel, Expr, ExprKind, RouteBlock, StatementKind, UnaryOp};
use std::collections::BTreeMap;

/// What a label compares with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Int(i64),
    Text(String),
    Default,
    /// What comes out of an operation.
    Result(Span),
}

pub fn check(block: &RouteBlock, context: &mut Context<'_>) {
    walk::statements(&block.body.statements, &mut |statement| {
        if let StatementKind::Switch { cases, .. } = &statement.kind {
            check_cases(cases, context);
        }
    });
}

fn check_cases(cases: &[Case], context: &mut Context<'_>) {
    let mut first: BTreeMap<Label, Span> = BTreeMap::new();
    let (mut numbers, mut texts) = (None, None);
    for case in cases {
        let (label, span) = match &case.label {
            CaseLabel::Default => (Some(Label::Default), head(case)),
            CaseLabel::Regex(pattern) => {
                texts.get_or_insert(pattern.span);
                continue;
            }
            CaseLabel::Value(value) => {
                let label = constant(value);
                match label {
                    Some(Label::Int(_)) => numbers.get_or_insert(value.span),
                    Some(Label::Text(_)) => texts.get_or_insert(value.span),
                    _ => &mut Span::default(),
                };
                (label, value.span)
            }
        };
        let Some(label) = label else {
            let error = Diagnostic::error(
                codes::BAD_CASE,
                span,
                "the label of a case is a constant number or text",
            );
            context.found.push(error.help("compare with `if` instead"));
            continue;
        };
        let is_default = label == Label::Default;
        if let Some(other) = first.get(&label) {
            let diagnostic = match is_default {
                true => Diagnostic::error(codes::BAD_CASE, span, "there are two defaults"),
                false => Diagnostic::warning(
                    codes::DUPLICATE_CASE,
                    span,
                    "this case is never chosen: the label stands above, too",
                ),
            };
            context.found.push(diagnostic.also(*other, "first here"));
        } else {
            first.insert(label, span);
        }
    }
    if let (Some(number), Some(text)) = (numbers, texts) {
        let (late, early) = match (number.file == text.file, number.start > text.start) {
            (true, true) => (number, text),
            _ => (text, number),
        };
        let error = Diagnostic::error(
            codes::BAD_CASE,
            late,
            "the labels of a switch are all numbers or all texts",
        );
        context
            .found
            .push(error.also(early, "this one is of the other type"));
    }
}

/// The word `default` itself.
fn head(case: &Case) -> Span {
    Span {
        end: case.span.start + "default".len() as u32,
        ..case.span
    }
}

fn constant(value: &Expr) -> Option<Label> {
    match &value.kind {
        ExprKind::Int(number) => Some(Label::Int(number.value)),
        ExprKind::String(text) => Some(Label::Text(text.value.to_string())),
        ExprKind::Word(name) => Some(Label::Text(name.text.to_string())),
        ExprKind::Unary {
            op: UnaryOp::Minus,
            operand,
        } => match constant(operand)? {
            Label::Int(number) => Some(Label::Int(number.wrapping_neg())),
            _ => None,
        },
        // What else is constant is Kamailio's to fold; variables are not.
        ExprKind::Variable(_) | ExprKind::Select(_) | ExprKind::Call(_) => None,
        _ => Some(Label::Result(value.span)),
    }
}
