//! Texts whose variables stay names.

use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text};
use module_api::{Template, TextSource, ast};

/// A text. One in quotes is taken as it stands, whatever looks like a variable in it; anything else is an expression.
pub struct AsWritten(pub Text);

impl ScriptArg for AsWritten {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Other("text as written");

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        match &source.expr.kind {
            ast::ExprKind::String(literal) => {
                Ok(TextSource::Template(Template::constant(&*literal.value)))
            }
            _ => TextSource::bind(source, binder),
        }
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        bound.text(call).map(AsWritten)
    }
}
