//! Directives by their word, and those that make and remove defines.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::lexer;
use crate::token::{Trivia, TriviaKind};
use crate::words;

use super::conditions::{self, Conditional};
use super::environment::Environment;
use super::substitutions::SubstitutionKind;
use super::{Preprocessor, expression};

/// What the word after `#!` or `!!` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Condition(Conditional),
    Define(Redefinition),
    Undefine { must_exist: bool },
    Expression { quoted: bool },
    Environment(Environment),
    Substitution(SubstitutionKind),
    Include { must_exist: bool },
}

/// What happens to a name that is defined already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Redefinition {
    Refused,
    Kept,
    Replaced,
}

impl Directive {
    fn from_word(word: &str) -> Option<Directive> {
        Some(match word {
            "define" | "def" => Directive::Define(Redefinition::Refused),
            "trydefine" | "trydef" => Directive::Define(Redefinition::Kept),
            "redefine" | "redef" => Directive::Define(Redefinition::Replaced),
            "undefine" | "undef" => Directive::Undefine { must_exist: true },
            "tryundefine" | "tryundef" => Directive::Undefine { must_exist: false },
            "defexp" => Directive::Expression { quoted: false },
            "defexps" => Directive::Expression { quoted: true },
            "defenv" => Directive::Environment(Environment {
                must_exist: true,
                quoted: false,
            }),
            "defenvs" => Directive::Environment(Environment {
                must_exist: true,
                quoted: true,
            }),
            "trydefenv" => Directive::Environment(Environment {
                must_exist: false,
                quoted: false,
            }),
            "trydefenvs" => Directive::Environment(Environment {
                must_exist: false,
                quoted: true,
            }),
            "subst" => Directive::Substitution(SubstitutionKind::Text),
            "substdef" => Directive::Substitution(SubstitutionKind::Define),
            "substdefs" => Directive::Substitution(SubstitutionKind::QuotedDefine),
            "include_file" => Directive::Include { must_exist: true },
            "import_file" => Directive::Include { must_exist: false },
            _ => return conditions::conditional(word).map(Directive::Condition),
        })
    }
}

/// Whether a word after `#!` or `!!` makes a directive; otherwise `#!` begins a comment.
pub(crate) fn is_directive(word: &str) -> bool {
    Directive::from_word(word).is_some()
}

/// The words of directives, and those that people take for one.
const WORDS: &[&str] = &[
    "define",
    "trydefine",
    "redefine",
    "undefine",
    "undef",
    "tryundef",
    "defexp",
    "defexps",
    "defenv",
    "defenvs",
    "trydefenv",
    "trydefenvs",
    "subst",
    "substdef",
    "substdefs",
    "include_file",
    "import_file",
    "ifdef",
    "ifndef",
    "ifexp",
    "else",
    "endif",
];
const OF_OTHERS: &[&str] = &[
    "if", "elif", "elseif", "elsif", "end", "fi", "include", "import",
];

/// A name and what follows it in the line of a directive.
struct NameAndValue {
    name: String,
    name_span: Span,
    value: String,
    /// The whole directive.
    whole: Span,
}

