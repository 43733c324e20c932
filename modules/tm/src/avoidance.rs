//! Places that are avoided for a while: which requests avoid them, and what has them listed.

use crate::Tm;
use crate::table::Table;
use module_api::blocklist::reason;
use module_api::relay::outgoing_socket;
use module_api::{Call, Delivery, NextHop, Runtime, Target, TransactionId};
use sip::{HeaderId, Message, Method};
use std::time::Instant;

/// The status of a branch whose request did not leave.
const UNSENT: u16 = 477;

/// Whether a request of that method is kept from a place (`blst_methods_lookup`).
pub fn avoids(runtime: &Runtime, method: Method, hop: NextHop, now: Instant) -> bool {
    runtime.is_avoided(hop, now)
        && runtime
            .module::<Tm>()
            .is_some_and(|tm| has(tm.params.blst_methods_lookup.get(), method))
}

fn has(mask: i64, method: Method) -> bool {
    mask & i64::from(method.bit()) != 0
}

/// The first of the places that can be reached, by its number, and how it is.
pub fn reachable(call: &Call, target: &Target, hops: &[NextHop]) -> Option<(usize, Delivery)> {
    hops.iter().enumerate().find_map(|(at, hop)| {
        if avoids(&call.runtime, call.message.method(), *hop, call.now) {
            return None;
        }
        let delivery = Delivery {
            transport: hop.transport,
            peer: hop.address,
            socket: outgoing_socket(call, target.socket, *hop).ok()?,
            connection: call.known_connection(target),
            no_connect: call.flags.marks.forward_no_connect,
            close_after: call.flags.marks.forward_close,
            anew: None,
        };
        let can_leave = call.runtime.host.open_connection(&delivery);
        if !can_leave {
            unreachable(call, *hop);
        }
        can_leave.then_some((at, delivery))
    })
}

/// No connection to a place can be had, or no datagram gets there.
pub fn unreachable(call: &Call, hop: NextHop) {
    let ignored = call.flags.marks.avoidance_ignored;
    let reason = match hop.transport.is_stream() {
        true => reason::CONNECT,
        false => reason::SEND,
    };
    call.runtime.avoid(hop, reason, ignored, None, call.now);
}

/// A branch has failed: its place is listed when it was silent (`blst_methods_add`), or could not be sent to.
pub fn failed(tm: &Tm, table: &Table, id: TransactionId, branch: usize, now: Instant) {
    let Some(cell) = table.get(id).filter(|cell| cell.runtime.avoids_places()) else {
        return;
    };
    let (Some(known), Some(leg)) = (cell.machine.branches.get(branch), cell.legs.get(branch))
    else {
        return;
    };
    let hop = NextHop {
        transport: leg.delivery.transport,
        address: leg.delivery.peer,
    };
    let is_unsent = known.is_local && known.status == UNSENT;
    let reason = match hop.transport.is_stream() {
        true if is_unsent => reason::CONNECT,
        false if is_unsent => reason::SEND,
        _ if known.is_replied || !known.is_timed_out => return,
        _ if has(tm.params.blst_methods_add.get(), cell.method) => reason::TIMEOUT,
        _ => return,
    };
    let ignored = cell.flags.marks.avoidance_ignored;
    cell.runtime.avoid(hop, reason, ignored, None, now);
}

/// A response has come: with `blst_503`, the place that a 503 came from is listed.
pub fn answered(tm: &Tm, call: &Call, ignored: u8) {
    if !tm.params.blst_503.is_on() || call.message.status() != 503 || !call.runtime.avoids_places()
    {
        return;
    }
    let Some(seconds) = seconds(tm, &call.message) else {
        return;
    };
    let hop = NextHop {
        transport: call.reception.transport,
        address: call.reception.peer,
    };
    call.runtime
        .avoid(hop, reason::UNAVAILABLE, ignored, Some(seconds), call.now);
}

/// For how long a 503 has its place avoided; none when it says nothing and nothing is set.
fn seconds(tm: &Tm, response: &Message) -> Option<u32> {
    let seconds = match response.leading_number(HeaderId::RetryAfter) {
        Ok(seconds) => i64::from(seconds)
            .max(tm.params.blst_503_min_timeout.get())
            .min(tm.params.blst_503_max_timeout.get()),
        Err(_) => tm.params.blst_503_def_timeout.get(),
    };
    u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}
