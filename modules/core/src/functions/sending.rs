//! How the message leaves.

use crate::arguments::{Fixed, SocketArg, TransportArg, UriPart};
use module_api::{
    Call, SocketAddress, SocketId, Step, Text, Unrecorded, Verdict, relay, script_function,
};
use sip::{Transport, Uri};

/// Sends the request on without keeping state: to its next hop, or to a host and port, of which `uri:host` and `uri:port`
/// are those of the Request-URI.
///
/// ```cfg
/// forward("127.0.0.1", 5090);
/// ```
#[script_function(forward, routes = ANY, waits, sends_on)]
fn forward(call: &mut Call, host: Option<UriPart>, port: Option<UriPart>) -> Step {
    send_on(call, host, port, None)
}

/// As `forward`, over UDP.
///
/// ```cfg
/// forward_udp("127.0.0.1", 5090);
/// ```
#[script_function(forward_udp, routes = ANY, waits, sends_on)]
fn forward_udp(call: &mut Call, host: Option<UriPart>, port: Option<UriPart>) -> Step {
    send_on(call, host, port, Some(Transport::Udp))
}

/// As `forward`, over TCP.
///
/// ```cfg
/// if (proto == TCP) forward_tcp("127.0.0.1", 5090);
/// ```
#[script_function(forward_tcp, routes = ANY, waits, sends_on)]
fn forward_tcp(call: &mut Call, host: Option<UriPart>, port: Option<UriPart>) -> Step {
    send_on(call, host, port, Some(Transport::Tcp))
}

/// As `forward`, over TLS.
///
/// ```cfg
/// if (proto == TLS) forward_tls("127.0.0.1", 5061);
/// ```
#[script_function(forward_tls, routes = ANY, waits, sends_on)]
fn forward_tls(call: &mut Call, host: Option<UriPart>, port: Option<UriPart>) -> Step {
    send_on(call, host, port, Some(Transport::Tls))
}

/// As `forward`, over SCTP; false, as SCTP is not spoken.
///
/// ```cfg
/// if (proto == SCTP) forward_sctp("127.0.0.1", 5090);
/// ```
#[script_function(forward_sctp, routes = ANY, waits, sends_on, compat = accepted("SCTP is not spoken"))]
fn forward_sctp(call: &mut Call, host: Option<UriPart>, port: Option<UriPart>) -> Step {
    send_on(call, host, port, Some(Transport::Sctp))
}

fn send_on(
    call: &mut Call,
    host: Option<UriPart>,
    port: Option<UriPart>,
    transport: Option<Transport>,
) -> Step {
    if !call.message.is_request() {
        call.error(format_args!("only a request can be forwarded"));
        return Verdict::FALSE.into();
    }
    let uri = match (host, transport) {
        (None, None) => None,
        (Some(host), _) => Some(destination(&host.0, port.map(|port| port.0), transport)),
        (None, Some(_)) => {
            let next_hop = Text::from(call.next_hop());
            match Uri::parse(&next_hop) {
                Ok(uri) => {
                    let port = uri.port().map(|port| Text::from(i64::from(port)));
                    Some(destination(uri.host(), port, transport))
                }
                Err(_) => Some(next_hop),
            }
        }
    };
    relay::forward_request(call, uri).unrecorded()
}

/// The URI of a place.
fn destination(host: &[u8], port: Option<Text>, transport: Option<Transport>) -> Text {
    let mut uri = Vec::with_capacity(host.len() + 32);
    uri.extend_from_slice(b"sip:");
    uri.extend_from_slice(host);
    if let Some(port) = port.filter(|port| !port.is_empty() && *port != "0") {
        uri.push(b':');
        uri.extend_from_slice(&port);
    }
    if let Some(transport) = transport {
        uri.extend_from_slice(b";transport=");
        uri.extend_from_slice(transport.name().as_bytes());
    }
    Text::from(uri)
}

/// Handles the request as if its top Via had `rport`: the response goes back to where the request came from.
///
/// ```cfg
/// force_rport();
/// ```
#[script_function(force_rport, aliases(add_rport), routes = ANY)]
fn force_rport(call: &mut Call) -> Unrecorded {
    call.flags.marks.force_rport = true;
    Unrecorded::TRUE
}

/// Puts an empty `rport` into the Via that we add.
///
/// ```cfg
/// add_local_rport();
/// ```
#[script_function(add_local_rport, routes = ANY)]
fn add_local_rport(call: &mut Call) -> Unrecorded {
    call.flags.marks.local_rport = true;
    Unrecorded::TRUE
}

