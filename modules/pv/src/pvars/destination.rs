//! Where a message goes next: `$du`, `$fs`, `$nh` and what belongs to them.

use crate::pvars::request_uri::{self, text};
use crate::pvars::{Key, Keyed, part_of_text};
use mod_core::addresses::{self, UdpParameter};
use mod_core::uri_parts::{self, Part};
use module_api::{Call, SetError, SocketAddress, SocketId, Text, Value, pvar};
use sip::{Rport, Transport, Uri};

/// A part of the destination URI; null when none is set.
fn destination(call: &Call, part: Part) -> Value {
    match &call.target.destination_uri {
        Some(uri) => part_of_text(call, uri, part),
        None => Value::Null,
    }
}

/// The URI of the next hop, which counts instead of the Request-URI; `$null` takes it away.
#[pvar("du", "duri", set = set_destination)]
fn destination_uri(call: &mut Call) -> Value {
    Value::from_option(
        call.target
            .destination_uri
            .clone()
            .filter(|uri| !uri.is_empty()),
    )
}

/// The host of `$du`.
#[pvar("dd")]
fn destination_host(call: &mut Call) -> Value {
    destination(call, uri_parts::host)
}

/// The port of `$du`; 5060, or 5061 for TLS, when it has none.
#[pvar("dp")]
fn destination_port(call: &mut Call) -> Value {
    destination(call, uri_parts::port)
}

/// The transport of `$du` as written; `UDP` when it has none.
#[pvar("dP")]
fn destination_transport(call: &mut Call) -> Value {
    destination(call, uri_parts::transport)
}

fn set_destination(call: &mut Call, value: Value) -> Result<(), SetError> {
    let uri = match value {
        Value::Null => Text::default(),
        value => text(value)?,
    };
    if uri.is_empty() {
        call.target.destination_uri = None;
    } else {
        call.set_next_hop(uri);
    }
    Ok(())
}

/// Our socket that the message is to leave by, as `proto:host:port`; `$null` leaves the choice to us.
///
/// The transport may be left out. What is no socket of ours changes nothing.
#[pvar("fs", set = set_socket)]
fn forced_socket(call: &mut Call) -> Value {
    Value::from_option(call.target.socket.and_then(|id| socket_text(call, id)))
}

/// The name of the socket that the message is to leave by; can be set like `$fs`.
#[pvar("fsn", set = set_socket_name)]
fn forced_socket_name(call: &mut Call) -> Value {
    let socket = call
        .target
        .socket
        .and_then(|id| call.runtime.sockets.get(id));
    Value::from_option(socket.and_then(|socket| socket.name.clone()))
}

/// The port of the socket that the message is to leave by; 0 when none is set.
#[pvar("fsp")]
fn forced_socket_port(call: &mut Call) -> Value {
    let socket = call
        .target
        .socket
        .and_then(|id| call.runtime.sockets.get(id));
    Value::Int(socket.map_or(0, |socket| i64::from(socket.address.port())))
}

fn set_socket(call: &mut Call, value: Value) -> Result<(), SetError> {
    match value {
        Value::Null => call.target.socket = None,
        value => {
            let name = text(value)?;
            match find_socket(call, &name) {
                Some(id) => call.target.socket = Some(id),
                None => call.warn(format_args!("none of our sockets is {name}")),
            }
        }
    }
    Ok(())
}

fn set_socket_name(call: &mut Call, value: Value) -> Result<(), SetError> {
    match value {
        Value::Null => call.target.socket = None,
        value => {
            let name = text(value)?;
            match call.runtime.sockets.named(&name).map(|socket| socket.id) {
                Some(id) => call.target.socket = Some(id),
                None => call.warn(format_args!("none of our sockets is named {name}")),
            }
        }
    }
    Ok(())
}

/// A socket as `proto:host:port`.
pub(crate) fn socket_text(call: &Call, id: SocketId) -> Option<Text> {
    let socket = call.runtime.sockets.get(id)?;
    Some(addresses::socket(
        socket.transport,
        &socket.host,
        socket.address.port(),
    ))
}

