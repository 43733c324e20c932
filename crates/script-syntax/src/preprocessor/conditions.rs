//! Conditions: `#!ifdef`, `#!ifndef`, `#!ifexp`, `#!else`, `#!endif`, also with `!!`.
//!
//! They nest across files: an included file may open what its includer closes (observed on 5.6.3).

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Severity, Span};

use crate::lexer;
use crate::token::{Trivia, TriviaKind};

use super::{Preprocessor, expression};

/// A condition that is open.
pub(super) struct Condition {
    /// The directive that opened it.
    span: Span,
    /// Whether what follows is read.
    pub is_active: bool,
    /// Whether the text around it is read.
    is_outer_active: bool,
    /// The `#!else` met so far.
    otherwise: Option<Span>,
}

/// The directives that conditions are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Conditional {
    IfDefined,
    IfNotDefined,
    IfExpression,
    Else,
    End,
}

impl Conditional {
    fn from_word(word: &str) -> Option<Conditional> {
        Some(match word {
            "ifdef" => Conditional::IfDefined,
            "ifndef" => Conditional::IfNotDefined,
            "ifexp" => Conditional::IfExpression,
            "else" => Conditional::Else,
            "endif" => Conditional::End,
            _ => return None,
        })
    }

    /// `#!else` and `#!endif` count only when nothing follows them in the line (observed on 5.6.3).
    fn stands_alone(self) -> bool {
        matches!(self, Conditional::Else | Conditional::End)
    }
}

impl Preprocessor<'_> {
    /// A conditional directive of the active text; `word` is the span of marker and word.
    pub(super) fn condition(&mut self, conditional: Conditional, word: Span) {
        let (rest, line) = self.rest_of_line(word);
        if conditional.stands_alone() && !rest.trim().is_empty() {
            return self.report_text_after(line, &rest);
        }
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Condition,
            span: line,
        });
        self.report_missing_newline(line);
        self.advance_to(line.end);
        self.apply_condition(conditional, line, &rest);
    }

    fn apply_condition(&mut self, conditional: Conditional, line: Span, rest: &str) {
        let is_outer_active = self
            .conditions
            .last()
            .is_none_or(|condition| condition.is_active);
        let holds = match conditional {
            Conditional::Else => return self.otherwise(line),
            Conditional::End => return self.end_condition(line),
            _ if !is_outer_active => false,
            Conditional::IfExpression => self.evaluate(rest, line).is_true(),
            Conditional::IfDefined => self.is_defined(line, rest),
            Conditional::IfNotDefined => !self.is_defined(line, rest),
        };
        let is_active = is_outer_active && holds;
        self.conditions.push(Condition {
            span: line,
            is_active,
            is_outer_active,
            otherwise: None,
        });
    }

    fn is_defined(&mut self, line: Span, rest: &str) -> bool {
        let rest = rest.trim();
        let name = rest
            .get(..lexer::word_length(rest.as_bytes()))
            .unwrap_or_default();
        if name.is_empty() {
            let message = "a condition names nothing that could be defined";
            self.diagnostics
                .push(Diagnostic::error(codes::MISSING_NAME, line, message));
            return false;
        }
        let after = rest.get(name.len()..).unwrap_or_default();
        if after.starts_with('-') {
            let message = "`-` cannot be part of a define's name";
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_DEFINE_NAME, line, message));
        } else if !after.trim().is_empty() && !after.trim_start().starts_with(['#', '/']) {
            let message = format!("only `{name}` is looked at, the rest of the line is ignored");
            let diagnostic = Diagnostic::warning(codes::IGNORED_TEXT, line, message);
            self.diagnostics
                .push(diagnostic.help("`#!ifexp` takes an expression of several names"));
        }
        self.defines.contains(name)
    }

    pub(super) fn evaluate(&mut self, text: &str, line: Span) -> expression::Value {
        match expression::evaluate(text, &self.defines) {
            Ok(value) => value,
            Err(error) => {
                let message = format!("the expression cannot be evaluated: {error}");
                self.diagnostics
                    .push(Diagnostic::error(codes::BAD_EXPRESSION, line, message));
                expression::Value::Number(0.0)
            }
        }
    }

    /// A second `#!else` turns the condition once more (observed on 5.6.3).
    fn otherwise(&mut self, line: Span) {
        let Some(condition) = self.conditions.last_mut() else {
            let message = "`#!else` without a condition is ignored";
            self.diagnostics
                .push(Diagnostic::warning(codes::STRAY_ELSE, line, message));
            return;
        };
        condition.is_active = condition.is_outer_active && !condition.is_active;
        let (span, earlier) = (condition.span, condition.otherwise.replace(line));
        if let Some(earlier) = earlier {
            let message = "a condition has two `#!else`; the second turns it once more";
            let diagnostic = Diagnostic::warning(codes::SECOND_ELSE, line, message)
                .also(earlier, "the first `#!else`")
                .also(span, "the condition");
            self.diagnostics.push(diagnostic);
        }
    }

    fn end_condition(&mut self, line: Span) {
        if self.conditions.pop().is_none() {
            self.stray_ends.push(line);
        }
    }

    fn report_text_after(&mut self, line: Span, rest: &str) {
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Comment,
            span: line,
        });
        self.advance_to(line.end);
        let length = rest.len() as u32;
        let directive = Span {
            end: line.end - length,
            ..line
        };
        let text = self.sources.text(directive).to_owned();
        let after = Span {
            start: directive.end,
            ..line
        };
        let message = format!("`{text}` followed by text in its line is a comment");
        let diagnostic = Diagnostic::warning(codes::TEXT_AFTER_DIRECTIVE, line, message).suggest(
            "remove the text after it",
            after,
            "",
        );
        self.diagnostics.push(diagnostic);
    }

    /// Goes to the next conditional directive of a region that is left out.
    pub(super) fn skip_inactive(&mut self) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let (file, start) = (frame.file, frame.at);
        let text = frame.text.clone();
        let found = next_conditional(&text, start);
        let end = found.as_ref().map_or(text.len(), |found| found.start);
        frame.at = found.as_ref().map_or(text.len(), |found| found.end);
        if end > start {
            let span = Span::new(file, start as u32, end as u32);
            self.out.trivia.push(Trivia {
                kind: TriviaKind::Inactive,
                span,
            });
            self.report_misspelt_in(span);
        }
        let Some(found) = found else {
            return;
        };
        let line = Span::new(file, found.start as u32, found.end as u32);
        if found.has_text_after {
            return self.report_text_after(line, found.rest);
        }
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Condition,
            span: line,
        });
        self.report_missing_newline(line);
        self.apply_condition(found.conditional, line, found.rest);
    }

    /// Looks for misspelt directives at the starts of lines that are left out.
    fn report_misspelt_in(&mut self, span: Span) {
        let text = self.sources.text(span);
        let is_first = |at: usize| {
            let before = text.get(..at).unwrap_or_default();
            let before = before.trim_end_matches([' ', '\t']);
            before.is_empty() || before.ends_with('\n')
        };
        let found: Vec<u32> = text
            .match_indices("#!")
            .filter(|(at, _)| is_first(*at))
            .map(|(at, _)| span.start + at as u32)
            .collect();
        for start in found {
            self.report_misspelt(Span { start, ..span });
        }
    }

    /// Conditions without an end and ends without a condition. Kamailio only counts them: one of each is fine there
    /// (observed on 5.6.3).
    pub(super) fn report_unpaired_conditions(&mut self) {
        let open = std::mem::take(&mut self.conditions);
        let stray = std::mem::take(&mut self.stray_ends);
        let severity = if open.len() == stray.len() {
            Severity::Warning
        } else {
            Severity::Error
        };
        for line in stray {
            let message = "`#!endif` without a condition";
            let diagnostic = Diagnostic::new(codes::STRAY_ENDIF, severity, line, message)
                .help("remove it, or look for the `#!ifdef` that is missing");
            self.diagnostics.push(diagnostic);
        }
        for condition in open {
            let message = "a condition has no `#!endif`";
            let mut diagnostic =
                Diagnostic::new(codes::UNCLOSED_CONDITION, severity, condition.span, message).help(
                    "`#!endif` and `#!else` count only when nothing follows them in their line",
                );
            if let Some(otherwise) = condition.otherwise {
                diagnostic = diagnostic.also(otherwise, "its `#!else`");
            }
            self.diagnostics.push(diagnostic);
        }
    }

    /// Kamailio does not see a directive that the end of the file cuts off (observed on 5.6.3).
    pub(super) fn report_missing_newline(&mut self, line: Span) {
        let length = self
            .sources
            .get(line.file)
            .map_or(0, |file| file.text.len());
        let is_define = self
            .frames
            .last()
            .is_none_or(|frame| frame.define.is_some());
        if line.end as usize == length && !is_define {
            let message = "Kamailio does not see a directive without a newline at its end";
            let diagnostic = Diagnostic::warning(codes::MISSING_NEWLINE, line, message);
            self.diagnostics.push(diagnostic.suggest(
                "end the file with a newline",
                line.at_end(),
                "\n",
            ));
        }
    }
}

