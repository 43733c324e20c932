//! Transformations: what a variable's value goes through when it is read.

use crate::binder::Binder;
use crate::call::Call;
use crate::value::Value;
use catalog::TransformationEntry;
use diagnostics::Diagnostic;
use script_syntax::ast;

/// A transformation with its parameters bound.
pub trait Transform: Send + Sync {
    /// The value that comes out; null where the transformation does not apply.
    fn apply(&self, call: &mut Call, value: Value) -> Value;
}

impl<F: Fn(&mut Call, Value) -> Value + Send + Sync> Transform for F {
    fn apply(&self, call: &mut Call, value: Value) -> Value {
        self(call, value)
    }
}

/// A transformation as a module exports it.
pub struct TransformationExport {
    /// Its entry in the catalog.
    pub entry: TransformationEntry,
    /// Binds one use of it.
    pub bind: fn(&ast::Transformation, &mut Binder<'_>) -> Result<Box<dyn Transform>, Diagnostic>,
}
