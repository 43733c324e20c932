//! Script functions.

use crate::{Tcpops, WANTED};
use module_api::{
    Call, ConnectionId, KeepAlive, Located, NextHop, PvarRef, SocketAddress, Step, Text, Verdict,
    script_function,
};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// There is no such connection, in the words of `tcp_conid_state()`.
const GONE: Verdict = Verdict(-1);

/// The number that no connection has.
const NO_CONNECTION: i64 = 0;

/// Where a peer is whose port is not told.
const DEFAULT_PORT: u16 = 5060;

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

/// Finds the connection whose peer is at `place`, a SIP URI or `[proto:]host[:port]`, and hands it to `then`. A name is asked for in
/// the DNS; a port that is not given is 5060.
fn with_connection_to(
    call: &mut Call,
    place: &Text,
    then: impl FnOnce(&mut Call, Option<ConnectionId>) -> Verdict + Send + 'static,
) -> Step {
    let uri = sip::Uri::parse(place).ok();
    let (host, port) = match (&uri, SocketAddress::parse(place)) {
        (Some(uri), _) => (uri.host(), uri.port()),
        (None, Some(address)) => (address.host, address.port),
        (None, None) => return then(call, None).into(),
    };
    let port = port.unwrap_or(DEFAULT_PORT);
    if let Some(address) = sip::parse_address(host) {
        let found = connection_of(call, &[address], port);
        return then(call, found).into();
    }
    let addresses =
        |hops: &[NextHop]| -> Vec<IpAddr> { hops.iter().map(|hop| hop.address.ip()).collect() };
    match Located::of_host(&*call.runtime.host, host) {
        Located::Ready(hops) => {
            let found = connection_of(call, &addresses(&hops), port);
            then(call, found).into()
        }
        Located::Later(answer) => Step::wait(
            format!("dns {}", Text::from(host)),
            answer,
            move |call, hops: Vec<NextHop>| {
                let found = connection_of(call, &addresses(&hops), port);
                then(call, found)
            },
        ),
    }
}

/// The connection that serves for that port of one of these addresses.
fn connection_of(call: &Call, addresses: &[IpAddr], port: u16) -> Option<ConnectionId> {
    let host = &call.runtime.host;
    addresses
        .iter()
        .find_map(|address| host.connection_to(SocketAddr::new(*address, port)))
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

/// Whether there is a connection to `addr`: a SIP URI or `host[:port]`, without a port at 5060.
///
/// ```cfg
/// if (!tcp_con_alive("127.0.0.1:5070")) xinfo("there is none\n");   # log: there is none
/// ```
#[script_function(tcp_con_alive, routes = ANY, waits)]
fn tcp_con_alive(call: &mut Call, addr: Text) -> Step {
    with_connection_to(call, &addr, |_, id| Verdict::of(id.is_some()))
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
/// message came over. False with another `closed_event`.
///
/// ```cfg
/// if (!tcp_enable_closed_event()) xinfo("not up to the script\n");   # log: not up to the script
/// ```
#[script_function(tcp_enable_closed_event, routes = ANY)]
fn tcp_enable_closed_event(tcpops: &Tcpops, call: &mut Call, conid: Option<i64>) -> Verdict {
    if !tcpops.is_up_to_script() {
        return Verdict::FALSE;
    }
    let id = connection(call, conid);
    Verdict::of(id.is_some_and(|id| call.runtime.host.set_connection_mark(id, WANTED)))
}

/// Puts the number of the connection to `hostport` into `pvname`: `host[:port]`, without a port at 5060. Where there is none the
/// number is 0.
///
/// ```cfg
/// $var(id) = 7;
/// if (!tcp_get_conid("127.0.0.1:5070", "$var(id)")) xinfo("there is none: $var(id)\n");   # log: there is none: 0
/// ```
#[script_function(tcp_get_conid, routes = ANY, waits)]
fn tcp_get_conid(call: &mut Call, hostport: Text, pvname: PvarRef) -> Step {
    with_connection_to(call, &hostport, move |call, id| match id {
        Some(id) => Verdict::of(pvname.set(call, i64::from(id.0)).is_ok()),
        None => {
            // A variable that cannot be set changes nothing here.
            let _ = pvname.set(call, NO_CONNECTION);
            Verdict::FALSE
        }
    })
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
