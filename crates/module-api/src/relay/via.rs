//! The Via that is put on a request, and what the received one gets.

use crate::call::Call;
use crate::outbox::{Delivery, SocketId};
use crate::value::Value;
use sip::identifiers::BranchId;
use sip::serialize::{RportPolicy, ViaStamp};
use stdx::Text;

/// What the request's top Via gets of what we know better than its sender.
pub fn via_stamp(call: &Call) -> ViaStamp {
    let policy = if call.flags.marks.force_rport || call.runtime.settings.force_rport.is_on() {
        RportPolicy::Forced
    } else {
        RportPolicy::AsAsked
    };
    match call.message.top_via() {
        Ok(via) => ViaStamp::new(via, call.message.buffer(), call.reception.peer, policy),
        Err(_) => ViaStamp::NONE,
    }
}

/// Appends our Via: the whole header field with its line end.
pub fn write_via(call: &Call, delivery: &Delivery, branch: &BranchId, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Via: SIP/2.0/");
    out.extend_from_slice(delivery.transport.via_name().as_bytes());
    out.push(b' ');
    match call.notes.get::<ViaFromXavp>() {
        Some(_) => {
            let address = address_of_xavp(call);
            write_address(call, Some(&address), delivery.socket, true, out);
        }
        None => {
            let address = call.notes.get::<AdvertisedAddress>();
            write_address(call, address, delivery.socket, true, out);
        }
    }
    out.extend_from_slice(b";branch=");
    branch.write(out);
    if let Some(connection) = call.reception.connection {
        // Where a response that finds no transaction goes (observed on 5.6.3).
        out.extend_from_slice(format!(";i={:x}", connection.0).as_bytes());
    }
    if call.flags.marks.local_rport || call.runtime.settings.local_rport {
        out.extend_from_slice(b";rport");
    }
    for write in &call.runtime.hooks.via_params {
        write(call, out);
    }
    out.extend_from_slice(b"\r\n");
}

/// A note that our Via has the address in the `$xavp` that `xavp_via_fields` names (`via_use_xavp_fields`).
pub struct ViaFromXavp;

/// The address in the `$xavp` that `xavp_via_fields` names; what it lacks, or what would end the header field, is that of the
/// message.
fn address_of_xavp(call: &Call) -> AdvertisedAddress {
    let general = call.notes.get::<AdvertisedAddress>();
    let mut address = general.cloned().unwrap_or_default();
    let name = &call.runtime.settings.xavp_via_fields;
    let Some(fields) = call.attributes.xavps.children(name, 0) else {
        return address;
    };
    if let Value::Str(host) = fields.value(b"address", 0)
        && !host.is_empty()
        && !host.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
    {
        address.host = Some(host);
    }
    let port = fields.value(b"port", 0).to_int().ok();
    let port = port.and_then(|port| u16::try_from(port).ok());
    if let Some(port @ 1..) = port {
        address.port = Some(port);
    }
    address
}

/// Appends `host:port` of a socket as our headers show it; the script may have set another for this message. A port that
/// nobody has told is left out where it goes without saying.
pub fn write_shown_address(call: &Call, socket: SocketId, out: &mut Vec<u8>) {
    let advertised = call.notes.get::<AdvertisedAddress>();
    write_address(call, advertised, socket, false, out);
}

/// Appends `;sn=NAME` with the name that the configuration has given to a socket, if it has one.
pub fn write_socket_name(call: &Call, socket: SocketId, out: &mut Vec<u8>) {
    let socket = call.runtime.sockets.get(socket);
    if let Some(name) = socket.and_then(|socket| socket.name.as_ref()) {
        out.extend_from_slice(b";sn=");
        out.extend_from_slice(name);
    }
}

/// Appends `host:port`: what is advertised for this message, else what is of a socket. The parameters `advertised_address` and
/// `advertised_port` stand before what the socket itself advertises in a Via only (observed on 5.6.3).
fn write_address(
    call: &Call,
    advertised: Option<&AdvertisedAddress>,
    socket: SocketId,
    is_via: bool,
    out: &mut Vec<u8>,
) {
    let Some(socket) = call.runtime.sockets.get(socket) else {
        return;
    };
    let settings = &call.runtime.settings;
    let general = is_via || socket.advertised.is_none();
    let general_port = u16::try_from(settings.advertised_port).ok();
    let general_port = general_port.filter(|port| general && *port > 0);
    let host = match advertised.and_then(|advertised| advertised.host.as_ref()) {
        Some(host) => host,
        None if general && !settings.advertised_address.0.is_empty() => {
            &settings.advertised_address.0
        }
        None => socket.shown_host(),
    };
    out.extend_from_slice(host);
    let told = advertised
        .and_then(|advertised| advertised.port)
        .or(general_port)
        .or_else(|| socket.told_port());
    let port = match told {
        Some(port) => port,
        None if socket.is_understood(host, socket.address.port()) => return,
        None => socket.address.port(),
    };
    out.push(b':');
    stdx::number::push_decimal(out, i64::from(port));
}

/// What this message's Via and Record-Route say instead of the socket (`set_advertised_address`).
#[derive(Clone, Debug, Default)]
pub struct AdvertisedAddress {
    /// The host.
    pub host: Option<Text>,
    /// The port.
    pub port: Option<u16>,
}
