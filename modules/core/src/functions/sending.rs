//! How the message leaves.

use crate::arguments::{SocketArg, TransportArg, UriPart};
use module_api::{Call, SocketId, Step, Text, Verdict, relay, script_function};
use sip::Transport;

/// Sends the request on to its next hop without keeping state.
///
/// ```cfg
/// forward();
/// ```
#[script_function(forward, aliases(forward_udp, forward_tcp, forward_tls, forward_sctp), routes = REQUEST | FAILURE | EVENT, waits, compat = partial("the form without arguments uses the transport of the next hop"))]
fn forward(call: &mut Call) -> Step {
    relay::forward_request(call, None)
}

/// Sends the request on to a host and port without keeping state: `uri:host` and `uri:port` are those of the Request-URI.
///
/// ```cfg
/// forward("127.0.0.1", "5090");
/// ```
#[script_function(forward, aliases(forward_udp, forward_tcp, forward_tls, forward_sctp), routes = REQUEST | FAILURE | EVENT, waits, compat = partial("the forms named after a transport use that of the next hop"))]
fn forward_to(call: &mut Call, host: UriPart, port: Option<UriPart>) -> Step {
    let mut uri = Vec::with_capacity(host.0.len() + 16);
    uri.extend_from_slice(b"sip:");
    uri.extend_from_slice(&host.0);
    if let Some(port) = port.filter(|port| !port.0.is_empty() && port.0 != "0") {
        uri.push(b':');
        uri.extend_from_slice(&port.0);
    }
    relay::forward_request(call, Some(Text::from(uri)))
}

/// Handles the request as if its top Via had `rport`: the response goes back to where the request came from.
///
/// ```cfg
/// force_rport();
/// ```
#[script_function(force_rport, aliases(add_rport), routes = ANY)]
fn force_rport(call: &mut Call) -> Verdict {
    call.flags.marks.force_rport = true;
    Verdict::TRUE
}

/// Puts an empty `rport` into the Via that we add.
///
/// ```cfg
/// add_local_rport();
/// ```
#[script_function(add_local_rport, routes = ANY)]
fn add_local_rport(call: &mut Call) -> Verdict {
    call.flags.marks.local_rport = true;
    Verdict::TRUE
}

/// The socket that a text `[proto:]host[:port]` names.
fn socket(call: &Call, text: &Text) -> Option<SocketId> {
    let text = text.to_str()?;
    let (transport, rest) = match text.split_once(':') {
        Some((word, rest)) => match Transport::from_name(word.as_bytes()) {
            Some(transport) => (Some(transport), rest),
            None => (None, text),
        },
        None => (None, text),
    };
    let sockets = &call.runtime.sockets;
    let wanted = match rest.parse() {
        Ok(address) => return sockets.find(transport, address).map(|socket| socket.id),
        Err(_) => sip::parse_address(rest.as_bytes())?,
    };
    let mut fitting = sockets.list.iter().filter(|socket| {
        socket.address.ip() == wanted && transport.is_none_or(|t| t == socket.transport)
    });
    fitting.next().map(|socket| socket.id)
}

/// Chooses the socket that the request leaves by.
///
/// ```cfg
/// force_send_socket(udp:127.0.0.1:5060);
/// ```
#[script_function(force_send_socket, routes = ANY)]
fn force_send_socket(call: &mut Call, address: SocketArg) -> Verdict {
    match socket(call, &address.0) {
        Some(socket) => {
            call.target.socket = Some(socket);
            Verdict::TRUE
        }
        None => {
            call.warn(format_args!("we do not listen on {}", address.0));
            Verdict::FALSE
        }
    }
}

fn advertise(call: &mut Call, change: impl FnOnce(&mut relay::AdvertisedAddress)) -> Verdict {
    let mut advertised = call
        .notes
        .take::<relay::AdvertisedAddress>()
        .unwrap_or_default();
    change(&mut advertised);
    call.notes.set(advertised);
    Verdict::TRUE
}

/// Sets the host that Via and Record-Route name for this message.
///
/// ```cfg
/// set_advertised_address("sip.example.org");
/// ```
#[script_function(set_advertised_address, routes = ANY)]
fn set_advertised_address(call: &mut Call, host: Text) -> Verdict {
    advertise(call, |advertised| advertised.host = Some(host))
}

/// Sets the port that Via and Record-Route name for this message.
///
/// ```cfg
/// set_advertised_port(5070);
/// ```
#[script_function(set_advertised_port, routes = ANY)]
fn set_advertised_port(call: &mut Call, port: i64) -> Verdict {
    match u16::try_from(port) {
        Ok(port) => advertise(call, |advertised| advertised.port = Some(port)),
        Err(_) => {
            call.error(format_args!("{port} is no port"));
            Verdict::FALSE
        }
    }
}

/// Opens no new connection to send the request on.
///
/// ```cfg
/// set_forward_no_connect();
/// ```
#[script_function(set_forward_no_connect, routes = ANY)]
fn set_forward_no_connect(call: &mut Call) -> Verdict {
    call.flags.marks.forward_no_connect = true;
    Verdict::TRUE
}

/// Opens no new connection to send a response.
///
/// ```cfg
/// set_reply_no_connect();
/// ```
#[script_function(set_reply_no_connect, routes = ANY)]
fn set_reply_no_connect(call: &mut Call) -> Verdict {
    call.flags.marks.reply_no_connect = true;
    Verdict::TRUE
}

/// Closes the connection after the request was sent on.
///
/// ```cfg
/// set_forward_close();
/// ```
#[script_function(set_forward_close, routes = ANY)]
fn set_forward_close(call: &mut Call) -> Verdict {
    call.flags.marks.forward_close = true;
    Verdict::TRUE
}

/// Closes the connection after a response was sent.
///
/// ```cfg
/// set_reply_close();
/// ```
#[script_function(set_reply_close, routes = ANY)]
fn set_reply_close(call: &mut Call) -> Verdict {
    call.flags.marks.reply_close = true;
    Verdict::TRUE
}

/// Lets the request's connection serve for the port of its Via, or for `port`, too.
///
/// ```cfg
/// force_tcp_alias();
/// ```
#[script_function(force_tcp_alias, routes = ANY)]
fn force_tcp_alias(call: &mut Call, port: Option<i64>) -> Verdict {
    let Some(connection) = call.reception.connection else {
        return Verdict::TRUE;
    };
    let port = match port {
        Some(port) => u16::try_from(port).ok(),
        None => call.message.top_via().ok().map(|via| via.port_or_default()),
    };
    match port {
        Some(port) => Verdict::of(call.runtime.host.alias_connection(connection, port)),
        None => Verdict::FALSE,
    }
}

/// Chooses the transport for this request when it is larger than `udp_mtu`.
///
/// ```cfg
/// udp_mtu_try_proto(TCP);
/// ```
#[script_function(udp_mtu_try_proto, routes = ANY, compat = accepted("requests keep the transport of their next hop"))]
fn udp_mtu_try_proto(_call: &mut Call, _transport: TransportArg) -> Verdict {
    Verdict::TRUE
}
