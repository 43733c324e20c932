//! Expressions: precedence, operators, operands.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{BinaryOp, Expr, ExprKind, StringLiteral, UnaryOp};
use crate::token::{Sign, Token, TokenKind};
use crate::words;

use super::{COMPARISONS_MAX, PAIRS_MAX, Parser, TESTS_MAX};

/// Level of an operator above the comparisons, where the right side of a keyword's comparison begins.
pub(super) const ABOVE_EQUALITY: u8 = 9;

/// So many tests in a row are joined one after the other; more become a tree of such rows.
const FLAT_MAX: usize = 16;

/// A binary operator and its level, the loosest 1. All are left associative.
fn level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::BitOr => 3,
        BinaryOp::BitAnd => 4,
        BinaryOp::BitXor => 5,
        BinaryOp::ShiftLeft => 6,
        BinaryOp::ShiftRight => 7,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Match
        | BinaryOp::TextEqual
        | BinaryOp::TextNotEqual
        | BinaryOp::IntEqual
        | BinaryOp::IntNotEqual => 8,
        BinaryOp::Less | BinaryOp::Greater | BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual => {
            ABOVE_EQUALITY
        }
        BinaryOp::Add | BinaryOp::Subtract => 10,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => 11,
    }
}

impl<'a> Parser<'a> {
    /// A whole expression. An assignment may be its beginning, as in `if ($var(x) = 1)`.
    pub(super) fn expression(&mut self) -> Expr {
        if self.peek().kind == TokenKind::Variable && self.is_sign_at(1, Sign::Assign) {
            let target = self.variable();
            self.bump();
            let value = self.binary(0);
            let span = self.cover(target.span, value.span);
            return Expr {
                kind: ExprKind::Assign {
                    target: Box::new(target),
                    value: Box::new(value),
                },
                span,
            };
        }
        self.binary(0)
    }

    /// Operators of at least `lowest` and their operands.
    pub(super) fn binary(&mut self, lowest: u8) -> Expr {
        let mut left = self.unary();
        let (mut calculated, mut compared) = (0, 0);
        while let Some(op) = self.binary_op().filter(|op| level(*op) >= lowest) {
            self.bump();
            let right = self.deeper(|parser| parser.binary(level(op) + 1));
            let right = right.unwrap_or_else(|| self.error_expr());
            if let Some(text) = self.one_text(op, &left, &right) {
                left = text;
                continue;
            }
            left = match op {
                BinaryOp::And | BinaryOp::Or => self.tests(op, left, right),
                _ if op.is_comparison() => {
                    compared += 1;
                    if compared > COMPARISONS_MAX {
                        self.report_long_chain(left.span);
                        return left;
                    }
                    self.pair(op, left, right)
                }
                _ if calculated == PAIRS_MAX => {
                    calculated = 0;
                    self.row(op, left, right)
                }
                _ => {
                    calculated += 1;
                    self.pair(op, left, right)
                }
            };
        }
        left
    }

    /// The one text that a quoted text and another, or a number, are with `+` between them. Observed on 5.6.3: an argument made of
    /// such is read as a whole, and variables in it have their values.
    fn one_text(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
        let (BinaryOp::Add, ExprKind::String(first)) = (op, &left.kind) else {
            return None;
        };
        let span = self.cover(left.span, right.span);
        let whole = match &right.kind {
            ExprKind::String(second) => first.followed_by(second, span),
            ExprKind::Int(number) => first.followed_by(&StringLiteral::of_number(number), span),
            _ => return None,
        };
        let kind = ExprKind::String(whole);
        Some(Expr { kind, span })
    }

    /// All operators that calculate, as far as those of the level of `op` go.
    fn row(&mut self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let mut rest = vec![(op, right)];
        while let Some(next) = self.binary_op().filter(|next| level(*next) == level(op)) {
            self.bump();
            let operand = self.deeper(|parser| parser.binary(level(next) + 1));
            rest.push((next, operand.unwrap_or_else(|| self.error_expr())));
        }
        let span = self.cover_from(left.span);
        let first = Box::new(left);
        Expr {
            kind: ExprKind::Row { first, rest },
            span,
        }
    }

    /// An operator between two operands.
    pub(super) fn pair(&self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let span = self.cover(left.span, right.span);
        Expr {
            kind: ExprKind::Binary {
                op,
                left: Box::new(left),
                right: Box::new(right),
            },
            span,
        }
    }

    /// All that `&&` or `||` goes on joining after the first two, as a tree that is no deeper than it must be.
    fn tests(&mut self, op: BinaryOp, first: Expr, second: Expr) -> Expr {
        let mut operands = vec![first, second];
        while self.binary_op() == Some(op) && operands.len() <= TESTS_MAX {
            self.bump();
            let next = self.deeper(|parser| parser.binary(level(op) + 1));
            operands.push(next.unwrap_or_else(|| self.error_expr()));
        }
        if self.binary_op() == Some(op) {
            self.report_long_chain(self.previous());
        }
        self.joined(op, operands)
    }

