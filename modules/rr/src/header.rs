//! The Record-Route header fields: noted when the script asks for them, written when the request leaves.

use crate::params::Params;
use module_api::{Call, Delivery, SocketId, Text, relay};
use sip::{Content, Deferred, DeferredId, Edit, Transport};
use stdx::ascii;

/// `record_route()`: the addresses are those of the sockets. Known: scheme and user, a line feed, parameters.
const BY_SOCKET: DeferredId = DeferredId(u32::from_be_bytes(*b"rr_s"));
/// `record_route_advertised_address()`. Known: scheme, user and address, a line feed, parameters.
const BY_ADDRESS: DeferredId = DeferredId(u32::from_be_bytes(*b"rr_a"));
/// `record_route_preset()`. Known: the URIs, each on a line.
const PRESET: DeferredId = DeferredId(u32::from_be_bytes(*b"rr_p"));

/// What a Record-Route says of us.
pub enum Address<'a> {
    /// The sockets that the request came in by and leaves by.
    Sockets,
    /// This address, whatever the sockets.
    Given(&'a [u8]),
}

/// Parameters put in before the header was asked for.
#[derive(Default)]
pub struct Pending(pub Text);

/// Whether `text` can stand in a URI of a header field without ending it.
pub fn is_safe(text: &[u8]) -> bool {
    !text
        .iter()
        .any(|byte| matches!(byte, b'\r' | b'\n' | b'<' | b'>' | b'"' | b' ' | b','))
}

fn is_ours(edit: &Edit) -> Option<&Deferred> {
    match &edit.content {
        Content::Deferred(deferred) if [BY_SOCKET, BY_ADDRESS, PRESET].contains(&deferred.id) => {
            Some(deferred)
        }
        _ => None,
    }
}

/// Whether the header is to be in the message.
pub fn is_recorded(call: &Call) -> bool {
    call.edits.iter().any(|edit| is_ours(edit).is_some())
}

/// Takes back what was recorded.
pub fn remove(call: &mut Call) {
    call.edits.discard(|edit| is_ours(edit).is_some());
}

/// Records the header. `scheme_and_user` ends where the address begins; `params` begins with a semicolon.
pub fn record(call: &mut Call, address: Address<'_>, scheme_and_user: &[u8], params: &[u8]) {
    let (id, address): (_, &[u8]) = match address {
        Address::Sockets => (BY_SOCKET, b""),
        Address::Given(address) => (BY_ADDRESS, address),
    };
    let known = [scheme_and_user, address, b"\n", params].concat();
    insert(call, id, known);
}

/// Records headers with these URIs, the outgoing side first.
pub fn record_preset(call: &mut Call, uris: &[Vec<u8>]) {
    insert(call, PRESET, uris.join(&b'\n'));
}

fn insert(call: &mut Call, id: DeferredId, known: Vec<u8>) {
    let deferred = Deferred {
        id,
        known: known.into(),
    };
    call.edits.insert_header_first(&call.message, deferred);
}

/// Puts a parameter into the header that is recorded, or else keeps it for the one to come.
pub fn add_param(call: &mut Call, param: &[u8]) -> bool {
    if !is_safe(param) {
        return false;
    }
    let recorded = call.edits.iter().find_map(is_ours).cloned();
    match recorded {
        Some(Deferred { id: PRESET, known }) => {
            let mut uris: Vec<Vec<u8>> = ascii::split(&known, b'\n').map(<[u8]>::to_vec).collect();
            for uri in &mut uris {
                uri.extend_from_slice(param);
            }
            remove(call);
            record_preset(call, &uris);
        }
        Some(Deferred { id, known }) => {
            remove(call);
            insert(call, id, [&known, param].concat());
        }
        None => {
            let pending = call.notes.get::<Pending>().map_or(&[][..], |p| &p.0);
            let pending = Text::concat(&[pending, param]);
            call.notes.set(Pending(pending));
        }
    }
    true
}

