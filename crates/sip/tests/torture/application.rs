//! RFC 4475 §3.3 and §3.4: well formed to a parser; what to make of it is decided further up.

use sip::digest::{Credentials, CredentialsError};
use sip::framing::{FramingError, FramingLimits, StreamFramer};
use sip::{FieldError, HeaderId, Method, Scheme};

use crate::{message, mistakes, octets, text, uri_text};

const RFC: &str = "rfc4475";

#[test]
fn missing_required_header_fields() {
    let message = message(RFC, "insuf");
    assert_eq!(mistakes(&message), ["From", "To", "Call-ID"]);
    assert_eq!(
        message.call_id(),
        Err(FieldError::Missing(HeaderId::CallId))
    );
}

#[test]
fn request_uri_with_an_unknown_scheme() {
    let message = message(RFC, "unkscm");
    assert_eq!(mistakes(&message), [""; 0]);
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.scheme(), uri.scheme_name()),
        (Scheme::Other, &b"nobodyKnowsThisScheme"[..])
    );
    assert_eq!(uri.after_scheme(), b"totallyopaquecontent");
}

#[test]
fn request_uri_with_a_known_but_atypical_scheme() {
    let message = message(RFC, "novelsc");
    assert_eq!(mistakes(&message), [""; 0]);
    assert_eq!(message.uri().unwrap().scheme_name(), b"soap.beep");
}

#[test]
fn unknown_schemes_in_header_fields() {
    let message = message(RFC, "unksm2");
    assert_eq!(mistakes(&message), [""; 0]);
    assert_eq!(uri_text(&message, message.to()), "isbn:2983792873");
    assert_eq!(uri_text(&message, message.from()), "http://www.example.com");
    let contact = message.contacts().next().unwrap().unwrap();
    assert_eq!(
        message.text(contact.address().unwrap().uri),
        b"name:John_Smith"
    );
}

#[test]
fn proxy_require_and_require() {
    let message = message(RFC, "bext01");
    assert_eq!(mistakes(&message), [""; 0]);
    let tags = |id| {
        message
            .list(id)
            .map(|span| text(message.text(span)).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        tags(HeaderId::Require),
        ["nothingSupportsThis", "nothingSupportsThisEither"]
    );
    assert_eq!(
        tags(HeaderId::ProxyRequire),
        ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]
    );
}

#[test]
fn unknown_content_type() {
    let message = message(RFC, "invut");
    assert_eq!(mistakes(&message), [""; 0]);
    assert_eq!(
        message.content_type(),
        Some(&b"application/unknownformat"[..])
    );
    assert_eq!(
        text(message.body()),
        "<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n"
    );
}

#[test]
fn unknown_authorization_scheme() {
    let message = message(RFC, "regaut01");
    assert_eq!(mistakes(&message), [""; 0]);
    let value = message.value_of(HeaderId::Authorization).unwrap();
    assert_eq!(Credentials::parse(value), Err(CredentialsError::NotDigest));
}

#[test]
fn several_values_where_one_is_required() {
    let message = message(RFC, "multi01");
    for id in [
        HeaderId::CallId,
        HeaderId::CSeq,
        HeaderId::From,
        HeaderId::To,
        HeaderId::MaxForwards,
    ] {
        assert_eq!(message.headers_of(id).count(), 2, "{id}");
    }
    // The first of each is read; whoever wants to answer 400 counts them.
    assert_eq!(text(message.call_id().unwrap()), "multi01.98asdh@192.0.2.1");
    assert_eq!(message.cseq().unwrap().number, 5);
    assert_eq!(uri_text(&message, message.to()), "sip:user@example.com");
}

#[test]
fn conflicting_content_lengths() {
    let message = message(RFC, "mcl01");
    assert_eq!(mistakes(&message), ["Content-Length"]);
    let mut framer = StreamFramer::new(FramingLimits::default());
    framer.feed(&octets(RFC, "mcl01"));
    assert_eq!(framer.next(), Err(FramingError::BadContentLength));
}

#[test]
fn response_that_would_go_to_the_broadcast_address() {
    let message = message(RFC, "bcast");
    assert_eq!(mistakes(&message), [""; 0]);
    let second = message.vias().nth(1).unwrap().unwrap();
    let address = second.host_address(message.buffer()).unwrap();
    assert_eq!(address, std::net::IpAddr::V4(std::net::Ipv4Addr::BROADCAST));
}

#[test]
fn max_forwards_of_zero() {
    let message = message(RFC, "zeromf");
    assert_eq!(mistakes(&message), [""; 0]);
    assert_eq!(message.max_forwards(), Ok(0));
}

#[test]
fn parameter_outside_brackets_belongs_to_the_contact() {
    let message = message(RFC, "cparam01");
    assert_eq!(mistakes(&message), [""; 0]);
    let contact = message.contacts().next().unwrap().unwrap();
    let address = contact.address().unwrap();
    assert!(contact.param(message.buffer(), b"unknownparam").is_some());
    assert_eq!(
        message.text(address.uri),
        b"sip:+19725552222@gw1.example.net"
    );
}

#[test]
fn parameter_inside_brackets_belongs_to_the_uri() {
    let message = message(RFC, "cparam02");
    assert_eq!(mistakes(&message), [""; 0]);
    let contact = message.contacts().next().unwrap().unwrap();
    let address = contact.address().unwrap();
    assert!(contact.param(message.buffer(), b"unknownparam").is_none());
    assert!(
        address
            .parse_uri(message.buffer())
            .unwrap()
            .has_param(b"unknownparam")
    );
}

#[test]
fn contact_with_an_escaped_header() {
    let message = message(RFC, "regescrt");
    assert_eq!(mistakes(&message), [""; 0]);
    let contact = message.contacts().next().unwrap().unwrap();
    let uri = contact
        .address()
        .unwrap()
        .parse_uri(message.buffer())
        .unwrap();
    assert_eq!(
        uri.header(b"Route"),
        Some(&b"%3Csip:sip.example.com%3E"[..])
    );
    assert_eq!(
        uri.text(),
        b"sip:user@example.com?Route=%3Csip:sip.example.com%3E"
    );
}

#[test]
fn accept_without_sdp() {
    let message = message(RFC, "sdp01");
    assert_eq!(mistakes(&message), [""; 0]);
    assert!(!message.lists(HeaderId::Accept, b"application/sdp"));
    assert!(message.lists(HeaderId::Accept, b"text/nobodyKnowsThis"));
}

#[test]
fn request_of_an_rfc_2543_client() {
    let message = message(RFC, "inv2543");
    assert_eq!(mistakes(&message), [""; 0]);
    assert_eq!(message.method(), Method::Invite);
    assert_eq!(
        (message.from_tag(), message.top_via().unwrap().branch),
        (None, None)
    );
    assert_eq!(
        message.max_forwards(),
        Err(FieldError::Missing(HeaderId::MaxForwards))
    );
    // Without Content-Length all that came is the body.
    assert!(text(message.body()).ends_with("m=audio 49217 RTP/AVP 0\r\n"));
    // Outside brackets a parameter belongs to the header field.
    assert!(
        message
            .to()
            .unwrap()
            .param(message.buffer(), b"user")
            .is_some()
    );
    assert_eq!(message.record_routes().count(), 1);
}
