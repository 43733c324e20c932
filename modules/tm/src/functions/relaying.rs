//! Sending the request on.

use crate::driver::Place;
use crate::handover;
use crate::relay::{self, Way};
use crate::{Tm, requests};
use module_api::{Call, PvarRef, Step, Text, Unrecorded, Verdict, script_function};
use sip::Transport;
use stdx::number::parse_integer;

/// The URI of a place.
fn place(host: &[u8], port: &[u8], transport: Option<Transport>) -> Text {
    let mut uri = Vec::with_capacity(host.len() + 32);
    uri.extend_from_slice(b"sip:");
    uri.extend_from_slice(host);
    if !port.is_empty() && port != b"0" {
        uri.push(b':');
        uri.extend_from_slice(port);
    }
    if let Some(transport) = transport.filter(|transport| *transport != Transport::Udp) {
        uri.extend_from_slice(b";transport=");
        uri.extend_from_slice(transport.name().as_bytes());
    }
    Text::from(uri)
}

/// The URI of `[proto:]host[:port]`.
fn proxy(text: &[u8]) -> Text {
    if text.starts_with(b"sip:") || text.starts_with(b"sips:") {
        return Text::from(text);
    }
    let (transport, rest) = match text.iter().position(|byte| *byte == b':') {
        Some(at) => {
            let (word, rest) = text.split_at(at);
            match Transport::from_name(word) {
                Some(transport) => (Some(transport), rest.get(1..).unwrap_or_default()),
                None => (None, text),
            }
        }
        None => (None, text),
    };
    place(rest, b"", transport)
}

fn to(host: &[u8], port: i64, transport: Option<Transport>) -> Way {
    let port = Text::from(port);
    Way {
        proxy: Some(place(host, &port, transport)),
        ..Way::default()
    }
}

/// Relays the request with state: to all branches of its destination set, or all of them to one host and port, by the
/// transport it came by.
///
/// ```cfg
/// $du = "sip:127.0.0.1:5090";
/// if (!t_relay()) sl_reply_error();
/// ```
#[script_function(t_relay, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on)]
fn t_relay(tm: &Tm, call: &mut Call, host: Option<Text>, port: Option<i64>) -> Step {
    let way = match host {
        Some(host) => to(&host, port.unwrap_or(0), Some(call.reception.transport)),
        None => Way::default(),
    };
    relay::begin(tm, call, way)
}

/// The next hop by another transport than it says.
fn by(call: &Call, transport: Transport) -> Way {
    let Ok(uri) = sip::Uri::parse(call.next_hop()) else {
        return Way::default();
    };
    to(
        uri.host(),
        i64::from(uri.port().unwrap_or(0)),
        Some(transport),
    )
}

fn relay_by(
    tm: &Tm,
    call: &mut Call,
    transport: Transport,
    host: Option<Text>,
    port: Option<i64>,
) -> Step {
    let way = match host {
        Some(host) => to(&host, port.unwrap_or(0), Some(transport)),
        None => by(call, transport),
    };
    relay::begin(tm, call, way)
}

/// As `t_relay`, over UDP.
///
/// ```cfg
/// t_relay_to_udp("127.0.0.1", "5090");
/// ```
#[script_function(t_relay_to_udp, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on)]
fn t_relay_to_udp(tm: &Tm, call: &mut Call, ip: Option<Text>, port: Option<i64>) -> Step {
    relay_by(tm, call, Transport::Udp, ip, port)
}

/// As `t_relay`, over TCP.
///
/// ```cfg
/// if (proto == TCP) t_relay_to_tcp("127.0.0.1", "5090");
/// ```
#[script_function(t_relay_to_tcp, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on)]
fn t_relay_to_tcp(tm: &Tm, call: &mut Call, ip: Option<Text>, port: Option<i64>) -> Step {
    relay_by(tm, call, Transport::Tcp, ip, port)
}