/// Which of the two header fields is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The only one.
    Only,
    /// The first of two.
    Outgoing,
    /// The second of two.
    Incoming,
}

/// Writes the header fields of a message that leaves by `delivery`.
pub fn fill(
    params: &Params,
    call: &Call,
    deferred: &Deferred,
    delivery: &Delivery,
    out: &mut Vec<u8>,
) {
    let (before, after) = ascii::split_once(&deferred.known, b'\n').unwrap_or_default();
    let reception = &call.reception;
    let sides = |is_double: bool| -> &'static [Side] {
        if is_double {
            &[Side::Outgoing, Side::Incoming]
        } else {
            &[Side::Only]
        }
    };
    match deferred.id {
        // COMPAT: with a flow token too, whatever the manual says (observed on 5.6.3): whoever is on the other side need not
        // know the transport of the flow.
        BY_SOCKET => {
            let is_double = is_double(params, delivery.socket != reception.socket);
            for side in sides(is_double) {
                write_socket_uri(params, call, delivery, *side, (before, after), out);
            }
        }
        BY_ADDRESS => {
            let is_changed = delivery.transport != reception.transport;
            if !is_double(params, is_changed) {
                let transport = is_changed.then_some(reception.transport);
                write_given(before, transport, b"", after, out);
                return;
            }
            for transport in [delivery.transport, reception.transport] {
                write_given(before, Some(transport), b";r2=on", after, out);
            }
        }
        PRESET => {
            for uri in ascii::split(&deferred.known, b'\n') {
                write_given(uri, None, b"", b"", out);
            }
        }
        _ => {}
    }
}

fn is_double(params: &Params, is_changed: bool) -> bool {
    match params.enable_double_rr {
        0 => false,
        1 => is_changed,
        _ => true,
    }
}

/// `<sip:user@host:port;transport=tcp;sn=a;r2=on;lr>`: the order of parameters is that of 5.6.3.
fn write_socket_uri(
    params: &Params,
    call: &Call,
    delivery: &Delivery,
    side: Side,
    (before, after): (&[u8], &[u8]),
    out: &mut Vec<u8>,
) {
    let (socket, transport) = match side {
        Side::Outgoing => (delivery.socket, delivery.transport),
        Side::Only | Side::Incoming => (call.reception.socket, call.reception.transport),
    };
    out.extend_from_slice(b"Record-Route: <");
    out.extend_from_slice(before);
    match side {
        Side::Outgoing => relay::write_shown_address(call, socket, out),
        // COMPAT: only the outgoing side shows what `advertised_address` says, and a 5060 that was told (observed on 5.6.3).
        Side::Only | Side::Incoming => write_socket_address(call, socket, out),
    }
    if transport != Transport::Udp {
        write_transport(transport, out);
    }
    if params.sockname_mode {
        relay::write_socket_name(call, socket, out);
    }
    if side != Side::Only {
        out.extend_from_slice(b";r2=on");
    }
    out.extend_from_slice(after);
    out.extend_from_slice(b">\r\n");
}

fn write_socket_address(call: &Call, socket: SocketId, out: &mut Vec<u8>) {
    if let Some(socket) = call.runtime.sockets.get(socket) {
        let (host, port) = (socket.shown_host(), socket.shown_port());
        out.extend_from_slice(host);
        if !socket.is_understood(host, port) {
            out.push(b':');
            stdx::number::push_decimal(out, i64::from(port));
        }
    }
}

/// `;transport=tcp`
fn write_transport(transport: Transport, out: &mut Vec<u8>) {
    out.extend_from_slice(b";transport=");
    out.extend_from_slice(transport.uri_name().as_bytes());
}

fn write_given(
    before: &[u8],
    transport: Option<Transport>,
    double: &[u8],
    after: &[u8],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"Record-Route: <");
    out.extend_from_slice(before);
    if let Some(transport) = transport {
        write_transport(transport, out);
    }
    out.extend_from_slice(double);
    out.extend_from_slice(after);
    out.extend_from_slice(b">\r\n");
}
