//! Cuts one text into lexemes. Knows no file, no define and no directive beyond where one begins.

mod number;
mod quoted;

use crate::token::{Sign, TokenKind};

pub(crate) use quoted::Quoted;

/// What begins at a place that is not white space.
pub(crate) struct Lexeme {
    /// What it is.
    pub kind: LexemeKind,
    /// Offset after its last byte; always past its first.
    pub end: usize,
    /// What is wrong with it.
    pub flaw: Option<Flaw>,
}

pub(crate) enum LexemeKind {
    /// Any token but a quoted text.
    Token(TokenKind),
    /// A quoted text.
    Quoted(Quoted),
    /// `# …`, `// …`, `/* … */`.
    Comment,
    /// `#!word` or `!!word`; the lexeme ends after the word.
    Directive,
    /// A byte that means nothing.
    Ignored,
}

/// What can be wrong with a lexeme.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    UnclosedString,
    UnclosedComment,
    UnclosedVariable,
    LoneDollar,
}

/// Where an earlier mistake forbids another search for the end of something: keeps lexing linear.
#[derive(Clone, Copy, Default)]
pub(crate) struct Limits {
    /// A string was not closed before the end of the text: strings end with their line.
    pub strings_end_with_line: bool,
    /// No parenthesis of a variable closes before this offset.
    pub open_variable_until: usize,
}

/// The lexeme at `at`, which is inside the text and not white space.
pub(crate) fn lexeme(text: &str, at: usize, limits: Limits) -> Lexeme {
    let bytes = text.as_bytes();
    let rest = bytes.get(at..).unwrap_or_default();
    match *rest {
        [b'#', b'!', b'a'..=b'z', ..] | [b'!', b'!', b'a'..=b'z', ..] => {
            let end = at + 2 + word_length(rest.get(2..).unwrap_or_default());
            let is_known = text
                .get(at + 2..end)
                .is_some_and(crate::preprocessor::is_directive);
            match (is_known, rest.first()) {
                (true, _) => plain(LexemeKind::Directive, end),
                (false, Some(b'#')) => plain(LexemeKind::Comment, line_end(bytes, at)),
                (false, _) => sign(Sign::Bang, at + 1),
            }
        }
        [b'#', ..] | [b'/', b'/', ..] => plain(LexemeKind::Comment, line_end(bytes, at)),
        [b'/', b'*', ..] => block_comment(bytes, at),
        [quote @ (b'"' | b'\''), ..] => quoted::lexeme(text, at, quote, limits),
        [b'$', ..] => variable(bytes, at, limits),
        [b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':', ..] => number::lexeme(text, at),
        [b'g'..=b'z' | b'G'..=b'Z' | b'_', ..] => token(TokenKind::Word, at + word_length(rest)),
        _ => operator(text, at, rest),
    }
}

fn plain(kind: LexemeKind, end: usize) -> Lexeme {
    Lexeme {
        kind,
        end,
        flaw: None,
    }
}

fn token(kind: TokenKind, end: usize) -> Lexeme {
    plain(LexemeKind::Token(kind), end)
}

fn sign(sign: Sign, end: usize) -> Lexeme {
    token(TokenKind::Sign(sign), end)
}

/// How many letters, digits and underscores `rest` begins with.
pub(crate) fn word_length(rest: &[u8]) -> usize {
    rest.iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count()
}

/// Offset of the newline that ends the line of `at`, or the end of the text.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

