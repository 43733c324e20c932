//! Responses: to the request at hand, and those sent on without a transaction.

use super::{delimited, facts, fill, outgoing_socket, via_stamp};
use crate::call::Call;
use crate::outbox::{ConnectionId, Delivery};
use crate::target::PlaceDetails;
use crate::target::write_destination_set;
use crate::world::NextHop;
use sip::serialize::{Body, ForwardedResponse, Response};
use sip::{Edits, Rport};
use std::borrow::Cow;
use std::net::SocketAddr;
use stdx::Text;

/// Where a response to the request goes (RFC 3261 §18.2.2, RFC 3581 §4).
///
/// Over UDP to the source address (with `reply_to_via` to the Via's, where that is an address), at the source port when
/// `rport` is asked for or forced, else at the Via's port (observed on 5.6.3); over a stream on the request's connection,
/// or when that is gone on one to the Via's port.
pub fn response_delivery(call: &Call) -> Delivery {
    let reception = &call.reception;
    let marks = call.flags.marks;
    let settings = &call.runtime.settings;
    let mut peer = reception.peer;
    let mut anew = None;
    if let Ok(via) = call.message.top_via()
        && reception.transport.is_stream()
    {
        anew = Some(via.port_or_default());
    }
    if let Ok(via) = call.message.top_via()
        && !reception.transport.is_stream()
    {
        if via.rport == Rport::Absent && !marks.force_rport && !settings.force_rport.is_on() {
            peer.set_port(via.port_or_default());
        }
        if settings.reply_to_via
            && let Some(host) = via.host_address(call.message.buffer())
        {
            peer.set_ip(host);
        }
    }
    Delivery {
        transport: reception.transport,
        peer,
        socket: reception.socket,
        connection: reception.connection,
        no_connect: marks.reply_no_connect,
        close_after: marks.reply_close,
        anew,
    }
}

/// What whoever answers says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: &'a [u8],
    /// The tag that To gets; none leaves it as it is.
    pub to_tag: Option<&'a [u8]>,
    /// What a redirection tells of its targets (`rich_redirect`).
    pub places: PlaceDetails,
}

/// Answers the request at hand without state. From 180 on the response gets a tag, the same for every retransmission of
/// the request (RFC 3261 §8.2.7).
pub fn answer_statelessly(call: &mut Call, delivery: Delivery, said: Said<'_>) {
    let wants_tag = said.status >= 180 && call.message.to_tag().is_none();
    let identifiers = &call.runtime.identifiers;
    let tag = wants_tag.then(|| identifiers.stateless_tag(&facts(&call.message)));
    let mut outbox = std::mem::take(&mut call.outbox);
    outbox.push_with(delivery, |out| {
        let to_tag = tag.as_ref().map(|tag| tag.as_bytes());
        write_response(call, Said { to_tag, ..said }, out);
    });
    call.outbox = outbox;
}

/// Appends a response to the request, with what the script asked to be added to it.
pub fn write_response(call: &Call, said: Said<'_>, out: &mut Vec<u8>) {
    let status = said.status;
    let extras = &call.response_extras;
    let mut response = Response::new(&call.message, status, said.reason);
    response.to_tag = said.to_tag;
    response.stamp = via_stamp(call);
    let via_params = via_params(call);
    response.via_params = &via_params;
    let mut places = Vec::new();
    if (300..400).contains(&status) {
        write_destination_set(call, said.places, &mut places);
        if !places.is_empty() {
            places.extend_from_slice(b"\r\n");
        }
    }
    let settings = &call.runtime.settings;
    let mut with_warning = Vec::new();
    if settings.sip_warning {
        with_warning.extend_from_slice(&settings.server_line);
        write_warning(call, &mut with_warning);
    }
    let pieces: [&[u8]; 2] = [&extras.headers, &places];
    response.extra_headers = &pieces;
    response.server = if settings.sip_warning {
        &with_warning
    } else {
        &settings.server_line
    };
    response.body = extras.body.as_deref().map(|(octets, content_type)| Body {
        content_type,
        octets,
    });
    response.write(out);
}

/// The parameters that modules add to the top Via of the response at hand.
fn via_params(call: &Call) -> Vec<u8> {
    let mut params = Vec::new();
    for hook in &call.runtime.hooks.response_via_params {
        hook(call, &mut params);
    }
    params
}

/// The edits of a response that was received, and with them the parameters that modules add to its top Via: that below ours.
pub fn edits_with_via_params(call: &Call) -> Cow<'_, Edits> {
    let params = via_params(call);
    let top = call.message.vias().filter_map(Result::ok).nth(1);
    match top {
        Some(top) if !params.is_empty() => {
            let mut edits = call.edits.clone();
            // Behind the host where it has no parameters; a comment stays behind them.
            let end = match top.params {
                params if params.is_empty() => top.comment.map_or(top.whole.end, |_| top.host.end),
                params => params.end,
            };
            edits.insert(end, params);
            Cow::Owned(edits)
        }
        _ => Cow::Borrowed(&call.edits),
    }
}