impl Preprocessor<'_> {
    /// Obeys the directive whose marker and word are at `span`.
    pub(super) fn directive(&mut self, span: Span) {
        self.is_spaced = true;
        let text = self.sources.text(span);
        let Some(directive) = text.get(2..).and_then(Directive::from_word) else {
            return;
        };
        match directive {
            Directive::Condition(conditional) => self.condition(conditional, span),
            Directive::Define(redefinition) => self.define(span, redefinition),
            Directive::Undefine { must_exist } => self.undefine(span, must_exist),
            Directive::Expression { quoted } => self.define_expression(span, quoted),
            Directive::Environment(environment) => self.define_environment(span, environment),
            Directive::Substitution(kind) => self.substitution(span, kind),
            Directive::Include { must_exist } => self.include(span, must_exist),
        }
    }

    /// Tells of a comment that was surely meant as a directive: the word after `#!` is misspelt.
    pub(super) fn report_misspelt(&mut self, comment: Span) {
        let Some(rest) = self.sources.text(comment).strip_prefix("#!") else {
            return;
        };
        let word = rest
            .get(..lexer::word_length(rest.as_bytes()))
            .unwrap_or_default();
        if !word.starts_with(|first: char| first.is_ascii_lowercase()) || is_directive(word) {
            return;
        }
        let meant = diagnostics::did_you_mean(word, WORDS.iter().copied());
        let is_of_others = OF_OTHERS.contains(&word);
        if meant.is_none() && !is_of_others {
            return;
        }
        let message = format!("`#!{word}` is no directive: the line is a comment");
        let end = comment.start + 2 + word.len() as u32;
        let span = Span { end, ..comment };
        let warning = Diagnostic::warning(codes::UNKNOWN_DIRECTIVE, span, message);
        self.diagnostics.push(match meant {
            Some(meant) if !is_of_others => {
                warning.suggest(format!("did you mean `#!{meant}`?"), span, format!("#!{meant}"))
            }
            _ => warning.help("conditions are `#!ifdef`, `#!ifndef` and `#!ifexp`, then `#!else` and `#!endif`; files are included by `#!include_file` and `#!import_file`"),
        });
    }

    fn define(&mut self, span: Span, redefinition: Redefinition) {
        let Some(NameAndValue {
            name,
            name_span,
            value,
            ..
        }) = self.take_name_and_value(span)
        else {
            return;
        };
        if words::is_reserved(&name) {
            let message =
                format!("`{name}` is a word of the language, its define is never put in its place");
            self.diagnostics.push(Diagnostic::warning(
                codes::DEFINE_OF_KEYWORD,
                name_span,
                message,
            ));
        }
        match redefinition {
            Redefinition::Kept if self.defines.contains(&name) => {}
            Redefinition::Replaced => self.defines.insert(&name, Some(&value), Some(name_span)),
            _ => self.define_new(&name, &value, name_span, Some(span)),
        }
    }

    /// Defines a name that must not be defined yet. `word` are the marker and the word of a `#!define`.
    pub(super) fn define_new(&mut self, name: &str, value: &str, span: Span, word: Option<Span>) {
        let Some(earlier) = self.defines.get(name).map(|define| define.span) else {
            return self.defines.insert(name, Some(value), Some(span));
        };
        let message = format!("`{name}` is defined already");
        let mut diagnostic = Diagnostic::error(codes::REDEFINED, span, message);
        diagnostic = match earlier {
            Some(earlier) => diagnostic.also(earlier, "first defined here"),
            None => diagnostic.help("it comes from the command line or from the program itself"),
        };
        if let Some(word) = word.map(|word| Span {
            start: word.start + 2,
            ..word
        }) {
            diagnostic = diagnostic
                .suggest("to replace the value", word, "redefine")
                .suggest("to keep the first value", word, "trydefine");
        }
        self.diagnostics.push(diagnostic);
    }

    fn undefine(&mut self, span: Span, must_exist: bool) {
        let Some(NameAndValue {
            name, name_span, ..
        }) = self.take_name_and_value(span)
        else {
            return;
        };
        if !self.defines.remove(&name) && must_exist {
            let message = format!("`{name}` is not defined");
            let diagnostic = Diagnostic::warning(codes::UNDEFINED, name_span, message);
            let marker = Span {
                start: span.start + 2,
                ..span
            };
            self.diagnostics.push(diagnostic.suggest(
                "to remove it only if it is there",
                marker,
                "tryundef",
            ));
        }
    }

    fn define_expression(&mut self, span: Span, quoted: bool) {
        let Some(NameAndValue {
            name,
            name_span,
            value,
            whole,
        }) = self.take_name_and_value(span)
        else {
            return;
        };
        let value = match self.evaluate(&value, whole) {
            value if quoted => expression::quote(&value.to_string()),
            value => value.to_string(),
        };
        self.define_new(&name, &value, name_span, None);
    }

    /// Takes the rest of a directive's line: a name and the value after it.
    fn take_name_and_value(&mut self, word: Span) -> Option<NameAndValue> {
        let (line, end) = self.logical_line(word.end as usize);
        let whole = self.take_directive(word, end);
        self.report_missing_newline(whole);
        self.name_and_value(&line, word, whole)
    }

    /// The name a directive's line begins with and the value after it.
    fn name_and_value(&mut self, line: &str, word: Span, whole: Span) -> Option<NameAndValue> {
        let blank = line.len() - line.trim_start_matches([' ', '\t', '\r']).len();
        let length = lexer::word_length(line.as_bytes().get(blank..).unwrap_or_default());
        let name = line.get(blank..blank + length).unwrap_or_default();
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            let message = "the directive names nothing and is ignored";
            let diagnostic = Diagnostic::warning(codes::MISSING_NAME, whole, message)
                .help("a name begins with a letter or `_`, then letters, digits and `_`");
            self.diagnostics.push(diagnostic);
            return None;
        }
        let start = word.end + blank as u32;
        let name_span = Span {
            start,
            end: start + length as u32,
            ..word
        };
        let after = line.get(blank + length..).unwrap_or_default();
        if after.starts_with('-') {
            let message = "`-` cannot be part of a define's name";
            let diagnostic = Diagnostic::error(codes::BAD_DEFINE_NAME, name_span, message);
            self.diagnostics.push(diagnostic.help("use `_`"));
            return None;
        }
        let value = after.trim_start_matches([' ', '\t']).trim_end_matches('\r');
        Some(NameAndValue {
            name: name.to_owned(),
            name_span,
            value: value.to_owned(),
            whole,
        })
    }

    /// Records a directive that ends at `end` and goes there.
    pub(super) fn take_directive(&mut self, word: Span, end: usize) -> Span {
        let span = Span {
            end: end as u32,
            ..word
        };
        self.out.trivia.push(Trivia {
            kind: TriviaKind::Directive,
            span,
        });
        self.advance_to(span.end);
        span
    }

    pub(super) fn advance_to(&mut self, end: u32) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = end as usize;
        }
    }

    /// What follows `word` in its line, and the whole from `word` to the end of the line.
    pub(super) fn rest_of_line(&self, word: Span) -> (String, Span) {
        let text = self.sources.get(word.file).map_or("", |file| &*file.text);
        let end = lexer::line_end(text.as_bytes(), word.end as usize);
        let rest = text.get(word.end as usize..end).unwrap_or_default();
        (
            rest.to_owned(),
            Span {
                end: end as u32,
                ..word
            },
        )
    }

    /// The line from `at`, joined with those that follow a backslash at its end, and where it ends.
    fn logical_line(&self, at: usize) -> (String, usize) {
        let text = self.frames.last().map_or("", |frame| &*frame.text);
        let mut line = String::new();
        let mut start = at;
        loop {
            let end = lexer::line_end(text.as_bytes(), start);
            let part = text.get(start..end).unwrap_or_default();
            let stripped = part.strip_suffix('\r').unwrap_or(part);
            match stripped.strip_suffix('\\') {
                Some(continued) if end < text.len() => {
                    line.push_str(continued);
                    start = end + 1;
                }
                _ => {
                    line.push_str(part);
                    return (line, end);
                }
            }
        }
    }
}