fn operator(text: &str, at: usize, rest: &[u8]) -> Lexeme {
    let (kind, length) = match *rest {
        [b'=', b'=', ..] => (Sign::Equal, 2),
        [b'=', b'~', ..] => (Sign::Match, 2),
        [b'=', ..] => (Sign::Assign, 1),
        [b'!', b'=', ..] => (Sign::NotEqual, 2),
        [b'!', ..] => (Sign::Bang, 1),
        [b'+', b'=', ..] => (Sign::AddAssign, 2),
        [b'+', ..] => (Sign::Plus, 1),
        [b'<', b'=', ..] => (Sign::LessOrEqual, 2),
        [b'<', b'<', ..] => (Sign::ShiftLeft, 2),
        [b'<', ..] => (Sign::Less, 1),
        [b'>', b'=', ..] => (Sign::GreaterOrEqual, 2),
        [b'>', b'>', ..] => (Sign::ShiftRight, 2),
        [b'>', ..] => (Sign::Greater, 1),
        [b'|', b'|', ..] => (Sign::BarBar, 2),
        [b'|', ..] => (Sign::Bar, 1),
        [b'&', b'&', ..] => (Sign::AmpersandAmpersand, 2),
        [b'&', ..] => (Sign::Ampersand, 1),
        [b'{', ..] => (Sign::OpenBrace, 1),
        [b'}', ..] => (Sign::CloseBrace, 1),
        [b'(', ..] => (Sign::OpenParenthesis, 1),
        [b')', ..] => (Sign::CloseParenthesis, 1),
        [b'[', ..] => (Sign::OpenBracket, 1),
        [b']', ..] => (Sign::CloseBracket, 1),
        [b';', ..] => (Sign::Semicolon, 1),
        [b',', ..] => (Sign::Comma, 1),
        [b'.', ..] => (Sign::Dot, 1),
        [b'-', ..] => (Sign::Minus, 1),
        [b'*', ..] => (Sign::Star, 1),
        [b'/', ..] => (Sign::Slash, 1),
        [b'%', ..] => (Sign::Percent, 1),
        [b'^', ..] => (Sign::Caret, 1),
        [b'~', ..] => (Sign::Tilde, 1),
        [b'@', ..] => (Sign::At, 1),
        _ => {
            let length = text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8);
            return plain(LexemeKind::Ignored, at + length);
        }
    };
    sign(kind, at + length)
}

/// Block comments nest (observed on 5.6.3).
fn block_comment(bytes: &[u8], at: usize) -> Lexeme {
    let mut depth = 1;
    let mut end = at + 2;
    while depth > 0 {
        let rest = bytes.get(end..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'*', b'/', rest) else {
            return Lexeme {
                kind: LexemeKind::Comment,
                end: bytes.len(),
                flaw: Some(Flaw::UnclosedComment),
            };
        };
        let step = match rest.get(found..found + 2) {
            Some(b"*/") => {
                depth -= 1;
                2
            }
            Some(b"/*") => {
                depth += 1;
                2
            }
            _ => 1,
        };
        end += found + step;
    }
    plain(LexemeKind::Comment, end)
}

/// `$name`, `$name(…)`, `$(…)`: parentheses nest, nothing else counts, and the line ends it (observed on 5.6.3).
fn variable(bytes: &[u8], at: usize, limits: Limits) -> Lexeme {
    let kind = LexemeKind::Token(TokenKind::Variable);
    let name_end = at + 1 + variable_name_length(bytes.get(at + 1..).unwrap_or_default());
    if bytes.get(name_end) != Some(&b'(') {
        let flaw = (name_end == at + 1).then_some(Flaw::LoneDollar);
        return Lexeme {
            kind,
            end: name_end,
            flaw,
        };
    }
    let rest = bytes.get(name_end..).unwrap_or_default();
    let closed = if at < limits.open_variable_until {
        None
    } else {
        closing_parenthesis(rest)
    };
    match closed {
        Some(length) => Lexeme {
            kind,
            end: name_end + length,
            flaw: None,
        },
        None => {
            let blank = rest
                .iter()
                .position(|byte| byte.is_ascii_whitespace() || *byte == b';');
            let end = name_end + blank.unwrap_or(rest.len()).max(1);
            Lexeme {
                kind,
                end,
                flaw: Some(Flaw::UnclosedVariable),
            }
        }
    }
}

/// How many bytes of a variable's name `rest` begins with, as the script itself reads it.
pub(crate) fn variable_name_length(rest: &[u8]) -> usize {
    rest.iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?'))
        .count()
}

/// Length up to the parenthesis that closes the one `rest` begins with, on the same line.
fn closing_parenthesis(rest: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            b'\n' => return None,
            _ => {}
        }
    }
    None
}
