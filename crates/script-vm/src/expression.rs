//! Expressions without calls: trees evaluated in place.

use crate::arithmetic::{self, binary, concatenate, different, equal, int, integers, truth};
use crate::keywords;
use diagnostics::codes::{names, params};
use diagnostics::{Diagnostic, Span};
use module_api::ast::{self, BinaryOp, ExprKind, UnaryOp};
use module_api::{
    Accessor, Binder, BoundVariable, Call, Expression, ExpressionCompiler, Failed, SelectPath,
    SelectReader, SetError, Value, View,
};
use std::sync::Arc;
use stdx::Text;
use stdx::ere::Ere;

/// A pure expression.
// With a tag of its own, as `Op`.
#[repr(u8)]
pub enum Expr {
    /// A constant.
    Constant(Value),
    /// A plain `$var`.
    Slot(u32),
    /// Any other variable.
    Variable(Box<BoundVariable>),
    /// What a keyword reads or tests (`method`, `src_ip == 10.0.0.0/8`).
    Native(Box<dyn Fn(&mut Call) -> Value + Send + Sync>),
    /// `@a.b`: a text, which is empty where there is no such thing (observed on 5.6.3).
    Select(SelectReader),
    /// `!x`
    Not(Box<Expr>),
    /// Whether a value is not 0: what `!`, `&&`, `||` and `while` ask of one that is no test itself
    NonZero(Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `~x`
    BitNot(Box<Expr>),
    /// `defined x`
    Defined(Box<Expr>),
    /// `(int)x`
    ToInt(Box<Expr>),
    /// `(str)x`
    ToText(Box<Expr>),
    /// `strlen(x)`
    Length(Box<Expr>),
    /// `strempty(x)`
    Empty(Box<Expr>),
    /// `x && y`
    And(Box<(Expr, Expr)>),
    /// `x || y`
    Or(Box<(Expr, Expr)>),
    /// `x =~ "constant"`
    Match(Box<Expr>, Arc<Ere>),
    /// `x == "constant"`, with whether equality is wanted
    EqualText(Box<Expr>, Text, Wanted),
    /// `x == 5`, with whether equality is wanted
    EqualInt(Box<Expr>, i64, Wanted),
    /// An operator on integers.
    Integers(BinaryOp, Box<(Expr, Expr)>),
    /// Any other operator.
    Binary(BinaryOp, Box<(Expr, Expr)>),
    /// Many operators that calculate, from the left.
    Row(Box<Row>),
    /// `selval(c, a, b)`
    Choice(Box<(Expr, Expr, Expr)>),
}

/// What [`ast::ExprKind::Row`] becomes: its value is that of the tree which is as deep as the row is long.
pub struct Row {
    first: Expr,
    rest: Vec<(BinaryOp, Expr)>,
}

impl Row {
    /// The value: a sum after all else is one of texts if it begins so.
    fn value(&self, call: &mut Call) -> Result<Value, Failed> {
        let last = self.rest.iter().rposition(|(op, _)| *op != BinaryOp::Add);
        let (mut sum, from) = match last {
            Some(last) => (Value::Int(self.int(last + 1, call)?), last + 1),
            None => (self.first.value(call)?, 0),
        };
        for (_, operand) in self.rest.iter().skip(from) {
            sum = match sum {
                Value::Int(left) => Value::Int(left.wrapping_add(operand.int(call)?)),
                left => concatenate(left.into_text(), operand.value(call)?),
            };
        }
        Ok(sum)
    }

    /// The value of so many operators as an integer.
    fn int(&self, operators: usize, call: &mut Call) -> Result<i64, Failed> {
        let mut left = self.first.int(call)?;
        for (op, operand) in self.rest.iter().take(operators) {
            let right = operand.int(call)?;
            left = integers(call, *op, left, right)?;
        }
        Ok(left)
    }
}

/// Whether a comparison asks for equality or for its opposite.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// `==`
    Equal,
    /// `!=`
    Different,
}

impl Wanted {
    fn holds(self, equal: bool) -> bool {
        equal == (self == Wanted::Equal)
    }

    fn compare(self, left: &Value, right: &Value) -> bool {
        match self {
            Wanted::Equal => equal(left, right),
            Wanted::Different => different(left, right),
        }
    }
}

