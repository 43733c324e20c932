//! Compiles the route blocks of a configuration.

use crate::block::BlockCompiler;
use crate::program::Program;
use diagnostics::Diagnostic;
use diagnostics::codes::routes as route_codes;
use module_api::ast::{self, RouteBlock, Script};
use module_api::{Binder, PlaceInfo, RouteId, RouteKind, RouteNames};
use std::sync::Arc;

/// The names of a script's route blocks. A name that occurs twice is an error, as in Kamailio.
pub fn route_names(script: &Script) -> (RouteNames, Vec<Diagnostic>) {
    let mut names = RouteNames::default();
    let mut first: Vec<&RouteBlock> = Vec::new();
    let mut diagnostics = Vec::new();
    for (index, block) in script.routes().enumerate() {
        let id = RouteId(index as u32);
        let name = block
            .name
            .as_ref()
            .map_or("", |name| &*name.text)
            .to_owned();
        let taken = match block.kind {
            ast::RouteKind::Request => names.request.replace(id),
            ast::RouteKind::Reply => names.reply.replace(id),
            ast::RouteKind::Onsend => names.onsend.replace(id),
            ast::RouteKind::Route => names.routes.insert(name, id),
            ast::RouteKind::Failure => names.failure.insert(name, id),
            ast::RouteKind::Branch => names.branch.insert(name, id),
            ast::RouteKind::OnReply => names.onreply.insert(name, id),
            ast::RouteKind::Event => names.event.insert(name, id),
        };
        if let Some(other) = taken.and_then(|id| first.get(id.0 as usize)) {
            diagnostics.push(
                Diagnostic::error(
                    route_codes::DUPLICATE_ROUTE,
                    block.head,
                    format!("{} is defined twice", title(block)),
                )
                .also(other.head, "first defined here"),
            );
        }
        first.push(block);
    }
    (names, diagnostics)
}

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
fn kind(block: &RouteBlock) -> RouteKind {
    match block.kind {
        ast::RouteKind::Request | ast::RouteKind::Route => RouteKind::Request,
        ast::RouteKind::Failure => RouteKind::Failure,
        ast::RouteKind::Branch => RouteKind::Branch,
        ast::RouteKind::Reply => RouteKind::CoreReply,
        ast::RouteKind::OnReply => RouteKind::TransactionReply,
        ast::RouteKind::Onsend => RouteKind::Onsend,
        ast::RouteKind::Event => match block.name.as_ref().map_or("", |name| &*name.text) {
            "tm:local-request" | "tm:local-response" => RouteKind::Local,
            name if name.starts_with("tm:branch-failure") => RouteKind::BranchFailure,
            _ => RouteKind::Event,
        },
    }
}

/// Compiles all blocks. Mistakes go to the binder's diagnostics; with an error among them the program is not to be run.
pub fn compile(
    script: &Script,
    binder: &mut Binder<'_>,
    exact_codes: bool,
) -> (Program, Box<[PlaceInfo]>) {
    let mut program = Program::default();
    // Place 0 is the unknown one.
    let unknown: Arc<str> = Arc::from("");
    let mut places = vec![PlaceInfo {
        file: unknown.clone(),
        line: 0,
        column: 0,
        route: unknown,
    }];
    for block in script.routes() {
        let title = title(block);
        program.entries.push(program.code.len() as u32);
        program.names.push(title.clone());
        BlockCompiler::new(
            &mut program,
            binder,
            &mut places,
            kind(block),
            Arc::from(title),
            exact_codes,
        )
        .body(&block.body);
    }
    (program, places.into())
}
