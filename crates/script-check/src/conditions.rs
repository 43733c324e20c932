//! Conditions that assign, and conditions that are always the same.

use crate::{Context, walk};
use diagnostics::codes::routes as codes;
use diagnostics::{Diagnostic, Origin, Span};
use script_syntax::ast::{BinaryOp, Expr, ExprKind, RouteBlock, StatementKind, UnaryOp};

pub fn check(block: &RouteBlock, context: &mut Context<'_>) {
    walk::statements(&block.body.statements, &mut |statement| {
        let (condition, is_loop) = match &statement.kind {
            StatementKind::If { condition, .. } => (condition, false),
            StatementKind::While { condition, .. } => (condition, true),
            _ => return,
        };
        assignments(condition, context);
        constants(condition, is_loop, context);
    });
}

fn assignments(condition: &Expr, context: &mut Context<'_>) {
    match &condition.kind {
        ExprKind::Assign { target, .. } => {
            let target_text = context.names.sources.text(target.span);
            let message = format!("this condition assigns to `{target_text}`");
            let warning =
                Diagnostic::warning(codes::ASSIGNMENT_IN_CONDITION, condition.span, message);
            context.found.push(
                warning.help("write `==` to compare; assign in a statement of its own before"),
            );
        }
        ExprKind::Unary { operand, .. } => assignments(operand, context),
        ExprKind::Binary { left, right, .. } => {
            assignments(left, context);
            assignments(right, context);
        }
        ExprKind::Row { .. } => {
            for operand in walk::operands(condition) {
                assignments(operand, context);
            }
        }
        _ => {}
    }
}

/// `while (1)` is how a loop is written that only `break` leaves.
fn constants(condition: &Expr, is_loop: bool, context: &mut Context<'_>) {
    let Some(value) = truth(condition, context) else {
        if let ExprKind::Binary {
            op: BinaryOp::And | BinaryOp::Or,
            left,
            right,
        } = &condition.kind
        {
            for side in [left, right] {
                // A text here is an error of another kind.
                if !matches!(side.kind, ExprKind::String(_)) {
                    constants(side, false, context);
                }
            }
        }
        return;
    };
    if is_loop && value {
        return;
    }
    let message = format!("this is always {value}");
    let warning = Diagnostic::warning(codes::CONSTANT_CONDITION, condition.span, message);
    context.found.push(match &condition.kind {
        ExprKind::String(_) => warning.help(
            "a text is true by itself only when it is a positive number: compare it with something",
        ),
        _ => warning,
    });
}

/// Whether a define stands for a constant: it is meant to be changed.
fn is_defined(place: Span, context: &Context<'_>) -> bool {
    let file = context.names.sources.get(place.file);
    file.is_some_and(|file| matches!(file.origin, Origin::Expansion { .. }))
}

/// What a condition always is.
fn truth(expr: &Expr, context: &Context<'_>) -> Option<bool> {
    match &expr.kind {
        ExprKind::Int(number) if !is_defined(number.span, context) => Some(number.value > 0),
        ExprKind::String(text) if !is_defined(text.span, context) => {
            let number = stdx::number::parse_integer(text.value.as_bytes());
            Some(number.is_some_and(|number| number > 0))
        }
        ExprKind::Unary {
            op: UnaryOp::Not,
            operand,
        } => truth(operand, context).map(|value| !value),
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::And => match (truth(left, context), truth(right, context)) {
                (Some(false), _) => Some(false),
                (Some(true), Some(right)) => Some(right),
                _ => None,
            },
            BinaryOp::Or => match (truth(left, context), truth(right, context)) {
                (Some(true), _) => Some(true),
                (Some(false), Some(right)) => Some(right),
                _ => None,
            },
            BinaryOp::Equal => Some(same_literals(left, right, context)?),
            BinaryOp::NotEqual => Some(!same_literals(left, right, context)?),
            _ => None,
        },
        _ => None,
    }
}

fn same_literals(left: &Expr, right: &Expr, context: &Context<'_>) -> Option<bool> {
    // Asked for the sake of constants that defines stand for.
    truth(left, context)?;
    truth(right, context)?;
    match (&left.kind, &right.kind) {
        (ExprKind::Int(left), ExprKind::Int(right)) => Some(left.value == right.value),
        (ExprKind::String(left), ExprKind::String(right)) => Some(left.value == right.value),
        _ => None,
    }
}
