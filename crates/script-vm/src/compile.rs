//! Compiles the route blocks of a configuration.

use crate::block::BlockCompiler;
use crate::program::Program;
use module_api::ast::{self, Script};
use module_api::{Binder, PlaceInfo, RouteId, RouteNames};
use script_check::title;
use std::sync::Arc;

/// The names of a script's route blocks; of two of the same name the last.
pub fn route_names(script: &Script) -> RouteNames {
    let mut names = RouteNames::default();
    for (index, block) in script.routes().enumerate() {
        let id = RouteId(index as u32);
        let name = block
            .name
            .as_ref()
            .map_or("", |name| &*name.text)
            .to_owned();
        match block.kind {
            ast::RouteKind::Request => names.request.replace(id),
            ast::RouteKind::Reply => names.reply.replace(id),
            ast::RouteKind::Onsend => names.onsend.replace(id),
            ast::RouteKind::Route => names.routes.insert(name, id),
            ast::RouteKind::Failure => names.failure.insert(name, id),
            ast::RouteKind::Branch => names.branch.insert(name, id),
            ast::RouteKind::OnReply => names.onreply.insert(name, id),
            ast::RouteKind::Event => names.event.insert(name, id),
        };
    }
    names
}

/// How a script is compiled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether a call inside a comparison yields its return code (`return_mode=1`) or its truth.
    pub exact_codes: bool,
    /// Whether each action is announced to [`module_api::Hooks::action`]; otherwise that costs nothing.
    pub announces: bool,
}

/// Compiles all blocks of a checked script. Mistakes go to the binder's diagnostics. With an error among them, or among
/// those of `script_check`, the program is not to be run: what the checker has found is left out without a word.
pub fn compile(
    script: &Script,
    binder: &mut Binder<'_>,
    options: Options,
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
    // What texts outside of blocks would ask: nobody could wait for it there.
    binder.asks.clear();
    for block in script.routes() {
        let title = title(block);
        program.entries.push(program.code.len() as u32);
        program.names.push(title.clone());
        BlockCompiler::new(&mut program, binder, &mut places, Arc::from(title), options)
            .body(&block.body);
    }
    (program, places.into())
}
