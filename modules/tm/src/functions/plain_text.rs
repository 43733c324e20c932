//! Text in which variables are not expanded.

use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Template, Text, TextSource,
};

/// Text taken as it stands when it is constant; a single variable, in quotes or not, stands for its value.
pub struct PlainText(pub Text);

impl ScriptArg for PlainText {
    type Bound = TextSource;
    const KIND: ArgKind = ArgKind::Text;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let bound = TextSource::bind(source, binder)?;
        Ok(match (source.literal(), bound) {
            (Some(_), TextSource::Template(template)) if template.as_variable().is_some() => {
                TextSource::Template(template)
            }
            (Some(text), _) => TextSource::Template(Template::constant(text)),
            (None, bound) => bound,
        })
    }

    fn eval(bound: &Self::Bound, call: &mut Call) -> Result<Self, ArgError> {
        bound.text(call).map(PlainText)
    }
}
