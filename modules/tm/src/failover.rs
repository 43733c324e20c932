//! Sending a request that was sent before to another place: the next one of a branch that failed.

use crate::armed::Options;
use crate::avoidance;
use crate::cell::{Ack, Leg};
use crate::relay::with_route;
use crate::table::Table;
use module_api::relay::{delimited, outgoing_socket, write_via};
use module_api::{Call, Delivery, Text, TransactionId, Work};
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
        next.sent = again_by(
            call,
            before,
            None,
            Paths::default(),
            &next.delivery,
            branch_id,
        );
        return true;
    }
    false
}

/// The paths of two contacts: that of the one a request was sent to, and that of the one it is written for.
#[derive(Clone, Copy, Default)]
pub struct Paths<'a> {
    pub before: Option<&'a Text>,
    pub now: Option<&'a Text>,
}

impl Paths<'_> {
    /// Has the one path in the Routes of a request instead of the other.
    fn exchange(self, message: &Message, edits: &mut Edits) {
        let is_given = |path: &&Text| !path.is_empty();
        if let Some(path) = self.now.filter(is_given) {
            *edits = with_route(message, edits, path);
        }
        let first = message.header(HeaderId::Route);
        if let (Some(path), Some(field)) = (self.before.filter(is_given), first)
            && message.value_of(HeaderId::Route) == Some(&path[..])
        {
            edits.remove_header(field);
        }
    }
}

/// A request that was sent, with another Via of ours, with the Routes of another path, and another Request-URI if one is given.
pub fn again_by(
    call: &Call,
    before: &Message,
    uri: Option<&[u8]>,
    paths: Paths<'_>,
    delivery: &Delivery,
    branch: &BranchId,
) -> Box<[u8]> {
    let mut via = Vec::with_capacity(160);
    write_via(call, delivery, branch, &mut via);
    let mut edits = Edits::new();
    paths.exchange(before, &mut edits);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The Routes after an exchange of paths.
    fn routes(written: &str, paths: Paths<'_>) -> Vec<String> {
        let text = format!(
            "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP here\r\n{written}To: <sip:x>\r\n\r\n"
        );
        let message = Message::parse(text.into_bytes().into()).unwrap();
        let mut edits = Edits::new();
        paths.exchange(&message, &mut edits);
        let mut out = Vec::new();
        ForwardedRequest {
            message: &message,
            edits: &edits,
            uri: None,
            via: b"",
            stamp: ViaStamp::NONE,
            delimited: delimited(sip::Transport::Udp),
        }
        .write(&mut out, &mut sip::serialize::nothing_deferred);
        let text = String::from_utf8(out).unwrap();
        let routes = text.lines().filter(|line| line.starts_with("Route"));
        routes.map(str::to_owned).collect()
    }

    #[test]
    fn a_path_takes_the_place_of_another() {
        let (a, b) = (
            Text::from_static("<sip:a;lr>"),
            Text::from_static("<sip:b;lr>"),
        );
        let paths = |before, now| Paths { before, now };
        let both = paths(Some(&a), Some(&b));
        assert_eq!(routes("Route: <sip:a;lr>\r\n", both), ["Route: <sip:b;lr>"]);
        let more = "Route: <sip:a;lr>\r\nRoute: <sip:c;lr>\r\n";
        let expected = ["Route: <sip:b;lr>", "Route: <sip:c;lr>"];
        assert_eq!(routes(more, both), expected);
        let none = paths(Some(&a), None);
        assert_eq!(routes(more, none), ["Route: <sip:c;lr>"]);
        assert_eq!(routes("", paths(None, Some(&b))), ["Route: <sip:b;lr>"]);
        let kept = paths(None, Some(&b));
        assert_eq!(routes("Route: <sip:c;lr>\r\n", kept), expected);
    }
}
