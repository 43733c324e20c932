//! The event route of contacts that end by themselves.

use crate::contacts::{Profile, Profiles};
use mod_usrloc::{AorBinding, Domain};
use module_api::{Notes, RouteRun, Runtime, Text};
use std::sync::Arc;

/// Its name.
pub const CONTACT_EXPIRED: &str = "usrloc:contact-expired";

/// Runs the event route for a contact.
pub fn contact_expired(runtime: &Arc<Runtime>, domain: &Arc<Domain>, gone: &AorBinding) {
    let Some(route) = runtime.routes.event.get(CONTACT_EXPIRED).copied() else {
        return;
    };
    let profile = Profile {
        domain: domain.name().clone(),
        aor: Text::from(&*gone.aor),
        bindings: vec![gone.binding.clone()],
    };
    let note = move |notes: &mut Notes| {
        let mut profiles = Profiles::default();
        profiles.set(Text::from_static("exp"), profile);
        notes.set(profiles);
    };
    runtime.host.run_route(RouteRun {
        note: Some(Box::new(note)),
        ..RouteRun::event(runtime, route)
    });
}
