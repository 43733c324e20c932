//! The event routes this module raises.

use crate::Htable;
use crate::table::Table;
use module_api::{RouteRun, Runtime, Text, Value};
use std::sync::Arc;
use std::time::Instant;

/// The item that has expired, while its event route runs.
pub struct Expired {
    /// Its key.
    pub key: Text,
    /// Its value.
    pub value: Value,
}

/// Runs `event_route[htable:mod-init]`.
pub fn announce_start(runtime: &Arc<Runtime>) {
    run(runtime, "htable:mod-init", None);
}

/// Takes expired items out of all tables and tells the event routes of those tables.
pub fn expire(htable: &Htable, runtime: &Arc<Runtime>, now: Instant) {
    for table in htable.tables.iter() {
        let event = format!("htable:expired:{}", table.spec.name);
        let expired = table.take_expired(now);
        if runtime.routes.event.contains_key(&event) {
            for (key, value) in expired {
                run(runtime, &event, Some(Expired { key, value }));
            }
        }
    }
}

/// Runs `event_route[htable:reloaded:TABLE]`.
pub fn announce_reload(runtime: &Arc<Runtime>, table: &Table) {
    run(
        runtime,
        &format!("htable:reloaded:{}", table.spec.name),
        None,
    );
}

fn run(runtime: &Arc<Runtime>, event: &str, expired: Option<Expired>) {
    let Some(route) = runtime.routes.event.get(event).copied() else {
        return;
    };
    runtime.host.run_route(RouteRun {
        note: expired.map(
            |expired| -> Box<dyn FnOnce(&mut module_api::Notes) + Send> {
                Box::new(move |notes| notes.set(expired))
            },
        ),
        ..RouteRun::event(runtime, route)
    });
}
