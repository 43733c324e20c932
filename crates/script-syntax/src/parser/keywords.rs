//! Comparisons with parts of the message that have a keyword: `uri == myself`, `src_ip == 10.0.0.0/8`.
//!
//! Such a comparison is one operand: `!uri == myself` negates the whole of it (observed on 5.6.3).

use std::net::IpAddr;

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{Address, BinaryOp, Constant, Expr, ExprKind, Keyword, Name};
use crate::token::{Sign, TokenKind};
use crate::words;

use super::Parser;
use super::expressions::ABOVE_EQUALITY;

/// What a keyword is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Uri,
    Ip,
    Number,
    Name,
}

fn kind(keyword: Keyword) -> Kind {
    match keyword {
        Keyword::Method | Keyword::Status => Kind::Text,
        Keyword::Uri | Keyword::FromUri | Keyword::ToUri => Kind::Uri,
        Keyword::SourceIp | Keyword::DestinationIp | Keyword::SendIp | Keyword::ToIp => Kind::Ip,
        Keyword::Proto
        | Keyword::AddressFamily
        | Keyword::SendProto
        | Keyword::SendAddressFamily => Kind::Name,
        _ => Kind::Number,
    }
}

fn may_compare(kind: Kind, op: BinaryOp) -> bool {
    match op {
        BinaryOp::Equal | BinaryOp::NotEqual => true,
        BinaryOp::TextEqual | BinaryOp::TextNotEqual => kind != Kind::Number,
        BinaryOp::Match => matches!(kind, Kind::Text | Kind::Uri | Kind::Ip),
        BinaryOp::IntEqual | BinaryOp::IntNotEqual => kind == Kind::Number,
        BinaryOp::Less | BinaryOp::Greater | BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual => {
            kind == Kind::Number
        }
        _ => false,
    }
}

