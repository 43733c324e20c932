//! Host names.

use crate::address::{self, Written};
use crate::answers::{Addresses, Records};
use locate::{Answer, Kind, Query, Record};
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
    let addresses = |hops: Vec<NextHop>| hops.into_iter().map(|hop| hop.address.ip()).collect();
    match Located::of_host(&*call.runtime.host, host) {
        Located::Ready(hops) => then(call, addresses(hops)).into(),
        Located::Later(answer) => Step::wait(format!("dns {host}"), answer, move |call, hops| {
            then(call, addresses(hops))
        }),
    }
}

fn match_address(call: &mut Call, host: &Text, ip: &Text) -> Step {
    let Some(wanted) = Written::parse(ip).map(Written::address) else {
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

/// Asks for the records of a name and keeps them under `kept_as`; `none` is the verdict when there are none.
fn ask(call: &mut Call, name: &[u8], kind: Kind, kept_as: Text, none: Verdict) -> Step {
    let query = Query {
        name: Text::from(name.to_ascii_lowercase()),
        kind,
    };
    let answer = call.runtime.host.ask_dns(&query);
    let what = format!("dns {}", query.name);
    Step::wait(what, answer, move |call, answer| {
        let found: Vec<Record> = match answer {
            Answer::Records(found) => found.into_iter().map(|(record, _)| record).collect(),
            Answer::Alias { .. } | Answer::NotFound | Answer::Failed => Vec::new(),
        };
        let verdict = match found.is_empty() {
            true => none,
            false => Verdict::TRUE,
        };
        let mut records = call.notes.take::<Records>().unwrap_or_default();
        records.keep(kind, kept_as, found);
        call.notes.set(records);
        verdict
    })
}

/// Keeps the SRV records of `service` for `$srvquery(name=>…)`.
///
/// True also when there are none.
///
/// ```cfg
/// srv_query("_sip._udp.example.invalid", "service");
/// xinfo("$srvquery(service=>count)\n");   # log: 0
/// ```
#[script_function(srv_query, routes = ANY, waits)]
fn srv_query(call: &mut Call, service: Text, name: Text) -> Step {
    ask(call, &service, Kind::Srv, name, Verdict::TRUE)
}

/// Keeps the NAPTR records of `domain` for `$naptrquery(name=>…)`.
///
/// True also when there are none.
///
/// ```cfg
/// naptr_query("example.invalid", "pointers");
/// xinfo("$naptrquery(pointers=>count)\n");   # log: 0
/// ```
#[script_function(naptr_query, routes = ANY, waits)]
fn naptr_query(call: &mut Call, domain: Text, name: Text) -> Step {
    ask(call, &domain, Kind::Naptr, name, Verdict::TRUE)
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
#[script_function(ptr_query, routes = ANY, waits)]
fn ptr_query(call: &mut Call, ip: Text, name: Text) -> Step {
    let Some(address) = address::bare(&ip) else {
        call.error(format_args!("`{ip}` is no address"));
        return Verdict::FALSE.into();
    };
    let asked = reverse_name(address);
    ask(call, asked.as_bytes(), Kind::Ptr, name, Verdict::FALSE)
}

/// The name that the name of an address is found at (RFC 1035 §3.5, RFC 3596 §2.5).
fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let mut name = String::with_capacity(72);
            for octet in address.octets().iter().rev() {
                name.push_str(&format!("{:x}.{:x}.", octet & 15, octet >> 4));
            }
            name + "ip6.arpa"
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_address_is_asked_for_backwards() {
        let check = |address: &str, expected: &str| {
            assert_eq!(reverse_name(address.parse().unwrap()), expected);
        };
        check("192.0.2.17", "17.2.0.192.in-addr.arpa");
        check(
            "2001:db8::567:89ab",
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        );
    }
}
