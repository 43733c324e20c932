//! Top-level items but for addresses and route blocks.

use diagnostics::codes::syntax as codes;
use diagnostics::{Diagnostic, Span};

use crate::ast::{
    CoreParameter, CustomParameter, Expr, ExprKind, FlagDeclaration, HostLiteral, IntLiteral, Item,
    ItemKind, LoadModule, ModuleParameter, ModulePath, Name, Parameter, ParameterValue,
    StringLiteral,
};
use crate::token::{Sign, TokenKind};
use crate::words;

use super::{Parser, routes};

impl Parser<'_> {
    /// The item at hand; takes at least one token.
    pub(super) fn item(&mut self, items: &mut Vec<Item>) {
        let first = self.peek();
        let Some(word) = self.peek_word() else {
            return self.report_no_item(items);
        };
        let kind = match word {
            "listen" => return self.listen(items),
            "alias" | "domain" => return self.alias(items),
            "socket" => return self.socket_block(items),
            "loadmodule" | "loadmodulex" => self.load_module(),
            "loadpath" | "mpath" => self.module_path(),
            "modparam" | "modparamx" => self.module_parameter(),
            "flags" | "bool" => self.flags(ItemKind::Flags),
            "avpflags" => self.flags(ItemKind::AvpFlags),
            "coreparam" => self.core_parameter(),
            "cfgengine" if !self.is_sign_at(1, Sign::Assign) => self.engine(),
            _ if routes::is_route_keyword(word) => self.route(),
            _ => match self.peek_at(1).kind {
                TokenKind::Sign(Sign::Assign) => self.parameter(),
                TokenKind::Sign(Sign::Dot | Sign::OpenBracket) => self.custom_parameter(),
                _ => return self.report_no_item(items),
            },
        };
        let span = self.cover_from(first.span);
        match kind {
            Some(kind) => items.push(Item { kind, span }),
            None => items.push(Item {
                kind: ItemKind::Error,
                span,
            }),
        }
    }

    fn report_no_item(&mut self, items: &mut Vec<Item>) {
        let token = self.peek();
        let found = self.describe(token);
        let message = format!("{found} begins no parameter, module directive or route block");
        let mut diagnostic = Diagnostic::error(codes::UNEXPECTED_AT_TOP, token.span, message);
        let similar = match token.kind {
            TokenKind::Word => self.similar_item(token.span),
            _ => None,
        };
        match token.kind {
            TokenKind::Sign(Sign::CloseBrace) => {
                diagnostic = diagnostic.help("there is one `}` too many before this place");
                self.bump();
                self.report(diagnostic);
                items.push(Item {
                    kind: ItemKind::Error,
                    span: token.span,
                });
                return;
            }
            TokenKind::Word if self.is_sign_at(1, Sign::OpenParenthesis) => {
                if let Some(brace) = self.closed_before() {
                    diagnostic = diagnostic.also(brace, "the block before ends here");
                }
                diagnostic = diagnostic.help("a function is called within a route block");
            }
            TokenKind::Variable => {
                diagnostic = diagnostic.help("variables are used within a route block");
            }
            TokenKind::Word if self.is_value_alone() && similar.is_none() => {
                let place = token.span.at_end();
                diagnostic = diagnostic.suggest("a parameter is given with `=`", place, " =");
            }
            _ => {}
        }
        if let Some(meant) = similar {
            diagnostic = diagnostic.suggest("there is a similar word", token.span, meant);
        }
        self.report(diagnostic);
        self.recover_item();
        items.push(Item {
            kind: ItemKind::Error,
            span: self.cover_from(token.span),
        });
    }

    /// The brace right before the token at hand.
    fn closed_before(&self) -> Option<Span> {
        let before = self.tokens.tokens.get(self.at.checked_sub(1)?)?;
        (before.kind == TokenKind::Sign(Sign::CloseBrace)).then_some(before.span)
    }

    /// Whether one value and nothing else follows the word at hand in its line.
    fn is_value_alone(&self) -> bool {
        let (value, after) = (self.peek_at(1), self.peek_at(2));
        let is_value = matches!(
            value.kind,
            TokenKind::Word
                | TokenKind::Number
                | TokenKind::NumberWord
                | TokenKind::String(_)
                | TokenKind::Address
        );
        let ends = after.kind == TokenKind::End
            || after.starts_line
            || after.kind == TokenKind::Sign(Sign::Semicolon);
        is_value && !value.starts_line && ends
    }

    fn similar_item(&self, span: Span) -> Option<&'static str> {
        let known = [
            "loadmodule",
            "loadmodulex",
            "modparam",
            "modparamx",
            "loadpath",
            "request_route",
            "route",
            "failure_route",
            "branch_route",
            "reply_route",
            "onreply_route",
            "onsend_route",
            "event_route",
        ];
        diagnostics::did_you_mean(self.sources.text(span), known)
    }

    fn load_module(&mut self) -> Option<ItemKind> {
        let expands = self.peek_word() == Some("loadmodulex");
        self.bump();
        let open = self.eat(Sign::OpenParenthesis);
        let path = self.required_string("after `loadmodule`")?;
        let options = open
            .and_then(|_| self.eat(Sign::Comma))
            .and_then(|_| self.required_string("after `,`"));
        if let (Some(open), None) = (open, open.and_then(|_| self.eat(Sign::CloseParenthesis))) {
            self.report_unclosed(open, "`)`", "after the name of a module");
        }
        Some(ItemKind::LoadModule(LoadModule {
            path,
            options,
            expands,
        }))
    }

    fn module_path(&mut self) -> Option<ItemKind> {
        self.bump();
        self.eat(Sign::Assign);
        let path = self.required_string("after `loadpath`")?;
        Some(ItemKind::ModulePath(ModulePath { path }))
    }

    /// The quoted text that must stand here; without it the rest of the line is skipped.
    fn required_string(&mut self, context: &str) -> Option<StringLiteral> {
        let text = self.string();
        if text.is_none() {
            let token = self.peek();
            let message = format!("a quoted text is missing {context}");
            let label = format!("found {}", self.describe(token));
            let mut diagnostic =
                Diagnostic::error(codes::EXPECTED_STRING, token.span, message).label(label);
            if token.kind == TokenKind::Word && !token.starts_line {
                let name = self.host_name();
                let quoted = format!("\"{}\"", name.text);
                diagnostic = diagnostic.suggest("put it in quotes", name.span, quoted);
            }
            self.report(diagnostic);
            self.recover_line();
        }
        text
    }

    fn module_parameter(&mut self) -> Option<ItemKind> {
        let expands = self.peek_word() == Some("modparamx");
        self.bump();
        let open = self.module_parameter_sign(Sign::OpenParenthesis, "after `modparam`")?;
        let modules = self.module_parameter_string("for the module")?;
        self.module_parameter_sign(Sign::Comma, "after the module of `modparam`")?;
        let name = self.module_parameter_string("for the name of the parameter")?;
        self.module_parameter_sign(Sign::Comma, "after the name of the parameter")?;
        let value = match self.peek().kind {
            TokenKind::Variable if expands => self.variable_value(),
            _ => self.int_or_string("as the value of `modparam`"),
        };
        if self.eat(Sign::CloseParenthesis).is_none() {
            self.report_unclosed(open, "`)`", "after the value of `modparam`");
            self.recover_item_in_place();
        }
        Some(ItemKind::ModuleParameter(ModuleParameter {
            modules,
            name,
            value,
            expands,
        }))
    }

    fn variable_value(&mut self) -> ParameterValue {
        let Expr { kind, span } = self.variable();
        match kind {
            ExprKind::Variable(variable) => ParameterValue::Variable(variable),
            _ => ParameterValue::Error(span),
        }
    }

    fn module_parameter_sign(&mut self, sign: Sign, context: &str) -> Option<Span> {
        let found = self.expect(sign, context);
        if found.is_none() {
            self.recover_item_in_place();
        }
        found
    }

    fn module_parameter_string(&mut self, context: &str) -> Option<StringLiteral> {
        let text = self.string();
        if text.is_none() {
            self.report_missing(codes::EXPECTED_STRING, "a quoted text", context);
            self.recover_item_in_place();
        }
        text
    }

    fn int_or_string(&mut self, context: &str) -> ParameterValue {
        if let Some(int) = self.signed_int() {
            return ParameterValue::Int(int);
        }
        match self.string() {
            Some(text) => ParameterValue::String(text),
            None => self.report_no_value("a number or a quoted text", context),
        }
    }

    /// Reports that a value is missing, with the quotes to put when a bare word stands there.
    fn report_no_value(&mut self, what: &str, context: &str) -> ParameterValue {
        let token = self.peek();
        let span = token.span;
        let found = self.describe(token);
        let message = format!("{what} is missing {context}");
        let mut diagnostic =
            Diagnostic::error(codes::EXPECTED_VALUE, span, message).label(format!("found {found}"));
        if token.kind == TokenKind::Word && !token.starts_line {
            let text = self.text(token);
            diagnostic = match self.similar_define(text) {
                Some(meant) => {
                    diagnostic.suggest("there is a define of a similar name", span, meant)
                }
                None => diagnostic.suggest("put it in quotes", span, format!("\"{text}\"")),
            };
            self.bump();
        }
        self.report(diagnostic);
        ParameterValue::Error(span)
    }

    /// `flags name[:bit], …`, names bare or quoted.
    fn flags(&mut self, kind: impl FnOnce(Vec<FlagDeclaration>) -> ItemKind) -> Option<ItemKind> {
        self.bump();
        let mut declarations = Vec::new();
        while let Some(name) = self.bare_or_quoted_name("for a flag") {
            let mut position = None;
            if self.eat(Sign::Colon).is_some() {
                position = self.int();
                if position.is_none() {
                    self.report_missing(
                        codes::EXPECTED_VALUE,
                        "the number of the flag",
                        "after `:`",
                    );
                }
            }
            declarations.push(FlagDeclaration { name, position });
            if self.eat(Sign::Comma).is_none() {
                break;
            }
        }
        (!declarations.is_empty()).then(|| kind(declarations))
    }

    fn bare_or_quoted_name(&mut self, context: &str) -> Option<Name> {
        let token = self.peek();
        match token.kind {
            TokenKind::Word => {
                self.bump();
                Some(self.name(token))
            }
            TokenKind::String(_) => self.string().map(|text| Name {
                text: text.value,
                span: text.span,
            }),
            _ => {
                self.report_missing(codes::EXPECTED_NAME, "a name", context);
                None
            }
        }
    }

    /// `coreparam[name] = value`.
    fn core_parameter(&mut self) -> Option<ItemKind> {
        self.bump();
        self.expect(Sign::OpenBracket, "after `coreparam`")?;
        let name = self.bare_or_quoted_name("in the brackets of `coreparam`")?;
        self.expect(Sign::CloseBracket, "after the name")?;
        self.expect(Sign::Assign, "after `coreparam[…]`")?;
        let value = self.parameter_value();
        Some(ItemKind::CoreParameter(CoreParameter { name, value }))
    }

    /// `cfgengine "name"`: the one parameter that needs no `=`.
    fn engine(&mut self) -> Option<ItemKind> {
        let token = self.bump();
        let name = self.name(token);
        let value = ParameterValue::String(self.required_string("after `cfgengine`")?);
        Some(ItemKind::Parameter(Parameter { name, value }))
    }

    /// `name = value`.
    fn parameter(&mut self) -> Option<ItemKind> {
        let token = self.bump();
        let name = self.name(token);
        self.bump();
        let value = match self.parameter_value() {
            ParameterValue::Int(int) if words::takes_host(&name.text) => {
                ParameterValue::Word(Name {
                    text: int.text,
                    span: int.span,
                })
            }
            value => value,
        };
        Some(ItemKind::Parameter(Parameter { name, value }))
    }

    fn parameter_value(&mut self) -> ParameterValue {
        let value = self.plain_value();
        let next = self.peek();
        let ends = next.starts_line
            || matches!(
                next.kind,
                TokenKind::End | TokenKind::Word | TokenKind::Sign(Sign::Semicolon)
            );
        if !ends {
            let message = format!(
                "{} cannot follow the value of a parameter",
                self.describe(next)
            );
            let mut diagnostic = Diagnostic::error(codes::TEXT_AFTER_VALUE, next.span, message);
            if matches!(value, ParameterValue::Int(_)) {
                diagnostic = diagnostic
                    .help("a parameter takes a number, not an expression: use `#!defexp`");
            }
            if self.reported_at != Some(self.at) {
                self.report(diagnostic);
            }
            self.recover_line();
        }
        value
    }

    fn plain_value(&mut self) -> ParameterValue {
        if let Some(int) = self.signed_int() {
            return ParameterValue::Int(int);
        }
        let token = self.peek();
        match token.kind {
            TokenKind::String(_) => match self.string() {
                Some(text) => ParameterValue::String(text),
                None => ParameterValue::Error(token.span),
            },
            TokenKind::Word if !token.starts_line || !self.is_sign_at(1, Sign::Assign) => {
                let name = self.host_name();
                if name.text.contains(['.', '-']) {
                    return ParameterValue::Host(HostLiteral::Name(name));
                }
                ParameterValue::Word(name)
            }
            TokenKind::Address | TokenKind::Sign(Sign::OpenBracket) | TokenKind::NumberWord => {
                match self.host() {
                    Some(host) => ParameterValue::Host(host),
                    None => ParameterValue::Error(token.span),
                }
            }
            _ => self.report_no_value("a value", "after `=`"),
        }
    }

    /// `group.name = value desc "…"`, `group[1].name = value`. The `kemi` group is the core's own.
    fn custom_parameter(&mut self) -> Option<ItemKind> {
        let token = self.bump();
        let group = self.name(token);
        let instance = self.group_instance()?;
        self.expect_in_item(Sign::Dot, "after the name of a group")?;
        let name = self.parameter_name()?;
        self.expect_in_item(Sign::Assign, "after the name of a parameter")?;
        if &*group.text == "kemi" {
            let text = format!("kemi.{}", name.text).into_boxed_str();
            let name = Name {
                text,
                span: self.cover(group.span, name.span),
            };
            let value = self.parameter_value();
            return Some(ItemKind::Parameter(Parameter { name, value }));
        }
        let value = self.int_or_string("for a parameter of the script's own");
        let mut description = None;
        if matches!(self.peek_word(), Some("desc" | "descr" | "description")) {
            self.bump();
            description = self.required_string("after `desc`");
        }
        Some(ItemKind::CustomParameter(CustomParameter {
            group,
            instance,
            name,
            value,
            description,
        }))
    }

    fn parameter_name(&mut self) -> Option<Name> {
        let token = self.peek();
        if token.kind == TokenKind::Word {
            self.bump();
            return Some(self.name(token));
        }
        self.report_missing(
            codes::EXPECTED_NAME,
            "the name of a parameter",
            "after the dot",
        );
        self.recover_item_in_place();
        None
    }

    fn expect_in_item(&mut self, sign: Sign, context: &str) -> Option<Span> {
        let found = self.expect(sign, context);
        if found.is_none() {
            self.recover_item_in_place();
        }
        found
    }

    /// `[1]`, or nothing; `None` after a mistake.
    fn group_instance(&mut self) -> Option<Option<IntLiteral>> {
        if self.eat(Sign::OpenBracket).is_none() {
            return Some(None);
        }
        let instance = self.int();
        if instance.is_none() {
            self.report_missing(
                codes::EXPECTED_VALUE,
                "the number of an instance",
                "in the brackets",
            );
            self.recover_item_in_place();
            return None;
        }
        self.expect_in_item(Sign::CloseBracket, "after the number of an instance")?;
        Some(instance)
    }
}