    fn joined(&self, op: BinaryOp, mut operands: Vec<Expr>) -> Expr {
        if operands.len() > FLAT_MAX {
            let right = operands.split_off(operands.len() / 2);
            let (left, right) = (self.joined(op, operands), self.joined(op, right));
            return self.pair(op, left, right);
        }
        operands
            .into_iter()
            .reduce(|left, right| self.pair(op, left, right))
            .unwrap_or_else(|| self.error_expr())
    }

    fn report_long_chain(&mut self, span: Span) {
        let message = "an expression has too many comparisons or tests in a row";
        self.report(Diagnostic::error(codes::TOO_DEEP, span, message));
        self.recover_argument();
    }

    /// The binary operator at hand.
    pub(super) fn binary_op(&self) -> Option<BinaryOp> {
        let token = self.peek();
        let sign = match token.kind {
            TokenKind::Sign(sign) => sign,
            TokenKind::Word => return binary_word(self.text(token)),
            _ => return None,
        };
        Some(match sign {
            Sign::BarBar => BinaryOp::Or,
            Sign::AmpersandAmpersand => BinaryOp::And,
            Sign::Bar => BinaryOp::BitOr,
            Sign::Ampersand => BinaryOp::BitAnd,
            Sign::Caret => BinaryOp::BitXor,
            Sign::ShiftLeft => BinaryOp::ShiftLeft,
            Sign::ShiftRight => BinaryOp::ShiftRight,
            Sign::Equal => BinaryOp::Equal,
            Sign::NotEqual => BinaryOp::NotEqual,
            Sign::Match => BinaryOp::Match,
            Sign::Less => BinaryOp::Less,
            Sign::Greater => BinaryOp::Greater,
            Sign::LessOrEqual => BinaryOp::LessOrEqual,
            Sign::GreaterOrEqual => BinaryOp::GreaterOrEqual,
            Sign::Plus => BinaryOp::Add,
            Sign::Minus => BinaryOp::Subtract,
            Sign::Star => BinaryOp::Multiply,
            Sign::Slash => BinaryOp::Divide,
            _ => return None,
        })
    }

    fn unary(&mut self) -> Expr {
        let token = self.peek();
        let (op, length) = match token.kind {
            TokenKind::Sign(Sign::Bang) => (UnaryOp::Not, 1),
            TokenKind::Sign(Sign::Minus) => (UnaryOp::Minus, 1),
            TokenKind::Sign(Sign::Tilde) => (UnaryOp::BitNot, 1),
            TokenKind::Sign(Sign::OpenParenthesis) => match self.cast() {
                Some(op) => (op, 3),
                None => return self.parenthesized(),
            },
            TokenKind::Word => match self.text(token) {
                "not" => (UnaryOp::Not, 1),
                "defined" => (UnaryOp::Defined, 1),
                _ => return self.operand(),
            },
            _ => return self.operand(),
        };
        self.at += length;
        let operand = self
            .deeper(Self::unary)
            .unwrap_or_else(|| self.error_expr());
        let span = self.cover(token.span, operand.span);
        Expr {
            kind: ExprKind::Unary {
                op,
                operand: Box::new(operand),
            },
            span,
        }
    }

    /// `(int)` or `(str)`.
    fn cast(&self) -> Option<UnaryOp> {
        let op = match self.word_at(1)? {
            "int" => UnaryOp::ToInt,
            "str" => UnaryOp::ToString,
            _ => return None,
        };
        self.is_sign_at(2, Sign::CloseParenthesis).then_some(op)
    }

    fn parenthesized(&mut self) -> Expr {
        let open = self.bump().span;
        let inside = self
            .deeper(Self::expression)
            .unwrap_or_else(|| self.error_expr());
        if self.eat(Sign::CloseParenthesis).is_none() {
            self.report_unclosed(open, "`)`", "after an expression");
        }
        Expr {
            kind: inside.kind,
            span: self.cover_from(open),
        }
    }

    /// Reports a closing bracket that is missing, with the place of the opening one.
    pub(super) fn report_unclosed(&mut self, open: Span, what: &str, context: &str) {
        if self.is_told() {
            return;
        }
        let label = format!("found {}", self.describe(self.peek()));
        let message = format!("{what} is missing {context}");
        let diagnostic = Diagnostic::error(codes::UNCLOSED_BRACKET, self.peek().span, message);
        self.report(diagnostic.label(label).also(open, "opened here"));
    }

    fn operand(&mut self) -> Expr {
        let token = self.peek();
        match token.kind {
            TokenKind::Variable => self.variable(),
            TokenKind::Sign(Sign::At) => self.select(),
            TokenKind::String(_) => match self.string() {
                Some(literal) => {
                    let span = literal.span;
                    Expr {
                        kind: ExprKind::String(literal),
                        span,
                    }
                }
                None => self.error_expr(),
            },
            TokenKind::Number => self.int_expr(),
            TokenKind::Word => self.word(token),
            TokenKind::NumberWord => {
                self.bump();
                let text = self.text(token);
                self.report_bad_number(text, token.span);
                Expr {
                    kind: ExprKind::Error,
                    span: token.span,
                }
            }
            TokenKind::Address => {
                let address = self.address();
                let message = "an address can only be compared with `src_ip` and its kin";
                let diagnostic = Diagnostic::error(codes::BARE_ADDRESS, address.span, message)
                    .help("as a text it stands in quotes; in a comparison it stands on the right side");
                self.report(diagnostic);
                address
            }
            _ => {
                self.report_missing(codes::EXPECTED_EXPRESSION, "an expression", "here");
                self.error_expr()
            }
        }
    }

