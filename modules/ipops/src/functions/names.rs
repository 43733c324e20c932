//! Host names.

use crate::address;
use crate::answers::{Addresses, Asked, Record};
use module_api::{Call, Located, NextHop, Step, Text, Verdict, script_function};
use std::net::IpAddr;

/// What a query answers when the name cannot be resolved (observed on 5.6.3).
const UNRESOLVABLE: Verdict = Verdict(-4);

/// Goes on with the addresses that a host name stands for.
fn resolve(
    call: &mut Call,
    host: &Text,
    then: impl FnOnce(&mut Call, Vec<IpAddr>) -> Verdict + Send + 'static,
) -> Step {
    if let Some(address) = address::bare(host) {
        return then(call, vec![address]).into();
    }
    if host.is_empty() {
        return then(call, Vec::new()).into();
    }
    // The port keeps the answer to the addresses of this name (RFC 3263 §4.2).
    let uri = Text::concat(&[b"sip:", host, b":5060;transport=udp"]);
    if sip::Uri::parse(&uri).is_err() {
        return then(call, Vec::new()).into();
    }
    let addresses = |hops: Vec<NextHop>| hops.into_iter().map(|hop| hop.address.ip()).collect();
    match call.runtime.host.locate(&uri) {
        Located::Ready(hops) => then(call, addresses(hops)).into(),
        Located::Later(answer) => Step::wait(format!("dns {host}"), answer, move |call, hops| {
            then(call, addresses(hops))
        }),
    }
}

fn match_address(call: &mut Call, host: &Text, ip: &Text) -> Step {
    let Some(wanted) = address::bare(ip) else {
        call.error(format_args!("`{ip}` is no address"));
        return Verdict(-3).into();
    };
    resolve(call, host, move |_, found| {
        if found.is_empty() {
            UNRESOLVABLE
        } else {
            Verdict::of(found.contains(&wanted))
        }
    })
}

/// Whether the host name `host` stands for the address `ip`; -4 when it cannot be resolved.
///
/// ```cfg
/// if (dns_sys_match_ip("192.0.2.1", "192.0.2.1")) {
///     xinfo("it does\n");   # log: it does
/// }
/// ```
#[script_function(dns_sys_match_ip, routes = ANY, waits)]
fn dns_sys_match_ip(call: &mut Call, host: Text, ip: Text) -> Step {
    match_address(call, &host, &ip)
}

/// Whether the host name `host` stands for the address `ip`; -4 when it cannot be resolved.
///
/// ```cfg
/// if (dns_int_match_ip("192.0.2.1", "192.0.2.1")) {
///     xinfo("it does\n");   # log: it does
/// }
/// ```
#[script_function(dns_int_match_ip, routes = ANY, waits)]
fn dns_int_match_ip(call: &mut Call, host: Text, ip: Text) -> Step {
    match_address(call, &host, &ip)
}

/// Keeps the addresses of the host name `host` for `$dns(name=>…)`; -4 when it cannot be resolved.
///
/// ```cfg
/// dns_query("192.0.2.1", "own");
/// xinfo("$dns(own=>count) $dns(own=>addr[0])\n");   # log: 1 192.0.2.1
/// ```
#[script_function(dns_query, routes = ANY, waits)]
fn dns_query(call: &mut Call, host: Text, name: Text) -> Step {
    resolve(call, &host, move |call, found| {
        if found.is_empty() {
            return UNRESOLVABLE;
        }
        let mut kept = call.notes.take::<Addresses>().unwrap_or_default();
        kept.keep(name, found);
        call.notes.set(kept);
        Verdict::TRUE
    })
}

fn ask(call: &mut Call, record: Record, name: Text) -> Verdict {
    let mut asked = call.notes.take::<Asked>().unwrap_or_default();
    asked.keep(record, name);
    call.notes.set(asked);
    Verdict::TRUE
}

/// Keeps the SRV records of `service` for `$srvquery(name=>…)`.
///
/// True also when there are none.
///
/// ```cfg
/// srv_query("_sip._udp.example.invalid", "service");
/// xinfo("$srvquery(service=>count)\n");   # log: 0
/// ```
#[script_function(srv_query, routes = ANY, compat = partial("finds no records: SRV is only asked for on the way to a next hop"))]
fn srv_query(call: &mut Call, service: Text, name: Text) -> Verdict {
    let _ = service;
    ask(call, Record::Service, name)
}

/// Keeps the NAPTR records of `domain` for `$naptrquery(name=>…)`.
///
/// True also when there are none.
///
/// ```cfg
/// naptr_query("example.invalid", "pointers");
/// xinfo("$naptrquery(pointers=>count)\n");   # log: 0
/// ```
#[script_function(naptr_query, routes = ANY, compat = partial("finds no records: NAPTR is only asked for on the way to a next hop"))]
fn naptr_query(call: &mut Call, domain: Text, name: Text) -> Verdict {
    let _ = domain;
    ask(call, Record::AuthorityPointer, name)
}

/// Keeps the host name of the address `ip` for `$ptrquery(name=>…)`.
///
/// False when there is none.
///
/// ```cfg
/// if (!ptr_query("192.0.2.1", "host")) {
///     xinfo("no name\n");   # log: no name
/// }
/// ```
#[script_function(ptr_query, routes = ANY, compat = partial("finds no names: PTR is not asked for"))]
fn ptr_query(call: &mut Call, ip: Text, name: Text) -> Verdict {
    let _ = ip;
    ask(call, Record::Pointer, name);
    Verdict::FALSE
}

/// How many seconds answers of the DNS are kept from here on; 0 leaves it to the answers.
///
/// ```cfg
/// dns_set_local_ttl(7200);
/// ```
#[script_function(dns_set_local_ttl, routes = ANY, compat = accepted("answers of the DNS are kept as long as they say"))]
fn dns_set_local_ttl(_call: &mut Call, seconds: i64) -> Verdict {
    let _ = seconds;
    Verdict::TRUE
}
