//! Our sockets and the ends of the message.

use module_api::relay::ArrivedAt;
use module_api::{
    Call, Located, NextHop, SocketAddress, SocketId, Step, Text, Verdict, relay, script_function,
};
use sip::Transport;
use std::net::SocketAddr;

/// Does `change` with our socket `name` (`proto:host:port`), and nothing where none is it; false for what cannot be one.
fn with_socket(call: &mut Call, name: &Text, change: impl FnOnce(&mut Call, SocketId)) -> Verdict {
    let can_be = |address: &SocketAddress| {
        let transport = address.transport;
        transport.is_none_or(|transport| is_on(call, transport))
    };
    let Some(address) = SocketAddress::parse(name).filter(can_be) else {
        call.error(format_args!("no socket of ours can be `{name}`"));
        return Verdict::FALSE;
    };
    let found = address.with_default_port().find(&call.runtime.sockets);
    match found.map(|socket| socket.id) {
        Some(id) => change(call, id),
        None => call.warn(format_args!("none of our sockets is {name}")),
    }
    Verdict::TRUE
}

fn find_named(call: &mut Call, name: &Text) -> Option<SocketId> {
    let found = call.runtime.sockets.named(name).map(|socket| socket.id);
    if found.is_none() {
        call.warn(format_args!("none of our sockets is named {name}"));
    }
    found
}

/// Makes the message leave by our socket `address`, given as `proto:host:port`.
///
/// What is no socket of ours changes nothing; true all the same, unless it cannot be one, as with a transport that is off.
///
/// ```cfg
/// set_send_socket("udp:192.0.2.1:1");
/// xinfo("$fs\n");   # log: <null>
/// ```
#[script_function(set_send_socket, routes = ANY)]
fn set_send_socket(call: &mut Call, address: Text) -> Verdict {
    with_socket(call, &address, |call, id| call.target.socket = Some(id))
}

/// Makes the message leave by our socket named `name`.
///
/// What is no socket of ours changes nothing; true all the same, unless the name is empty.
///
/// ```cfg
/// set_send_socket_name("nowhere");
/// xinfo("$fs\n");   # log: <null>
/// ```
#[script_function(set_send_socket_name, routes = ANY)]
fn set_send_socket_name(call: &mut Call, name: Text) -> Verdict {
    if let Some(id) = find_named(call, &name) {
        call.target.socket = Some(id);
    }
    Verdict::of(!name.is_empty())
}

/// Makes the message one that came in at the socket.
fn receive_at(call: &mut Call, id: SocketId) {
    let runtime = call.runtime.clone();
    if let Some(socket) = runtime.sockets.get(id) {
        if call.notes.get::<ArrivedAt>().is_none() {
            call.notes.set(ArrivedAt(call.reception.socket));
        }
        call.reception.socket = id;
        call.reception.local = socket.address;
        call.reception.transport = socket.transport;
    }
}

/// Makes the message one that came in at our socket `address`, given as `proto:host:port`.
///
/// Responses leave by that socket; where requests leave by is not changed.
///
/// What is no socket of ours changes nothing; true all the same, unless it cannot be one, as with a transport that is off.
///
/// ```cfg
/// $var(before) = $Rp;
/// set_recv_socket("udp:192.0.2.1:1");
/// if ($Rp == $var(before)) {
///     xinfo("the same\n");   # log: the same
/// }
/// ```
#[script_function(set_recv_socket, routes = ANY)]
fn set_recv_socket(call: &mut Call, address: Text) -> Verdict {
    with_socket(call, &address, receive_at)
}

/// Makes the message one that came in at our socket named `name`.
///
/// Responses leave by that socket; where requests leave by is not changed.
///
/// What is no socket of ours changes nothing; true all the same, unless the name is empty.
///
/// ```cfg
/// $var(before) = $Rp;
/// set_recv_socket_name("nowhere");
/// if ($Rp == $var(before)) {
///     xinfo("the same\n");   # log: the same
/// }
/// ```
#[script_function(set_recv_socket_name, routes = ANY)]
fn set_recv_socket_name(call: &mut Call, name: Text) -> Verdict {
    if let Some(id) = find_named(call, &name) {
        receive_at(call, id);
    }
    Verdict::of(!name.is_empty())
}

