//! Event routes of names that no module raises: Kamailio starts with them and never runs them.

use crate::{Context, blocks, routes};
use diagnostics::codes::routes as codes;
use diagnostics::{Diagnostic, did_you_mean};
use script_syntax::ast::{RouteKind, Script};

/// What a name goes on with that an operator chooses: `<table>`.
const CHOSEN: char = '<';

/// Warns of event routes that nothing runs. Any text in the script that holds the whole name counts as a use of it.
pub fn check(script: &Script, context: &mut Context<'_>) {
    let modules = context.names.catalog.modules();
    let known: Vec<&'static str> = modules
        .flat_map(|module| module.event_routes)
        .map(|event| event.name)
        .collect();
    let is_known = |name: &str| {
        known.iter().any(|event| match event.split_once(CHOSEN) {
            Some((start, _)) => name.starts_with(start),
            None => *event == name,
        })
    };
    let blocks = script
        .routes()
        .filter(|block| block.kind == RouteKind::Event);
    let unknown: Vec<_> = blocks
        .filter(|block| !is_known(blocks::name(block)))
        .collect();
    if unknown.is_empty() {
        return;
    }
    let (texts, _) = routes::mentions(script);
    for block in unknown {
        let name = blocks::name(block);
        let (owner, _) = name.split_once(':').unwrap_or((name, ""));
        let is_missing = context.names.missing.iter().any(|module| module == owner);
        if is_missing || texts.iter().any(|text| text.contains(name)) {
            continue;
        }
        let message = format!("there is no event `{name}`: nothing runs this");
        let warning = Diagnostic::warning(codes::UNKNOWN_EVENT, block.head, message);
        let near = did_you_mean(name, known.iter().copied());
        context.found.push(match (near, &block.name) {
            (Some(near), Some(place)) if !near.contains(CHOSEN) => {
                warning.suggest(format!("did you mean `{near}`?"), place.span, near)
            }
            (Some(near), _) => warning.help(format!("did you mean `{near}`?")),
            _ => warning,
        });
    }
}
