//! Arguments of script functions: each kind is a type, bound at load and evaluated at each call.

use crate::binder::Binder;
use crate::call::Call;
use crate::expression::Expression;
use crate::module::Loaded;
use crate::pvar::{BoundVariable, SetError};
use crate::route::RouteId;
use crate::step::{Step, Verdict};
use crate::template::Template;
use crate::value::Value;
use catalog::ArgKind;
use diagnostics::codes::{names, params, routes};
use diagnostics::{Diagnostic, Span, did_you_mean};
use script_syntax::ast::{self, ExprKind};
use std::sync::Arc;
use stdx::Text;
use stdx::ere::{Ere, Flags};

/// Why an argument has no usable value at a call; the function then fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ArgError(pub String);

/// An argument as it stands in the configuration.
#[derive(Clone, Copy)]
pub struct ArgSource<'a> {
    /// The expression.
    pub expr: &'a ast::Expr,
}

impl<'a> ArgSource<'a> {
    /// Its place.
    pub fn span(&self) -> Span {
        self.expr.span
    }

    /// The constant text: of a string, a bare word, or a number as written.
    pub fn literal(&self) -> Option<&'a str> {
        match &self.expr.kind {
            ExprKind::String(literal) => Some(&literal.value),
            ExprKind::Word(name) => Some(&name.text),
            ExprKind::Int(number) => Some(&number.text),
            _ => None,
        }
    }

    /// The constant integer, also when written in quotes.
    pub fn literal_int(&self) -> Option<i64> {
        match &self.expr.kind {
            ExprKind::Int(number) => Some(number.value),
            ExprKind::String(literal) => stdx::number::parse_i64(literal.value.as_bytes()),
            ExprKind::Unary {
                op: ast::UnaryOp::Minus,
                operand,
            } => ArgSource { expr: operand }
                .literal_int()
                .map(i64::wrapping_neg),
            _ => None,
        }
    }

    /// The integer when it is constant; for an empty text, a warning says that it counts as 0.
    fn constant_int(&self, binder: &mut Binder<'_>) -> Option<i64> {
        if self.literal() != Some("") {
            return self.literal_int();
        }
        // COMPAT: 5.6.3 takes it so.
        let message = "an integer is needed here: the empty text counts as 0";
        let warning = Diagnostic::warning(params::WRONG_ARGUMENT, self.span(), message);
        binder.diagnostics.push(warning);
        Some(0)
    }

    /// An error about this argument.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(params::WRONG_ARGUMENT, self.span(), message)
    }
}

/// A kind of argument.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a script function's parameter",
    note = "`Text`, `i64` and `PvarRef` are; crates/module-api/src/args.rs has the others, and shows how to write one"
)]
pub trait ScriptArg: Sized {
    /// What is kept from load to call.
    type Bound: Send + Sync + 'static;
    /// The kind, for the catalog.
    const KIND: ArgKind;

    /// Checks and compiles the argument.
    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic>;

    /// Its value at this call.
    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError>;
}

/// Text or expression, bound.
pub enum TextSource {
    /// A string, with or without variables.
    Template(Template),
    /// Anything else.
    Expression(Box<dyn Expression>),
}

impl TextSource {
    /// Binds a string as a template and anything else as an expression.
    pub fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(match &source.expr.kind {
            ExprKind::String(literal) => TextSource::Template(binder.template(literal)?),
            ExprKind::Word(name) => TextSource::Template(Template::constant(&*name.text)),
            ExprKind::Int(number) => TextSource::Template(Template::constant(&*number.text)),
            _ => TextSource::Expression(binder.expression(source.expr)?),
        })
    }

    /// The constant text, when there is nothing to expand.
    pub fn as_constant(&self) -> Option<Text> {
        match self {
            TextSource::Template(template) => template.as_constant(),
            TextSource::Expression(_) => None,
        }
    }

    /// The text now.
    pub fn text(&self, call: &mut Call) -> Result<Text, ArgError> {
        match self {
            TextSource::Template(template) => Ok(template.text(call)),
            TextSource::Expression(expression) => match expression.value(call) {
                Ok(value) => Ok(value.into_text()),
                Err(_) => Err(ArgError("the expression has no value".into())),
            },
        }
    }

    /// The text now; none when a variable in it has no value.
    pub fn given(&self, call: &mut Call) -> Option<Text> {
        match self {
            TextSource::Template(template) => template.given(call),
            TextSource::Expression(expression) => match expression.value(call) {
                Ok(Value::Null) | Err(_) => None,
                Ok(value) => Some(value.into_text()),
            },
        }
    }

    /// The value now: of the variable when it is just one, else the text.
    pub fn value(&self, call: &mut Call) -> Result<Value, ArgError> {
        match self {
            TextSource::Template(template) => Ok(template.value(call)),
            TextSource::Expression(expression) => expression
                .value(call)
                .map_err(|_| ArgError("the expression has no value".into())),
        }
    }
}

