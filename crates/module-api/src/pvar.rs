//! Pseudo-variables: what reads and writes them, bound once at load.

use crate::binder::Binder;
use crate::call::Call;
use crate::step::Step;
use crate::template::{IndexSource, Template};
use crate::transformation::Transform;
use crate::value::Value;
use catalog::PvarEntry;
use diagnostics::{Diagnostic, Span};
use script_syntax::ast;
use stdx::Text;

/// Why a variable could not be given a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// The variable can only be read.
    #[error("the variable can only be read")]
    ReadOnly,
    /// The variable takes no integer. One that is read from a variable has a text too, which it takes (observed on 5.6.3).
    #[error("a text is needed")]
    NeedsText,
    /// The value is not one this variable takes.
    #[error("{0}")]
    Refused(String),
}

impl SetError {
    /// A refusal with its reason.
    pub fn refused(reason: impl Into<String>) -> SetError {
        SetError::Refused(reason.into())
    }
}

/// A variable of a class with its inner name and index bound: what a run reads and writes.
pub trait Pvar: Send + Sync {
    /// Its value.
    fn get(&self, call: &mut Call) -> Value;

    /// Its value, borrowed from the message, for callers that only look at it.
    fn view<'c>(&self, _call: &'c Call) -> View<'c> {
        View::Elsewhere
    }

    /// Its value, when it is an integer that takes no work to find.
    fn int(&self, _call: &Call) -> Option<i64> {
        None
    }

    /// The number that its value stands for, where that is a name such as `udp` or `INVITE`.
    fn number(&self, _call: &mut Call) -> Option<i64> {
        None
    }

    /// Gives it a value; `$null` unsets it where that makes sense.
    fn set(&self, _call: &mut Call, _value: Value) -> Result<(), SetError> {
        Err(SetError::ReadOnly)
    }

    /// Appends its value to a text, as a format string shows it.
    fn append_to(&self, call: &mut Call, out: &mut Vec<u8>) {
        self.get(call).append_to(out);
    }
}

/// What has to be asked elsewhere before a variable can be read: in effect a script function without arguments whose return code
/// nobody sees. It leaves what it learns in a note, which [`Pvar::get`] reads.
///
/// It is called once before each statement or condition that contains the variable; a text that a module expands at a time of its
/// own, such as a parameter, asks nobody.
pub type Ask = fn(&mut Call) -> Step;

/// A value that can be looked at without copying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View<'c> {
    /// The variable is not there.
    Null,
    /// This text.
    Text(&'c [u8]),
    /// Only [`Pvar::get`] tells.
    Elsewhere,
}

impl<'c> View<'c> {
    /// `Text`, or `Null` when there is nothing.
    pub fn from_option(text: Option<&'c [u8]>) -> View<'c> {
        text.map_or(View::Null, View::Text)
    }
}

/// A variable class as a module exports it.
pub struct PvarExport {
    /// Its entry in the catalog.
    pub entry: PvarEntry,
    /// Binds one use of it.
    pub bind: fn(&PvarSpec<'_>, &mut Binder<'_>) -> Result<Accessor, Diagnostic>,
}

/// One use of a variable class in the configuration.
pub struct PvarSpec<'a> {
    /// The class, inner text, index and place as parsed.
    pub variable: &'a ast::Variable,
}

