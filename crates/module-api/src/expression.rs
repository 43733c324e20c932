//! Expressions as functions see them: something to be evaluated at each call.

use crate::binder::Binder;
use crate::call::Call;
use crate::value::Value;
use diagnostics::Diagnostic;
use script_syntax::ast;

/// An expression could not be evaluated; the reason has been logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// A compiled expression without calls in it.
pub trait Expression: Send + Sync {
    /// Its value now.
    fn value(&self, call: &mut Call) -> Result<Value, Failed>;
}

/// What compiles expressions; the script machine implements it.
pub trait ExpressionCompiler {
    /// Compiles `expr`, which must not call functions.
    fn compile(
        &self,
        expr: &ast::Expr,
        binder: &mut Binder<'_>,
    ) -> Result<Box<dyn Expression>, Diagnostic>;
}
