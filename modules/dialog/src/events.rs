//! The event routes this module raises.

use crate::context::{Current, Leaving};
use crate::dialog::{Dialog, State};
use module_api::{Attached, Call, Reception, RouteKind, RouteRun, Runtime};
use sip::Message;
use std::sync::Arc;

/// The message that an event is about, and how it came in.
pub type About = (Message, Reception);

/// What the route of an event sees beside the dialog.
#[derive(Default)]
pub struct Seen {
    /// The message.
    pub about: Option<About>,
    /// What the script has attached to it (observed on 5.6.3).
    pub attached: Option<Attached>,
}

impl Seen {
    /// A message, with what is attached to the one at hand.
    pub fn by(call: &Call, about: Option<About>) -> Seen {
        Seen {
            about,
            attached: Some(Attached::of(call)),
        }
    }
}

/// Raises an event of a dialog; `seen` is only asked when there is a route for it.
pub fn raise(
    runtime: &Arc<Runtime>,
    name: &str,
    dialog: &Arc<Dialog>,
    seen: impl FnOnce() -> Seen,
) {
    if let Some(route) = runtime.routes.event.get(name).copied() {
        run(runtime, route, RouteKind::Event, dialog, seen(), None);
    }
}

/// As [`raise`], of a dialog that ends. Observed on 5.6.3: where no message has brought that about, its route sees the dialog in
/// the state it leaves.
pub fn raise_end(
    runtime: &Arc<Runtime>,
    name: &str,
    dialog: &Arc<Dialog>,
    seen: impl FnOnce() -> Seen,
    before: State,
) {
    if let Some(route) = runtime.routes.event.get(name).copied() {
        let seen = seen();
        let left = seen.about.is_none().then_some(before);
        run(runtime, route, RouteKind::Event, dialog, seen, left);
    }
}

/// Runs the route block for the end of a dialog's lifetime.
pub fn run_timeout_route(runtime: &Arc<Runtime>, dialog: &Arc<Dialog>) {
    let name = module_api::Text::from(dialog.body().timeout_route());
    if name.is_empty() {
        return;
    }
    if let Some(route) = runtime.routes.route(&name) {
        let kind = RouteKind::Request;
        run(runtime, route, kind, dialog, Seen::default(), None);
    }
}

fn run(
    runtime: &Arc<Runtime>,
    route: module_api::RouteId,
    kind: RouteKind,
    dialog: &Arc<Dialog>,
    seen: Seen,
    left: Option<State>,
) {
    let (message, reception) = seen.about.unzip();
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
        attached: seen.attached,
        note: Some(Box::new(move |notes| {
            notes.set(current);
            if let Some(state) = left {
                notes.set(Leaving(state));
            }
        })),
        done: None,
    });
}
