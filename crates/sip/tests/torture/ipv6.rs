//! RFC 5118: IPv6 addresses wherever they can stand.

use std::net::IpAddr;

use sip::sdp::{Family, Sdp};
use sip::{Message, Uri};

use crate::{message, mistakes, text};

const RFC: &str = "rfc5118";

fn valid(name: &str) -> Message {
    let message = message(RFC, name);
    assert_eq!(mistakes(&message), [""; 0], "{name}");
    message
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn address_in_brackets() {
    let message = valid("ipv6-good");
    assert_eq!(message.uri().unwrap().host_address(), ip("2001:db8::10"));
    assert_eq!(
        message.top_via().unwrap().host_address(message.buffer()),
        ip("2001:db8::9:1")
    );
    let contact = message.contacts().next().unwrap().unwrap();
    let uri = contact
        .address()
        .unwrap()
        .parse_uri(message.buffer())
        .unwrap();
    assert_eq!(
        (uri.user(), uri.host_address()),
        (Some(&b"caller"[..]), ip("2001:db8::1"))
    );
}

#[test]
fn address_without_brackets() {
    let message = message(RFC, "ipv6-bad");
    assert_eq!(mistakes(&message), ["Request-URI"]);
}

#[test]
fn last_group_is_no_port() {
    let message = valid("port-ambiguous");
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.host_address(), uri.port()),
        (ip("2001:db8::10:5070"), None)
    );
}

#[test]
fn port_after_the_brackets() {
    let message = valid("port-unambiguous");
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.host_address(), uri.port()),
        (ip("2001:db8::10"), Some(5070))
    );
}

#[test]
fn received_is_read_with_and_without_brackets() {
    for name in [
        "via-received-param-with-delim",
        "via-received-param-no-delim",
    ] {
        let message = valid(name);
        let via = message.top_via().unwrap();
        let received = sip::parse_address(message.text(via.received.unwrap()));
        assert_eq!(received, ip("2001:db8::9:255"), "{name}");
        assert!(via.branch.is_some());
    }
}

#[test]
fn addresses_in_a_session_description() {
    let message = valid("ipv6-in-sdp");
    assert_eq!(message.uri().unwrap().host_address(), ip("2001:db8::10"));
    let sdp = Sdp::parse(message.buffer(), message.body_span()).unwrap();
    assert_eq!(sdp.check(), Ok(()));
    let connection = sdp.connection_for(&sdp.media()[0]).unwrap();
    assert_eq!(
        (connection.family, text(sdp.text(connection.address))),
        (Family::Ip6, "2001:db8::20")
    );
}

#[test]
fn both_families_in_header_fields() {
    let message = valid("mult-ip-in-header");
    let vias: Vec<_> = message.vias().map(|via| via.unwrap()).collect();
    let hosts: Vec<_> = vias
        .iter()
        .map(|via| via.host_address(message.buffer()))
        .collect();
    assert_eq!(
        hosts,
        [ip("2001:db8::9:1"), ip("192.0.2.1"), ip("2001:db8::9:255")]
    );
    assert_eq!(vias[0].port, Some(6050));
    assert_eq!(message.text(vias[2].received.unwrap()), b"192.0.2.200");
}

#[test]
fn both_families_in_a_session_description() {
    let message = valid("mult-ip-in-sdp");
    let sdp = Sdp::parse(message.buffer(), message.body_span()).unwrap();
    let families: Vec<_> = sdp
        .media()
        .iter()
        .map(|media| sdp.connection_for(media).unwrap().family)
        .collect();
    assert_eq!(families, [Family::Ip4, Family::Ip6]);
}

#[test]
fn ipv4_mapped_addresses() {
    let message = valid("ipv4-mapped-ipv6");
    let vias: Vec<_> = message.vias().map(|via| via.unwrap()).collect();
    assert_eq!(
        vias[0].host_address(message.buffer()),
        ip("::ffff:192.0.2.10")
    );
    assert_eq!(vias[0].port, Some(19823));
    let contact = message.contacts().next().unwrap().unwrap();
    let uri = contact
        .address()
        .unwrap()
        .parse_uri(message.buffer())
        .unwrap();
    assert_eq!(uri.host_address(), ip("::ffff:192.0.2.2"));
}

/// RFC 3261's grammar asks for three colons where two are right (RFC 5118 §4.10: a liberal element takes both, and sends two).
#[test]
fn three_colons_before_an_embedded_ipv4_address() {
    let right = valid("ipv6-correct-abnf-2-colons");
    assert_eq!(
        right.uri().unwrap().host_address(),
        ip("2001:db8::192.0.2.1")
    );
    let wrong = message(RFC, "ipv6-bug-abnf-3-colons");
    // It is kept as it is, and is no address.
    assert_eq!(wrong.uri().map(|uri| uri.host_address()), Ok(None));
    assert_eq!(Uri::parse(b"sip:[::1").ok(), None);
}
