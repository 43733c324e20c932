//! Addresses.

use crate::address::{self, Written};
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use std::net::IpAddr;

/// Whether `ip` is an IPv4 address or an IPv6 address, with or without brackets.
///
/// ```cfg
/// if (is_ip("[::1]")) {
///     xinfo("yes\n");   # log: yes
/// }
/// ```
#[script_function(is_ip, routes = ANY)]
fn is_ip(_call: &mut Call, ip: Text) -> Verdict {
    Verdict::of(Written::parse(&ip).is_some())
}

/// Whether `ip` is an IPv4 or IPv6 address without brackets.
///
/// ```cfg
/// if (is_pure_ip("::1")) {
///     xinfo("yes\n");   # log: yes
/// }
/// ```
#[script_function(is_pure_ip, routes = ANY)]
fn is_pure_ip(_call: &mut Call, ip: Text) -> Verdict {
    Verdict::of(Written::parse(&ip).is_some_and(Written::is_pure))
}

/// Whether `ip` is an IPv4 address.
///
/// ```cfg
/// if (is_ipv4("192.0.2.1")) {
///     xinfo("yes\n");   # log: yes
/// }
/// ```
#[script_function(is_ipv4, routes = ANY)]
fn is_ipv4(_call: &mut Call, ip: Text) -> Verdict {
    Verdict::of(matches!(Written::parse(&ip), Some(Written::V4(_))))
}

/// Whether `ip` is an IPv6 address without brackets.
///
/// ```cfg
/// if (is_ipv6("2001:db8::1")) {
///     xinfo("yes\n");   # log: yes
/// }
/// ```
#[script_function(is_ipv6, routes = ANY)]
fn is_ipv6(_call: &mut Call, ip: Text) -> Verdict {
    Verdict::of(matches!(Written::parse(&ip), Some(Written::V6(_))))
}

/// Whether `ip` is an IPv6 address in brackets.
///
/// ```cfg
/// if (is_ipv6_reference("[2001:db8::1]")) {
///     xinfo("yes\n");   # log: yes
/// }
/// ```
#[script_function(is_ipv6_reference, routes = ANY)]
fn is_ipv6_reference(_call: &mut Call, ip: Text) -> Verdict {
    Verdict::of(matches!(Written::parse(&ip), Some(Written::V6Reference(_))))
}

/// Whether `ip` is a private IPv4 address (RFC 1918).
///
/// ```cfg
/// if (is_ip_rfc1918("10.0.123.123")) {
///     xinfo("yes\n");   # log: yes
/// }
/// ```
#[script_function(is_ip_rfc1918, routes = ANY)]
fn is_ip_rfc1918(_call: &mut Call, ip: Text) -> Verdict {
    Verdict::of(
        matches!(Written::parse(&ip), Some(Written::V4(address)) if address::is_rfc1918(address)),
    )
}

/// How `ip` is written: 1 as IPv4, 2 as IPv6, 3 as IPv6 in brackets, -1 as nothing of these.
///
/// ```cfg
/// ip_type("[::1]");
/// xinfo("$rc\n");   # log: 3
/// ```
#[script_function(ip_type, routes = ANY)]
fn ip_type(_call: &mut Call, ip: Text) -> Verdict {
    Verdict(match Written::parse(&ip) {
        Some(Written::V4(_)) => 1,
        Some(Written::V6(_)) => 2,
        Some(Written::V6Reference(_)) => 3,
        None => -1,
    })
}

/// Puts the kind found into the variable; false, with the variable as it was, when there is none.
fn answer(call: &mut Call, ip: &Text, kind: Option<&'static str>, result: &PvarRef) -> Verdict {
    let Some(kind) = kind else {
        call.error(format_args!("`{ip}` is no address of the kind asked about"));
        return Verdict::FALSE;
    };
    match result.set(call, Text::from_static(kind)) {
        Ok(()) => Verdict::TRUE,
        Err(error) => {
            call.error(format_args!("the kind of {ip} cannot be kept: {error}"));
            Verdict::FALSE
        }
    }
}