/// As `t_relay`, over TLS.
///
/// ```cfg
/// if (proto == TLS) t_relay_to_tls("127.0.0.1", "5061");
/// ```
#[script_function(t_relay_to_tls, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on)]
fn t_relay_to_tls(tm: &Tm, call: &mut Call, ip: Option<Text>, port: Option<i64>) -> Step {
    relay_by(tm, call, Transport::Tls, ip, port)
}

/// As `t_relay`, over SCTP; it fails, as SCTP is not spoken.
///
/// ```cfg
/// if (proto == SCTP) t_relay_to_sctp("127.0.0.1", "5060");
/// ```
#[script_function(t_relay_to_sctp, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on, compat = accepted("SCTP is not spoken"))]
fn t_relay_to_sctp(tm: &Tm, call: &mut Call, ip: Option<Text>, port: Option<i64>) -> Step {
    relay_by(tm, call, Transport::Sctp, ip, port)
}

/// Relays the request to `proxy` (`[proto:]host[:port]`) if one is given, with `flags`: 0x01 without a 100, 0x02 without an answer
/// when it fails, 0x04 without trying other places. Flags may also stand alone.
///
/// ```cfg
/// t_relay_to("udp:127.0.0.1:5090", "0x02");
/// ```
#[script_function(t_relay_to, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on)]
fn t_relay_to(tm: &Tm, call: &mut Call, destination: Option<Text>, flags: Option<Text>) -> Step {
    let (place, alone) = match destination {
        Some(text) => match parse_integer(&text) {
            Some(flags) => (None, Some(flags)),
            None => (Some(proxy(&text)), None),
        },
        None => (None, None),
    };
    let flags = flags.and_then(|flags| parse_integer(&flags)).or(alone);
    relay::begin(tm, call, flagged(place, flags.unwrap_or(0)))
}

fn flagged(proxy: Option<Text>, flags: i64) -> Way {
    Way {
        proxy,
        no_100: flags & 1 != 0,
        no_internal_reply: flags & 2 != 0,
        no_failover: flags & 4 != 0,
        replicate: false,
    }
}

/// Relays the request to `proxy` (`[proto:]host[:port]`), with `flags` as `t_relay_to` takes them.
///
/// ```cfg
/// t_relay_to_proxy("udp:127.0.0.1:5090");
/// ```
#[script_function(t_relay_to_proxy, routes = REQUEST | FAILURE | BRANCH_FAILURE, waits, sends_on)]
fn t_relay_to_proxy(tm: &Tm, call: &mut Call, destination: Text, flags: Option<i64>) -> Step {
    let way = flagged(Some(proxy(&destination)), flags.unwrap_or(0));
    relay::begin(tm, call, way)
}

/// Relays the request to the place that two variables name.
///
/// ```cfg
/// $avp(h) = "127.0.0.1";
/// $avp(p) = 5090;
/// t_relay_to_avp("$avp(h)", "$avp(p)");
/// ```
#[script_function(t_relay_to_avp, aliases(t_forward_nonack_to), routes = REQUEST, waits, sends_on)]
fn t_relay_to_avp(tm: &Tm, call: &mut Call, host: PvarRef, port: PvarRef) -> Step {
    let way = variable_place(call, &host, &port);
    relay::begin(tm, call, way)
}

fn variable_place(call: &mut Call, host: &PvarRef, port: &PvarRef) -> Way {
    let host = host.get(call).into_text();
    let port = port.get(call).to_int().unwrap_or(0);
    to(&host, port, None)
}

/// Relays a CANCEL whose INVITE is known; others go on without state.
///
/// ```cfg
/// if (is_method("CANCEL")) t_relay_cancel();
/// ```
#[script_function(t_relay_cancel, routes = REQUEST, waits)]
fn t_relay_cancel(tm: &Tm, call: &mut Call) -> Step {
    if call.message.method() != sip::Method::Cancel {
        return Verdict::TRUE.into();
    }
    match requests::cancelled(call) {
        Some(invite) => {
            requests::cancel(tm, call, invite);
            Verdict::EXIT.into()
        }
        None => Unrecorded(Verdict::TRUE).into(),
    }
}

