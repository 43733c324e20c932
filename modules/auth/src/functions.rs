//! Script functions.

pub mod challenges;
pub mod checks;

use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text, TextSource,
};

/// A realm or a password; empty when a variable in it has no value, which is nothing to check against (observed on 5.6.3).
pub struct Given(Text);

impl ScriptArg for Given {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Text;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        TextSource::bind(source, binder)
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        Ok(Given(bound.given(call).unwrap_or_default()))
    }
}