    fn int_expr(&mut self) -> Expr {
        match self.int() {
            Some(int) => {
                let span = int.span;
                Expr {
                    kind: ExprKind::Int(int),
                    span,
                }
            }
            None => self.error_expr(),
        }
    }

    fn word(&mut self, token: Token) -> Expr {
        let text = self.text(token);
        if words::boolean(text).is_some() {
            return self.int_expr();
        }
        if words::is_statement(text) {
            self.report_missing(codes::EXPECTED_EXPRESSION, "an expression", "here");
            return self.error_expr();
        }
        let is_call = self.is_sign_at(1, Sign::OpenParenthesis);
        match text {
            "strlen" if is_call => self.measure(UnaryOp::StringLength),
            "strempty" if is_call => self.measure(UnaryOp::StringEmpty),
            "selval" if is_call => self.choice(),
            _ if self.begins_keyword() => self.keyword_comparison(),
            _ if is_call || words::core_function(text) == Some(words::CoreFunction::Bare) => {
                self.call()
            }
            _ => self.bare_word(),
        }
    }

    /// `strlen(…)`, `strempty(…)`.
    fn measure(&mut self, op: UnaryOp) -> Expr {
        let word = self.bump().span;
        let operand = self.parenthesized();
        let span = self.cover(word, operand.span);
        Expr {
            kind: ExprKind::Unary {
                op,
                operand: Box::new(operand),
            },
            span,
        }
    }

    /// `selval(condition, then, otherwise)`.
    fn choice(&mut self) -> Expr {
        let word = self.bump().span;
        let open = self.bump().span;
        let condition = self
            .deeper(Self::expression)
            .unwrap_or_else(|| self.error_expr());
        self.expect(Sign::Comma, "after the condition of `selval`");
        let then = self
            .deeper(Self::expression)
            .unwrap_or_else(|| self.error_expr());
        self.expect(Sign::Comma, "after the first value of `selval`");
        let otherwise = self
            .deeper(Self::expression)
            .unwrap_or_else(|| self.error_expr());
        if self.eat(Sign::CloseParenthesis).is_none() {
            self.report_unclosed(open, "`)`", "after the arguments of `selval`");
        }
        let kind = ExprKind::Choice {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        Expr {
            kind,
            span: self.cover_from(word),
        }
    }

    /// A word that is neither call nor keyword: a mistake everywhere but in a few arguments.
    fn bare_word(&mut self) -> Expr {
        let token = self.bump();
        let name = self.name(token);
        let message = format!("`{}` is no value", name.text);
        let mut diagnostic = Diagnostic::error(codes::BARE_WORD, token.span, message);
        let is_compared = self
            .binary_op()
            .is_some_and(|op| level(op) >= level(BinaryOp::Equal));
        diagnostic = match is_compared {
            true => diagnostic.suggest("a variable begins with `$`", token.span.at_start(), "$"),
            false => diagnostic.suggest(
                "as a text it stands in quotes",
                token.span,
                format!("\"{}\"", name.text),
            ),
        };
        if words::constant(&name.text).is_some() {
            diagnostic = diagnostic
                .help("it can only be compared with a keyword such as `proto`, `af` or `uri`");
        } else if let Some(meant) = self.similar_define(&name.text) {
            diagnostic =
                diagnostic.suggest("there is a define of a similar name", token.span, meant);
        } else if !is_compared
            && !self.peek_is(Sign::Comma)
            && !self.peek_is(Sign::CloseParenthesis)
        {
            diagnostic = diagnostic
                .help("a function is called with parentheses; a variable begins with `$`; no define has this name");
        }
        self.report(diagnostic);
        Expr {
            kind: ExprKind::Word(name),
            span: token.span,
        }
    }

    /// A define that was perhaps meant by a word.
    pub(super) fn similar_define(&self, word: &str) -> Option<&'a str> {
        diagnostics::did_you_mean(word, self.defines.iter().map(|(name, _)| name))
    }

    pub(super) fn error_expr(&self) -> Expr {
        Expr {
            kind: ExprKind::Error,
            span: self.peek().span.at_start(),
        }
    }
}

fn binary_word(word: &str) -> Option<BinaryOp> {
    Some(match word {
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "eq" => BinaryOp::TextEqual,
        "ne" => BinaryOp::TextNotEqual,
        "ieq" => BinaryOp::IntEqual,
        "ine" => BinaryOp::IntNotEqual,
        "mod" => BinaryOp::Modulo,
        _ => return None,
    })
}