fn nonack(tm: &Tm, call: &mut Call, way: Way) -> Step {
    if call.message.method() == sip::Method::Ack {
        return Verdict::FALSE.into();
    }
    // Observed on 5.6.3.
    if call.transaction.is_none() {
        call.error(format_args!(
            "there is no transaction: t_newtran() makes it"
        ));
        return Verdict::FALSE.into();
    }
    relay::begin(tm, call, way)
}

/// Relays a request that is no ACK, to a host and port.
///
/// ```cfg
/// t_newtran();
/// t_forward_nonack("127.0.0.1", "5090");
/// ```
#[script_function(t_forward_nonack, routes = REQUEST, waits, sends_on)]
fn t_forward_nonack(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    let way = to(&ip, port, Some(call.reception.transport));
    nonack(tm, call, way)
}

/// As `t_forward_nonack`, over UDP.
///
/// ```cfg
/// t_forward_nonack_udp("127.0.0.1", "5090");
/// ```
#[script_function(t_forward_nonack_udp, routes = REQUEST, waits, sends_on)]
fn t_forward_nonack_udp(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    nonack(tm, call, to(&ip, port, Some(Transport::Udp)))
}

/// As `t_forward_nonack`, over TCP.
///
/// ```cfg
/// if (proto == TCP) t_forward_nonack_tcp("127.0.0.1", "5090");
/// ```
#[script_function(t_forward_nonack_tcp, routes = REQUEST, waits, sends_on)]
fn t_forward_nonack_tcp(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    nonack(tm, call, to(&ip, port, Some(Transport::Tcp)))
}

/// As `t_forward_nonack`, over TLS.
///
/// ```cfg
/// if (proto == TLS) t_forward_nonack_tls("127.0.0.1", "5061");
/// ```
#[script_function(t_forward_nonack_tls, routes = REQUEST, waits, sends_on)]
fn t_forward_nonack_tls(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    nonack(tm, call, to(&ip, port, Some(Transport::Tls)))
}

/// As `t_forward_nonack`, over SCTP; it fails, as SCTP is not spoken.
///
/// ```cfg
/// if (proto == SCTP) t_forward_nonack_sctp("127.0.0.1", "5060");
/// ```
#[script_function(t_forward_nonack_sctp, routes = REQUEST, waits, sends_on, compat = accepted("SCTP is not spoken"))]
fn t_forward_nonack_sctp(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    nonack(tm, call, to(&ip, port, Some(Transport::Sctp)))
}

/// Relays a request that is no ACK by its Request-URI.
///
/// ```cfg
/// $ru = "sip:bob@127.0.0.1:5090";
/// t_forward_nonack_uri();
/// ```
#[script_function(t_forward_nonack_uri, routes = REQUEST, waits, sends_on)]
fn t_forward_nonack_uri(tm: &Tm, call: &mut Call) -> Step {
    nonack(tm, call, Way::default())
}

fn replicate(tm: &Tm, call: &mut Call, way: Way) -> Step {
    let way = Way {
        replicate: true,
        no_internal_reply: true,
        ..way
    };
    relay::begin(tm, call, way)
}

/// Sends a copy of the request to `uri`, or to its Request-URI; responses to it go no further.
///
/// ```cfg
/// t_replicate("sip:127.0.0.1:5090");
/// ```
#[script_function(t_replicate, routes = REQUEST, waits)]
fn t_replicate(tm: &Tm, call: &mut Call, uri: Option<Text>, flags: Option<i64>) -> Step {
    let way = Way {
        proxy: uri.map(|uri| proxy(&uri)),
        no_failover: flags.unwrap_or(0) & 4 != 0,
        ..Way::default()
    };
    replicate(tm, call, way)
}