impl<'a> PvarSpec<'a> {
    /// The text between the parentheses; empty when there are none.
    pub fn inner(&self) -> &'a str {
        self.variable
            .inner
            .as_ref()
            .map_or("", |inner| &*inner.text)
    }

    /// The place of the inner text, or of the whole variable.
    pub fn span(&self) -> Span {
        self.variable
            .inner
            .as_ref()
            .map_or(self.variable.span, |inner| inner.span)
    }

    /// The inner text as a format in which variables are expanded.
    pub fn inner_template(&self, binder: &mut Binder<'_>) -> Result<Template, Diagnostic> {
        match &self.variable.inner {
            Some(inner) => binder.template_at(&inner.text, ast::TextPlace::Verbatim(inner.span)),
            None => Ok(Template::default()),
        }
    }

    /// The index in brackets.
    pub fn index(&self, binder: &mut Binder<'_>) -> Result<IndexSource, Diagnostic> {
        Ok(
            match self.variable.index.as_ref().map(|index| &index.kind) {
                None => IndexSource::None,
                Some(ast::IndexKind::Int(position)) => IndexSource::At(*position),
                Some(ast::IndexKind::All) => IndexSource::All,
                Some(ast::IndexKind::Variable(variable)) => {
                    IndexSource::Variable(Box::new(binder.variable(variable)?))
                }
            },
        )
    }
}

/// What the inner text and index of a variable are turned into at load.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in the parentheses of a variable",
    note = "`InnerText` and `InnerLiteral` can; crates/module-api/src/pvar.rs shows how to write one"
)]
pub trait PvarInner: Sized + Send + Sync + 'static {
    /// Binds them; the error names what is wrong with the inner text.
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic>;
}

/// The inner text expanded at each use, by [`Template::text`]: the usual kind.
pub struct InnerText(pub Template);

impl PvarInner for InnerText {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        spec.inner_template(binder).map(InnerText)
    }
}

/// The inner text as it stands.
pub struct InnerLiteral(pub Text);

impl PvarInner for InnerLiteral {
    fn bind(spec: &PvarSpec<'_>, _: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(InnerLiteral(Text::from(spec.inner())))
    }
}

/// The index only.
pub struct InnerIndex(pub IndexSource);

impl PvarInner for InnerIndex {
    fn bind(spec: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        spec.index(binder).map(InnerIndex)
    }
}

/// How a bound variable is reached.
pub enum Accessor {
    /// A slot of the run (`$var`, `$vn`).
    Slot(u32),
    /// Through its class.
    Class(Box<dyn Pvar>),
}

/// A variable as the script uses it: accessor and transformations.
pub struct BoundVariable {
    /// The variable itself.
    pub accessor: Accessor,
    /// What its value goes through when read.
    pub transformations: Box<[Box<dyn Transform>]>,
    /// What the first of them wants of a name that stands for a number.
    pub wants: Wants,
    /// Its place in the configuration.
    pub span: Span,
    /// Its text in the configuration, for messages.
    pub text: Box<str>,
}

/// What a transformation wants of a name that stands for a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wants {
    /// The name.
    #[default]
    Name,
    /// `{s.int}`: the number, but the name where a text is made of it.
    Either,
    /// `{s.intv}`: the number.
    Number,
}

impl BoundVariable {
    /// The number that the name in it stands for, where its first transformation wants that.
    fn number(&self, call: &mut Call) -> Option<i64> {
        match &self.accessor {
            Accessor::Class(pvar) if self.wants != Wants::Name => pvar.number(call),
            _ => None,
        }
    }

    /// Its value.
    pub fn get(&self, call: &mut Call) -> Value {
        match (self.wants, &*self.transformations, &self.accessor) {
            (Wants::Name, ..) => {}
            // What follows is handed the name.
            (Wants::Either, [_, rest @ ..], Accessor::Class(pvar))
                if !rest.is_empty() && pvar.number(call).is_some() =>
            {
                let name = pvar.get(call);
                return rest
                    .iter()
                    .fold(name, |value, next| next.apply(call, value));
            }
            (_, [_, rest @ ..], _) => {
                if let Some(number) = self.number(call) {
                    let number = Value::Int(number);
                    return rest
                        .iter()
                        .fold(number, |value, next| next.apply(call, value));
                }
            }
            _ => {}
        }
        let value = match &self.accessor {
            Accessor::Slot(slot) => call
                .variables
                .get(*slot as usize)
                .cloned()
                .unwrap_or_default(),
            Accessor::Class(pvar) => pvar.get(call),
        };
        self.transformations
            .iter()
            .fold(value, |value, transform| transform.apply(call, value))
    }

