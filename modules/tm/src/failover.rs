//! Sending a request that was sent before to another place: the next one of a branch that failed.

use crate::armed::Options;
use crate::avoidance;
use crate::cell::{Ack, Leg};
use crate::table::Table;
use module_api::relay::{delimited, outgoing_socket, write_via};
use module_api::{Call, Delivery, TransactionId, Work};
use sip::identifiers::BranchId;
use sip::serialize::{ForwardedRequest, ViaStamp};
use sip::{Edits, HeaderId, Message, Method};
use transaction::Effects;

/// Sends the request of a branch to the next of its places, as a branch of its own. False when there is none.
pub fn fail_over(work: &mut Work<'_>, table: &mut Table, id: TransactionId, branch: usize) -> bool {
    let now = table.tick(work.now);
    let Some(cell) = table.get_mut(id) else {
        return false;
    };
    if cell.machine.is_cancelled || cell.machine.status >= 200 || cell.is(Options::NO_FAILOVER) {
        return false;
    }
    let branch_id = cell.branch_id(cell.legs.len());
    let Some(leg) = cell.legs.get_mut(branch) else {
        return false;
    };
    let Ok(before) = Message::parse(leg.sent.to_vec().into()) else {
        return false;
    };
    let mut next = successor(leg);
    let mut call = work.context(&cell.runtime, cell.request.clone(), cell.reception);
    call.flags = cell.flags;
    let is_written = write_to_next(&call, cell.method, &before, &branch_id, &mut next);
    work.give_back(call);
    if !is_written {
        return false;
    }
    work.outbox.push(next.delivery, &next.sent);
    if let Some(failed) = cell.machine.branches.get_mut(branch) {
        failed.is_left_out = true;
    }
    let is_reliable = next.delivery.transport.is_stream();
    cell.machine
        .add_branch(is_reliable, now, &mut Effects::new());
    cell.legs.push(next);
    table.look_after(id);
    true
}

/// What takes over from a leg, with the places that it has left; nothing is sent yet.
fn successor(failed: &mut Leg) -> Leg {
    Leg {
        target: failed.target.clone(),
        flags: failed.flags,
        delivery: failed.delivery,
        sent: Box::default(),
        ack: Ack::Unmade,
        early_acks: 0,
        response: None,
        other_hops: std::mem::take(&mut failed.other_hops),
        on_reply: failed.on_reply,
        on_failure: failed.on_failure,
        on_branch_failure: failed.on_branch_failure,
        cancel: None,
    }
}

/// Writes the request for the first of the leg's places that can be reached. False when there is none.
fn write_to_next(
    call: &Call,
    method: Method,
    before: &Message,
    branch_id: &BranchId,
    next: &mut Leg,
) -> bool {
    let forced = next.target.as_ref().and_then(|target| target.socket);
    while !next.other_hops.is_empty() {
        let hop = next.other_hops.remove(0);
        if avoidance::avoids(&call.runtime, method, hop, call.now) {
            continue;
        }
        let Ok(socket) = outgoing_socket(call, forced, hop) else {
            continue;
        };
        next.delivery.transport = hop.transport;
        next.delivery.peer = hop.address;
        next.delivery.socket = socket;
        next.delivery.connection = None;
        if !call.runtime.host.open_connection(&next.delivery) {
            avoidance::unreachable(call, hop);
            continue;
        }
        next.sent = again_by(call, before, None, &next.delivery, branch_id);
        return true;
    }
    false
}

/// A request that was sent, with another Via of ours, and another Request-URI if one is given.
pub fn again_by(
    call: &Call,
    before: &Message,
    uri: Option<&[u8]>,
    delivery: &Delivery,
    branch: &BranchId,
) -> Box<[u8]> {
    let mut via = Vec::with_capacity(160);
    write_via(call, delivery, branch, &mut via);
    let mut edits = Edits::new();
    if let Some(field) = before.header(HeaderId::Via) {
        edits.remove_header(field);
    }
    let mut out = Vec::new();
    ForwardedRequest {
        message: before,
        edits: &edits,
        uri,
        via: &via,
        stamp: ViaStamp::NONE,
        delimited: delimited(delivery.transport),
    }
    .write(&mut out, &mut sip::serialize::nothing_deferred);
    out.into()
}
