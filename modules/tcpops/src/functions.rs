//! Script functions.

use crate::WANTED;
use module_api::{Call, ConnectionId, KeepAlive, PvarRef, Text, Verdict, script_function};
use std::net::SocketAddr;
use std::time::Duration;

/// There is no such connection, in the words of `tcp_conid_state()`.
const GONE: Verdict = Verdict(-1);

/// The connection of a number, or the one the message came over.
fn connection(call: &Call, number: Option<i64>) -> Option<ConnectionId> {
    match number {
        Some(number) => u32::try_from(number).ok().map(ConnectionId),
        None => call.reception.connection,
    }
}

fn is_there(call: &Call, id: ConnectionId) -> bool {
    call.runtime.host.connection(id).is_some()
}

/// The connection whose peer is at `address:port`.
fn connection_to(call: &Call, place: &Text) -> Option<ConnectionId> {
    let place = place.to_str()?;
    let place = place
        .split_once(':')
        .filter(|(protocol, _)| matches!(*protocol, "tcp" | "tls" | "ws" | "wss"))
        .map_or(place, |(_, rest)| rest);
    let peer: SocketAddr = place.parse().ok()?;
    let mut connections = call.runtime.host.connections().into_iter();
    connections
        .find(|connection| connection.peer == peer)
        .map(|connection| connection.id)
}

fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}

/// Closes a connection: that of the number `conid`, or the one the message came over.
///
/// ```cfg
/// if (!tcp_close_connection()) xinfo("there is none\n");   # log: there is none
/// ```
#[script_function(tcp_close_connection, routes = ANY)]
fn tcp_close_connection(call: &mut Call, conid: Option<i64>) -> Verdict {
    match connection(call, conid) {
        Some(id) => Verdict::of(close(call, id)),
        None => Verdict::FALSE,
    }
}

/// Closes a connection, but not before what the run sends over it is written.
fn close(call: &mut Call, id: ConnectionId) -> bool {
    let mut sends = call.outbox.sends.iter_mut().rev();
    match sends.find(|(_, delivery)| delivery.connection == Some(id)) {
        Some((_, last)) => {
            last.close_after = true;
            is_there(call, id)
        }
        None => call.runtime.host.close_connection(id),
    }
}

/// Whether there is a connection to `addr`, an address with a port.
///
/// ```cfg
/// if (!tcp_con_alive("127.0.0.1:5070")) xinfo("there is none\n");   # log: there is none
/// ```
#[script_function(tcp_con_alive, routes = ANY)]
fn tcp_con_alive(call: &mut Call, addr: Text) -> Verdict {
    Verdict::of(connection_to(call, &addr).is_some())
}

/// Whether the connection of the number `conid` can be used.
///
/// ```cfg
/// if (!tcp_conid_alive("77")) xinfo("it is gone\n");   # log: it is gone
/// ```
#[script_function(tcp_conid_alive, routes = ANY)]
fn tcp_conid_alive(call: &mut Call, conid: i64) -> Verdict {
    let id = connection(call, Some(conid));
    Verdict::of(id.is_some_and(|id| is_there(call, id)))
}

/// The state of the connection of the number `conid`: 1 when it can be used, -1 when it is gone.
///
/// ```cfg
/// tcp_conid_state("77");
/// xinfo("$rc\n");   # log: -1
/// ```
#[script_function(tcp_conid_state, routes = ANY)]
fn tcp_conid_state(call: &mut Call, conid: i64) -> Verdict {
    match connection(call, Some(conid)) {
        Some(id) if is_there(call, id) => Verdict::TRUE,
        _ => GONE,
    }
}

/// Has the event routes run when a connection ends, where `closed_event` is 2: that of the number `conid`, or the one the
/// message came over.
///
/// ```cfg
/// tcp_enable_closed_event();
/// ```
#[script_function(tcp_enable_closed_event, routes = ANY)]
fn tcp_enable_closed_event(call: &mut Call, conid: Option<i64>) -> Verdict {
    let id = connection(call, conid);
    Verdict::of(id.is_some_and(|id| call.runtime.host.set_connection_mark(id, WANTED)))
}