/// The socket that `proto:host:port` names; transport and port may be missing.
pub(crate) fn find_socket(call: &Call, name: &[u8]) -> Option<SocketId> {
    let address = SocketAddress::parse(name)?;
    address.find(&call.runtime.sockets).map(|socket| socket.id)
}

/// The parts of the next hop.
#[derive(Clone, Copy)]
pub enum HopPart {
    /// `u`: the URI.
    Uri,
    /// `U`: its user.
    User,
    /// `d`: its host.
    Host,
    /// `p`: its port.
    Port,
    /// `P`: its transport.
    Transport,
    /// `i`: 4 or 6 when its host is an address, else 0.
    IpVersion,
}

impl Key for HopPart {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("u", HopPart::Uri),
        ("U", HopPart::User),
        ("d", HopPart::Host),
        ("p", HopPart::Port),
        ("P", HopPart::Transport),
        ("i", HopPart::IpVersion),
    ];
}

/// The next hop: `$du` when set, else the Request-URI; of a response, what the second Via says.
///
/// `$nh(u)` its URI, `$nh(U)` user, `$nh(d)` host, `$nh(p)` port, `$nh(P)` transport, `$nh(i)` 4 or 6 for an address.
#[pvar("nh")]
fn next_hop(call: &mut Call, part: &Keyed<HopPart>) -> Value {
    if !call.message.is_request() {
        return upstream_part(call, part.0);
    }
    let read: Part = match part.0 {
        HopPart::Uri => return Value::from(call.next_hop()),
        HopPart::IpVersion => {
            let host = Uri::parse(call.next_hop())
                .ok()
                .and_then(|uri| uri.host_address());
            return Value::Int(host.map_or(0, |host| if host.is_ipv4() { 4 } else { 6 }));
        }
        HopPart::User => uri_parts::user,
        HopPart::Host => uri_parts::host,
        HopPart::Port => uri_parts::port,
        HopPart::Transport => uri_parts::transport,
    };
    match &call.target.destination_uri {
        Some(uri) if !uri.is_empty() => part_of_text(call, uri, read),
        _ => request_uri::current(call, read),
    }
}

/// Where a response goes next, as its second Via says.
pub(crate) struct Upstream {
    /// The host, as the header field shows it.
    pub host: Text,
    /// The port.
    pub port: u16,
    /// The transport.
    pub transport: Transport,
}

impl Upstream {
    /// What the second Via of the response at hand says.
    pub(crate) fn of(call: &Call) -> Option<Upstream> {
        if call.message.is_request() {
            return None;
        }
        let via = call.message.vias().nth(1)?.ok()?;
        let host = via.received.unwrap_or(via.host);
        let port = match via.rport {
            Rport::Value(port) => port,
            _ => via.port_or_default(),
        };
        let host = match sip::parse_address(call.message.text(host)) {
            Some(address) => addresses::host(address, addresses::style(call)),
            None => Text::from(call.message.text(host)),
        };
        Some(Upstream {
            host,
            port,
            transport: via.transport?,
        })
    }

    /// Its URI, which always names the transport.
    pub(crate) fn uri(&self) -> Text {
        addresses::uri(self.transport, &self.host, self.port, UdpParameter::Written)
    }
}

fn upstream_part(call: &Call, part: HopPart) -> Value {
    let Some(upstream) = Upstream::of(call) else {
        return Value::Null;
    };
    match part {
        HopPart::Uri => Value::Str(upstream.uri()),
        HopPart::User => Value::Null,
        HopPart::Host => Value::Str(upstream.host),
        HopPart::Port => Value::Int(i64::from(upstream.port)),
        HopPart::Transport => Value::from_static(upstream.transport.name()),
        HopPart::IpVersion => {
            let address = sip::parse_address(&upstream.host);
            Value::Int(address.map_or(0, |address| if address.is_ipv4() { 4 } else { 6 }))
        }
    }
}
