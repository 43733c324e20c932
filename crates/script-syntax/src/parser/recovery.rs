//! Where to go on after a mistake: at `;`, `}`, the start of a line, or the next top-level item.

use crate::token::{Sign, Token, TokenKind};
use crate::words;

use super::Parser;

impl Parser<'_> {
    /// Skips what cannot be understood at the top level: to a line that begins like an item.
    pub(super) fn recover_item(&mut self) {
        let mut depth = 0usize;
        loop {
            let token = self.bump();
            match token.kind {
                TokenKind::End => return,
                TokenKind::Sign(Sign::OpenBrace) => depth += 1,
                TokenKind::Sign(Sign::CloseBrace) => depth = depth.saturating_sub(1),
                _ => {}
            }
            let is_new_item = self.peek().starts_line
                && self.begins_item()
                && (depth == 0 || self.begins_route());
            if is_new_item || self.is_end() {
                return;
            }
        }
    }

    /// The same after a mistake in an item whose end may be at hand already.
    pub(super) fn recover_item_in_place(&mut self) {
        if !(self.is_end() || self.peek().starts_line && self.begins_item()) {
            self.recover_item();
        }
    }

    /// Skips what cannot be understood within an action: past the next `;`, or to a brace or an action's keyword.
    pub(super) fn recover_statement(&mut self) {
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End | TokenKind::Sign(Sign::OpenBrace | Sign::CloseBrace) => return,
                TokenKind::Sign(Sign::Semicolon) => {
                    self.bump();
                    return;
                }
                _ if self.begins_route() || (token.starts_line && self.begins_statement()) => {
                    return;
                }
                _ => {
                    self.bump();
                }
            }
        }
    }

    /// After a mistake in a condition skips the rest of it: to the block, or to where an action surely begins or ends.
    pub(super) fn recover_condition(&mut self) {
        if self.reported_at != Some(self.at) {
            return;
        }
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End
                | TokenKind::Sign(Sign::OpenBrace | Sign::CloseBrace | Sign::Semicolon) => return,
                _ if token.starts_line && (self.begins_route() || self.begins_statement()) => {
                    return;
                }
                _ => {
                    self.bump();
                }
            }
        }
    }

    /// Skips to the closing parenthesis of an argument list, a comma, or where the action surely ends.
    pub(super) fn recover_argument(&mut self) {
        let mut depth = 0usize;
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End
                | TokenKind::Sign(Sign::Semicolon | Sign::OpenBrace | Sign::CloseBrace) => return,
                TokenKind::Sign(Sign::Comma | Sign::CloseParenthesis) if depth == 0 => return,
                TokenKind::Sign(Sign::OpenParenthesis) => depth += 1,
                TokenKind::Sign(Sign::CloseParenthesis) => depth -= 1,
                _ if self.begins_route() => return,
                _ => {}
            }
            self.bump();
        }
    }

    /// Skips the rest of the line.
    pub(super) fn recover_line(&mut self) {
        while !self.is_end() && !self.peek().starts_line {
            self.bump();
        }
    }

    /// Whether the tokens at hand look like the start of a top-level item.
    pub(super) fn begins_item(&self) -> bool {
        let Some(word) = self.peek_word() else {
            return false;
        };
        let next = self.peek_at(1);
        match next.kind {
            TokenKind::Sign(Sign::Assign) => true,
            TokenKind::Sign(Sign::Dot) => {
                self.word_at(2).is_some() && self.is_sign_at(3, Sign::Assign)
            }
            // Perhaps a misspelt `loadmodule`.
            TokenKind::String(_) if self.peek().starts_line => true,
            _ => words::is_item(word),
        }
    }

    /// Whether a route block begins here: a keyword at the start of a line, then a bracket or a brace.
    pub(super) fn begins_route(&self) -> bool {
        let Token {
            kind, starts_line, ..
        } = self.peek();
        kind == TokenKind::Word
            && starts_line
            && self
                .peek_word()
                .is_some_and(super::routes::is_route_keyword)
            && (self.is_sign_at(1, Sign::OpenBracket) || self.is_sign_at(1, Sign::OpenBrace))
    }

    fn begins_statement(&self) -> bool {
        match self.peek().kind {
            TokenKind::Variable => self.is_sign_at(1, Sign::Assign),
            TokenKind::Word => {
                let word = self.peek_word().unwrap_or_default();
                matches!(
                    word,
                    "if" | "while"
                        | "switch"
                        | "case"
                        | "default"
                        | "break"
                        | "return"
                        | "exit"
                        | "drop"
                ) || self.is_sign_at(1, Sign::OpenParenthesis)
            }
            _ => false,
        }
    }
}
