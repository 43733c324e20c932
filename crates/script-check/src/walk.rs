//! Walks over a tree: every statement, every expression, every variable, outer ones first.

use diagnostics::Diagnostic;
use script_syntax::ast::{
    Argument, Block, CaseLabel, Expr, ExprKind, Format, FormatPiece, IndexKind, Statement,
    StatementKind, TextPlace, TransformationParam, Variable,
};

/// Visits all statements, with those in their blocks.
pub fn statements<'a>(block: &'a [Statement], visit: &mut dyn FnMut(&'a Statement)) {
    for statement in block {
        visit(statement);
        for inner in blocks_of(statement) {
            statements(inner, visit);
        }
    }
}

/// The blocks that a statement holds.
pub fn blocks_of(statement: &Statement) -> Vec<&[Statement]> {
    match &statement.kind {
        StatementKind::If {
            then, otherwise, ..
        } => {
            let mut blocks = vec![&*then.statements];
            blocks.extend(otherwise.iter().map(|block| &*block.statements));
            blocks
        }
        StatementKind::While { body, .. } | StatementKind::Block(body) => vec![&*body.statements],
        StatementKind::Switch { cases, .. } => cases.iter().map(|case| &*case.body).collect(),
        _ => Vec::new(),
    }
}

/// The expressions that belong to a statement itself and not to its blocks, in the order in which they are evaluated.
pub fn expressions_of(statement: &Statement) -> Vec<&Expr> {
    match &statement.kind {
        StatementKind::If { condition, .. } | StatementKind::While { condition, .. } => {
            vec![condition]
        }
        StatementKind::Switch { subject, cases } => {
            let mut found = vec![subject];
            found.extend(cases.iter().filter_map(|case| match &case.label {
                CaseLabel::Value(value) | CaseLabel::Regex(value) => Some(value),
                CaseLabel::Default => None,
            }));
            found
        }
        StatementKind::Return(value) | StatementKind::Exit(value) | StatementKind::Drop(value) => {
            value.iter().collect()
        }
        StatementKind::Expr(expr) => vec![expr],
        StatementKind::Assign { target, value, .. } => vec![value, target],
        StatementKind::Break
        | StatementKind::Block(_)
        | StatementKind::Empty
        | StatementKind::Error => Vec::new(),
    }
}

/// Visits an expression and all within it, arguments of calls included.
pub fn expressions<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    visit(expr);
    for inner in operands(expr) {
        expressions(inner, visit);
    }
}

/// The expressions that an expression is made of.
pub fn operands(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Unary { operand, .. } => vec![operand],
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::Row { first, rest } => {
            let rest = rest.iter().map(|(_, operand)| operand);
            std::iter::once(&**first).chain(rest).collect()
        }
        ExprKind::Choice {
            condition,
            then,
            otherwise,
        } => vec![condition, then, otherwise],
        ExprKind::Assign { target, value } => vec![value, target],
        ExprKind::Call(call) => call
            .arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::Expr(expr) => Some(expr),
                Argument::Empty(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Visits all expressions of a route block's body.
pub fn all_expressions<'a>(block: &'a Block, visit: &mut dyn FnMut(&'a Expr)) {
    statements(&block.statements, &mut |statement| {
        for expr in expressions_of(statement) {
            expressions(expr, visit);
        }
    });
}

/// Visits a variable and those in its parentheses, brackets and transformations.
pub fn variables(variable: &Variable, visit: &mut dyn FnMut(&Variable)) {
    visit(variable);
    if let Some(inner) = &variable.inner {
        text_variables(&inner.text, TextPlace::Verbatim(inner.span), visit);
    }
    if let Some(index) = &variable.index
        && let IndexKind::Variable(index) = &index.kind
    {
        variables(index, visit);
    }
    for transformation in &variable.transformations {
        for param in &transformation.params {
            match param {
                TransformationParam::Variable(variable) => variables(variable, visit),
                TransformationParam::Text(text) => {
                    text_variables(&text.text, TextPlace::Verbatim(text.span), visit);
                }
            }
        }
    }
}

/// Visits the variables in a text.
pub fn text_variables(text: &str, place: TextPlace<'_>, visit: &mut dyn FnMut(&Variable)) {
    for piece in &format(text, place).pieces {
        if let FormatPiece::Variable(variable) = piece {
            variables(variable, visit);
        }
    }
}

/// A text as a format; what is wrong with it is for others to tell.
pub fn format(text: &str, place: TextPlace<'_>) -> Format {
    if !text.contains('$') {
        return Format::default();
    }
    let mut unheard: Vec<Diagnostic> = Vec::new();
    script_syntax::parse_format(text, place, &mut unheard)
}
