//! Requests sent on without a transaction.

use super::{delimited, facts, fill, hop_for_length, is_too_long, via_stamp, write_via};
use crate::call::{Call, Sending};
use crate::outbox::{Delivery, SocketId};
use crate::route::RunEnd;
use crate::sockets::SocketInfo;
use crate::step::{Step, Verdict};
use crate::world::{Located, NextHop};
use catalog::RouteKind;
use sip::serialize::{ForwardedRequest, ViaStamp};
use sip::{Edits, HeaderId, Transport, Uri};
use std::borrow::Cow;
use stdx::Text;

/// Where a request is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// The next hop cannot be resolved.
    #[error("the next hop cannot be resolved")]
    Unresolvable,
    /// None of our sockets can reach the next hop.
    #[error("none of our sockets reaches the next hop")]
    NoSocket,
    /// The system refuses to send there.
    #[error("the system refuses to send there")]
    Refused,
}

/// The place a next hop stands for when its host is an address. What asks for the impossible, such as `sips` over UDP, has none.
pub fn numeric_hop(uri: &[u8]) -> Option<NextHop> {
    let uri = Uri::parse(uri).ok()?;
    let destination = locate::numeric(&uri, Transport::Udp).ok()??;
    Some(NextHop {
        transport: destination.transport,
        address: destination.address,
    })
}

/// A note: the socket that a message came in at, where a script has said another (`set_recv_socket`). Requests still leave by it,
/// responses by the other (observed on 5.6.3).
#[derive(Clone, Copy, Debug)]
pub struct ArrivedAt(pub SocketId);

/// The socket a message to `hop` leaves by: the forced one when it fits, that of its reception when it fits, else the
/// first that can reach it.
pub fn outgoing_socket(
    call: &Call,
    forced: Option<SocketId>,
    hop: NextHop,
) -> Result<SocketId, RelayError> {
    let sockets = &call.runtime.sockets;
    let fits = |socket: &&SocketInfo| {
        socket.transport == hop.transport && socket.address.is_ipv4() == hop.address.is_ipv4()
    };
    if let Some(socket) = forced.and_then(|id| sockets.get(id)).filter(fits) {
        return Ok(socket.id);
    }
    if call.runtime.settings.mhomed
        && let Some(socket) = call.runtime.host.route_to(hop)
    {
        return Ok(socket);
    }
    let arrived = call.notes.get::<ArrivedAt>().map(|arrived| arrived.0);
    let arrived = arrived.unwrap_or(call.reception.socket);
    if let Some(socket) = sockets.get(arrived).filter(fits) {
        return Ok(socket.id);
    }
    sockets
        .reaching(hop.transport, hop.address.ip())
        .map(|socket| socket.id)
        .ok_or(RelayError::NoSocket)
}

/// Sends the request on without a transaction: to `uri`, or to the next hop of branch 0. The verdict is 1 when it was
/// handed to a socket.
pub fn forward_request(call: &mut Call, uri: Option<Text>) -> Step {
    forward_request_as(call, uri, ForwardAs::Proxy)
}

/// As whom a request is forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardAs {
    /// Its Vias stay below ours.
    Proxy,
    /// Its Vias go: the response ends here. The number is that of the branch.
    UserAgent(u16),
}

/// Does what [`forward_request`] does, as a proxy or as a user agent.
pub fn forward_request_as(call: &mut Call, uri: Option<Text>, sender: ForwardAs) -> Step {
    let uri = uri.unwrap_or_else(|| Text::from(call.next_hop()));
    if let Some(hop) = numeric_hop(&uri) {
        return send_request(call, &[hop], sender);
    }
    match call.runtime.host.locate(&uri) {
        Located::Ready(hops) => send_request(call, &hops, sender),
        Located::Later(answer) => Step::wait(format!("dns {uri}"), answer, move |call, hops| {
            send_request(call, &hops, sender)
        }),
    }
}

/// What forwarding comes to when the request cannot leave, observed on 5.6.3.
const NOT_SENT: Verdict = Verdict(-477);

/// The same where nobody has the name of the next hop.
const UNRESOLVABLE: Verdict = Verdict(-478);

/// The same where the next hop is no URI.
pub const NO_URI: Verdict = Verdict(-479);

/// The same where none of our sockets reaches the next hop.
const NO_SOCKET: Verdict = Verdict(-7);

/// A note: what the last forwarding of the request came to, when it could not leave.
#[derive(Clone, Copy, Debug)]
pub struct NotForwarded(pub Verdict);

