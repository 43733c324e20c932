//! Substitutions with variables: `/pattern/replacement $var(x)/flags`.

use diagnostics::codes::params;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, BoundVariable, Call, Diagnostic, ScriptArg, Span,
    TransformInner, ast,
};
use std::ops::Range;
use std::sync::Arc;
use stdx::ere::{EmptyMatch, Subst};

/// A constant substitution, compiled at load.
#[derive(Clone)]
pub struct Substitution(Arc<Subst<BoundVariable>>);

impl Substitution {
    /// Compiles `text`, which stands at `span`.
    pub fn compile(text: &str, span: Span, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let mut refused = None;
        let parsed = Subst::parse(text.as_bytes(), |rest| {
            variable_at(rest, span, binder).map_err(|diagnostic| {
                refused = Some(diagnostic);
                std::fmt::Error
            })
        });
        parsed
            .map(|subst| Substitution(Arc::new(subst)))
            .map_err(|error| {
                refused.unwrap_or_else(|| {
                    let message = format!("`{text}` is no substitution: {error}");
                    Diagnostic::error(params::WRONG_ARGUMENT, span, message)
                })
            })
    }

    /// `text` with what matches replaced; `None` when nothing does.
    pub fn apply(&self, call: &mut Call, text: &[u8]) -> Result<Option<Vec<u8>>, EmptyMatch> {
        let mut out = Vec::new();
        let count = self.0.apply(text, &mut out, |variable, out| {
            variable.append_some_to(call, out)
        })?;
        Ok((count > 0).then_some(out))
    }

    /// The places in `text` that match, with their replacements.
    pub fn edits(
        &self,
        call: &mut Call,
        text: &[u8],
    ) -> Result<Vec<(Range<usize>, Vec<u8>)>, EmptyMatch> {
        let mut edits = Vec::new();
        self.0.edits(
            text,
            |variable, out| variable.append_some_to(call, out),
            |place, replacement| edits.push((place, replacement.to_vec())),
        )?;
        Ok(edits)
    }
}

/// The variable that `rest` begins with, and how many bytes it takes; `\u` stands for `$ru`.
fn variable_at(
    rest: &[u8],
    span: Span,
    binder: &mut Binder<'_>,
) -> Result<Option<(BoundVariable, usize)>, Diagnostic> {
    if rest.starts_with(b"\\u") {
        return binder
            .variable_in("$ru", span)
            .map(|variable| Some((variable, 2)));
    }
    let text = match std::str::from_utf8(rest) {
        Ok(text) if text.starts_with('$') => text,
        _ => return Ok(None),
    };
    // Places are counted from the beginning of the rest, to learn where the variable ends.
    let origin = Span {
        start: 0,
        end: 0,
        ..span
    };
    // What is wrong further on is found when it is its turn.
    let mut ignored = Vec::new();
    let format = script_syntax::parse_format(text, ast::TextPlace::Verbatim(origin), &mut ignored);
    match format.pieces.first() {
        Some(ast::FormatPiece::Variable(variable)) if variable.span.start == 0 => {
            let length = variable.span.end as usize;
            let written = text.get(..length).unwrap_or_default();
            binder
                .variable_in(written, span)
                .map(|variable| Some((variable, length)))
        }
        _ => Ok(None),
    }
}

/// Constant text.
impl ScriptArg for Substitution {
    type Bound = Substitution;
    const KIND: ArgKind = ArgKind::Substitution;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        match source.literal() {
            Some(text) => Substitution::compile(text, source.span(), binder),
            None => Err(source
                .error("a constant substitution is needed here: \"/pattern/replacement/flags\"")),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Everything behind the first comma.
impl TransformInner for Substitution {
    fn bind(site: &ast::Transformation, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        match &site.arguments {
            Some(arguments) => Substitution::compile(&arguments.text, arguments.span, binder),
            None => Err(Diagnostic::error(
                params::WRONG_ARGUMENT,
                site.span,
                "`{re.subst}` needs a substitution: `{re.subst,/pattern/replacement/flags}`",
            )),
        }
    }
}
