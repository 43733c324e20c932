//! The Path header fields: noted when the script asks for them, written when the request leaves.

use crate::params::Params;
use module_api::{Call, Delivery, SocketId, relay};
use sip::{Deferred, DeferredId, HeaderId, Transport};

/// The address is that of the socket. Known: the user with its `@`, a line feed, parameters behind `lr`.
const BY_SOCKET: DeferredId = DeferredId(u32::from_be_bytes(*b"pt_s"));
/// The address is given. Known: user and address, a line feed, parameters behind `lr`.
const BY_ADDRESS: DeferredId = DeferredId(u32::from_be_bytes(*b"pt_a"));

/// Whether `text` can stand in a URI of a header field without ending it.
pub fn is_safe(text: &[u8]) -> bool {
    !text
        .iter()
        .any(|byte| matches!(byte, b'\r' | b'\n' | b'<' | b'>'))
}

/// Records the header in front of the other Path header fields.
pub fn record(call: &mut Call, user: &[u8], address: Option<&[u8]>, params: &[u8]) {
    let id = if address.is_some() {
        BY_ADDRESS
    } else {
        BY_SOCKET
    };
    let at: &[u8] = if user.is_empty() { b"" } else { b"@" };
    let known = [user, at, address.unwrap_or_default(), b"\n", params].concat();
    let deferred = Deferred {
        id,
        known: known.into(),
    };
    match call.message.header(HeaderId::Path) {
        Some(field) => call.edits.insert_before_header(field, deferred),
        None => call.edits.append_header(&call.message, deferred),
    }
}

/// Writes the header fields of a message that leaves by `delivery`.
pub fn fill(
    params: &Params,
    call: &Call,
    deferred: &Deferred,
    delivery: &Delivery,
    out: &mut Vec<u8>,
) {
    if ![BY_SOCKET, BY_ADDRESS].contains(&deferred.id) {
        return;
    }
    let reception = &call.reception;
    write(
        params,
        call,
        deferred,
        (delivery.socket, delivery.transport),
        out,
    );
    if params.enable_r2 {
        write(
            params,
            call,
            deferred,
            (reception.socket, reception.transport),
            out,
        );
    }
}

/// `Path: <sip:user@host:port;transport=tcp;sn=a;lr;…;r2=on>`: the order of parameters is that of 5.6.3.
fn write(
    params: &Params,
    call: &Call,
    deferred: &Deferred,
    (socket, transport): (SocketId, Transport),
    out: &mut Vec<u8>,
) {
    let (before, after) = stdx::ascii::split_once(&deferred.known, b'\n').unwrap_or_default();
    out.extend_from_slice(b"Path: <sip:");
    out.extend_from_slice(before);
    if deferred.id == BY_SOCKET {
        relay::write_shown_address(call, socket, out);
    }
    if transport != Transport::Udp {
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(transport.uri_name().as_bytes());
    }
    if params.sockname_mode {
        relay::write_socket_name(call, socket, out);
    }
    out.extend_from_slice(b";lr");
    out.extend_from_slice(after);
    if params.enable_r2 {
        out.extend_from_slice(b";r2=on");
    }
    out.extend_from_slice(b">\r\n");
}