struct Found<'a> {
    conditional: Conditional,
    start: usize,
    end: usize,
    rest: &'a str,
    /// It does not count, although it was surely meant to.
    has_text_after: bool,
}

/// The next conditional directive, wherever it stands in its line.
fn next_conditional(text: &str, from: usize) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let bang = at + memchr::memchr(b'!', bytes.get(at..)?)?;
        at = bang + 1;
        let is_marked = bang > from && matches!(bytes.get(bang - 1), Some(b'#' | b'!'));
        if !is_marked {
            continue;
        }
        let start = bang - 1;
        let word_end = at + lexer::word_length(bytes.get(at..)?);
        let Some(conditional) = text.get(at..word_end).and_then(Conditional::from_word) else {
            continue;
        };
        let after = text.get(word_end..).unwrap_or_default();
        let after_blank = after.trim_start_matches([' ', '\t', '\r']);
        let ends_line = after_blank.is_empty() || after_blank.starts_with('\n');
        let before = text
            .get(..start)
            .unwrap_or_default()
            .trim_end_matches([' ', '\t']);
        let begins_line = before.is_empty() || before.ends_with('\n');
        let counts = match conditional.stands_alone() {
            true => ends_line || begins_line,
            false => after.starts_with([' ', '\t']),
        };
        if counts {
            let end = lexer::line_end(bytes, word_end);
            let rest = text.get(word_end..end).unwrap_or_default();
            let has_text_after = conditional.stands_alone() && !ends_line;
            return Some(Found {
                conditional,
                start,
                end,
                rest,
                has_text_after,
            });
        }
    }
}

/// The condition a directive's word stands for.
pub(super) fn conditional(word: &str) -> Option<Conditional> {
    Conditional::from_word(word)
}
