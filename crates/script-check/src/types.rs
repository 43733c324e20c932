//! Types of constants: where an operator cannot do with the constant it is given, Kamailio does not start.
//!
//! The type of a variable is known to the run alone; with it every operator is content.

use crate::{Context, walk};
use diagnostics::Diagnostic;
use diagnostics::codes::params;
use script_syntax::ast::{BinaryOp, Expr, ExprKind, RouteBlock, StatementKind, UnaryOp};

/// What is known about a value before the run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Int,
    Text,
    Unknown,
}

pub fn check(block: &RouteBlock, context: &mut Context<'_>) {
    let found = &mut context.found;
    walk::statements(&block.body.statements, &mut |statement| {
        for expr in walk::expressions_of(statement) {
            let result = type_of(expr, found);
            if is_result(&statement.kind) && result == Type::Text {
                let message = "the result of a route is a number, this is a text";
                let error = Diagnostic::error(params::TYPE_MISMATCH, expr.span, message);
                found.push(error.help("keep the text in a variable"));
            }
        }
    });
}

fn is_result(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Return(_) | StatementKind::Exit(_) | StatementKind::Drop(_)
    )
}

/// The type of an expression; mistakes within it are reported once.
fn type_of(expr: &Expr, found: &mut Vec<Diagnostic>) -> Type {
    match &expr.kind {
        ExprKind::Int(_) => Type::Int,
        ExprKind::String(_) | ExprKind::Select(_) => Type::Text,
        ExprKind::Unary { op, operand } => unary(*op, operand, found),
        ExprKind::Binary { op, left, right } => {
            let (left_type, right_type) = (type_of(left, found), type_of(right, found));
            if is_keyword(left) {
                return of_keyword(*op);
            }
            binary(*op, (left, left_type), (right, right_type), found)
        }
        ExprKind::Row { first, rest } => row(first, rest, found),
        ExprKind::Call(_) | ExprKind::Assign { .. } => {
            for inner in walk::operands(expr) {
                type_of(inner, found);
            }
            Type::Int
        }
        ExprKind::Choice { .. } => {
            for inner in walk::operands(expr) {
                type_of(inner, found);
            }
            Type::Unknown
        }
        _ => Type::Unknown,
    }
}

/// Whether a part of the message is looked at, which has rules of its own.
fn is_keyword(side: &Expr) -> bool {
    matches!(
        side.kind,
        ExprKind::Keyword(_) | ExprKind::Constant(_) | ExprKind::Address(_)
    )
}

/// The type of an operator's result with a keyword on one side.
fn of_keyword(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Add => Type::Unknown,
        _ => Type::Int,
    }
}

/// Many operators in a row. A mistake on the left of one blames the first operand, from which the type comes.
fn row(first: &Expr, rest: &[(BinaryOp, Expr)], found: &mut Vec<Diagnostic>) -> Type {
    let mut left = type_of(first, found);
    let mut is_left_keyword = is_keyword(first);
    for (op, right) in rest {
        let right_type = type_of(right, found);
        left = match std::mem::take(&mut is_left_keyword) {
            true => of_keyword(*op),
            false => binary(*op, (first, left), (right, right_type), found),
        };
    }
    left
}

fn unary(op: UnaryOp, operand: &Expr, found: &mut Vec<Diagnostic>) -> Type {
    let inner = type_of(operand, found);
    match op {
        UnaryOp::Not | UnaryOp::Minus | UnaryOp::BitNot => {
            needs_int(operand, inner, found);
            Type::Int
        }
        UnaryOp::StringLength | UnaryOp::StringEmpty => {
            if inner == Type::Int {
                let error = Diagnostic::error(
                    params::TYPE_MISMATCH,
                    operand.span,
                    "a text is needed here, this is a number",
                );
                found.push(error);
            }
            Type::Int
        }
        UnaryOp::Defined | UnaryOp::ToInt => Type::Int,
        UnaryOp::ToString => Type::Text,
    }
}

fn binary(
    op: BinaryOp,
    (left, left_type): (&Expr, Type),
    (right, right_type): (&Expr, Type),
    found: &mut Vec<Diagnostic>,
) -> Type {
    if is_keyword(right) {
        return of_keyword(op);
    }
    match op {
        BinaryOp::Add => {
            if left_type == Type::Int {
                needs_int(right, right_type, found);
            }
            left_type
        }
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Match
        | BinaryOp::TextEqual
        | BinaryOp::TextNotEqual => {
            if left_type == Type::Int {
                needs_int(right, right_type, found);
            }
            Type::Int
        }
        _ => {
            needs_int(left, left_type, found);
            needs_int(right, right_type, found);
            Type::Int
        }
    }
}

fn needs_int(expr: &Expr, found_type: Type, found: &mut Vec<Diagnostic>) {
    if found_type != Type::Text {
        return;
    }
    let error = Diagnostic::error(
        params::TYPE_MISMATCH,
        expr.span,
        "a number is needed here, this is a text",
    );
    found.push(match &expr.kind {
        ExprKind::String(text) if text.value.parse::<i64>().is_ok() => {
            error.suggest("write the number without quotes", expr.span, &*text.value)
        }
        ExprKind::String(_) => error.help("compare it with something"),
        _ => error.help("make a number of it: `(int)…`"),
    });
}
