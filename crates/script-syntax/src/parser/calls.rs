//! Calls of functions, and the arguments that functions of the core read in their own way.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{Argument, Call, Constant, Expr, ExprKind, HostLiteral, Name, SocketLiteral};
use crate::token::{Sign, TokenKind};
use crate::words::{self, CoreFunction};

use super::Parser;

impl Parser<'_> {
    /// The call at hand: a name and its arguments.
    pub(super) fn call(&mut self) -> Expr {
        let token = self.bump();
        let name = self.name(token);
        let grammar = words::core_function(&name.text);
        self.report_call_in_arguments(&name);
        let is_bare = grammar == Some(CoreFunction::Bare) && !self.peek_is(Sign::OpenParenthesis);
        let arguments = if is_bare {
            Vec::new()
        } else {
            self.arguments(&name, grammar)
        };
        let span = self.cover_from(token.span);
        Expr {
            kind: ExprKind::Call(Call {
                name,
                arguments,
                span,
            }),
            span,
        }
    }

    /// Only `route` takes the result of a function for an argument (observed on 5.6.3).
    fn report_call_in_arguments(&mut self, name: &Name) {
        if self.in_arguments {
            let message = format!(
                "`{}` cannot be called within the arguments of a function",
                name.text
            );
            let diagnostic = Diagnostic::error(codes::CALL_IN_ARGUMENTS, name.span, message)
                .help("keep its result in a variable first: `$var(result) = …;`");
            self.diagnostics.push(diagnostic);
        }
    }

    fn arguments(&mut self, name: &Name, grammar: Option<CoreFunction>) -> Vec<Argument> {
        let Some(open) = self.expect(Sign::OpenParenthesis, "after the name of a function") else {
            return Vec::new();
        };
        let outer = std::mem::replace(&mut self.in_arguments, &*name.text != "route");
        let arguments = self
            .deeper(|parser| parser.argument_list(grammar))
            .unwrap_or_default();
        self.in_arguments = outer;
        if self.eat(Sign::CloseParenthesis).is_none() {
            self.report_unclosed(open, "`)` or `,`", "after an argument");
            self.recover_argument();
            self.eat(Sign::CloseParenthesis);
        }
        arguments
    }

    fn argument_list(&mut self, grammar: Option<CoreFunction>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        if self.peek_is(Sign::CloseParenthesis) {
            return arguments;
        }
        loop {
            if self.peek_is(Sign::Comma) || self.peek_is(Sign::CloseParenthesis) {
                let may_be_empty = arguments.is_empty() && grammar.is_none();
                arguments.push(self.empty_argument(may_be_empty));
            } else {
                arguments.push(Argument::Expr(self.argument(grammar)));
            }
            if !self.peek_is(Sign::Comma) && !self.peek_is(Sign::CloseParenthesis) {
                self.report_missing(codes::EXPECTED_SIGN, "`)` or `,`", "after an argument");
                self.recover_argument();
            }
            if self.eat(Sign::Comma).is_none() {
                return arguments;
            }
        }
    }

    /// Only the first argument of a module's function may be left empty (observed on 5.6.3).
    fn empty_argument(&mut self, may_be_empty: bool) -> Argument {
        let span = self.peek().span.at_start();
        if !may_be_empty {
            let diagnostic = Diagnostic::error(
                codes::EMPTY_ARGUMENT,
                self.peek().span,
                "an argument is missing here",
            );
            self.report(diagnostic.suggest("an empty text is an argument too", span, "\"\""));
        }
        Argument::Empty(span)
    }

    fn argument(&mut self, grammar: Option<CoreFunction>) -> Expr {
        match grammar {
            Some(CoreFunction::Names) => self.name_argument(),
            Some(CoreFunction::Addresses) => self.address_argument(),
            _ => self.expression(),
        }
    }

    /// A bare name or number is a name; anything else an expression.
    fn name_argument(&mut self) -> Expr {
        let ends = self.is_sign_at(1, Sign::CloseParenthesis) || self.is_sign_at(1, Sign::Comma);
        let token = self.peek();
        if !ends
            || !matches!(
                token.kind,
                TokenKind::Word | TokenKind::Number | TokenKind::NumberWord
            )
        {
            return self.expression();
        }
        if token.kind == TokenKind::Number {
            let mut number = self.expression();
            // A name that is a number is that of its value: `route(0x1)` runs `route[1]` (observed on 5.6.3).
            if let ExprKind::Int(int) = &mut number.kind {
                int.text = int.value.to_string().into();
            }
            return number;
        }
        self.bump();
        let name = self.name(token);
        Expr {
            kind: ExprKind::Word(name),
            span: token.span,
        }
    }

    /// `uri:host`, `1.2.3.4`, `udp:1.2.3.4:5060`, `example.com`, `TCP`, or an expression.
    fn address_argument(&mut self) -> Expr {
        if let Some((keyword, span)) = self.joined_keyword().and_then(|_| self.keyword()) {
            return Expr {
                kind: ExprKind::Keyword(keyword),
                span,
            };
        }
        let token = self.peek();
        match token.kind {
            TokenKind::Variable | TokenKind::String(_) | TokenKind::Number => self.expression(),
            TokenKind::Word
                if words::protocol(self.text(token)).is_some()
                    && !self.is_sign_at(1, Sign::Colon) =>
            {
                self.bump();
                let protocol = words::protocol(self.text(token)).map(Constant::Protocol);
                let kind = protocol.map_or(ExprKind::Error, ExprKind::Constant);
                Expr {
                    kind,
                    span: token.span,
                }
            }
            TokenKind::Word if self.is_sign_at(1, Sign::OpenParenthesis) => self.expression(),
            _ if self.begins_host() => self.socket_argument(token.span),
            _ => self.expression(),
        }
    }

    fn socket_argument(&mut self, first: Span) -> Expr {
        let Some(socket) = self.socket_literal() else {
            return self.error_expr();
        };
        let SocketLiteral {
            protocol,
            host,
            port,
            span,
        } = socket;
        let kind = match (protocol, host, port) {
            (None, HostLiteral::Name(name), None) => ExprKind::Word(name),
            (protocol, host, port) => ExprKind::Socket(SocketLiteral {
                protocol,
                host,
                port,
                span,
            }),
        };
        Expr {
            kind,
            span: self.cover_from(first),
        }
    }
}
