//! Route blocks: what they are called, which kind they are, and that there is one of each.

use crate::Context;
use catalog::RouteKind;
use diagnostics::Diagnostic;
use diagnostics::codes::routes;
use script_syntax::ast::{self, RouteBlock, Script};
use std::collections::BTreeMap;

/// What operators call a block.
pub fn title(block: &RouteBlock) -> String {
    let keyword = match block.kind {
        ast::RouteKind::Request => return "request_route".to_owned(),
        ast::RouteKind::Reply => return "reply_route".to_owned(),
        ast::RouteKind::Onsend => return "onsend_route".to_owned(),
        ast::RouteKind::Route => "route",
        ast::RouteKind::Failure => "failure_route",
        ast::RouteKind::Branch => "branch_route",
        ast::RouteKind::OnReply => "onreply_route",
        ast::RouteKind::Event => "event_route",
    };
    match &block.name {
        Some(name) => format!("{keyword}[{}]", name.text),
        None => keyword.to_owned(),
    }
}

/// The kind a block's functions are checked for.
pub fn route_kind(block: &RouteBlock) -> RouteKind {
    match block.kind {
        ast::RouteKind::Request | ast::RouteKind::Route => RouteKind::Request,
        ast::RouteKind::Failure => RouteKind::Failure,
        ast::RouteKind::Branch => RouteKind::Branch,
        ast::RouteKind::Reply => RouteKind::CoreReply,
        ast::RouteKind::OnReply => RouteKind::TransactionReply,
        ast::RouteKind::Onsend => RouteKind::Onsend,
        ast::RouteKind::Event => match name(block) {
            "tm:local-request" | "tm:local-response" => RouteKind::Local,
            name if name.starts_with("tm:branch-failure") => RouteKind::BranchFailure,
            _ => RouteKind::Event,
        },
    }
}

/// The name in the brackets, empty where there are none.
pub fn name(block: &RouteBlock) -> &str {
    block.name.as_ref().map_or("", |name| &name.text)
}

/// A name that occurs twice is an error, as in Kamailio.
pub fn check(script: &Script, context: &mut Context<'_>) {
    let mut first: BTreeMap<(ast::RouteKind, &str), &RouteBlock> = BTreeMap::new();
    for block in script.routes() {
        if let Some(other) = first.insert((block.kind, name(block)), block) {
            let error = Diagnostic::error(
                routes::DUPLICATE_ROUTE,
                block.head,
                format!("{} is defined twice", title(block)),
            );
            context
                .found
                .push(error.also(other.head, "first defined here"));
        }
    }
}