impl Expr {
    /// The value.
    pub fn value(&self, call: &mut Call) -> Result<Value, Failed> {
        Ok(match self {
            Expr::Constant(value) => value.clone(),
            Expr::Slot(slot) => slot_value(call, *slot).clone(),
            Expr::Variable(variable) => variable.get(call),
            Expr::Native(read) => read(call),
            Expr::Select(read) => Value::Str(read(call).unwrap_or_default()),
            Expr::ToText(inner) => Value::Str(inner.value(call)?.into_text()),
            Expr::Binary(BinaryOp::Add, operands) => {
                if let Some(right) = operands.1.quick_int(call) {
                    match operands.0.quick(call) {
                        Some(Value::Int(left)) => {
                            return Ok(Value::Int(left.wrapping_add(right)));
                        }
                        Some(Value::Str(left)) => {
                            let digits = stdx::number::Decimal::from(right);
                            return Ok(Value::Str(Text::concat(&[left, digits.as_bytes()])));
                        }
                        Some(Value::Null) | None => {}
                    }
                }
                match operands.0.value(call)? {
                    Value::Int(left) => Value::Int(left.wrapping_add(operands.1.int(call)?)),
                    left => concatenate(left.into_text(), operands.1.value(call)?),
                }
            }
            Expr::Binary(op @ (BinaryOp::Equal | BinaryOp::NotEqual), operands)
                if operands.1.is_sum() =>
            {
                let left = operands.0.value(call)?;
                let is_equal = match left {
                    Value::Int(left) => left == operands.1.int(call)?,
                    left => equal(&left, &operands.1.value(call)?),
                };
                truth(is_equal == (*op == BinaryOp::Equal))
            }
            Expr::Binary(op, operands) => {
                let (left, right) = (operands.0.value(call)?, operands.1.value(call)?);
                binary(call, *op, left, right)?
            }
            Expr::Row(row) => row.value(call)?,
            Expr::Choice(parts) => {
                let (condition, then, otherwise) = &**parts;
                if condition.truth(call)? {
                    then.value(call)?
                } else {
                    otherwise.value(call)?
                }
            }
            Expr::Negate(_)
            | Expr::BitNot(_)
            | Expr::ToInt(_)
            | Expr::Length(_)
            | Expr::Integers(..) => Value::Int(self.int(call)?),
            _ => truth(self.truth(call)?),
        })
    }

    /// Whether this is a sum: what it is depends on what is wanted of it.
    pub fn is_sum(&self) -> bool {
        match self {
            Expr::Binary(op, _) => *op == BinaryOp::Add,
            Expr::Row(row) => matches!(row.rest.last(), Some((BinaryOp::Add, _))),
            _ => false,
        }
    }

    /// Gives a variable the value of this expression.
    pub fn give(
        &self,
        call: &mut Call,
        target: &BoundVariable,
        value: Value,
    ) -> Result<(), SetError> {
        match self {
            Expr::Slot(_) | Expr::Variable(_) => target.copy(call, value),
            _ => target.set(call, value),
        }
    }

    /// The value where it lies, if it needs no working out.
    #[inline]
    fn quick<'v>(&'v self, call: &'v Call) -> Option<&'v Value> {
        match self {
            Expr::Constant(value) => Some(value),
            Expr::Slot(slot) => Some(slot_value(call, *slot)),
            _ => None,
        }
    }

    /// The value, if it is an integer made of integers only: nothing has to be converted, and nothing can fail.
    #[inline(always)]
    pub fn quick_int(&self, call: &Call) -> Option<i64> {
        match self {
            Expr::Constant(Value::Int(number)) => Some(*number),
            Expr::Slot(slot) => match slot_value(call, *slot) {
                Value::Int(number) => Some(*number),
                _ => None,
            },
            other => other.worked_out_int(call),
        }
    }

    /// [`Expr::quick_int`] of what is neither constant nor plain `$var`.
    fn worked_out_int(&self, call: &Call) -> Option<i64> {
        match self {
            Expr::Integers(op, operands) => arithmetic::quick_integers(
                *op,
                operands.0.quick_int(call)?,
                operands.1.quick_int(call)?,
            ),
            Expr::Binary(BinaryOp::Add, operands) => {
                let (left, right) = (operands.0.quick_int(call)?, operands.1.quick_int(call)?);
                Some(left.wrapping_add(right))
            }
            Expr::Variable(variable) => variable.int(call),
            _ => None,
        }
    }

    /// The value as an integer.
    pub fn int(&self, call: &mut Call) -> Result<i64, Failed> {
        if let Some(number) = self.quick_int(call) {
            return Ok(number);
        }
        match self {
            Expr::Negate(inner) => Ok(inner.int(call)?.wrapping_neg()),
            Expr::BitNot(inner) => Ok(!inner.int(call)?),
            Expr::ToInt(inner) => inner.int(call),
            Expr::Length(inner) => Ok(inner.value(call)?.to_text().len() as i64),
            Expr::Integers(op, operands) => {
                let (left, right) = (operands.0.int(call)?, operands.1.int(call)?);
                integers(call, *op, left, right)
            }
            Expr::Binary(BinaryOp::Add, operands) => {
                let (left, right) = (operands.0.int(call)?, operands.1.int(call)?);
                Ok(left.wrapping_add(right))
            }
            Expr::Row(row) => row.int(row.rest.len(), call),
            _ => {
                let value = self.value(call)?;
                int(call, &value)
            }
        }
    }