/// The socket that a text `[proto:]host[:port]` names.
fn socket(call: &Call, text: &Text) -> Option<SocketId> {
    let address = SocketAddress::parse(text)?;
    address.find(&call.runtime.sockets).map(|socket| socket.id)
}

/// Chooses the socket that the request leaves by.
///
/// ```cfg
/// force_send_socket(udp:127.0.0.1:5060);
/// ```
#[script_function(force_send_socket, routes = ANY)]
fn force_send_socket(call: &mut Call, address: SocketArg) -> Unrecorded {
    match socket(call, &address.0) {
        Some(socket) => {
            call.target.socket = Some(socket);
            Unrecorded::TRUE
        }
        None => {
            call.warn(format_args!("we do not listen on {}", address.0));
            Unrecorded::of(false)
        }
    }
}

fn advertise(call: &mut Call, change: impl FnOnce(&mut relay::AdvertisedAddress)) -> Unrecorded {
    let mut advertised = call
        .notes
        .take::<relay::AdvertisedAddress>()
        .unwrap_or_default();
    change(&mut advertised);
    call.notes.set(advertised);
    Unrecorded::TRUE
}

/// Sets the host that Via and Record-Route name for this message.
///
/// ```cfg
/// set_advertised_address("sip.example.org");
/// ```
#[script_function(set_advertised_address, routes = ANY)]
fn set_advertised_address(call: &mut Call, host: Fixed) -> Unrecorded {
    advertise(call, |advertised| advertised.host = Some(host.0))
}

/// Sets the port that Via and Record-Route name for this message.
///
/// ```cfg
/// set_advertised_port(5070);
/// ```
#[script_function(set_advertised_port, routes = ANY)]
fn set_advertised_port(call: &mut Call, port: i64) -> Unrecorded {
    match u16::try_from(port) {
        Ok(port) => advertise(call, |advertised| advertised.port = Some(port)),
        Err(_) => {
            call.error(format_args!("{port} is no port"));
            Unrecorded::of(false)
        }
    }
}

/// Opens no new connection to send the request on.
///
/// ```cfg
/// set_forward_no_connect();
/// ```
#[script_function(set_forward_no_connect, routes = ANY)]
fn set_forward_no_connect(call: &mut Call) -> Unrecorded {
    call.flags.marks.forward_no_connect = true;
    Unrecorded::TRUE
}

/// Opens no new connection to send a response.
///
/// ```cfg
/// set_reply_no_connect();
/// ```
#[script_function(set_reply_no_connect, routes = ANY)]
fn set_reply_no_connect(call: &mut Call) -> Unrecorded {
    call.flags.marks.reply_no_connect = true;
    Unrecorded::TRUE
}

/// Closes the connection after the request was sent on.
///
/// ```cfg
/// set_forward_close();
/// ```
#[script_function(set_forward_close, routes = ANY)]
fn set_forward_close(call: &mut Call) -> Unrecorded {
    call.flags.marks.forward_close = true;
    Unrecorded::TRUE
}

/// Closes the connection after a response was sent.
///
/// ```cfg
/// set_reply_close();
/// ```
#[script_function(set_reply_close, routes = ANY)]
fn set_reply_close(call: &mut Call) -> Unrecorded {
    call.flags.marks.reply_close = true;
    Unrecorded::TRUE
}

/// Lets the request's connection serve for the port of its Via, or for `port`, too.
///
/// ```cfg
/// force_tcp_alias();
/// ```
#[script_function(force_tcp_alias, aliases(add_tcp_alias), routes = ANY)]
fn force_tcp_alias(call: &mut Call, port: Option<i64>) -> Unrecorded {
    let Some(connection) = call.reception.connection else {
        return Unrecorded::TRUE;
    };
    let port = match port {
        Some(port) => u16::try_from(port).ok(),
        None => call.message.top_via().ok().map(|via| via.port_or_default()),
    };
    match port {
        Some(port) => Unrecorded::of(call.runtime.host.alias_connection(connection, port)),
        None => Unrecorded::of(false),
    }
}

/// Chooses the transport for this request when it is longer than `udp_mtu`.
///
/// ```cfg
/// udp_mtu_try_proto(TCP);
/// ```
#[script_function(udp_mtu_try_proto, routes = ANY)]
fn udp_mtu_try_proto(call: &mut Call, transport: TransportArg) -> Unrecorded {
    call.notes.set(relay::TransportForLength(transport.0));
    Unrecorded::TRUE
}