/// Sends the request to the first of `hops` that one of our sockets reaches, through the onsend route.
fn send_request(call: &mut Call, hops: &[NextHop], sender: ForwardAs) -> Step {
    let marks = call.flags.marks;
    let open = |hop: &&NextHop| !call.runtime.is_avoided(**hop, call.now);
    let mut is_refused = false;
    let found = hops.iter().filter(open).find_map(|hop| {
        let delivery = Delivery {
            transport: hop.transport,
            peer: hop.address,
            socket: outgoing_socket(call, call.target.socket, *hop).ok()?,
            connection: None,
            no_connect: marks.forward_no_connect,
            close_after: marks.forward_close,
            anew: None,
        };
        let can_leave = call.runtime.host.open_connection(&delivery);
        is_refused |= !can_leave;
        can_leave.then_some(delivery)
    });
    let Some(mut delivery) = found else {
        return not_forwarded(call, hops.is_empty(), is_refused).into();
    };
    let Some(route) = call.runtime.routes.onsend else {
        let mut outbox = std::mem::take(&mut call.outbox);
        let start = outbox.buffer.len();
        write_fitting(call, &mut delivery, sender, &mut outbox.buffer);
        let length = outbox.buffer.len() - start;
        if is_too_long(call, &delivery, None, length) {
            outbox.buffer.truncate(start);
            call.outbox = outbox;
            return NOT_SENT.into();
        }
        outbox.sends.push((start..outbox.buffer.len(), delivery));
        call.outbox = outbox;
        call.runtime.traffic.forwarded_requests.increment();
        return Verdict::TRUE.into();
    };
    let mut bytes = Vec::with_capacity(call.message.buffer().len() + 256);
    write_fitting(call, &mut delivery, sender, &mut bytes);
    if is_too_long(call, &delivery, None, bytes.len()) {
        return NOT_SENT.into();
    }
    call.sending = Some(Box::new(Sending {
        delivery,
        bytes: Text::from(bytes),
    }));
    Step::enter(route, RouteKind::Onsend, |call, outcome| {
        let Some(sending) = call.sending.take() else {
            return Verdict::FALSE;
        };
        if outcome.end == RunEnd::Drop {
            return Verdict::FALSE;
        }
        call.outbox.push(sending.delivery, &sending.bytes);
        call.runtime.traffic.forwarded_requests.increment();
        Verdict::TRUE
    })
}

/// Says why the request cannot be forwarded, and remembers it.
fn not_forwarded(call: &mut Call, has_no_hops: bool, is_refused: bool) -> Verdict {
    let next_hop = Text::from(call.next_hop());
    let (reason, verdict) = match has_no_hops {
        true if Uri::parse(&next_hop).is_err() => (RelayError::Unresolvable, NO_URI),
        true => {
            call.runtime.traffic.dropped_requests.increment();
            (RelayError::Unresolvable, UNRESOLVABLE)
        }
        false if is_refused => (RelayError::Refused, NOT_SENT),
        false => (RelayError::NoSocket, NO_SOCKET),
    };
    call.error(format_args!("cannot forward to {next_hop}: {reason}"));
    if !is_refused {
        // Observed on 5.6.3: `sl_reply_error` is not told of a connection that is refused.
        call.notes.set(NotForwarded(verdict));
    }
    verdict
}

fn write_request(call: &Call, delivery: &Delivery, sender: ForwardAs, out: &mut Vec<u8>) {
    let mut via = Vec::with_capacity(128);
    let (index, stamp, edits) = match sender {
        ForwardAs::Proxy => (0, via_stamp(call), Cow::Borrowed(&call.edits)),
        ForwardAs::UserAgent(index) => (index, ViaStamp::default(), Cow::Owned(without_vias(call))),
    };
    let branch = call
        .runtime
        .identifiers
        .stateless_branch(&facts(&call.message), index);
    write_via(call, delivery, &branch, &mut via);
    ForwardedRequest {
        message: &call.message,
        edits: &edits,
        uri: call.target.uri.as_deref(),
        via: &via,
        stamp,
        delimited: delimited(delivery.transport),
    }
    .write(out, &mut |deferred, out| {
        fill(call, deferred, delivery, out)
    });
}

/// The edits of the request, and no Via any more.
fn without_vias(call: &Call) -> Edits {
    let mut edits = call.edits.clone();
    for via in call.message.headers_of(HeaderId::Via) {
        edits.remove_header(via);
    }
    edits
}

/// Appends the request; one that is too long for UDP goes by another transport.
fn write_fitting(call: &Call, delivery: &mut Delivery, sender: ForwardAs, out: &mut Vec<u8>) {
    let start = out.len();
    write_request(call, delivery, sender, out);
    let hop = NextHop {
        transport: delivery.transport,
        address: delivery.peer,
    };
    if let Some((hop, socket)) = hop_for_length(call, call.target.socket, hop, out.len() - start) {
        delivery.transport = hop.transport;
        delivery.socket = socket;
        out.truncate(start);
        write_request(call, delivery, sender, out);
    }
}
