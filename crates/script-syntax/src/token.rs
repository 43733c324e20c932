//! Tokens: what the lexer cuts a script into.

use diagnostics::Span;

use crate::ast::StringPiece;

/// A token of the active part of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its place: in a file, or in the value of a define.
    pub span: Span,
    /// Whether a line begins between it and the token before.
    pub starts_line: bool,
    /// Whether anything, if only a blank, stands between it and the token before.
    pub is_spaced: bool,
}

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A word: letters, digits, `_`, not beginning with a digit. Keywords are words.
    Word,
    /// A number in one of the four bases.
    Number,
    /// Something that begins with a digit and is neither number nor address, such as `3cx`.
    NumberWord,
    /// An IPv4 or IPv6 address.
    Address,
    /// A quoted text, an index into [`Tokens::strings`].
    String(u32),
    /// `$…`, with everything in its parentheses.
    Variable,
    /// The `group:event` in the brackets of an event route.
    EventName,
    /// An operator or a bracket.
    Sign(Sign),
    /// The end of the script; the last token and no other.
    End,
}

/// Operators and brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after its character")]
pub enum Sign {
    OpenBrace,
    CloseBrace,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Semicolon,
    Comma,
    Dot,
    Colon,
    Assign,
    AddAssign,
    Equal,
    NotEqual,
    Match,
    Less,
    LessOrEqual,
    ShiftLeft,
    Greater,
    GreaterOrEqual,
    ShiftRight,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Bar,
    BarBar,
    Ampersand,
    AmpersandAmpersand,
    Caret,
    Bang,
    Tilde,
    At,
}

impl Sign {
    /// As it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Sign::OpenBrace => "{",
            Sign::CloseBrace => "}",
            Sign::OpenParenthesis => "(",
            Sign::CloseParenthesis => ")",
            Sign::OpenBracket => "[",
            Sign::CloseBracket => "]",
            Sign::Semicolon => ";",
            Sign::Comma => ",",
            Sign::Dot => ".",
            Sign::Colon => ":",
            Sign::Assign => "=",
            Sign::AddAssign => "+=",
            Sign::Equal => "==",
            Sign::NotEqual => "!=",
            Sign::Match => "=~",
            Sign::Less => "<",
            Sign::LessOrEqual => "<=",
            Sign::ShiftLeft => "<<",
            Sign::Greater => ">",
            Sign::GreaterOrEqual => ">=",
            Sign::ShiftRight => ">>",
            Sign::Plus => "+",
            Sign::Minus => "-",
            Sign::Star => "*",
            Sign::Slash => "/",
            Sign::Percent => "%",
            Sign::Bar => "|",
            Sign::BarBar => "||",
            Sign::Ampersand => "&",
            Sign::AmpersandAmpersand => "&&",
            Sign::Caret => "^",
            Sign::Bang => "!",
            Sign::Tilde => "~",
            Sign::At => "@",
        }
    }
}

/// A quoted text as the lexer read it: escapes processed, substitutions made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringToken {
    /// What is meant.
    pub value: Box<str>,
    /// Its quotes and where its parts come from.
    pub piece: StringPiece,
}

/// Source that is no token: it means nothing, or has already done its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trivia {
    /// What it is.
    pub kind: TriviaKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of trivia. White space is what lies between tokens and trivia.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriviaKind {
    /// `# …`, `// …`, `/* … */`.
    Comment,
    /// A preprocessor line that is not a condition: defines, substitutions, includes.
    Directive,
    /// `#!ifdef` and its kin, `#!else`, `#!endif`.
    Condition,
    /// What a false condition leaves out.
    Inactive,
    /// The name of a define, where its value was put.
    Expansion,
    /// Bytes that mean nothing.
    Ignored,
}

/// All tokens of a script and what lies between them.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The tokens in the order in which the parser sees them; the last is the end.
    pub tokens: Vec<Token>,
    /// The quoted texts that tokens refer to.
    pub strings: Vec<StringToken>,
    /// What is no token, in the order in which it was met.
    pub trivia: Vec<Trivia>,
}