/// Text in which variables are expanded at each call.
impl ScriptArg for Text {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Text;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        TextSource::bind(source, binder)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        bound.text(call)
    }
}

/// A value of any type.
impl ScriptArg for Value {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Value;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        if let ExprKind::Int(_) = source.expr.kind {
            return Ok(TextSource::Expression(binder.expression(source.expr)?));
        }
        TextSource::bind(source, binder)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        bound.value(call)
    }
}

/// An integer, bound.
pub enum IntSource {
    /// A constant.
    Constant(i64),
    /// Anything that evaluates to one.
    Value(TextSource),
}

/// An integer: a number, a text that is one, a variable or an expression.
impl ScriptArg for i64 {
    type Bound = IntSource;
    const KIND: ArgKind = ArgKind::Int;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        if let Some(number) = source.constant_int(binder) {
            return Ok(IntSource::Constant(number));
        }
        let value = TextSource::bind(source, binder)?;
        match value.as_constant() {
            Some(text) => Err(source.error(format!("an integer is needed, `{text}` is none"))),
            None => Ok(IntSource::Value(value)),
        }
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        match bound {
            IntSource::Constant(number) => Ok(*number),
            IntSource::Value(source) => match source.value(call)? {
                Value::Null => Err(ArgError("an integer is needed, the value is $null".into())),
                value => value
                    .to_int()
                    .map_err(|_| ArgError(format!("`{}` is no integer", value.to_text()))),
            },
        }
    }
}

/// Constant text, taken as it stands.
#[derive(Clone, Debug)]
pub struct Literal(pub Text);

impl ScriptArg for Literal {
    type Bound = Text;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        match source.literal() {
            Some(text) => Ok(Text::from(text)),
            None => Err(source.error("a constant text is needed here")),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Literal(bound.clone()))
    }
}

/// A constant integer.
#[derive(Clone, Copy, Debug)]
pub struct LiteralInt(pub i64);

impl ScriptArg for LiteralInt {
    type Bound = i64;
    const KIND: ArgKind = ArgKind::LiteralInt;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        source
            .constant_int(binder)
            .ok_or_else(|| source.error("a constant integer is needed here"))
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(LiteralInt(*bound))
    }
}

/// The number of a message flag: 0 to 31, or a declared name.
#[derive(Clone, Copy, Debug)]
pub struct FlagArg(pub u8);

impl ScriptArg for FlagArg {
    type Bound = u8;
    const KIND: ArgKind = ArgKind::Flag;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        if let Some(number) = source.literal_int() {
            return u8::try_from(number)
                .ok()
                .filter(|n| *n < 32)
                .ok_or_else(|| {
                    source.error(format!("a flag is a number from 0 to 31, not {number}"))
                });
        }
        let Some(name) = source.literal() else {
            return Err(source.error("the number or the name of a flag is needed here"));
        };
        binder.flags.get(name).copied().ok_or_else(|| {
            let error = Diagnostic::error(
                names::UNKNOWN_FLAG,
                source.span(),
                format!("there is no flag `{name}`"),
            );
            match did_you_mean(name, binder.flags.keys().map(String::as_str)) {
                Some(known) => error.help(format!("did you mean `{known}`?")),
                None => error.help(format!("declare it: flags {name}:1")),
            }
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(FlagArg(*bound))
    }
}

/// A constant regular expression: POSIX extended, case-insensitive, compiled at load.
#[derive(Clone)]
pub struct Regex(pub Arc<Ere>);

impl ScriptArg for Regex {
    type Bound = Arc<Ere>;
    const KIND: ArgKind = ArgKind::Regex;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(pattern) = source.literal() else {
            return Err(source.error("a constant regular expression is needed here"));
        };
        match Ere::compile(
            pattern.as_bytes(),
            Flags {
                ignore_case: true,
                newline: true,
            },
        ) {
            Ok(regex) => Ok(Arc::new(regex)),
            Err(error) => Err(Diagnostic::error(
                params::BAD_REGEX,
                source.span(),
                format!("`{pattern}` is no regular expression: {error}"),
            )),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(Regex(bound.clone()))
    }
}

/// A variable that the function itself reads or writes.
#[derive(Clone)]
pub struct PvarRef(Arc<BoundVariable>);

impl PvarRef {
    /// Its value.
    pub fn get(&self, call: &mut Call) -> Value {
        self.0.get(call)
    }

    /// Gives it a value.
    pub fn set(&self, call: &mut Call, value: impl Into<Value>) -> Result<(), SetError> {
        self.0.set(call, value.into())
    }

