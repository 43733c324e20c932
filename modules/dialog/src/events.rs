//! The event routes this module raises.

use crate::context::{Current, Leaving};
use crate::dialog::{Dialog, State};
use module_api::{Reception, RouteKind, RouteRun, Runtime};
use sip::Message;
use std::sync::Arc;

/// The message that an event is about, and how it came in.
pub type About = (Message, Reception);

/// Raises an event of a dialog: its route sees the message, if there is one, and the dialog.
pub fn raise(runtime: &Arc<Runtime>, name: &str, dialog: &Arc<Dialog>, about: Option<About>) {
    if let Some(route) = runtime.routes.event.get(name).copied() {
        run(runtime, route, RouteKind::Event, dialog, about, None);
    }
}

/// As [`raise`], of a dialog that ends. Observed on 5.6.3: where no message has brought that about, its route sees the dialog in
/// the state it leaves.
pub fn raise_end(
    runtime: &Arc<Runtime>,
    name: &str,
    dialog: &Arc<Dialog>,
    about: Option<About>,
    before: State,
) {
    if let Some(route) = runtime.routes.event.get(name).copied() {
        let left = about.is_none().then_some(before);
        run(runtime, route, RouteKind::Event, dialog, about, left);
    }
}

/// Runs the route block for the end of a dialog's lifetime.
pub fn run_timeout_route(runtime: &Arc<Runtime>, dialog: &Arc<Dialog>) {
    let name = module_api::Text::from(dialog.body().timeout_route());
    if name.is_empty() {
        return;
    }
    if let Some(route) = runtime.routes.route(&name) {
        run(runtime, route, RouteKind::Request, dialog, None, None);
    }
}

fn run(
    runtime: &Arc<Runtime>,
    route: module_api::RouteId,
    kind: RouteKind,
    dialog: &Arc<Dialog>,
    about: Option<About>,
    left: Option<State>,
) {
    let (message, reception) = about.unzip();
    let current = Current {
        dialog: dialog.clone(),
        is_within: message.as_ref().is_some_and(Message::is_request),
    };
    runtime.host.run_route_in_order(RouteRun {
        runtime: runtime.clone(),
        route,
        kind,
        message,
        reception,
        note: Some(Box::new(move |notes| {
            notes.set(current);
            if let Some(state) = left {
                notes.set(Leaving(state));
            }
        })),
        done: None,
    });
}
