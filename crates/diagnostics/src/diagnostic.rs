//! One mistake, told completely.

use crate::{Code, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is wrong; worth knowing.
    Note,
    /// Kamailio would start with it, yet it is likely not what was meant.
    Warning,
    /// The script cannot be run.
    Error,
}

impl Severity {
    /// The word the renderers print.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// A few words; may be empty for the primary label.
    pub text: String,
}

/// A replacement of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; an empty range inserts.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// A way out, with the edits that take it when they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// One sentence.
    pub text: String,
    /// Edits that belong together.
    pub edits: Vec<Edit>,
}

/// One mistake: a lower-case sentence saying what is wrong, the places involved, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, whose text explains the mistake at length.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one lower-case sentence without a full stop.
    pub message: String,
    /// Where it is wrong.
    pub primary: Label,
    /// Other places involved: a first definition, an including file, the brace that was never closed.
    pub secondary: Vec<Label>,
    /// Ways out.
    pub help: Vec<Help>,
    /// Whether it only follows from another mistake that is told of: it is not shown.
    pub follows: bool,
}

impl Diagnostic {
    /// A diagnostic about `span`.
    pub fn new(
        code: Code,
        severity: Severity,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        let primary = Label {
            span,
            text: String::new(),
        };
        Diagnostic {
            code,
            severity,
            message: message.into(),
            primary,
            secondary: Vec::new(),
            help: Vec::new(),
            follows: false,
        }
    }

    /// An error about `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Error, span, message)
    }

    /// A warning about `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Warning, span, message)
    }

    /// A note about `span`.
    pub fn note(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Note, span, message)
    }

    /// The same as something that only follows from another mistake, if it does.
    #[must_use]
    pub fn following(mut self, follows: bool) -> Diagnostic {
        self.follows |= follows;
        self
    }

    /// The same as a warning, where Kamailio starts with it.
    #[must_use]
    pub fn softened(mut self) -> Diagnostic {
        self.severity = self.severity.min(Severity::Warning);
        self
    }

    /// Puts words to the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// Names another place involved.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a way out that is not an edit.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(Help {
            text: text.into(),
            edits: Vec::new(),
        });
        self
    }

    /// Adds a way out with the edit that takes it.
    #[must_use]
    pub fn suggest(
        mut self,
        text: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Diagnostic {
        let edits = vec![Edit {
            span,
            replacement: replacement.into(),
        }];
        self.help.push(Help {
            text: text.into(),
            edits,
        });
        self
    }

    /// Whether it keeps the script from being run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
