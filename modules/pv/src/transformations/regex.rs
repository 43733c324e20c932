//! `{re.*}`: regular expressions.

use super::support::on_some_text;
use diagnostics::codes::params;
use module_api::ast::{FormatPiece, TextPlace, Transformation};
use module_api::{Binder, BoundVariable, Call, Diagnostic, TransformInner, Value, transformation};
use stdx::ere::Subst;

/// `/expression/replacement/flags`, with variables in the replacement.
pub struct Substitution(Subst<BoundVariable>);

impl TransformInner for Substitution {
    fn bind(site: &Transformation, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        let Some(inner) = &site.arguments else {
            return Err(Diagnostic::error(
                params::WRONG_ARGUMENT,
                site.span,
                "a substitution is needed here",
            ));
        };
        let mut refusal = None;
        let dynamic = |rest: &[u8]| {
            let rest = String::from_utf8_lossy(rest);
            // Only for the length of the variable; what comes after it is read by others.
            let mut ignored = Vec::new();
            let place = TextPlace::Verbatim(module_api::Span {
                start: 0,
                ..inner.span
            });
            let format = script_syntax::parse_format(&rest, place, &mut ignored);
            match format.pieces.into_iter().next() {
                Some(FormatPiece::Variable(mut variable)) => {
                    let length = variable.span.end as usize;
                    variable.span = inner.span;
                    match binder.variable(&variable) {
                        Ok(bound) => Ok(Some((bound, length))),
                        Err(diagnostic) => {
                            refusal = Some(diagnostic);
                            Err("a variable in the replacement cannot be used")
                        }
                    }
                }
                _ => Ok(None),
            }
        };
        match Subst::parse(inner.text.as_bytes(), dynamic) {
            Ok(subst) => {
                subst.ere().prepare_captures();
                Ok(Substitution(subst))
            }
            Err(error) => Err(refusal.unwrap_or_else(|| {
                let message = format!("`{}` is no substitution: {error}", inner.text);
                Diagnostic::error(params::BAD_REGEX, inner.span, message)
            })),
        }
    }
}

/// The text with the first match of an expression replaced, or all with flag `g`: `/expression/replacement/flags`.
///
/// The text stays as it is when nothing matches, and is `$null` when the expression matches the empty text.
#[transformation("re.subst")]
fn subst(call: &mut Call, value: Value, subst: &Substitution) -> Value {
    on_some_text(&value, |text| {
        let mut out = Vec::with_capacity(text.len() + 32);
        match subst.0.apply(text, &mut out, |variable, out| {
            variable.append_some_to(call, out)
        }) {
            Ok(0) => value.clone(),
            Ok(_) => Value::from(out),
            Err(_) => Value::Null,
        }
    })
}
