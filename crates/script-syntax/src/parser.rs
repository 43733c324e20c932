//! Makes the tree out of tokens. Every mistake is reported and passed over; see [`recovery`].

mod calls;
mod expressions;
mod hosts;
mod items;
mod keywords;
mod literals;
mod recovery;
mod routes;
mod sockets;
mod statements;

use diagnostics::codes::syntax as codes;
use diagnostics::{Code, Diagnostic, SourceMap, Span};

use crate::ast::{Item, Name, Script, Statement};
use crate::preprocessor::{Defines, Diagnostics};
use crate::token::{Sign, Token, TokenKind, Tokens};

/// Parentheses within parentheses.
const DEPTH_MAX: usize = 128;
/// Statements within statements, and the blocks that hold them: 5.6.3 runs up to some 255 blocks within each other.
const BLOCKS_MAX: usize = 400;
/// Comparisons of comparisons in a row: their tree is as deep as they are long.
const COMPARISONS_MAX: usize = 500;
/// Operators that calculate and make a tree as deep as they are long; of more in a row the rest is a list.
const PAIRS_MAX: usize = 64;
/// Tests that `&&` or `||` joins in a row: their tree is not deep.
const TESTS_MAX: usize = 20_000;
/// `else if` of one chain: a tree as deep as it is long, but for statements, which are not worked out in it.
const ELSE_MAX: usize = 1_000;

pub(crate) struct Parser<'a> {
    tokens: &'a Tokens,
    sources: &'a SourceMap,
    defines: &'a Defines,
    diagnostics: &'a mut Diagnostics,
    at: usize,
    depth: usize,
    blocks: usize,
    /// Whether the tokens at hand are arguments of a function, where no function may be called.
    in_arguments: bool,
    /// Index of the token the last mistake was reported at: one is enough.
    reported_at: Option<usize>,
    /// Whether a condition without an end has taken the rest of the script.
    is_cut_short: bool,
}

impl<'a> Parser<'a> {
    pub fn new(
        tokens: &'a Tokens,
        sources: &'a SourceMap,
        defines: &'a Defines,
        diagnostics: &'a mut Diagnostics,
    ) -> Parser<'a> {
        let is_cut_short = diagnostics.list.iter().any(|diagnostic| {
            diagnostic.is_error() && diagnostic.code == codes::UNCLOSED_CONDITION
        });
        Parser {
            tokens,
            sources,
            defines,
            diagnostics,
            at: 0,
            depth: 0,
            blocks: 0,
            in_arguments: false,
            reported_at: None,
            is_cut_short,
        }
    }

    /// A whole script, or a file of top-level items.
    pub fn script(mut self) -> Script {
        let mut items: Vec<Item> = Vec::new();
        while !self.is_end() {
            if self.eat(Sign::Semicolon).is_none() {
                self.item(&mut items);
            }
        }
        self.join_blocks(&mut items);
        Script { items }
    }

    /// Actions without a block around them: a file that is included into a route block.
    pub fn actions(mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !self.is_end() {
            let before = self.at;
            statements.push(self.statement());
            if self.at == before {
                self.bump();
            }
        }
        statements
    }

    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Token {
        let tokens = &self.tokens.tokens;
        let token = tokens.get(self.at + ahead).or(tokens.last()).copied();
        token.unwrap_or(Token {
            kind: TokenKind::End,
            span: Span::default(),
            starts_line: true,
            is_spaced: true,
        })
    }

    fn previous(&self) -> Span {
        let token = self
            .at
            .checked_sub(1)
            .and_then(|at| self.tokens.tokens.get(at));
        token.map_or(self.peek().span.at_start(), |token| token.span)
    }

    fn is_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        token
    }

    fn text(&self, token: Token) -> &'a str {
        self.sources.text(token.span)
    }

    fn peek_is(&self, sign: Sign) -> bool {
        self.is_sign_at(0, sign)
    }

    fn is_sign_at(&self, ahead: usize, sign: Sign) -> bool {
        self.peek_at(ahead).kind == TokenKind::Sign(sign)
    }

    /// The word at hand, `None` when another kind of token is.
    fn peek_word(&self) -> Option<&'a str> {
        self.word_at(0)
    }

    fn word_at(&self, ahead: usize) -> Option<&'a str> {
        let token = self.peek_at(ahead);
        (token.kind == TokenKind::Word).then(|| self.text(token))
    }

    fn eat(&mut self, sign: Sign) -> Option<Span> {
        self.peek_is(sign).then(|| self.bump().span)
    }

    fn eat_word(&mut self, word: &str) -> Option<Span> {
        (self.peek_word() == Some(word)).then(|| self.bump().span)
    }

    /// Takes `sign` or reports that it is missing; `context` says after or in what.
    fn expect(&mut self, sign: Sign, context: &str) -> Option<Span> {
        let found = self.eat(sign);
        if found.is_none() {
            self.report_missing(codes::EXPECTED_SIGN, &format!("`{}`", sign.text()), context);
        }
        found
    }

    fn name(&mut self, token: Token) -> Name {
        Name {
            text: self.text(token).into(),
            span: token.span,
        }
    }

    /// From `first` to `last`, also when one of them stands in the value of a define.
    fn cover(&self, first: Span, last: Span) -> Span {
        if first.file == last.file {
            return first.to(last);
        }
        self.sources.in_file(first).to(self.sources.in_file(last))
    }

    /// From `first` to the last token taken.
    fn cover_from(&self, first: Span) -> Span {
        self.cover(first, self.previous())
    }

    /// Whether what is wrong with the token at hand was reported.
    fn is_told(&self) -> bool {
        self.reported_at == Some(self.at) || self.is_cut_short && self.is_end()
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.reported_at = Some(self.at);
        self.diagnostics.push(diagnostic);
    }

    /// Reports what is missing before the token at hand, unless a mistake was just reported there.
    fn report_missing(&mut self, code: Code, what: &str, context: &str) {
        if self.is_told() {
            return;
        }
        let found = self.describe(self.peek());
        let message = format!("{what} is missing {context}");
        let span = self.peek().span;
        let mut diagnostic = Diagnostic::error(code, span, message).label(format!("found {found}"));
        let previous = self.previous();
        if self.peek().starts_line && !previous.is_empty() {
            diagnostic = diagnostic.also(previous.at_end(), format!("{what} belongs here"));
        }
        self.report(diagnostic);
    }

    fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::End => "the end of the script".to_owned(),
            TokenKind::String(_) => "a quoted text".to_owned(),
            TokenKind::Sign(sign) => format!("`{}`", sign.text()),
            _ => format!(
                "`{}`",
                self.text(token).chars().take(40).collect::<String>()
            ),
        }
    }

    /// Runs `parse` one level deeper; `None` when that is too deep.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            self.report_too_deep(DEPTH_MAX);
            return None;
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        Some(result)
    }

    /// Runs `parse` one statement or block deeper; `None` when that is too deep.
    fn further_in<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.blocks >= BLOCKS_MAX {
            self.report_too_deep(BLOCKS_MAX);
            return None;
        }
        self.blocks += 1;
        let result = parse(self);
        self.blocks -= 1;
        Some(result)
    }

    #[cold]
    fn report_too_deep(&mut self, most: usize) {
        let span = self.peek().span;
        if self.reported_at != Some(self.at) {
            let message =
                format!("parentheses, operands or blocks are nested more than {most} levels deep");
            self.report(Diagnostic::error(codes::TOO_DEEP, span, message));
        }
    }
}