    /// Whether an `if` on it takes its branch.
    pub fn truth(&self, call: &mut Call) -> Result<bool, Failed> {
        Ok(match self {
            Expr::Not(inner) => !inner.truth(call)?,
            Expr::NonZero(inner) => match &**inner {
                Expr::Slot(slot) => slot_value(call, *slot).is_nonzero(),
                Expr::Integers(..) | Expr::Binary(BinaryOp::Add, _) | Expr::Row(_) => {
                    inner.int(call)? != 0
                }
                inner => inner.value(call)?.is_nonzero(),
            },
            Expr::And(operands) => operands.0.truth(call)? && operands.1.truth(call)?,
            Expr::Or(operands) => operands.0.truth(call)? || operands.1.truth(call)?,
            Expr::Defined(inner) => match &**inner {
                Expr::Select(read) => read(call).is_some(),
                inner => !inner.value(call)?.is_null(),
            },
            Expr::Empty(inner) => inner.value(call)?.to_text().is_empty(),
            Expr::Match(inner, regex) => match inner.view(call) {
                View::Text(text) => regex.is_match(text),
                View::Null => regex.is_match(b""),
                View::Elsewhere => regex.is_match(&inner.value(call)?.into_text()),
            },
            Expr::EqualText(inner, text, wanted) => match inner.view(call) {
                View::Text(value) => wanted.holds(*value == **text),
                View::Null => wanted.holds(text.is_empty()),
                View::Elsewhere => match inner.value(call)? {
                    Value::Str(value) => wanted.holds(value == *text),
                    other => wanted.compare(&other, &Value::Str(text.clone())),
                },
            },
            Expr::EqualInt(inner, number, wanted) => wanted.holds(match &**inner {
                Expr::Slot(slot) => equal(slot_value(call, *slot), &Value::Int(*number)),
                inner => match inner.quick_int(call) {
                    Some(value) => value == *number,
                    None => equal(&inner.value(call)?, &Value::Int(*number)),
                },
            }),
            Expr::Integers(..) | Expr::Binary(BinaryOp::Add, _) | Expr::Row(_) => {
                self.int(call)? > 0
            }
            _ => self.value(call)?.is_true(),
        })
    }
}

fn slot_value(call: &Call, slot: u32) -> &Value {
    call.variables.get(slot as usize).unwrap_or(&Value::Null)
}

impl Expr {
    /// The text where it lies, if it needs no working out.
    #[inline]
    fn view<'v>(&'v self, call: &'v Call) -> View<'v> {
        match self {
            Expr::Slot(slot) => match slot_value(call, *slot) {
                Value::Str(text) => View::Text(text),
                _ => View::Elsewhere,
            },
            Expr::Variable(variable) => variable.view(call),
            _ => View::Elsewhere,
        }
    }
}

/// A compiled expression as functions see it.
struct Pure(Expr);

impl Expression for Pure {
    fn value(&self, call: &mut Call) -> Result<Value, Failed> {
        self.0.value(call)
    }
}

/// Compiles expressions without calls.
pub struct PureCompiler;

impl ExpressionCompiler for PureCompiler {
    fn compile(
        &self,
        expr: &ast::Expr,
        binder: &mut Binder<'_>,
    ) -> Result<Box<dyn Expression>, Diagnostic> {
        Ok(Box::new(Pure(pure(expr, binder)?)))
    }
}

/// Whether an expression holds a call.
pub fn has_call(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(_) => true,
        ExprKind::Unary { operand, .. } => has_call(operand),
        ExprKind::Binary { left, right, .. } => has_call(left) || has_call(right),
        ExprKind::Row { first, rest } => {
            has_call(first) || rest.iter().any(|(_, operand)| has_call(operand))
        }
        ExprKind::Choice {
            condition,
            then,
            otherwise,
        } => has_call(condition) || has_call(then) || has_call(otherwise),
        ExprKind::Assign { value, .. } => has_call(value),
        _ => false,
    }
}

