//! Messages that are too long for a datagram.

use super::{Said, outgoing_socket, write_response};
use crate::call::{Call, ResponseExtras};
use crate::outbox::{Delivery, SocketId};
use crate::world::NextHop;
use sip::Transport;
use stdx::Text;

/// The longest datagram over IPv4, in octets: what its length field can count, without its headers (RFC 768, RFC 791).
pub const DATAGRAM_MAX: usize = 65_507;

/// Whether the request at hand, or the response to it with `status`, does not fit the datagram it would be with so many
/// octets; then the operator is told.
#[track_caller]
pub fn is_too_long(
    call: &mut Call,
    delivery: &Delivery,
    status: Option<u16>,
    length: usize,
) -> bool {
    if delivery.transport != Transport::Udp || length <= DATAGRAM_MAX {
        return false;
    }
    let method = call.message.cseq().map(|cseq| cseq.method_name);
    let method = Text::from(method.map_or(&b""[..], |name| call.message.text(name)));
    let what = match status {
        Some(status) => format!("the response {status} to {method}"),
        None => format!("the request {method}"),
    };
    let peer = delivery.peer;
    call.error(format_args!(
        "{what} is not sent to {peer}: its {length} octets do not fit a datagram"
    ));
    true
}

/// The status and the reason of a response as it is sent. What the script and its functions have added to it is forgotten where
/// it makes the response too long for a datagram: one that never leaves has its sender repeat the request in vain. What
/// promised something then becomes a 513 (RFC 3261 §21.5.7).
#[track_caller]
pub fn fitting_response<'a>(
    call: &mut Call,
    delivery: &Delivery,
    (status, reason): (u16, &'a [u8]),
) -> (u16, &'a [u8]) {
    let extras = &call.response_extras;
    let body = extras.body.as_ref().map_or(0, |body| body.0.len());
    let added = extras.headers.len() + body;
    let branches = call.branches.list.iter();
    let places: usize = branches
        .filter_map(|target| target.uri.as_ref())
        .map(|uri| uri.len() + 16)
        .sum();
    // No more of the request is repeated than there is of it; the rest is what servers write of themselves.
    let longest = added + places + call.message.buffer().len() + 4096;
    if delivery.transport != Transport::Udp || longest <= DATAGRAM_MAX {
        return (status, reason);
    }
    let mut written = Vec::with_capacity(longest);
    let said = Said {
        status,
        reason,
        ..Said::default()
    };
    write_response(call, said, &mut written);
    // A To-tag may come.
    if !is_too_long(call, delivery, Some(status), written.len() + 64) {
        return (status, reason);
    }
    call.response_extras = ResponseExtras::default();
    match status {
        200..400 => (513, b"Message Too Large"),
        _ => (status, reason),
    }
}

/// The transport for this message when it is too long for UDP (`udp_mtu_try_proto`).
#[derive(Clone, Copy, Debug)]
pub struct TransportForLength(pub Transport);

/// The way a request of so many octets takes instead of `hop`; none when it can go as it is (`udp_mtu`, RFC 3261 §18.1.1).
pub fn hop_for_length(
    call: &Call,
    forced: Option<SocketId>,
    hop: NextHop,
    length: usize,
) -> Option<(NextHop, SocketId)> {
    let settings = &call.runtime.settings.ip;
    let most = usize::try_from(settings.udp_mtu.get())
        .ok()
        .filter(|most| *most > 0)?;
    if hop.transport != Transport::Udp || length <= most {
        return None;
    }
    let asked = call.notes.get::<TransportForLength>().map(|asked| asked.0);
    let transport = asked.unwrap_or(settings.udp_mtu_transport.get());
    if transport == Transport::Udp {
        return None;
    }
    let hop = NextHop { transport, ..hop };
    let socket = outgoing_socket(call, forced, hop).ok()?;
    Some((hop, socket))
}