/// Appends the header field with which `sip_warning` tells the sender what we made of the request.
fn write_warning(call: &Call, out: &mut Vec<u8>) {
    let local = call.reception.local;
    let peer = call.reception.peer;
    let received = call.message.request_uri();
    let current = call.target.uri.as_deref().unwrap_or(received);
    let vias = call.message.vias().count();
    let before = format!(
        "Warning: 392 {local} \"Noisy feedback tells:  pid={} req_src_ip={} req_src_port={} in_uri=",
        std::process::id(),
        peer.ip(),
        peer.port()
    );
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(received);
    out.extend_from_slice(b" out_uri=");
    out.extend_from_slice(current);
    out.extend_from_slice(format!(" via_cnt=={vias}\"\r\n").as_bytes());
}

/// Where a response that was received goes: to the second Via (RFC 3261 §16.7, §18.2.2), by the socket that it came in on if it
/// can.
fn upstream_delivery(call: &Call) -> Option<Delivery> {
    let message = &call.message;
    let via = message.vias().filter_map(Result::ok).nth(1)?;
    let buffer = message.buffer();
    let transport = via.transport?;
    let host = match via.received {
        Some(received) => sip::parse_address(message.text(received)),
        None => via.host_address(buffer),
    }?;
    let port = match via.rport {
        Rport::Value(port) => port,
        _ => via.port_or_default(),
    };
    let hop = NextHop {
        transport,
        address: SocketAddr::new(host, port),
    };
    Some(Delivery {
        transport,
        peer: hop.address,
        socket: outgoing_socket(call, call.target.socket, hop).ok()?,
        connection: noted_connection(call, hop),
        no_connect: call.flags.marks.reply_no_connect,
        close_after: call.flags.marks.reply_close,
        anew: None,
    })
}

/// The connection that the request came by which the response at hand answers, as our Via has it. Nobody but its peer is meant.
fn noted_connection(call: &Call, hop: NextHop) -> Option<ConnectionId> {
    if !hop.transport.is_stream() {
        return None;
    }
    let message = &call.message;
    let via = message.top_via().ok()?;
    let noted = sip::Params::new(message.text(via.params)).named(b"i")?;
    let digits = std::str::from_utf8(noted.value?).ok()?;
    let id = ConnectionId(u32::from_str_radix(digits, 16).ok()?);
    let connection = call.runtime.host.connection(id)?;
    let is_meant =
        connection.transport == hop.transport && connection.peer.ip() == hop.address.ip();
    is_meant.then_some(id)
}

/// Whether the topmost Via of the response at hand names us.
fn is_ours(call: &Call) -> bool {
    call.message.top_via().is_ok_and(|via| {
        let host = call.message.text(via.host);
        let sockets = &call.runtime.sockets;
        sockets.is_myself(host, via.port.unwrap_or(0), via.transport)
    })
}

/// Sends the response at hand on to the next Via; false when that names no place we can reach, or when we did not send what it
/// answers (`check_via`).
pub fn forward_response(call: &mut Call) -> bool {
    if call.runtime.settings.check_via && !is_ours(call) {
        call.error(format_args!("the topmost Via of a response is not ours"));
        return false;
    }
    let Some(delivery) = upstream_delivery(call) else {
        return false;
    };
    call.runtime.traffic.forwarded_responses.increment();
    let mut outbox = std::mem::take(&mut call.outbox);
    let status = call.notes.get::<ChangedStatus>().cloned();
    let edits = edits_with_via_params(call);
    outbox.push_with(delivery, |out| {
        ForwardedResponse {
            message: &call.message,
            edits: &edits,
            status: status
                .as_ref()
                .map(|changed| (changed.status, &*changed.reason)),
            delimited: delimited(delivery.transport),
        }
        .write(out, &mut |deferred, out| {
            fill(call, deferred, &delivery, out)
        });
    });
    drop(edits);
    call.outbox = outbox;
    true
}

/// The status of the response at hand, as it goes on; 0 in requests.
pub fn current_status(call: &Call) -> u16 {
    let changed = call.notes.get::<ChangedStatus>();
    changed.map_or(call.message.status(), |changed| changed.status)
}

/// The status and reason that replace those of the response at hand (`change_reply_status`).
#[derive(Clone)]
pub struct ChangedStatus {
    /// The status.
    pub status: u16,
    /// The reason phrase.
    pub reason: Text,
}