/// Compiles an expression without calls.
pub fn pure(expr: &ast::Expr, binder: &mut Binder<'_>) -> Result<Expr, Diagnostic> {
    Ok(match &expr.kind {
        ExprKind::Int(number) => Expr::Constant(Value::Int(number.value)),
        ExprKind::String(literal) => Expr::Constant(Value::Str(Text::from(&*literal.value))),
        ExprKind::Word(name) => Expr::Constant(Value::Str(Text::from(&*name.text))),
        ExprKind::Variable(variable) => variable_expr(binder.variable(variable)?),
        // Not the expression's span, which has the parentheses too that it stands in.
        ExprKind::Select(written) => select(written.span, binder)?,
        ExprKind::Keyword(keyword) => keywords::read(*keyword),
        ExprKind::Unary { op, operand } => unary(*op, pure(operand, binder)?),
        ExprKind::Binary { op, left, right } => {
            match keywords::comparison(*op, left, right, binder)? {
                Some(test) => test,
                None => binary_expr(*op, left, right, binder)?,
            }
        }
        ExprKind::Row { first, rest } => {
            let first = pure(first, binder)?;
            let rest = rest
                .iter()
                .map(|(op, operand)| Ok((*op, pure(operand, binder)?)));
            let rest = rest.collect::<Result<_, Diagnostic>>()?;
            Expr::Row(Box::new(Row { first, rest }))
        }
        ExprKind::Choice {
            condition,
            then,
            otherwise,
        } => Expr::Choice(Box::new((
            pure(condition, binder)?,
            pure(then, binder)?,
            pure(otherwise, binder)?,
        ))),
        ExprKind::Address(address) => Expr::Constant(Value::from(address.ip.to_string().as_str())),
        ExprKind::Socket(_) => Expr::Constant(Value::from(binder.sources.text(expr.span))),
        ExprKind::Constant(_) => {
            return Err(Diagnostic::error(
                names::MISPLACED_EXPRESSION,
                expr.span,
                "this word has a meaning only when a part of the message is compared with it",
            ));
        }
        ExprKind::Call(call) => {
            return Err(Diagnostic::error(
                names::MISPLACED_EXPRESSION,
                expr.span,
                format!("`{}` cannot be called in an argument", call.name.text),
            ));
        }
        ExprKind::Assign { target, .. } if matches!(target.kind, ExprKind::Error) => {
            Expr::Constant(Value::Null)
        }
        ExprKind::Assign { target, value, .. } => {
            let ExprKind::Variable(target) = &target.kind else {
                return Err(Diagnostic::error(
                    names::NOT_A_VARIABLE,
                    target.span,
                    "only a variable can be assigned to",
                ));
            };
            assignment(binder.variable(target)?, pure(value, binder)?)
        }
        ExprKind::Error => Expr::Constant(Value::Null),
    })
}

/// An assignment where a value is wanted: it is made, and is true.
fn assignment(target: BoundVariable, expr: Expr) -> Expr {
    Expr::Native(Box::new(move |call| {
        let done = match expr.value(call) {
            Ok(value) => expr.give(call, &target, value).is_ok(),
            Err(Failed) => false,
        };
        truth(done)
    }))
}

fn variable_expr(variable: BoundVariable) -> Expr {
    match variable.accessor {
        Accessor::Slot(slot) if variable.transformations.is_empty() => Expr::Slot(slot),
        _ => Expr::Variable(Box::new(variable)),
    }
}

/// `@a.b`. One that no loaded module offers has no value; a server starts with it (observed on 5.6.3).
fn select(span: Span, binder: &mut Binder<'_>) -> Result<Expr, Diagnostic> {
    let code = names::UNKNOWN_SELECT;
    let path = SelectPath::parse(binder.sources.text(span))
        .map_err(|message| Diagnostic::error(code, span, message))?;
    match binder.loaded.select(&path) {
        Ok(read) => Ok(Expr::Select(read)),
        Err(message) => {
            let warning = Diagnostic::warning(code, span, message);
            binder.diagnostics.push(warning);
            Ok(Expr::Select(Box::new(|_| None)))
        }
    }
}