    /// Its value, borrowed from the message, for callers that only look at it.
    pub fn view<'c>(&self, call: &'c Call) -> View<'c> {
        match &self.accessor {
            Accessor::Class(pvar) if self.transformations.is_empty() => pvar.view(call),
            _ => View::Elsewhere,
        }
    }

    /// Its value, when it is an integer that takes no work to find.
    pub fn int(&self, call: &Call) -> Option<i64> {
        match &self.accessor {
            Accessor::Class(pvar) if self.transformations.is_empty() => pvar.int(call),
            _ => None,
        }
    }

    /// Gives it what was read from another variable: an integer, or where a text is needed, the integer's text.
    pub fn copy(&self, call: &mut Call, value: Value) -> Result<(), SetError> {
        let number = match value {
            Value::Int(number) => Some(number),
            _ => None,
        };
        match (self.set(call, value), number) {
            (Err(SetError::NeedsText), Some(number)) => {
                self.set(call, Value::Str(Text::from(number)))
            }
            (done, _) => done,
        }
    }

    /// Gives it a value.
    pub fn set(&self, call: &mut Call, value: Value) -> Result<(), SetError> {
        if !self.transformations.is_empty() {
            return Err(SetError::ReadOnly);
        }
        match &self.accessor {
            Accessor::Slot(slot) => {
                let slot = *slot as usize;
                // $null makes a slot what it was at the start of the run.
                let value = if value.is_null() {
                    call.runtime
                        .null_variables
                        .get(slot)
                        .cloned()
                        .unwrap_or_default()
                } else {
                    value
                };
                if let Some(entry) = call.variables.get_mut(slot) {
                    *entry = value;
                }
                Ok(())
            }
            Accessor::Class(pvar) => pvar.set(call, value),
        }
    }

    /// Appends its value to a text, as a format string shows it.
    pub fn append_to(&self, call: &mut Call, out: &mut Vec<u8>) {
        match &self.accessor {
            Accessor::Class(pvar) if self.transformations.is_empty() => pvar.append_to(call, out),
            Accessor::Slot(slot) if self.transformations.is_empty() => {
                match call.variables.get(*slot as usize) {
                    Some(value) => value.append_to(out),
                    None => Value::Null.append_to(out),
                }
            }
            Accessor::Class(pvar)
                if self.wants == Wants::Either
                    && self.transformations.len() == 1
                    && pvar.number(call).is_some() =>
            {
                pvar.append_to(call, out);
            }
            _ => match self.get(call) {
                Value::Null if self.is_transformed() => {}
                value => value.append_to(out),
            },
        }
    }

    /// Appends its value to a text, and nothing where there is none, as substitutions do (observed on 5.6.3).
    pub fn append_some_to(&self, call: &mut Call, out: &mut Vec<u8>) {
        match self.get(call) {
            Value::Null => {}
            value => value.append_to(out),
        }
    }

    /// Whether its value goes through transformations. When they yield nothing, a text shows nothing, not
    /// as `<null>` (observed on 5.6.3).
    pub fn is_transformed(&self) -> bool {
        !self.transformations.is_empty()
    }

    /// The slot, when it is a plain `$var`.
    pub fn plain_slot(&self) -> Option<u32> {
        match self.accessor {
            Accessor::Slot(slot) if self.transformations.is_empty() => Some(slot),
            _ => None,
        }
    }
}

/// Refuses an inner name for a variable that takes none; used by `#[pvar]`.
#[doc(hidden)]
pub fn no_inner(spec: &PvarSpec<'_>) -> Result<(), Diagnostic> {
    match &spec.variable.inner {
        None => Ok(()),
        Some(inner) => Err(Diagnostic::error(
            diagnostics::codes::names::BAD_VARIABLE_NAME,
            inner.span,
            format!("`${}` takes no name in parentheses", spec.variable.class),
        )),
    }
}
