//! Parameters of transformations: constant or from a variable.

use crate::binder::Binder;
use crate::call::Call;
use crate::pvar::BoundVariable;
use crate::value::Value;
use diagnostics::Diagnostic;
use diagnostics::codes::params;
use script_syntax::ast::{self, TransformationParam};
use stdx::Text;

/// A type that a transformation's parameter can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a transformation's parameter",
    note = "`i64` and `Text` are; crates/module-api/src/transform_args.rs shows how to write one"
)]
pub trait TransformArg: Sized + Clone + Send + Sync + 'static {
    /// From the constant text; none when it is not of this type.
    fn from_text(text: &str) -> Option<Self>;
    /// From the value of a variable.
    fn from_value(value: Value) -> Option<Self>;
}

impl TransformArg for i64 {
    fn from_text(text: &str) -> Option<Self> {
        stdx::number::parse_i64(text.trim().as_bytes())
    }

    fn from_value(value: Value) -> Option<Self> {
        if value.is_null() {
            None
        } else {
            value.to_int().ok()
        }
    }
}

impl TransformArg for Text {
    fn from_text(text: &str) -> Option<Self> {
        Some(Text::from(text))
    }

    fn from_value(value: Value) -> Option<Self> {
        if value.is_null() {
            None
        } else {
            Some(value.into_text())
        }
    }
}

/// A bound parameter.
pub enum TransformSource<T> {
    /// A constant.
    Constant(T),
    /// From a variable at each use.
    Variable(Box<BoundVariable>),
}

impl<T: TransformArg> TransformSource<T> {
    /// Its value now; none when the variable holds nothing usable.
    pub fn get(&self, call: &mut Call) -> Option<T> {
        match self {
            TransformSource::Constant(value) => Some(value.clone()),
            TransformSource::Variable(variable) => T::from_value(variable.get(call)),
        }
    }
}

/// All parameters of a transformation together, for those that split them in their own way.
pub trait TransformInner: Sized + Send + Sync + 'static {
    /// Binds them.
    fn bind(site: &ast::Transformation, binder: &mut Binder<'_>) -> Result<Self, Diagnostic>;
}

/// Binds the parameter at `position`; used by `#[transformation]`.
#[doc(hidden)]
pub fn bind_transform<T: TransformArg>(
    site: &ast::Transformation,
    position: usize,
    binder: &mut Binder<'_>,
) -> Result<TransformSource<T>, Diagnostic> {
    bind_transform_optional(site, position, binder)?.ok_or_else(|| {
        Diagnostic::error(
            params::WRONG_ARGUMENT,
            site.span,
            format!("`{{{}.{}}}` needs another parameter", site.class, site.name),
        )
    })
}

/// Binds a parameter that may be left out; used by `#[transformation]`.
#[doc(hidden)]
pub fn bind_transform_optional<T: TransformArg>(
    site: &ast::Transformation,
    position: usize,
    binder: &mut Binder<'_>,
) -> Result<Option<TransformSource<T>>, Diagnostic> {
    match site.params.get(position) {
        None => Ok(None),
        Some(TransformationParam::Variable(variable)) => Ok(Some(TransformSource::Variable(
            Box::new(binder.variable(variable)?),
        ))),
        Some(TransformationParam::Text(inner)) => match T::from_text(&inner.text) {
            Some(value) => Ok(Some(TransformSource::Constant(value))),
            None => Err(Diagnostic::error(
                params::WRONG_ARGUMENT,
                inner.span,
                format!(
                    "`{}` is not what `{{{}.{}}}` takes here",
                    inner.text, site.class, site.name
                ),
            )),
        },
    }
}

/// Checks the number of parameters; used by `#[transformation]`.
#[doc(hidden)]
pub fn check_transform_params(
    site: &ast::Transformation,
    (least, most): (u8, u8),
) -> Result<(), Diagnostic> {
    let given = site.params.len();
    if given < usize::from(least) || (most != u8::MAX && given > usize::from(most)) {
        return Err(Diagnostic::error(
            params::WRONG_ARGUMENT,
            site.span,
            format!(
                "`{{{}.{}}}` takes {least} to {most} parameters, {given} are given",
                site.class, site.name
            ),
        ));
    }
    Ok(())
}
