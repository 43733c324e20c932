//! Actions.

use diagnostics::codes::{compat, syntax as codes};
use diagnostics::{Diagnostic, Span};

use crate::ast::{AssignOp, Block, Case, CaseLabel, Expr, ExprKind, Statement, StatementKind};
use crate::token::{Sign, TokenKind};
use crate::words;

use super::{ELSE_MAX, Parser};

impl Parser<'_> {
    /// `{ … }`; the brace is at hand.
    pub(super) fn block(&mut self) -> Block {
        let open = self.bump().span;
        let mut statements = Vec::new();
        while !self.is_end() && !self.peek_is(Sign::CloseBrace) && !self.begins_route() {
            let before = self.at;
            match self.further_in(Self::statement) {
                Some(statement) => statements.push(statement),
                None => self.skip_block(),
            }
            if self.at == before {
                self.bump();
            }
        }
        if self.eat(Sign::CloseBrace).is_none() {
            self.report_unclosed(open, "`}`", "after the actions of a block");
        }
        Block {
            statements,
            span: self.cover_from(open),
        }
    }

    /// Skips what is nested too deeply, up to the brace that closes the block.
    fn skip_block(&mut self) {
        let mut depth = 0usize;
        while !self.is_end() {
            match self.peek().kind {
                TokenKind::Sign(Sign::OpenBrace) => depth += 1,
                TokenKind::Sign(Sign::CloseBrace) if depth == 0 => return,
                TokenKind::Sign(Sign::CloseBrace) => depth -= 1,
                _ => {}
            }
            self.bump();
        }
    }

    /// One action with the semicolon that ends it.
    pub(super) fn statement(&mut self) -> Statement {
        let first = self.peek();
        let word = self.peek_word().unwrap_or_default();
        let kind = match (first.kind, word) {
            (TokenKind::Sign(Sign::Semicolon), _) => {
                self.bump();
                return Statement {
                    kind: StatementKind::Empty,
                    span: first.span,
                };
            }
            (TokenKind::Sign(Sign::OpenBrace), _) => self.bare_block(),
            (TokenKind::Word, "if") => self.if_statement(),
            (TokenKind::Word, "while") => self.while_statement(),
            (TokenKind::Word, "switch") => self.switch_statement(),
            _ => {
                let kind = self.simple_statement(word);
                let span = self.cover_from(first.span);
                self.end_of_statement(matches!(kind, StatementKind::Error));
                return Statement { kind, span };
            }
        };
        Statement {
            kind,
            span: self.cover_from(first.span),
        }
    }

    fn bare_block(&mut self) -> StatementKind {
        let block = self.block();
        let message = "a block that belongs to no statement is refused by Kamailio";
        self.diagnostics
            .push(Diagnostic::warning(compat::BARE_BLOCK, block.span, message));
        StatementKind::Block(block)
    }

    fn simple_statement(&mut self, word: &str) -> StatementKind {
        match word {
            "break" => {
                self.bump();
                StatementKind::Break
            }
            "return" => StatementKind::Return(self.result()),
            "exit" => StatementKind::Exit(self.result()),
            "drop" => StatementKind::Drop(self.result()),
            "case" | "default" | "else" => self.stray(word),
            _ => match self.peek().kind {
                TokenKind::Variable => self.assignment(),
                TokenKind::Word => self.call_statement(),
                _ => self.no_statement(),
            },
        }
    }

    /// A semicolon, or the report that there is none.
    fn end_of_statement(&mut self, is_error: bool) {
        if self.eat(Sign::Semicolon).is_some() {
            return;
        }
        if is_error {
            return self.recover_statement();
        }
        let next = self.peek();
        if self.reported_at != Some(self.at) {
            let place = self.previous().at_end();
            let mut diagnostic = Diagnostic::error(
                codes::MISSING_SEMICOLON,
                place,
                "`;` is missing after an action",
            );
            if !next.starts_line && next.kind != TokenKind::End {
                diagnostic = diagnostic.also(next.span, format!("found {}", self.describe(next)));
            }
            diagnostic = match next.kind {
                TokenKind::Sign(Sign::Comma) if !next.starts_line => {
                    diagnostic.suggest("put it between actions", next.span, ";")
                }
                _ if self.continues_value() => {
                    diagnostic.suggest("texts are joined with `+`", place, " +")
                }
                _ => diagnostic.suggest("add it", place, ";"),
            };
            self.report(diagnostic);
        }
        if !next.starts_line && !self.peek_is(Sign::CloseBrace) {
            self.recover_statement();
        }
    }

    /// Whether a text or a variable stands in the same line behind another one.
    fn continues_value(&self) -> bool {
        let is_value = |kind| matches!(kind, TokenKind::String(_) | TokenKind::Variable);
        let next = self.peek();
        let before = self.at.checked_sub(1);
        let before = before.and_then(|at| self.tokens.tokens.get(at));
        !next.starts_line
            && is_value(next.kind)
            && !self.is_sign_at(1, Sign::Assign)
            && before.is_some_and(|token| is_value(token.kind))
    }

    /// The value after `return` and its kin, which are at hand; `()` is none.
    fn result(&mut self) -> Option<Expr> {
        self.bump();
        if self.peek_is(Sign::OpenParenthesis) && self.is_sign_at(1, Sign::CloseParenthesis) {
            self.at += 2;
            return None;
        }
        let ends = matches!(
            self.peek().kind,
            TokenKind::End | TokenKind::Sign(Sign::Semicolon | Sign::CloseBrace)
        );
        if ends || self.begins_route() {
            return None;
        }
        Some(self.expression())
    }

    fn assignment(&mut self) -> StatementKind {
        let target = self.variable();
        let token = self.peek();
        let op = match token.kind {
            TokenKind::Sign(Sign::Assign) => AssignOp::Set,
            TokenKind::Sign(Sign::AddAssign) => {
                self.report_add_assign(&target, token.span);
                AssignOp::Add
            }
            TokenKind::Sign(Sign::Equal) => {
                let message = "`==` compares, an assignment is written `=`";
                let diagnostic = Diagnostic::error(codes::NO_STATEMENT, token.span, message);
                self.report(diagnostic.suggest("to assign", token.span, "="));
                AssignOp::Set
            }
            TokenKind::Sign(Sign::Match) => {
                let message = "`=~` matches a pattern";
                let diagnostic = Diagnostic::error(codes::NO_STATEMENT, token.span, message);
                self.report(diagnostic.suggest(
                    "to assign a negated number put a blank",
                    token.span,
                    "= ~",
                ));
                AssignOp::Set
            }
            _ => {
                self.report_lone_variable(&target);
                return StatementKind::Error;
            }
        };
        self.bump();
        let value = self.expression();
        StatementKind::Assign { target, op, value }
    }

    fn report_lone_variable(&mut self, target: &Expr) {
        if matches!(target.kind, ExprKind::Error) && self.reported_at.is_some() {
            return;
        }
        let message = "a variable alone is no action";
        let diagnostic = Diagnostic::error(codes::NO_STATEMENT, target.span, message);
        let (first, second) = (self.peek(), self.peek_at(1));
        let op = match (first.kind, second.kind) {
            (TokenKind::Sign(op), TokenKind::Sign(next)) if !second.is_spaced => {
                Some((op.text(), next))
            }
            _ => None,
        };
        let text = self.sources.text(target.span);
        let both = self.cover(first.span, second.span);
        self.report(match op {
            Some((op @ ("+" | "-"), next)) if next.text() == op => {
                diagnostic.suggest("write the sum", both, format!(" = {text} {op} 1"))
            }
            Some((op @ ("-" | "*" | "/" | "."), Sign::Assign)) => {
                let op = if op == "." { "+" } else { op };
                diagnostic.suggest("write it in full", both, format!("= {text} {op}"))
            }
            _ => diagnostic.help("assign to it: `$var(x) = value;`"),
        });
    }

    fn report_add_assign(&mut self, target: &Expr, span: Span) {
        let text = self.sources.text(target.span).to_owned();
        let message = "there is no `+=` in the language";
        let diagnostic = Diagnostic::error(codes::ADD_ASSIGN, span, message);
        self.report(diagnostic.suggest("write the sum", span, format!("= {text} +")));
    }

    fn call_statement(&mut self) -> StatementKind {
        let token = self.peek();
        let text = self.text(token);
        let is_call = self.is_sign_at(1, Sign::OpenParenthesis);
        let is_bare = words::core_function(text) == Some(words::CoreFunction::Bare);
        if words::keyword(text).is_some() || !(is_call || is_bare) {
            return self.no_call(text, token.span);
        }
        if matches!(text, "defined" | "not" | "strlen" | "strempty" | "selval") {
            return self.no_statement();
        }
        let call = self.call();
        if self.binary_op().is_some() {
            let message = "an expression is no action";
            let diagnostic = Diagnostic::error(codes::NO_STATEMENT, self.peek().span, message);
            self.report(diagnostic.help("call functions one after the other, or decide with `if`"));
            return StatementKind::Error;
        }
        StatementKind::Expr(call)
    }

    fn no_call(&mut self, text: &str, span: Span) -> StatementKind {
        let after = span.at_end();
        let message = format!("`{text}` is no action");
        let mut diagnostic = Diagnostic::error(codes::NO_STATEMENT, span, message);
        if self.is_sign_at(1, Sign::Assign) {
            diagnostic =
                diagnostic.suggest("variables begin with `$`", span, format!("$var({text})"));
        } else if self.is_sign_at(1, Sign::Semicolon) {
            diagnostic = diagnostic.suggest("a function is called with parentheses", after, "()");
        }
        self.report(diagnostic);
        StatementKind::Error
    }

    fn no_statement(&mut self) -> StatementKind {
        let token = self.peek();
        let message = format!("{} begins no action", self.describe(token));
        if self.reported_at != Some(self.at) {
            self.report(Diagnostic::error(codes::NO_STATEMENT, token.span, message));
        }
        self.bump();
        StatementKind::Error
    }

    fn stray(&mut self, word: &str) -> StatementKind {
        let span = self.peek().span;
        let diagnostic = if word == "else" {
            Diagnostic::error(codes::STRAY_WORD, span, "`else` belongs to no `if`")
                .help("no `;` may stand between the `}` of an `if` and its `else`")
        } else {
            Diagnostic::error(
                codes::STRAY_WORD,
                span,
                format!("`{word}` stands outside of a `switch`"),
            )
        };
        self.report(diagnostic);
        self.bump();
        StatementKind::Error
    }

    /// `if` with all its `else if`: read in a loop, as such chains are long.
    fn if_statement(&mut self) -> StatementKind {
        let mut branches = Vec::new();
        let mut otherwise = None;
        let mut first = self.bump().span;
        let mut count = 0;
        loop {
            let condition = self.condition();
            let then = self.branch("`if`");
            count += 1;
            if count == ELSE_MAX + 2 {
                let message = format!("a chain has more than {ELSE_MAX} `else if`");
                self.report(Diagnostic::error(codes::TOO_DEEP, first, message));
            }
            if count <= ELSE_MAX + 1 {
                branches.push((first, condition, then));
            }
            if let Some(word) = self.joined_else_if() {
                first = word;
                continue;
            }
            if self.eat_word("else").is_none() {
                break;
            }
            match self.eat_word("if") {
                Some(word) => first = word,
                None => {
                    otherwise = Some(self.branch("`else`"));
                    break;
                }
            }
        }
        self.fold_if(branches, otherwise)
    }

    /// `else if` as other languages write it, in one word.
    fn joined_else_if(&mut self) -> Option<Span> {
        let word = self.peek_word()?;
        if !matches!(word, "elseif" | "elsif" | "elif") {
            return None;
        }
        let span = self.peek().span;
        let message = format!("there is no `{word}`");
        let diagnostic = Diagnostic::error(codes::STRAY_WORD, span, message);
        self.report(diagnostic.suggest("these are two words", span, "else if"));
        self.bump();
        Some(span)
    }

    fn condition(&mut self) -> Expr {
        let condition = self.deeper(Self::expression);
        self.recover_condition();
        condition.unwrap_or_else(|| self.error_expr())
    }

    /// Puts each `else if` into the `else` of the one before.
    fn fold_if(
        &self,
        branches: Vec<(Span, Expr, Block)>,
        otherwise: Option<Block>,
    ) -> StatementKind {
        let end = self.previous();
        let mut rest = otherwise;
        let mut result = StatementKind::Empty;
        for (index, (first, condition, then)) in branches.into_iter().enumerate().rev() {
            let kind = StatementKind::If {
                condition,
                then,
                otherwise: rest.take(),
            };
            if index == 0 {
                result = kind;
            } else {
                let span = self.cover(first, end);
                rest = Some(Block {
                    statements: vec![Statement { kind, span }],
                    span,
                });
            }
        }
        result
    }

    /// What an `if`, `else` or `while` runs: a block or a single action.
    fn branch(&mut self, owner: &str) -> Block {
        if self.peek_is(Sign::OpenBrace) {
            let block = self.further_in(Self::block).unwrap_or_default();
            if block.statements.is_empty() && !block.span.is_empty() {
                self.report_empty_block(block.span, &format!("the block of {owner}"));
            }
            return block;
        }
        let closes = self.is_end() || self.peek_is(Sign::CloseBrace) || self.begins_route();
        if closes {
            self.report_missing(
                codes::EXPECTED_STATEMENT,
                "an action",
                &format!("after {owner}"),
            );
            return Block {
                statements: Vec::new(),
                span: self.previous().at_end(),
            };
        }
        match self.further_in(Self::statement) {
            Some(statement) => Block {
                span: statement.span,
                statements: vec![statement],
            },
            None => {
                self.recover_statement();
                Block::default()
            }
        }
    }

    fn while_statement(&mut self) -> StatementKind {
        self.bump();
        let condition = self.condition();
        let body = self.branch("`while`");
        StatementKind::While { condition, body }
    }

    fn switch_statement(&mut self) -> StatementKind {
        self.bump();
        let subject = self.condition();
        let mut cases = Vec::new();
        let Some(open) = self.expect(Sign::OpenBrace, "after the value of a `switch`") else {
            self.recover_statement();
            return StatementKind::Switch { subject, cases };
        };
        while !self.is_end() && !self.peek_is(Sign::CloseBrace) && !self.begins_route() {
            match self.peek_word() {
                Some("case" | "default") => cases.push(self.case()),
                _ => self.outside_of_case(),
            }
        }
        if self.eat(Sign::CloseBrace).is_none() {
            self.report_unclosed(open, "`}`", "after the cases of a `switch`");
        }
        StatementKind::Switch { subject, cases }
    }

    fn outside_of_case(&mut self) {
        let message = format!(
            "{} stands before the first `case`",
            self.describe(self.peek())
        );
        self.report(Diagnostic::error(
            codes::STRAY_WORD,
            self.peek().span,
            message,
        ));
        let before = self.at;
        self.further_in(Self::statement);
        if self.at == before {
            self.bump();
        }
    }

    fn case(&mut self) -> Case {
        let word = self.bump();
        let label = if self.text(word) == "default" {
            CaseLabel::Default
        } else {
            self.case_label()
        };
        if self
            .expect(Sign::Colon, "after the label of a `switch`")
            .is_none()
        {
            self.recover_label();
        }
        let mut body = Vec::new();
        while !self.is_end() && !self.peek_is(Sign::CloseBrace) && !self.begins_route() {
            if matches!(self.peek_word(), Some("case" | "default")) {
                break;
            }
            let before = self.at;
            body.extend(self.further_in(Self::statement));
            if self.at == before {
                self.bump();
            }
        }
        Case {
            label,
            body,
            span: self.cover_from(word.span),
        }
    }

    /// A constant, or a pattern after a slash. No slash ends the pattern (observed on 5.6.3).
    fn case_label(&mut self) -> CaseLabel {
        if self.eat(Sign::Slash).is_none() {
            return CaseLabel::Value(self.binary(0));
        }
        let pattern = self.binary(ABOVE_DIVISION);
        if let Some(slash) = self.eat(Sign::Slash) {
            let message = "no slash ends the pattern of a `case`";
            let diagnostic = Diagnostic::error(codes::SLASH_AFTER_PATTERN, slash, message);
            self.diagnostics
                .push(diagnostic.suggest("remove it", slash, ""));
        }
        CaseLabel::Regex(pattern)
    }

    fn recover_label(&mut self) {
        while !self.is_end()
            && !self.peek().starts_line
            && !self.peek_is(Sign::Colon)
            && !self.peek_is(Sign::CloseBrace)
        {
            self.bump();
        }
        self.eat(Sign::Colon);
    }
}

/// Level above the operators: a slash after the pattern is no division.
const ABOVE_DIVISION: u8 = 12;
