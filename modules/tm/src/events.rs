//! The event routes this module raises beside those of its transactions.

use module_api::{Attached, Call, Reception, RouteRun, Runtime};
use sip::Message;
use std::sync::Arc;

/// Tells event routes of a message of ours that was sent; they see it as the message at hand.
///
/// What is attached is that of the message that they answer or acknowledge; nobody has set message flags of one of ours.
pub fn sent(
    runtime: &Arc<Runtime>,
    names: &[&str],
    bytes: &[u8],
    reception: Reception,
    attached: impl Fn() -> Attached,
) {
    for name in names {
        let Some(route) = runtime.routes.event.get(*name).copied() else {
            continue;
        };
        let Ok(message) = Message::parse(bytes.to_vec().into()) else {
            return;
        };
        runtime.host.run_route_in_order(RouteRun {
            message: Some(message),
            reception: Some(reception),
            attached: Some(Attached {
                message_flags: 0,
                ..attached()
            }),
            ..RouteRun::event(runtime, route)
        });
    }
}

/// Raised for a response of our own. 5.6.3 raises the first once in each of its processes.
pub const RESPONSE: [&str; 2] = ["tm:local-response", "tm:local-response-sent"];

/// Tells `event_route[tm:local-ack-sent]` that the 2xx at hand, to an INVITE of ours, was acknowledged; that is what it sees.
pub fn acknowledged(call: &Call) {
    let runtime = &call.runtime;
    let Some(route) = runtime.routes.event.get("tm:local-ack-sent").copied() else {
        return;
    };
    runtime.host.run_route_in_order(RouteRun {
        message: Some(call.message.clone()),
        reception: Some(call.reception),
        attached: Some(Attached {
            message_flags: 0,
            ..Attached::of(call)
        }),
        ..RouteRun::event(runtime, route)
    });
}