/// Puts the number of the connection to `hostport` into `pvname`.
///
/// ```cfg
/// if (!tcp_get_conid("127.0.0.1:5070", "$var(id)")) xinfo("there is none\n");   # log: there is none
/// ```
#[script_function(tcp_get_conid, routes = ANY)]
fn tcp_get_conid(call: &mut Call, hostport: Text, pvname: PvarRef) -> Verdict {
    let Some(id) = connection_to(call, &hostport) else {
        return Verdict::FALSE;
    };
    Verdict::of(pvname.set(call, i64::from(id.0)).is_ok())
}

/// Has the system probe the peer of a connection after `idle` seconds of silence: `count` probes, `interval` seconds apart.
///
/// With four arguments the first is the number of the connection; else it is the one the message came over.
///
/// ```cfg
/// tcp_keepalive_enable("60", "5", "5");
/// ```
#[script_function(tcp_keepalive_enable, routes = ANY)]
fn tcp_keepalive_enable(
    call: &mut Call,
    idle: i64,
    count: i64,
    interval: i64,
    last: Option<i64>,
) -> Verdict {
    let (conid, idle, count, interval) = match last {
        Some(last) => (Some(idle), count, interval, last),
        None => (None, idle, count, interval),
    };
    let Some(id) = connection(call, conid) else {
        return Verdict::FALSE;
    };
    let keepalive = KeepAlive {
        idle: seconds(idle),
        interval: seconds(interval),
        count: u32::try_from(count).unwrap_or(0),
    };
    let host = &call.runtime.host;
    Verdict::of(host.set_connection_keepalive(id, Some(keepalive)))
}

/// Has the system leave the peer of a connection alone: that of the number `conid`, or the one the message came over.
///
/// ```cfg
/// tcp_keepalive_disable();
/// ```
#[script_function(tcp_keepalive_disable, routes = ANY)]
fn tcp_keepalive_disable(call: &mut Call, conid: Option<i64>) -> Verdict {
    let id = connection(call, conid);
    Verdict::of(id.is_some_and(|id| call.runtime.host.set_connection_keepalive(id, None)))
}

/// Gives a connection another lifetime, in seconds without traffic.
///
/// With two arguments the first is the number of the connection; else it is the one the message came over.
///
/// ```cfg
/// tcp_set_connection_lifetime("3605");
/// ```
#[script_function(tcp_set_connection_lifetime, routes = ANY)]
fn tcp_set_connection_lifetime(call: &mut Call, first: i64, last: Option<i64>) -> Verdict {
    let (conid, lifetime) = match last {
        Some(lifetime) => (Some(first), lifetime),
        None => (None, first),
    };
    let Some(id) = connection(call, conid) else {
        return Verdict::FALSE;
    };
    let host = &call.runtime.host;
    Verdict::of(host.set_connection_lifetime(id, seconds(lifetime)))
}

/// Names the connection of the number `conid` as the one that the request leaves by when it is relayed, where
/// `tcp_set_otcpid_flag()` asks for it.
///
/// ```cfg
/// tcp_set_otcpid("77");
/// ```
#[script_function(tcp_set_otcpid, routes = ANY)]
fn tcp_set_otcpid(call: &mut Call, conid: i64) -> Verdict {
    call.target.connection = connection(call, Some(conid));
    Verdict::TRUE
}

/// Whether a relayed request leaves by the connection that `tcp_set_otcpid()` has named, or by which the contact registered that
/// `lookup()` has found; 0 is no. Without it, it is the address of the next hop that counts. A next hop that the script sets
/// later changes nothing.
///
/// ```cfg
/// lookup("location");
/// tcp_set_otcpid_flag("1");
/// t_relay();
/// ```
#[script_function(tcp_set_otcpid_flag, routes = ANY)]
fn tcp_set_otcpid_flag(call: &mut Call, mode: i64) -> Verdict {
    call.flags.marks.by_known_connection = mode != 0;
    Verdict::TRUE
}
