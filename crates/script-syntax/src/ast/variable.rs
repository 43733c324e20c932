//! Variables and the texts that hold them.

use diagnostics::Span;

use super::StringLiteral;

/// A text with variables in it, as functions with format arguments read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// Texts and variables in turn; no two texts stand next to each other, none is empty.
    pub pieces: Vec<FormatPiece>,
}

impl Format {
    /// The variable, when there is nothing else.
    pub fn as_variable(&self) -> Option<&Variable> {
        match self.pieces.as_slice() {
            [FormatPiece::Variable(variable)] => Some(variable),
            _ => None,
        }
    }
}

/// A part of a [`Format`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatPiece {
    /// Text to be taken as it is; `$$` has become `$`.
    Text(Box<str>),
    /// A variable to be replaced by its value.
    Variable(Variable),
}

/// `$class(inner)[index]{transformations}` in any of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// `ru`, `var`, `hdr`, `sht` …
    pub class: Box<str>,
    /// What stands in the parentheses after the class.
    pub inner: Option<Inner>,
    /// What stands in the brackets after that; only in the form `$(…)`.
    pub index: Option<Index>,
    /// What the value goes through, in this order; only in the form `$(…)`.
    pub transformations: Vec<Transformation>,
    /// From the `$` to its end.
    pub span: Span,
}

/// The text in a variable's parentheses, as written: each class has its own rules for it.
///
/// A class whose inner text may hold variables parses it with [`crate::parse_format`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// The text between the parentheses.
    pub text: Box<str>,
    /// Its place.
    pub span: Span,
}

/// `[1]`, `[*]`, `[$var(i)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Which value is meant.
    pub kind: IndexKind,
    /// With the brackets.
    pub span: Span,
}

/// Which of a variable's values is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// A position, negative ones from the end.
    Int(i64),
    /// `*`: all.
    All,
    /// A position that a variable holds.
    Variable(Box<Variable>),
}

/// `{class.name,param,…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transformation {
    /// `s`, `uri`, `re` …
    pub class: Box<str>,
    /// What follows the first dot: `len`, `escape.user` …
    pub name: Box<str>,
    /// Everything after the first comma, as written; `None` without a comma. Some transformations do not split at
    /// commas (`re.subst`) or take a comma as a value (`s.select`).
    pub arguments: Option<Inner>,
    /// The same, split at commas; a parameter that is a single comma stands for itself.
    pub params: Vec<TransformationParam>,
    /// With the braces.
    pub span: Span,
}

/// A parameter of a transformation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransformationParam {
    /// Text as written.
    Text(Inner),
    /// A variable.
    Variable(Variable),
}

/// Where a text stands in the source: turns offsets in the text into spans.
#[derive(Clone, Copy, Debug)]
pub enum TextPlace<'a> {
    /// The value of a string literal.
    Literal(&'a StringLiteral),
    /// Source text as written, which begins where the span begins.
    Verbatim(Span),
    /// A text that is not written like this anywhere: everything is blamed on the span.
    Whole(Span),
}

impl TextPlace<'_> {
    /// The source range of a range of the text.
    pub fn span_of(&self, range: std::ops::Range<usize>) -> Span {
        match self {
            TextPlace::Literal(literal) => literal.span_of(range),
            TextPlace::Verbatim(span) => Span {
                file: span.file,
                start: span.start + range.start as u32,
                end: span.start + range.end as u32,
            },
            TextPlace::Whole(span) => *span,
        }
    }
}
