//! Sending octets as they are, and messages without a transaction.

use module_api::relay::ForwardAs;
use module_api::{
    Call, Delivery, Located, NextHop, SocketAddress, SocketId, Step, Text, Verdict, relay,
    script_function,
};
use sip::Transport;

/// Sends `bytes` to the first place that `uri` stands for, from `socket` when it fits.
fn send_to(call: &mut Call, uri: Text, socket: Option<SocketId>, bytes: Text) -> Step {
    if let Some(hop) = relay::numeric_hop(&uri) {
        return send_first(call, &[hop], socket, &bytes).into();
    }
    if sip::Uri::parse(&uri).is_err() {
        call.error(format_args!("`{uri}` is no URI to send to"));
        return Verdict::FALSE.into();
    }
    match call.runtime.host.locate(&uri) {
        Located::Ready(hops) => send_first(call, &hops, socket, &bytes).into(),
        Located::Later(answer) => Step::wait(format!("dns {uri}"), answer, move |call, hops| {
            send_first(call, &hops, socket, &bytes)
        }),
    }
}

fn send_first(
    call: &mut Call,
    hops: &[NextHop],
    socket: Option<SocketId>,
    bytes: &[u8],
) -> Verdict {
    let found = hops.iter().find_map(|hop| {
        let socket = relay::outgoing_socket(call, socket, *hop).ok()?;
        Some((*hop, socket))
    });
    let Some((hop, socket)) = found else {
        call.error(format_args!(
            "there is no way to where the octets are to go"
        ));
        return Verdict::FALSE;
    };
    call.outbox.push(
        Delivery {
            transport: hop.transport,
            peer: hop.address,
            socket,
            connection: None,
            no_connect: false,
            close_after: false,
            anew: None,
        },
        bytes,
    );
    Verdict::TRUE
}

/// Sends the message as it came to `place`, or to the next hop.
fn send_message(call: &mut Call, place: Option<Text>, transport: Transport) -> Step {
    let uri = match place.filter(|place| !place.is_empty()) {
        Some(place) => {
            let mut out = Vec::with_capacity(place.len() + 20);
            out.extend_from_slice(b"sip:");
            out.extend_from_slice(&place);
            out.extend_from_slice(b";transport=");
            out.extend_from_slice(transport.name().as_bytes());
            Text::from(out)
        }
        None => with_transport(call.next_hop(), transport),
    };
    let bytes = Text::from(&call.message.buffer()[..]);
    send_to(call, uri, None, bytes)
}

/// Host and port of a URI, to be reached over `transport`; the URI itself when it has none.
fn with_transport(uri: &[u8], transport: Transport) -> Text {
    let Ok(parsed) = sip::Uri::parse(uri) else {
        return Text::from(uri);
    };
    SocketAddress {
        transport: Some(transport),
        host: parsed.host(),
        port: parsed.port(),
    }
    .to_uri()
}

/// Sends the message, as it was received, over UDP to `place` (`host` or `host:port`), or to the next hop.
///
/// No Via is added. False when the place cannot be resolved.
///
/// ```cfg
/// send_udp("127.0.0.1:5099");
/// ```
#[script_function(send_udp, routes = REQUEST | FAILURE, waits)]
fn send_udp(call: &mut Call, place: Option<Text>) -> Step {
    send_message(call, place, Transport::Udp)
}

/// Sends the message, as it was received, over TCP to `place` (`host` or `host:port`), or to the next hop.
///
/// No Via is added. False when the place cannot be resolved, or when we have no socket for TCP.
///
/// ```cfg
/// if (!send_tcp("127.0.0.1:5099")) {
///     xinfo("there is no TCP here\n");
/// }
/// ```
#[script_function(send_tcp, routes = REQUEST | FAILURE, waits)]
fn send_tcp(call: &mut Call, place: Option<Text>) -> Step {
    send_message(call, place, Transport::Tcp)
}

/// Sends `data` as it is to where `uri` leads.
///
/// ```cfg
/// send_data("sip:127.0.0.1:5099", "hello");
/// ```
#[script_function(send_data, routes = ANY, waits)]
fn send_data(call: &mut Call, uri: Text, data: Text) -> Step {
    send_to(call, uri, None, data)
}

/// Sends `data` as it is to where `uri` leads, from our socket `socket` (`proto:host:port`).
///
/// What is no socket of ours leaves the choice to us (observed on 5.6.3).
///
/// ```cfg
/// sendx("sip:127.0.0.1:5099", "udp:127.0.0.1:5060", "hello");
/// ```
#[script_function(sendx, routes = ANY, waits)]
fn sendx(call: &mut Call, uri: Text, socket: Text, data: Text) -> Step {
    let id = SocketAddress::parse(&socket)
        .and_then(|address| address.with_default_port().find(&call.runtime.sockets))
        .map(|socket| socket.id);
    send_to(call, uri, id, data)
}

/// Sends the response on to the next Via at once.
///
/// Without a `drop` it is sent on again when the route ends.
///
/// ```cfg
/// reply_route {
///     forward_reply();
///     drop;
/// }
/// ```
#[script_function(forward_reply, routes = CORE_REPLY)]
fn forward_reply(call: &mut Call) -> Verdict {
    Verdict::of(relay::forward_response(call))
}

/// Sends the request on to the next hop without a transaction, and with no other Via than ours: no response comes back to who sent it.
///
/// `branch` is the number at the end of our branch parameter.
///
/// ```cfg
/// sl_send_reply("200", "OK");
/// $du = "sip:127.0.0.1:5099";
/// forward_uac();
/// ```
#[script_function(forward_uac, routes = REQUEST, waits, sends_on)]
fn forward_uac(call: &mut Call, branch: Option<i64>) -> Step {
    relay::forward_request_as(call, None, user_agent(branch))
}

/// Does what `forward_uac` does, towards `uri`.
///
/// ```cfg
/// sl_send_reply("200", "OK");
/// forward_uac_uri("sip:127.0.0.1:5099");
/// ```
#[script_function(forward_uac_uri, routes = REQUEST, waits, sends_on)]
fn forward_uac_uri(call: &mut Call, uri: Text, branch: Option<i64>) -> Step {
    relay::forward_request_as(call, Some(uri), user_agent(branch))
}

fn user_agent(branch: Option<i64>) -> ForwardAs {
    ForwardAs::UserAgent(branch.map_or(0, |branch| branch as u16))
}
