//! Defines that do not come from the script: the environment, the command line, the program itself.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Origin, Span};

use crate::{Options, SubstitutionOption, lexer};

use super::substitutions::SubstitutionKind;
use super::{Preprocessor, expression};

/// `#!defenv` in its four forms.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Environment {
    pub must_exist: bool,
    pub quoted: bool,
}

impl Preprocessor<'_> {
    /// What is defined before the first line is read.
    pub(super) fn take_options(&mut self, options: &Options) {
        let [major, minor, patch] = options.version;
        self.defines
            .insert(&format!("KAMAILIO_{major}"), None, None);
        self.defines
            .insert(&format!("KAMAILIO_{major}_{minor}"), None, None);
        self.defines
            .insert(&format!("KAMAILIO_{major}_{minor}_{patch}"), None, None);
        let number = major * 1_000_000 + minor * 1_000 + patch;
        self.defines
            .insert("KAMAILIO_VERSION", Some(&number.to_string()), None);
        self.defines
            .insert("OS_NAME", Some(&expression::quote(&options.os_name)), None);
        for (name, value) in &options.defines {
            self.defines.insert(name, value.as_deref(), None);
        }
        for option in &options.substitutions {
            let (expression, kind) = match option {
                SubstitutionOption::Text(text) => (text, SubstitutionKind::Text),
                SubstitutionOption::Define(text) => (text, SubstitutionKind::Define),
                SubstitutionOption::QuotedDefine(text) => (text, SubstitutionKind::QuotedDefine),
            };
            let file = self
                .sources
                .add("command line", expression.as_str(), Origin::Argument);
            let span = Span::new(file, 0, expression.len() as u32);
            self.add_substitution(expression, kind, span);
        }
    }

    /// `#!defenv [NAME=]VARIABLE`: no blank may stand beside the `=` (observed on 5.6.3).
    pub(super) fn define_environment(&mut self, span: Span, environment: Environment) {
        let (rest, line) = self.rest_of_line(span);
        let blank = rest.len() - rest.trim_start().len();
        let bytes = rest.as_bytes();
        let first = lexer::word_length(bytes.get(blank..).unwrap_or_default());
        let name = rest.get(blank..blank + first).unwrap_or_default();
        let mut end = blank + first;
        let mut variable = name;
        if bytes.get(end) == Some(&b'=') {
            let second = lexer::word_length(bytes.get(end + 1..).unwrap_or_default());
            variable = rest.get(end + 1..end + 1 + second).unwrap_or_default();
            end += 1 + second;
        }
        self.take_directive(span, span.end as usize + end);
        if name.is_empty() || variable.is_empty() {
            let message = "the directive names no environment variable";
            self.diagnostics
                .push(Diagnostic::error(codes::MISSING_NAME, line, message));
            return;
        }
        let name_span = Span {
            start: span.end + blank as u32,
            end: span.end + end as u32,
            ..span
        };
        match self.loader.environment(variable) {
            Some(value) => {
                let value = if environment.quoted {
                    expression::quote(&value)
                } else {
                    value
                };
                self.define_new(name, &value, name_span, None);
            }
            None if environment.must_exist => {
                let message = format!("the environment variable `{variable}` is not set");
                let word = Span {
                    start: span.start + 2,
                    ..span
                };
                let optional = if environment.quoted {
                    "trydefenvs"
                } else {
                    "trydefenv"
                };
                let diagnostic = Diagnostic::error(codes::ENVIRONMENT_NOT_SET, name_span, message);
                self.diagnostics.push(diagnostic.suggest(
                    "to define it only if it is set",
                    word,
                    optional,
                ));
            }
            None => {}
        }
    }
}
