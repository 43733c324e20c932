//! Script functions as modules export them.

use crate::binder::Binder;
use crate::call::Call;
use crate::step::Step;
use catalog::FunctionEntry;
use diagnostics::Diagnostic;
use script_syntax::ast;

/// A call of a script function with its arguments bound.
pub trait BoundFunction: Send + Sync {
    /// Runs it.
    fn call(&self, call: &mut Call) -> Step;
}

/// One calling form of a script function as a module exports it; made by `#[script_function]`.
pub struct FunctionExport {
    /// Its entry in the catalog.
    pub entry: FunctionEntry,
    /// Binds one call of it, whose number of arguments fits.
    pub bind: fn(&ast::Call, &mut Binder<'_>) -> Result<Box<dyn BoundFunction>, Diagnostic>,
}