/// Puts the kind of the address `ip` into the variable `result`, such as `PRIVATE` or `LINK-LOCAL-UNICAST`.
///
/// IPv4: `PUBLIC`, `PRIVATE`, `SHARED`, `LOOPBACK`, `LINK-LOCAL`, `RESERVED`, `TEST-NET`, `6TO4-RELAY`, `MULTICAST`,
/// `BROADCAST`. IPv6: `UNSPECIFIED`, `LOOPBACK`, `IPV4MAP`, `RESERVED`, `DISCARD`, `GLOBAL-UNICAST`, `TEREDO`, `BMWG`,
/// `DOCUMENTATION`, `ORCHID`, `6TO4`, `UNIQUE-LOCAL-UNICAST`, `LINK-LOCAL-UNICAST`, `MULTICAST`.
///
/// ```cfg
/// detailed_ip_type("192.168.1.2", "$var(kind)");
/// xinfo("$var(kind)\n");   # log: PRIVATE
/// ```
#[script_function(detailed_ip_type, routes = ANY)]
fn detailed_ip_type(call: &mut Call, ip: Text, result: PvarRef) -> Verdict {
    let kind = Written::parse(&ip).map(|written| address::kind(written.address()));
    answer(call, &ip, kind, &result)
}

/// Puts the kind of the IPv4 address `ip` into the variable `result`.
///
/// ```cfg
/// detailed_ipv4_type("100.64.0.1", "$var(kind)");
/// xinfo("$var(kind)\n");   # log: SHARED
/// ```
#[script_function(detailed_ipv4_type, routes = ANY)]
fn detailed_ipv4_type(call: &mut Call, ip: Text, result: PvarRef) -> Verdict {
    let kind = match Written::parse(&ip) {
        Some(Written::V4(address)) => Some(address::kind_of_v4(address)),
        _ => None,
    };
    answer(call, &ip, kind, &result)
}

/// Puts the kind of the IPv6 address `ip`, with or without brackets, into the variable `result`.
///
/// ```cfg
/// detailed_ipv6_type("[2001:db8::1]", "$var(kind)");
/// xinfo("$var(kind)\n");   # log: DOCUMENTATION
/// ```
#[script_function(detailed_ipv6_type, routes = ANY)]
fn detailed_ipv6_type(call: &mut Call, ip: Text, result: PvarRef) -> Verdict {
    let kind = match Written::parse(&ip) {
        Some(Written::V6(address) | Written::V6Reference(address)) => {
            Some(address::kind_of_v6(address))
        }
        _ => None,
    };
    answer(call, &ip, kind, &result)
}

/// Whether two texts are the same address, however they are written; brackets do not count.
///
/// ```cfg
/// if (compare_ips("1080:0:0:0:8:800:200C:417A", "[1080::8:800:200c:417a]")) {
///     xinfo("the same\n");   # log: the same
/// }
/// ```
#[script_function(compare_ips, routes = ANY)]
fn compare_ips(_call: &mut Call, ip1: Text, ip2: Text) -> Verdict {
    let (left, right) = (Written::parse(&ip1), Written::parse(&ip2));
    Verdict::of(left.is_some() && left.map(Written::address) == right.map(Written::address))
}

/// Whether two texts are the same address, however they are written; one in brackets is none.
///
/// ```cfg
/// if (compare_pure_ips("2001:DB8::1", "2001:db8:0::1")) {
///     xinfo("the same\n");   # log: the same
/// }
/// ```
#[script_function(compare_pure_ips, routes = ANY)]
fn compare_pure_ips(_call: &mut Call, ip1: Text, ip2: Text) -> Verdict {
    let (left, right): (Option<IpAddr>, Option<IpAddr>) =
        (address::bare(&ip1), address::bare(&ip2));
    Verdict::of(left.is_some() && left == right)
}

/// Whether `ip` is in one of `networks`, a list with commas of `address/bits` and plain addresses.
///
/// What is no network is passed over; an IPv6 address has no brackets here.
///
/// ```cfg
/// if (is_in_subnet("192.168.0.9", "10.0.0.0/16, 192.168.0.0/24")) {
///     xinfo("inside\n");   # log: inside
/// }
/// ```
#[script_function(is_in_subnet, routes = ANY)]
fn is_in_subnet(_call: &mut Call, ip: Text, networks: Text) -> Verdict {
    Verdict::of(address::bare(&ip).is_some_and(|ip| address::is_in_list(ip, &networks)))
}
