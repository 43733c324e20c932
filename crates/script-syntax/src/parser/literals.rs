//! Numbers, quoted texts, variables and selects.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{
    Expr, ExprKind, IntLiteral, Select, SelectPart, SelectStep, StringLiteral, StringPiece,
    TextPlace,
};
use crate::token::{Sign, Token, TokenKind};
use crate::{variable, words};

use super::Parser;

impl Parser<'_> {
    /// The quoted text at hand together with those that follow it directly.
    pub(super) fn string(&mut self) -> Option<StringLiteral> {
        let first = self.string_piece()?;
        let span = first.1.span;
        let (mut value, mut pieces) = (first.0, vec![first.1]);
        while let Some((text, mut piece)) = self.string_piece() {
            piece.move_by(value.len());
            value.push_str(&text);
            pieces.push(piece);
        }
        Some(StringLiteral {
            value: value.into_boxed_str(),
            pieces,
            span: self.cover_from(span),
        })
    }

    fn string_piece(&mut self) -> Option<(String, StringPiece)> {
        let TokenKind::String(index) = self.peek().kind else {
            return None;
        };
        let string = self.tokens.strings.get(index as usize)?;
        self.bump();
        Some((string.value.to_string(), string.piece.clone()))
    }

    /// A number, `yes` or one of its kin; a minus before it is not looked for.
    pub(super) fn int(&mut self) -> Option<IntLiteral> {
        let token = self.peek();
        let text = self.text(token);
        let value = match token.kind {
            TokenKind::Number => {
                self.bump();
                self.number(text, token)
            }
            TokenKind::Word => {
                let value = words::boolean(text)?;
                self.bump();
                value
            }
            _ => return None,
        };
        Some(IntLiteral {
            value,
            text: text.into(),
            span: token.span,
        })
    }

    /// The same with an optional minus, as values of parameters have it.
    pub(super) fn signed_int(&mut self) -> Option<IntLiteral> {
        if !(self.peek_is(Sign::Minus) && self.peek_at(1).kind == TokenKind::Number) {
            return self.int();
        }
        let minus = self.bump().span;
        let int = self.int()?;
        let span = self.cover(minus, int.span);
        Some(IntLiteral {
            value: i64::from((int.value as i32).wrapping_neg()),
            text: format!("-{}", int.text).into(),
            span,
        })
    }

    fn number(&mut self, text: &str, token: Token) -> i64 {
        let (digits, radix) = match text.as_bytes() {
            [b'0', b'x' | b'X', ..] => (text.get(2..), 16),
            [.., b'b'] => (text.get(..text.len() - 1), 2),
            [b'0', _, ..] => (text.get(1..), 8),
            _ => (Some(text), 10),
        };
        // Literals are cut to 32 bits although values have 64 (observed on 5.6.3 and 6.2).
        let (cut, fits) = match i64::from_str_radix(digits.unwrap_or_default(), radix) {
            Ok(value) => (value as i32, i32::try_from(value).is_ok()),
            Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => (-1, false),
            Err(_) => {
                self.report_bad_number(text, token.span);
                return 0;
            }
        };
        if !fits {
            let message = format!("`{text}` does not fit 32 bits");
            let label = format!("is read as {cut}");
            let diagnostic =
                Diagnostic::warning(codes::LARGE_NUMBER, token.span, message).label(label);
            self.diagnostics.push(diagnostic);
        }
        i64::from(cut)
    }

    pub(super) fn report_bad_number(&mut self, text: &str, span: Span) {
        let message = format!("`{text}` is no number");
        let diagnostic = Diagnostic::error(codes::BAD_NUMBER, span, message)
            .help("numbers are written `42`, `0x2A`, `052` (octal) or `101010b` (binary)");
        self.diagnostics.push(diagnostic);
    }

    /// The variable at hand, which is the current token.
    pub(super) fn variable(&mut self) -> Expr {
        let token = self.bump();
        if let Some(tail) = self.stray_transformations(token.span) {
            return self.report_stray_transformations(token.span, tail);
        }
        let place = TextPlace::Verbatim(token.span);
        let variable = variable::of_token(self.text(token), place, &mut self.diagnostics.list);
        let kind = variable.map_or(ExprKind::Error, |variable| {
            ExprKind::Variable(Box::new(variable))
        });
        Expr {
            kind,
            span: token.span,
        }
    }

    /// The transformations that stand right behind a variable, in whose parentheses they belong. No block begins so.
    fn stray_transformations(&self, variable: Span) -> Option<Span> {
        let (open, class) = (self.peek(), self.peek_at(1));
        let is_class = matches!(class.kind, TokenKind::Word | TokenKind::NumberWord);
        let begins = self.peek_is(Sign::OpenBrace)
            && !open.is_spaced
            && open.span.file == variable.file
            && is_class
            && self.is_sign_at(2, Sign::Dot);
        let text = &*self.sources.get(open.span.file).filter(|_| begins)?.text;
        let rest = text.as_bytes().get(open.span.start as usize..)?;
        let length = transformations_length(rest);
        (length > 0).then_some(Span {
            end: open.span.start + length as u32,
            ..open.span
        })
    }

    fn report_stray_transformations(&mut self, variable: Span, tail: Span) -> Expr {
        let text = self.sources.text(variable);
        let name = match text.strip_prefix("$(") {
            Some(inner) => inner.strip_suffix(')').unwrap_or(inner),
            None => text.strip_prefix('$').unwrap_or(text),
        };
        let meant = format!("$({name}{})", self.sources.text(tail));
        let message = "transformations stand within the parentheses of a variable";
        let span = variable.to(tail);
        let diagnostic = Diagnostic::error(codes::BAD_VARIABLE, tail, message);
        self.report(diagnostic.suggest("write it so", span, meant));
        while !self.is_end()
            && self.peek().span.file == tail.file
            && self.peek().span.start < tail.end
        {
            self.bump();
        }
        Expr {
            kind: ExprKind::Error,
            span,
        }
    }

    /// `@a.b[1].c`; the `@` is the current token.
    pub(super) fn select(&mut self) -> Expr {
        let at = self.bump().span;
        let mut parts = Vec::new();
        while let Some(part) = self.select_part() {
            parts.push(part);
            if self.eat(Sign::Dot).is_none() {
                break;
            }
        }
        let span = self.cover_from(at);
        if parts.is_empty() {
            self.report_missing(codes::BAD_SELECT, "a name", "after `@`");
            return Expr {
                kind: ExprKind::Error,
                span,
            };
        }
        Expr {
            kind: ExprKind::Select(Select { parts, span }),
            span,
        }
    }

    fn select_part(&mut self) -> Option<SelectPart> {
        if self.peek().kind != TokenKind::Word {
            if self.previous().is_empty() || !self.parts_follow_dot() {
                return None;
            }
            self.report_missing(codes::BAD_SELECT, "a name", "after the dot of a select");
            return None;
        }
        let token = self.bump();
        let name = self.name(token);
        let mut steps = Vec::new();
        while self.peek_is(Sign::OpenBracket) {
            self.bump();
            let step = match (self.signed_int(), self.peek().kind) {
                (Some(int), _) => Some(SelectStep::Int(int.value)),
                (None, TokenKind::String(_)) => {
                    self.string().map(|text| SelectStep::Text(text.value))
                }
                _ => None,
            };
            match step {
                Some(step) => steps.push(step),
                None => self.report_missing(
                    codes::BAD_SELECT,
                    "a number or a quoted text",
                    "in the brackets of a select",
                ),
            }
            self.expect(Sign::CloseBracket, "after the index of a select");
        }
        Some(SelectPart { name, steps })
    }

    fn parts_follow_dot(&self) -> bool {
        self.sources.text(self.previous()) == "."
    }
}

/// How much of a line's start is transformations: braces that close, one pair after the other.
fn transformations_length(rest: &[u8]) -> usize {
    let (mut depth, mut length) = (0usize, 0);
    for (index, byte) in rest.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => {
                depth = 0;
                length = index + 1;
            }
            b'}' if depth > 1 => depth -= 1,
            b'\n' => break,
            _ if depth == 0 => break,
            _ => {}
        }
    }
    length
}
