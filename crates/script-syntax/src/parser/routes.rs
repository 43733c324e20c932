//! Route blocks.

use diagnostics::codes::{compat, routes, syntax as codes};
use diagnostics::{Diagnostic, Span};

use crate::ast::{Block, Item, ItemKind, Name, RouteBlock, RouteKind};
use crate::token::{Sign, TokenKind};

use super::Parser;

/// Whether a word begins a route block.
pub(super) fn is_route_keyword(word: &str) -> bool {
    route_kind(word).is_some()
}

fn route_kind(word: &str) -> Option<RouteKind> {
    Some(match word {
        "request_route" => RouteKind::Request,
        "route" => RouteKind::Route,
        "failure_route" => RouteKind::Failure,
        "branch_route" => RouteKind::Branch,
        "reply_route" => RouteKind::Reply,
        "onreply_route" => RouteKind::OnReply,
        "onsend_route" => RouteKind::Onsend,
        "event_route" => RouteKind::Event,
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn route(&mut self) -> Option<ItemKind> {
        let keyword = self.bump();
        let written = route_kind(self.text(keyword))?;
        let name = self.route_name(written);
        let head = self.cover_from(keyword.span);
        self.check_name(written, name.as_ref(), head);
        let is_main = name.as_ref().is_none_or(|name| &*name.text == "0");
        let kind = match written {
            RouteKind::Route if is_main => RouteKind::Request,
            RouteKind::OnReply if is_main => RouteKind::Reply,
            other => other,
        };
        let body = self.route_body()?;
        let span = self.cover_from(keyword.span);
        Some(ItemKind::Route(RouteBlock {
            kind,
            name,
            body,
            head,
            span,
        }))
    }

    /// COMPAT: of the kinds that there is only one of, Kamailio runs what several blocks hold as if it stood in one.
    pub(super) fn join_blocks(&mut self, items: &mut Vec<Item>) {
        for kind in [RouteKind::Request, RouteKind::Reply, RouteKind::Onsend] {
            let is_of_kind =
                |item: &Item| matches!(&item.kind, ItemKind::Route(block) if block.kind == kind);
            let Some(first) = items.iter().position(is_of_kind) else {
                continue;
            };
            let rest = items.split_off(first + 1);
            let (more, others): (Vec<Item>, Vec<Item>) =
                rest.into_iter().partition(|item| is_of_kind(item));
            let Some(ItemKind::Route(block)) = items.last_mut().map(|item| &mut item.kind) else {
                continue;
            };
            for item in more {
                if let ItemKind::Route(next) = item.kind {
                    let message = "this goes on where the block of the same kind before it ends";
                    self.diagnostics.push(
                        Diagnostic::warning(routes::DUPLICATE_ROUTE, next.head, message)
                            .also(block.head, "the first is here"),
                    );
                    block.body.statements.extend(next.body.statements);
                }
            }
            items.extend(others);
        }
    }

    fn route_body(&mut self) -> Option<Block> {
        if !self.peek_is(Sign::OpenBrace) {
            self.report_missing(
                codes::EXPECTED_SIGN,
                "`{`",
                "after the head of a route block",
            );
            self.recover_item_in_place();
            return None;
        }
        let body = self.block();
        if body.statements.is_empty() && !body.span.is_empty() {
            self.report_empty_block(body.span, "a route block");
        }
        Some(body)
    }

    /// Kamailio refuses a block without actions; there is nothing wrong with one.
    pub(super) fn report_empty_block(&mut self, span: Span, what: &str) {
        if self.is_told() {
            return;
        }
        let message = format!("{what} has no action, which Kamailio refuses");
        let diagnostic = Diagnostic::warning(compat::EMPTY_BLOCK, span, message);
        self.diagnostics
            .push(diagnostic.help("a lone `;` is an action"));
    }

    /// What stands in the brackets; `None` when there are none.
    fn route_name(&mut self, kind: RouteKind) -> Option<Name> {
        let open = self.eat(Sign::OpenBracket)?;
        let token = self.peek();
        let name = match token.kind {
            TokenKind::String(_) => self.string().map(|text| Name {
                text: text.value,
                span: text.span,
            }),
            TokenKind::Number => self.int().map(|int| Name {
                text: int.value.to_string().into(),
                span: int.span,
            }),
            TokenKind::Word | TokenKind::EventName => {
                self.bump();
                Some(self.name(token))
            }
            _ => {
                self.report_missing(
                    codes::EXPECTED_NAME,
                    "a name",
                    "in the brackets of a route block",
                );
                None
            }
        };
        if !self.peek_is(Sign::CloseBracket) {
            self.bad_route_name(kind, open);
        }
        self.eat(Sign::CloseBracket);
        name
    }

    /// Skips what cannot be a part of a name, and says so.
    fn bad_route_name(&mut self, kind: RouteKind, open: Span) {
        let (bad, index) = (self.peek(), self.at);
        while !self.is_end()
            && !self.peek().starts_line
            && !self.peek_is(Sign::CloseBracket)
            && !self.peek_is(Sign::OpenBrace)
        {
            self.bump();
        }
        if self.reported_at == Some(index) {
            return;
        }
        let found = self.describe(bad);
        let message = format!("{found} cannot be part of a route's name");
        let mut diagnostic = Diagnostic::error(codes::BAD_ROUTE_NAME, bad.span, message);
        if kind == RouteKind::Event {
            diagnostic = diagnostic.help("the name of an event route is `group:event`");
        } else if self.peek_is(Sign::CloseBracket) {
            let content = self.cover(open.at_end(), self.previous());
            let text = self.sources.text(content).trim().to_owned();
            diagnostic =
                diagnostic.suggest("put such a name in quotes", content, format!("\"{text}\""));
        }
        self.report(diagnostic);
    }

    fn check_name(&mut self, kind: RouteKind, name: Option<&Name>, head: Span) {
        let message = match (kind, name) {
            (RouteKind::Request | RouteKind::Reply, Some(_)) => "this route block has no name",
            (RouteKind::Event, None) => "an event route has a name: `event_route[group:event]`",
            (RouteKind::Event, Some(name)) if !name.text.contains(':') => {
                "the name of an event route is `group:event`"
            }
            _ => return,
        };
        let span = name.map_or(head, |name| name.span);
        let mut diagnostic = Diagnostic::error(codes::BAD_ROUTE_NAME, span, message);
        match kind {
            RouteKind::Request => {
                diagnostic = diagnostic.help("a route that is called is `route[NAME]`")
            }
            RouteKind::Reply => {
                diagnostic =
                    diagnostic.help("a route that `t_on_reply` arms is `onreply_route[NAME]`")
            }
            _ => {}
        }
        self.report(diagnostic);
    }
}