impl Expr {
    /// The expression as an operand of `!`, `&&` and `||`, or as the condition of a loop.
    #[must_use]
    pub fn tested(self) -> Expr {
        match self {
            Expr::Not(_)
            | Expr::NonZero(_)
            | Expr::Defined(_)
            | Expr::Empty(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Match(..)
            | Expr::EqualText(..)
            | Expr::EqualInt(..) => self,
            Expr::Integers(op, operands) if op.is_comparison() => Expr::Integers(op, operands),
            value => Expr::NonZero(Box::new(value)),
        }
    }
}

/// Whether this is `$null` itself, and not a variable that happens to hold none.
pub fn is_null(expr: &ast::Expr) -> bool {
    matches!(&expr.kind, ExprKind::Variable(variable)
        if &*variable.class == "null" && variable.inner.is_none() && variable.transformations.is_empty())
}

/// Applies a unary operator.
fn unary(op: UnaryOp, inner: Expr) -> Expr {
    let inner = match (op, inner) {
        // A literal has 32 bits, and its negative too (observed on 5.6.3).
        (UnaryOp::Minus, Expr::Constant(Value::Int(number))) => {
            let negative = i32::try_from(number).map_or_else(
                |_| number.wrapping_neg(),
                |number| i64::from(number.wrapping_neg()),
            );
            return Expr::Constant(Value::Int(negative));
        }
        (_, inner) => Box::new(inner),
    };
    match op {
        UnaryOp::Not => Expr::Not(Box::new(inner.tested())),
        UnaryOp::Minus => Expr::Negate(inner),
        UnaryOp::BitNot => Expr::BitNot(inner),
        UnaryOp::Defined => Expr::Defined(inner),
        UnaryOp::ToInt => Expr::ToInt(inner),
        UnaryOp::ToString => Expr::ToText(inner),
        UnaryOp::StringLength => Expr::Length(inner),
        UnaryOp::StringEmpty => Expr::Empty(inner),
    }
}

/// Two operands; of two mistakes the second is reported and the first returned.
pub fn both<T>(
    left: Result<T, Diagnostic>,
    right: Result<T, Diagnostic>,
    binder: &mut Binder<'_>,
) -> Result<(T, T), Diagnostic> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(first), Err(second)) => {
            binder.diagnostics.push(second);
            Err(first)
        }
        (Err(mistake), _) | (_, Err(mistake)) => Err(mistake),
    }
}

fn binary_expr(
    op: BinaryOp,
    left: &ast::Expr,
    right: &ast::Expr,
    binder: &mut Binder<'_>,
) -> Result<Expr, Diagnostic> {
    let wanted = if op == BinaryOp::Equal {
        Wanted::Equal
    } else {
        Wanted::Different
    };
    let (right_place, asks_for_null) = (right.span, is_null(right));
    let (left, right) = (pure(left, binder), pure(right, binder));
    let (left, right) = both(left, right, binder)?;
    Ok(match (op, right) {
        (BinaryOp::Equal, _) if asks_for_null => Expr::Not(Box::new(Expr::Defined(Box::new(left)))),
        (BinaryOp::NotEqual, _) if asks_for_null => Expr::Defined(Box::new(left)),
        (BinaryOp::And, right) => Expr::And(Box::new((left.tested(), right.tested()))),
        (BinaryOp::Or, right) => Expr::Or(Box::new((left.tested(), right.tested()))),
        (BinaryOp::Match, Expr::Constant(Value::Str(text))) => {
            let regex = arithmetic::pattern(&text).map_err(|error| {
                Diagnostic::error(
                    params::BAD_REGEX,
                    right_place,
                    format!("`{text}` is no regular expression: {error}"),
                )
            })?;
            Expr::Match(Box::new(left), Arc::new(regex))
        }
        (BinaryOp::Equal | BinaryOp::NotEqual, Expr::Constant(Value::Str(text))) => {
            Expr::EqualText(Box::new(left), text, wanted)
        }
        (BinaryOp::Equal | BinaryOp::NotEqual, Expr::Constant(Value::Int(number))) => {
            Expr::EqualInt(Box::new(left), number, wanted)
        }
        (op, right) if arithmetic::is_integer_op(op) => Expr::Integers(op, Box::new((left, right))),
        (op, right) => Expr::Binary(op, Box::new((left, right))),
    })
}

/// How many patterns that only variables hold are kept compiled in each lane.
const PATTERNS_MAX: usize = 64;

/// Patterns compiled while running, newest last.
#[derive(Default)]
struct Patterns(Vec<(Text, Arc<Ere>)>);

/// A pattern that is not a constant, compiled once as long as the lane remembers it.
pub fn cached_pattern(call: &mut Call, pattern: &Text) -> Result<Arc<Ere>, String> {
    let known = call.lane.get::<Patterns>();
    if let Some(at) = known.0.iter().position(|(text, _)| text == pattern) {
        return known
            .0
            .get(at)
            .map(|(_, regex)| regex.clone())
            .ok_or_else(String::new);
    }
    let regex = Arc::new(arithmetic::pattern(pattern)?);
    if known.0.len() >= PATTERNS_MAX {
        known.0.remove(0);
    }
    known.0.push((pattern.clone(), regex.clone()));
    Ok(regex)
}
