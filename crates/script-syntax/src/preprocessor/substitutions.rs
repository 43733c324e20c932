//! `#!subst` and its kin: edits of every quoted text that follows.

use std::convert::Infallible;

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};
use stdx::ere::Subst;

use crate::lexer::{self, LexemeKind, Limits};

use super::{Preprocessor, expression};

/// The bytes of a text that is edited further.
const EDITED_MAX: usize = 1 << 20;

/// The three forms.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SubstitutionKind {
    /// Edits texts.
    Text,
    /// Also defines the pattern as a name for the replacement.
    Define,
    /// The same, the replacement in quotes.
    QuotedDefine,
}

/// An edit of texts. Variables of its replacement are resolved when it is read.
pub(super) struct Substitution {
    subst: Subst<String>,
    /// Where it stands.
    span: Span,
}

/// What substitutions have made of a text.
pub(super) struct Edited {
    pub text: String,
    /// Where the last one stands that has changed it; `None` when none has.
    pub by: Option<Span>,
}

impl Preprocessor<'_> {
    pub(super) fn substitution(&mut self, span: Span, kind: SubstitutionKind) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let (file, text) = (frame.file, frame.text.clone());
        let start =
            span.end as usize + blank_length(text.get(span.end as usize..).unwrap_or_default());
        let quoted = text
            .as_bytes()
            .get(start)
            .filter(|byte| matches!(byte, b'"' | b'\''))
            .map(|_| {
                lexer::lexeme(
                    &text,
                    start,
                    Limits {
                        strings_end_with_line: true,
                        ..Limits::default()
                    },
                )
            });
        let Some((LexemeKind::Quoted(quoted), end)) =
            quoted.map(|lexeme| (lexeme.kind, lexeme.end))
        else {
            let line = Span {
                end: lexer::line_end(text.as_bytes(), start) as u32,
                ..span
            };
            self.take_directive(span, line.end as usize);
            let message = "a substitution stands in quotes";
            let diagnostic = Diagnostic::error(codes::BAD_SUBSTITUTION, line, message);
            self.diagnostics
                .push(diagnostic.help("write `#!subst \"/pattern/replacement/\"`"));
            return;
        };
        self.take_directive(span, end);
        // The expression is a quoted text like any other: earlier substitutions edit it.
        let place = Span::new(file, start as u32, end as u32);
        let Edited { text, .. } = self.substitute(quoted.value, place);
        self.add_substitution(&text, kind, place);
    }

    pub(super) fn add_substitution(
        &mut self,
        expression: &str,
        kind: SubstitutionKind,
        span: Span,
    ) {
        let mut has_unknown = false;
        let parsed = Subst::parse(expression.as_bytes(), |rest| -> Result<_, Infallible> {
            let found = self.variable_of_replacement(rest);
            has_unknown |= found.is_none() && rest.first() == Some(&b'$');
            Ok(found)
        });
        match parsed {
            Ok(subst) => self.substitutions.push(Substitution { subst, span }),
            Err(error) => {
                let message = format!("the substitution cannot be read: {error}");
                let diagnostic = Diagnostic::error(codes::BAD_SUBSTITUTION, span, message).help(
                    "any character may separate: `!pattern!replacement!`, then `g`, `i` or `s`",
                );
                self.diagnostics.push(diagnostic);
                return;
            }
        }
        if has_unknown {
            let message = "only `$env(…)` and `$def(…)` have a value while the script is read";
            let diagnostic = Diagnostic::warning(codes::VARIABLE_IN_SUBSTITUTION, span, message)
                .label("other variables stay as they are written")
                .help("write `$$` for a `$`");
            self.diagnostics.push(diagnostic);
        }
        if kind == SubstitutionKind::Text {
            return;
        }
        let Some((name, value)) = name_and_replacement(expression) else {
            return;
        };
        let value = self.expand_variables(value);
        let value = if kind == SubstitutionKind::QuotedDefine {
            expression::quote(&value)
        } else {
            value
        };
        self.define_new(name, &value, span, None);
    }

    /// The value of a variable at the start of `rest` and the length of its name.
    fn variable_of_replacement(&self, rest: &[u8]) -> Option<(String, usize)> {
        let end = rest.iter().position(|byte| *byte == b')')?;
        let variable = std::str::from_utf8(rest.get(..end)?).ok()?;
        if let Some(name) = variable.strip_prefix("$env(") {
            return Some((self.loader.environment(name).unwrap_or_default(), end + 1));
        }
        let name = variable.strip_prefix("$def(")?;
        let value = self
            .defines
            .get(name)
            .and_then(|define| define.value.as_deref());
        Some((value.unwrap_or_default().to_owned(), end + 1))
    }

    /// Makes the substitutions of a quoted text or a variable.
    ///
    /// One that has become too long is not edited further, and reported: each substitution may multiply what the one before
    /// it has left.
    pub(super) fn substitute(&mut self, value: String, span: Span) -> Edited {
        let mut current = value;
        let mut by = None;
        let mut out = Vec::new();
        for Substitution { subst, span: place } in &self.substitutions {
            out.clear();
            let count = subst.apply(current.as_bytes(), &mut out, |variable, out| {
                out.extend(variable.bytes())
            });
            if count.is_ok_and(|count| count > 0) {
                by = Some(*place);
                current = String::from_utf8_lossy(&out).into_owned();
                if current.len() > EDITED_MAX {
                    self.report_too_large(
                        span,
                        &format!("substitutions make a text longer than {EDITED_MAX} bytes"),
                    );
                    break;
                }
            }
        }
        Edited { text: current, by }
    }

    /// The replacement as the value of a define: with the values of its variables, and `$` for `$$`.
    fn expand_variables(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('$') {
            let (before, variable) = rest.split_at_checked(start).unwrap_or_default();
            expanded.push_str(before);
            let (value, length) = match self.variable_of_replacement(variable.as_bytes()) {
                Some(found) => found,
                None if variable.starts_with("$$") => ("$".to_owned(), 2),
                None => ("$".to_owned(), 1),
            };
            expanded.push_str(&value);
            rest = variable.get(length..).unwrap_or_default();
        }
        expanded.push_str(rest);
        expanded
    }
}

fn blank_length(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The parts of `/name/replacement/flags` as they are written.
fn name_and_replacement(expression: &str) -> Option<(&str, &str)> {
    let separator = expression.chars().next()?;
    let rest = expression.get(separator.len_utf8()..)?;
    let name_end = unescaped(rest, separator)?;
    let replacement = rest.get(name_end + separator.len_utf8()..)?;
    let end = unescaped(replacement, separator)?;
    Some((rest.get(..name_end)?, replacement.get(..end)?))
}

fn unescaped(text: &str, separator: char) -> Option<usize> {
    let mut is_escaped = false;
    for (index, char) in text.char_indices() {
        if char == separator && !is_escaped {
            return Some(index);
        }
        is_escaped = char == '\\' && !is_escaped;
    }
    None
}
