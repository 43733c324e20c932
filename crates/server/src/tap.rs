//! `event_route[network:msg]`: octets on their way between the network and the lanes.
//!
//! The route runs where the octets pass, at once, so it cannot wait: a run that parks is given up, and the octets stay as
//! they are.

use crate::lane::Moment;
use crate::loading::Loaded;
use bytes::Bytes;
use module_api::{
    Call, Delivery, NetworkDirection, NetworkOctets, NetworkTap, Outbox, Reception, RouteId,
    RouteKind, Text, Value,
};
use script_vm::{Outcome, Run};
use std::sync::Arc;

/// The route and how it sees octets, if the configuration has it.
fn tap(loaded: &Loaded) -> Option<(RouteId, &NetworkTap)> {
    Some((
        loaded.events.network?,
        loaded.runtime.hooks.network.as_ref()?,
    ))
}

/// What octets that came in are taken for.
pub fn incoming(loaded: &Arc<Loaded>, bytes: Bytes, reception: Reception, moment: Moment) -> Bytes {
    match changed(
        loaded,
        &bytes,
        reception,
        NetworkDirection::Incoming,
        moment,
    ) {
        Some(changed) => changed.into_bytes(),
        None => bytes,
    }
}

/// What octets that are about to leave become; none where they stay as they are.
pub fn outgoing(
    loaded: &Arc<Loaded>,
    bytes: &[u8],
    delivery: &Delivery,
    moment: Moment,
) -> Option<Text> {
    let sockets = &loaded.runtime.sockets;
    let local = sockets.list.iter().find(|own| own.id == delivery.socket)?;
    let reception = Reception {
        transport: delivery.transport,
        local: local.address,
        socket: delivery.socket,
        peer: delivery.peer,
        connection: delivery.connection,
    };
    let bytes = Bytes::copy_from_slice(bytes);
    changed(
        loaded,
        &bytes,
        reception,
        NetworkDirection::Outgoing,
        moment,
    )
}

/// As [`outgoing`], for all that is about to leave.
pub fn outgoing_all(loaded: &Arc<Loaded>, outbox: &mut Outbox, moment: Moment) {
    if tap(loaded).is_none() {
        return;
    }
    let mut result = Outbox::default();
    outbox.drain(
        |bytes, delivery| match outgoing(loaded, bytes, delivery, moment) {
            Some(changed) => result.push(*delivery, &changed),
            None => result.push(*delivery, bytes),
        },
    );
    *outbox = result;
}

fn changed(
    loaded: &Arc<Loaded>,
    bytes: &Bytes,
    reception: Reception,
    direction: NetworkDirection,
    moment: Moment,
) -> Option<Text> {
    let (route, tap) = tap(loaded)?;
    if bytes.len() < tap.length_min {
        return None;
    }
    let runtime = loaded.runtime.clone();
    let message = loaded.stand_in.clone();
    let mut call = Call::new(runtime, message, reception, moment.now, moment.unix_time);
    call.route = RouteKind::Event;
    call.flags.marks.faked = true;
    call.notes.set(NetworkOctets {
        octets: Text::from(bytes.clone()),
        direction,
    });
    if let Outcome::Parked { what, .. } = Run::default().start(&loaded.program, &mut call, route) {
        loaded.runtime.error(format_args!(
            "event_route[network:msg] cannot wait for {what}"
        ));
        return None;
    }
    match tap.changed.as_ref()?.get(&mut call) {
        Value::Str(text) => Some(text),
        Value::Null | Value::Int(_) => None,
    }
}