/// Makes the message one that came from `address`, given as `proto:host:port`.
///
/// Without a port it is 0. The transport of the message stays (observed on 5.6.3). False when the host is neither an address
/// nor a name that stands for one, when its transport, UDP where none is written, is off, or when no socket of ours has its family of
/// addresses.
///
/// ```cfg
/// set_source_address("udp:192.0.2.7:5070");
/// xinfo("$si:$sp\n");   # log: 192.0.2.7:5070
/// ```
#[script_function(set_source_address, routes = ANY, waits)]
fn set_source_address(call: &mut Call, address: Text) -> Step {
    let Some(parsed) = SocketAddress::parse(&address) else {
        return came_from(call, &address, None).into();
    };
    let transport = parsed.transport.unwrap_or(Transport::Udp);
    let port = parsed.port.unwrap_or(0);
    if let Some(host) = sip::parse_address(parsed.host) {
        let peer = Some((transport, SocketAddr::new(host, port)));
        return came_from(call, &address, peer).into();
    }
    let first = move |hops: Vec<NextHop>| {
        let hop = hops.first()?;
        Some((transport, SocketAddr::new(hop.address.ip(), port)))
    };
    match Located::of_host(&*call.runtime.host, parsed.host) {
        Located::Ready(hops) => came_from(call, &address, first(hops)).into(),
        Located::Later(answer) => {
            Step::wait(format!("dns {address}"), answer, move |call, hops| {
                came_from(call, &address, first(hops))
            })
        }
    }
}

/// Whether a transport is on: UDP always, TCP unless it is switched off, another where one of our sockets has it.
fn is_on(call: &Call, transport: Transport) -> bool {
    let sockets = &call.runtime.sockets.list;
    match transport {
        Transport::Udp => true,
        Transport::Tcp => !call.runtime.settings.disable_tcp,
        _ => sockets.iter().any(|socket| socket.transport == transport),
    }
}

/// Whether we could have heard from there: a transport that is on, and a family of addresses that one of our sockets has.
fn can_come(call: &Call, transport: Transport, peer: SocketAddr) -> bool {
    let sockets = &call.runtime.sockets.list;
    is_on(call, transport)
        && sockets
            .iter()
            .any(|socket| socket.address.is_ipv4() == peer.is_ipv4())
}

fn came_from(call: &mut Call, address: &Text, peer: Option<(Transport, SocketAddr)>) -> Verdict {
    match peer {
        Some((transport, peer)) if !can_come(call, transport, peer) => {
            call.error(format_args!(
                "set_source_address: nothing of ours hears `{address}`"
            ));
            Verdict::FALSE
        }
        Some((_, peer)) => {
            call.reception.peer = peer;
            Verdict::TRUE
        }
        None => {
            call.error(format_args!(
                "set_source_address: `{address}` is no address"
            ));
            Verdict::FALSE
        }
    }
}

/// Whether one of our sockets has the name `name`.
///
/// ```cfg
/// if (!is_socket_name("nowhere")) {
///     xinfo("no such socket\n");   # log: no such socket
/// }
/// ```
#[script_function(is_socket_name, routes = ANY)]
fn is_socket_name(call: &mut Call, name: Text) -> Verdict {
    Verdict::of(call.runtime.sockets.named(&name).is_some())
}

/// Lets the connection that the message came over serve for `port` of its peer too.
///
/// A port of 0 is that of the top Via. True also for a message that came over no connection.
///
/// ```cfg
/// add_tcp_alias(5080);
/// ```
#[script_function(add_tcp_alias, routes = ANY)]
fn add_tcp_alias(call: &mut Call, port: i64) -> Verdict {
    let Some(connection) = call.reception.connection else {
        return Verdict::TRUE;
    };
    let port = match u16::try_from(port) {
        Ok(0) => match call.message.top_via() {
            Ok(via) => via.port_or_default(),
            Err(_) => return Verdict::FALSE,
        },
        Ok(port) => port,
        Err(_) => {
            call.error(format_args!("add_tcp_alias: {port} is no port"));
            return Verdict::FALSE;
        }
    };
    if !call.runtime.host.alias_connection(connection, port) {
        let peer = relay::address_text(call.reception.peer.ip());
        call.warn(format_args!("the connection from {peer} is gone"));
        return Verdict::FALSE;
    }
    Verdict::TRUE
}