    /// The bound variable.
    pub fn variable(&self) -> &Arc<BoundVariable> {
        &self.0
    }
}

impl ScriptArg for PvarRef {
    type Bound = Arc<BoundVariable>;
    const KIND: ArgKind = ArgKind::Variable;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let variable = match &source.expr.kind {
            ExprKind::Variable(variable) => binder.variable(variable)?,
            ExprKind::String(literal) => {
                let template = binder.template(literal)?;
                match <[_; 1]>::try_from(template.pieces.into_vec()) {
                    Ok([crate::template::TemplatePiece::Variable(variable)]) => variable,
                    _ => return Err(source.error("the name of one variable is needed here")),
                }
            }
            _ => return Err(source.error("the name of a variable is needed here")),
        };
        Ok(Arc::new(variable))
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(PvarRef(bound.clone()))
    }
}

/// The name of a `route[NAME]`, constant or from a variable.
#[derive(Clone, Debug)]
pub struct RouteArg {
    /// The block; none when there is no block of that name.
    pub id: Option<RouteId>,
    /// The name.
    pub name: Text,
}

impl ScriptArg for RouteArg {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Route;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let bound = TextSource::bind(source, binder)?;
        if let Some(name) = bound.as_constant()
            && binder.routes.route(&name).is_none()
        {
            let warning = Diagnostic::warning(
                routes::UNKNOWN_ROUTE,
                source.span(),
                format!("there is no route[{name}]"),
            );
            binder.diagnostics.push(warning);
        }
        Ok(bound)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        let name = bound.text(call)?;
        Ok(RouteArg {
            id: call.runtime.routes.route(&name),
            name,
        })
    }
}

/// An argument that may be left out.
impl<T: ScriptArg> ScriptArg for Option<T> {
    type Bound = Option<T::Bound>;
    const KIND: ArgKind = T::KIND;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        T::bind(source, binder).map(Some)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        bound.as_ref().map(|bound| T::eval(bound, call)).transpose()
    }
}

/// Binds the argument at `position` of a call; used by `#[script_function]`.
#[doc(hidden)]
pub fn bind_required<T: ScriptArg>(
    site: &ast::Call,
    position: usize,
    binder: &mut Binder<'_>,
) -> Result<T::Bound, Diagnostic> {
    match site.arguments.get(position) {
        Some(ast::Argument::Expr(expr)) => T::bind(ArgSource { expr }, binder),
        Some(ast::Argument::Empty(span)) => Err(Diagnostic::error(
            params::WRONG_ARGUMENT,
            *span,
            "an argument is missing here",
        )),
        None => Err(Diagnostic::error(
            params::WRONG_ARGUMENT,
            site.span,
            format!("`{}` needs another argument", site.name.text),
        )),
    }
}

/// Binds an argument that may be left out; used by `#[script_function]`.
#[doc(hidden)]
pub fn bind_optional<T: ScriptArg>(
    site: &ast::Call,
    position: usize,
    binder: &mut Binder<'_>,
) -> Result<Option<T::Bound>, Diagnostic> {
    match site.arguments.get(position) {
        Some(ast::Argument::Expr(expr)) => T::bind(ArgSource { expr }, binder).map(Some),
        Some(ast::Argument::Empty(_)) | None => Ok(None),
    }
}

/// Keeps the first mistake and reports the others; used by `#[script_function]`.
#[doc(hidden)]
pub fn note_mistake<T>(
    bound: Result<T, Diagnostic>,
    first: &mut Option<Diagnostic>,
    binder: &mut Binder<'_>,
) -> Option<T> {
    match bound {
        Ok(bound) => Some(bound),
        Err(mistake) => {
            match first {
                None => *first = Some(mistake),
                Some(_) => binder.diagnostics.push(mistake),
            }
            None
        }
    }
}

/// What stands for an argument that was neither bound nor refused; used by `#[script_function]`.
#[doc(hidden)]
#[cold]
pub fn lost_argument(span: Span) -> Diagnostic {
    stdx::never!("an argument was neither bound nor refused");
    Diagnostic::error(params::WRONG_ARGUMENT, span, "an argument is missing here")
}

/// The module instance a function is given; used by `#[script_function]`.
#[doc(hidden)]
pub fn bind_module<M: Send + Sync + 'static>(
    span: Span,
    binder: &mut Binder<'_>,
) -> Result<Arc<M>, Diagnostic> {
    instance_of::<M>(binder.loaded, span)
}

fn instance_of<M: Send + Sync + 'static>(
    loaded: &Loaded,
    span: Span,
) -> Result<Arc<M>, Diagnostic> {
    loaded.instance::<M>().ok_or_else(|| {
        Diagnostic::error(
            names::MODULE_NOT_LOADED,
            span,
            "the module of this could not be loaded",
        )
        .following(loaded.has_failed::<M>())
    })
}

/// Logs why an argument had no value; the function fails. Used by `#[script_function]`.
#[doc(hidden)]
#[cold]
#[track_caller]
pub fn argument_failed(call: &mut Call, function: &str, name: &str, error: ArgError) -> Step {
    call.error(format_args!("{function}: argument `{name}`: {error}"));
    Step::Done(Verdict::FALSE)
}