impl Parser<'_> {
    /// Whether a keyword, or `myself` before a comparison, is at hand.
    pub(super) fn begins_keyword(&self) -> bool {
        let Some(word) = self.peek_word() else {
            return false;
        };
        words::keyword(word).is_some()
            || self.joined_keyword().is_some()
            || (word == "myself"
                && (self.is_sign_at(1, Sign::Equal) || self.is_sign_at(1, Sign::NotEqual)))
    }

    /// `msg:len`, `uri:host`, `uri:port`: no blank may stand in them.
    pub(super) fn joined_keyword(&self) -> Option<Keyword> {
        let (colon, last) = (self.peek_at(1), self.peek_at(2));
        if colon.kind != TokenKind::Sign(Sign::Colon) || colon.is_spaced || last.is_spaced {
            return None;
        }
        match (self.peek_word()?, self.word_at(2)?) {
            ("msg", "len") => Some(Keyword::MessageLength),
            ("uri", "host") => Some(Keyword::UriHost),
            ("uri", "port") => Some(Keyword::UriPort),
            _ => None,
        }
    }

    /// The keyword at hand, one token or three.
    pub(super) fn keyword(&mut self) -> Option<(Keyword, Span)> {
        if let Some(keyword) = self.joined_keyword() {
            let first = self.peek().span;
            self.at += 3;
            return Some((keyword, self.cover_from(first)));
        }
        let keyword = words::keyword(self.peek_word()?)?;
        Some((keyword, self.bump().span))
    }

    /// A keyword, an operator and what it is compared with.
    pub(super) fn keyword_comparison(&mut self) -> Expr {
        let Some((keyword, span)) = self.keyword() else {
            return self.myself_comparison();
        };
        let left = Expr {
            kind: ExprKind::Keyword(keyword),
            span,
        };
        let kind = kind(keyword);
        let op = self.binary_op().filter(|op| may_compare(kind, *op));
        let Some(op) = op else {
            self.report_no_comparison(span, kind);
            return left;
        };
        self.bump();
        let right = match kind {
            Kind::Text => self.text_operand(),
            Kind::Uri => self.constant_or_value(|constant| constant == Constant::Myself),
            Kind::Ip => self.ip_operand(),
            Kind::Number => self.constant_or_value(|constant| constant == Constant::MaxLen),
            Kind::Name => self.constant_or_value(|constant| constant != Constant::Myself),
        };
        self.pair(op, left, right)
    }

    /// `myself == uri`.
    fn myself_comparison(&mut self) -> Expr {
        let span = self.bump().span;
        let left = Expr {
            kind: ExprKind::Constant(Constant::Myself),
            span,
        };
        let Some(op) = self.binary_op() else {
            return left;
        };
        self.bump();
        let right = match self.keyword() {
            Some((keyword, span)) => Expr {
                kind: ExprKind::Keyword(keyword),
                span,
            },
            None => {
                self.report_missing(
                    codes::NEEDS_COMPARISON,
                    "a keyword",
                    "in a comparison with `myself`",
                );
                self.error_expr()
            }
        };
        self.pair(op, left, right)
    }

    fn report_no_comparison(&mut self, span: Span, kind: Kind) {
        let text = self.sources.text(span);
        let operators = match kind {
            Kind::Text | Kind::Uri | Kind::Ip => "`==`, `!=` or `=~`",
            Kind::Number => "`==`, `!=`, `<`, `<=`, `>` or `>=`",
            Kind::Name => "`==` or `!=`",
        };
        let message = format!("`{text}` can only be compared, with {operators}");
        let mut diagnostic = Diagnostic::error(codes::NEEDS_COMPARISON, span, message);
        let variable = match text {
            "uri" => Some("$ru"),
            "method" => Some("$rm"),
            "status" => Some("$rs"),
            "src_ip" => Some("$si"),
            "src_port" => Some("$sp"),
            "proto" => Some("$proto"),
            "from_uri" => Some("$fu"),
            "to_uri" => Some("$tu"),
            _ => None,
        };
        if let Some(variable) = variable {
            diagnostic = diagnostic.suggest("as a value use the variable", span, variable);
        }
        self.report(diagnostic);
    }

    /// A method or a status: `method == INVITE` needs no quotes.
    fn text_operand(&mut self) -> Expr {
        let is_plain_word = self
            .peek_word()
            .is_some_and(|word| !words::is_reserved(word));
        if is_plain_word && !self.is_sign_at(1, Sign::OpenParenthesis) {
            let token = self.bump();
            let name = self.name(token);
            return Expr {
                kind: ExprKind::Word(name),
                span: token.span,
            };
        }
        self.binary(ABOVE_EQUALITY)
    }

    fn constant_or_value(&mut self, fits: impl Fn(Constant) -> bool) -> Expr {
        match self
            .peek_word()
            .and_then(words::constant)
            .filter(|constant| fits(*constant))
        {
            Some(constant) => {
                let span = self.bump().span;
                if constant == Constant::MaxLen {
                    let message = "`max_len` was removed from Kamailio";
                    self.diagnostics
                        .push(Diagnostic::error(codes::REMOVED_WORD, span, message));
                }
                Expr {
                    kind: ExprKind::Constant(constant),
                    span,
                }
            }
            None => self.binary(ABOVE_EQUALITY),
        }
    }

    /// `myself`, an address with or without a mask, a host name, or any value.
    fn ip_operand(&mut self) -> Expr {
        match self.peek().kind {
            TokenKind::Address => self.address(),
            TokenKind::Sign(Sign::OpenBracket) => self.address(),
            TokenKind::Word | TokenKind::NumberWord
                if !self.is_sign_at(1, Sign::OpenParenthesis) =>
            {
                if self.peek_word() == Some("myself") {
                    let span = self.bump().span;
                    return Expr {
                        kind: ExprKind::Constant(Constant::Myself),
                        span,
                    };
                }
                let name: Name = self.host_name();
                let span = name.span;
                Expr {
                    kind: ExprKind::Word(name),
                    span,
                }
            }
            _ => self.binary(ABOVE_EQUALITY),
        }
    }

    /// An address, perhaps with a mask: `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `[2001:db8::]/32`.
    pub(super) fn address(&mut self) -> Expr {
        let first = self.peek().span;
        let Some(ip) = self.bracketed_ip() else {
            return self.error_expr();
        };
        let mut mask = None;
        if self.eat(Sign::Slash).is_some() {
            mask = self.mask(ip);
        }
        Expr {
            kind: ExprKind::Address(Address { ip, mask }),
            span: self.cover_from(first),
        }
    }

    /// An address, perhaps in brackets.
    fn bracketed_ip(&mut self) -> Option<IpAddr> {
        if self.eat(Sign::OpenBracket).is_none() {
            return self.ip();
        }
        let ip = self.ip();
        self.expect(Sign::CloseBracket, "after an address");
        ip
    }

    fn mask(&mut self, ip: IpAddr) -> Option<IpAddr> {
        let token = self.peek();
        let mask = match token.kind {
            TokenKind::Number => {
                let length = self.int().and_then(|int| u8::try_from(int.value).ok());
                length.and_then(|length| Address::mask_of(ip, length))
            }
            TokenKind::Address | TokenKind::Sign(Sign::OpenBracket) => self
                .bracketed_ip()
                .filter(|mask| mask.is_ipv4() == ip.is_ipv4()),
            _ => {
                self.report_missing(
                    codes::BAD_ADDRESS,
                    "a mask such as `8` or `255.0.0.0`",
                    "after the address",
                );
                return None;
            }
        };
        if mask.is_none() {
            let message = format!("`{}` is no mask of this address", self.text(token));
            self.diagnostics
                .push(Diagnostic::error(codes::BAD_ADDRESS, token.span, message));
        }
        mask
    }
}