/// As `t_replicate`, over UDP.
///
/// ```cfg
/// t_replicate_udp("127.0.0.1", "5090");
/// ```
#[script_function(t_replicate_udp, routes = REQUEST, waits)]
fn t_replicate_udp(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    replicate(tm, call, to(&ip, port, Some(Transport::Udp)))
}

/// As `t_replicate`, over TCP.
///
/// ```cfg
/// if (proto == TCP) t_replicate_tcp("127.0.0.1", "5090");
/// ```
#[script_function(t_replicate_tcp, routes = REQUEST, waits)]
fn t_replicate_tcp(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    replicate(tm, call, to(&ip, port, Some(Transport::Tcp)))
}

/// As `t_replicate`, over TLS.
///
/// ```cfg
/// if (proto == TLS) t_replicate_tls("127.0.0.1", "5061");
/// ```
#[script_function(t_replicate_tls, routes = REQUEST, waits)]
fn t_replicate_tls(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    replicate(tm, call, to(&ip, port, Some(Transport::Tls)))
}

/// As `t_replicate`, over SCTP; it fails, as SCTP is not spoken.
///
/// ```cfg
/// if (proto == SCTP) t_replicate_sctp("127.0.0.1", "5060");
/// ```
#[script_function(t_replicate_sctp, routes = REQUEST, waits, compat = accepted("SCTP is not spoken"))]
fn t_replicate_sctp(tm: &Tm, call: &mut Call, ip: Text, port: i64) -> Step {
    replicate(tm, call, to(&ip, port, Some(Transport::Sctp)))
}

/// As `t_replicate`, to the place that two variables name.
///
/// ```cfg
/// $avp(h) = "127.0.0.1";
/// $avp(p) = 5090;
/// t_replicate_to("$avp(h)", "$avp(p)");
/// ```
#[script_function(t_replicate_to, routes = REQUEST, waits)]
fn t_replicate_to(tm: &Tm, call: &mut Call, host: PvarRef, port: PvarRef) -> Step {
    let way = variable_place(call, &host, &port);
    replicate(tm, call, way)
}

/// Writes the request to the named pipe `fifo`, for a program that answers it by `tm.reply`. `action` is told to it;
/// behind a `/` it has the name of the lines of `tw_append` that are written, too. False when there is no transaction,
/// when nobody reads from the pipe, or when it stays full for longer than `unix_tx_timeout`. Without an answer the
/// request ends as one that nobody answers.
///
/// ```cfg
/// t_newtran();
/// if (!t_write_req("/run/no/pipe", "r")) xinfo("no\n");   # log: no
/// ```
#[script_function(t_write_req, routes = REQUEST | FAILURE, waits)]
fn t_write_req(tm: &Tm, call: &mut Call, fifo: Text, action: Text) -> Step {
    handover::hand_over(tm, call, Place::Pipe(fifo), &action)
}

/// As `t_write_req`, to a Unix socket for datagrams.
///
/// ```cfg
/// t_newtran();
/// if (!t_write_unix("/run/no/socket", "r")) xinfo("no\n");   # log: no
/// ```
#[script_function(t_write_unix, routes = REQUEST | FAILURE, waits)]
fn t_write_unix(tm: &Tm, call: &mut Call, socket: Text, action: Text) -> Step {
    handover::hand_over(tm, call, Place::Socket(socket), &action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_may_name_its_transport() {
        for (text, uri) in [
            ("127.0.0.1", "sip:127.0.0.1"),
            ("127.0.0.1:5090", "sip:127.0.0.1:5090"),
            ("tcp:host:5090", "sip:host:5090;transport=tcp"),
            ("udp:host", "sip:host"),
            ("sip:host;transport=tls", "sip:host;transport=tls"),
        ] {
            assert_eq!(proxy(text.as_bytes()), uri, "{text}");
        }
    }
}
