//! RFC 4475 §3.1.2 and §3.2: malformed. Each is refused, or read the liberal way that the RFC allows.

use sip::framing::{FramingError, FramingLimits, StreamFramer};
use sip::identifiers::{Identifiers, RequestFacts};
use sip::{FieldError, HeaderId, Message, Method, ParseError, Protocol};

use crate::{message, mistakes, octets, uri_text};

const RFC: &str = "rfc4475";

/// Checks which mistakes are found.
fn has_mistakes(name: &str, expected: &[&str]) -> Message {
    let message = message(RFC, name);
    assert_eq!(mistakes(&message), expected, "{name}");
    message
}

#[test]
fn extraneous_separators_in_a_via() {
    let message = has_mistakes("badinv01", &["Via"]);
    // Empty parameters (`;;;;`) are read over in a Contact.
    assert_eq!(message.contacts().count(), 1);
}

#[test]
fn content_length_larger_than_the_datagram() {
    let message = has_mistakes("clerr", &["body"]);
    assert_eq!(
        (message.content_length(), message.body().len()),
        (Ok(9999), 154)
    );
}

#[test]
fn content_length_larger_than_what_came_waits_for_more_in_a_stream() {
    let mut framer = StreamFramer::new(FramingLimits::default());
    framer.feed(&octets(RFC, "clerr"));
    assert_eq!(framer.next(), Ok(None));
}

#[test]
fn negative_content_length() {
    let message = has_mistakes("ncl", &["Content-Length"]);
    assert!(matches!(
        message.content_length(),
        Err(FieldError::Malformed {
            header: HeaderId::ContentLength,
            ..
        })
    ));
    let mut framer = StreamFramer::new(FramingLimits::default());
    framer.feed(&octets(RFC, "ncl"));
    assert_eq!(framer.next(), Err(FramingError::BadContentLength));
}

#[test]
fn overlarge_numbers_in_a_request() {
    let message = has_mistakes("scalar02", &["CSeq"]);
    // Expiry values that do not fit count as the largest that does (RFC 3261 §20.19).
    assert_eq!(message.expires(), Ok(u32::MAX));
    let contact = message.contacts().next().unwrap().unwrap();
    assert_eq!(contact.expires(message.buffer()), Some(u32::MAX));
    // COMPAT: Max-Forwards above 255 is left to the script.
    assert_eq!(message.max_forwards(), Ok(300));
}

#[test]
fn overlarge_numbers_in_a_response() {
    let message = has_mistakes("scalarlg", &["CSeq"]);
    assert_eq!(message.status(), 503);
    assert!(message.leading_number(HeaderId::RetryAfter).is_err());
}

#[test]
fn unterminated_quote_in_a_display_name() {
    has_mistakes("quotbal", &["To"]);
}

#[test]
fn brackets_around_the_request_uri() {
    has_mistakes("ltgtruri", &["Request-URI"]);
}

#[test]
fn blank_inside_the_request_uri() {
    assert_eq!(
        Message::parse(octets(RFC, "lwsruri")).err(),
        Some(ParseError::FirstLine)
    );
}

#[test]
fn several_blanks_behind_the_method_are_refused() {
    let parsed = Message::parse(octets("rfc4475", "lwsstart"));
    assert_eq!(parsed.unwrap_err(), ParseError::FirstLine);
}

#[test]
fn blanks_at_the_end_of_the_request_line_are_read_over() {
    let message = has_mistakes("trws", &[]);
    assert_eq!(message.version(), b"SIP/2.0");
    assert_eq!(message.protocol(), Protocol::Sip);
}

#[test]
fn headers_in_the_request_uri_are_kept_apart_from_it() {
    let message = has_mistakes("escruri", &[]);
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.host(), uri.headers_text()),
        (
            &b"example.com"[..],
            Some(&b"Route=%3Csip:example.com%3E"[..])
        )
    );
    assert_eq!(message.routes().count(), 0);
}

#[test]
fn date_that_is_not_gmt_is_passed_on() {
    let message = has_mistakes("baddate", &[]);
    assert_eq!(
        message.value_of(HeaderId::Date),
        Some(&b"Fri, 01 Jan 2010 16:00:00 EST"[..])
    );
}

#[test]
fn contact_with_headers_outside_brackets() {
    let message = has_mistakes("regbadct", &[]);
    let contact = message.contacts().next().unwrap().unwrap();
    let address = contact.address().unwrap();
    assert!(!address.is_bracketed);
    assert!(
        address
            .parse_uri(message.buffer())
            .unwrap()
            .headers_text()
            .is_some()
    );
}

#[test]
fn blanks_inside_the_brackets_of_an_address_are_read_over() {
    let message = has_mistakes("badaspec", &[]);
    assert_eq!(uri_text(&message, message.to()), "sip:t.watson@example.org");
}

#[test]
fn comma_in_an_unquoted_display_name_is_read_as_part_of_it() {
    let message = has_mistakes("baddn", &[]);
    assert_eq!(
        uri_text(&message, message.from()),
        "sip:a.g.bell@example.com"
    );
    assert_eq!(uri_text(&message, message.to()), "sip:t.watson@example.org");
}

#[test]
fn unknown_protocol_version() {
    let message = message(RFC, "badvers");
    assert_eq!(
        (message.protocol(), message.version()),
        (Protocol::OtherSip, &b"SIP/7.0"[..])
    );
    // What is needed to answer 505 can be read.
    assert_eq!(mistakes(&message), [""; 0]);
}

#[test]
fn cseq_of_another_method() {
    has_mistakes("mismatch01", &["CSeq method"]);
}

#[test]
fn cseq_of_another_method_than_an_unknown_one() {
    let message = has_mistakes("mismatch02", &["CSeq method"]);
    assert_eq!(message.method(), Method::Other);
}

#[test]
fn overlarge_status() {
    assert_eq!(
        Message::parse(octets(RFC, "bigcode")).err(),
        Some(ParseError::FirstLine)
    );
}

#[test]
fn branch_of_nothing_but_the_cookie() {
    let message = has_mistakes("badbranch", &[]);
    let via = message.top_via().unwrap();
    assert_eq!(message.text(via.branch.unwrap()), b"z9hG4bK");
    assert!(!via.has_rfc3261_branch(message.buffer()));
    // Nothing follows the cookie, so it tells no transactions apart: a stateless branch of ours follows the other facts.
    let facts = RequestFacts {
        call_id: message.call_id().unwrap(),
        via_branch: b"z9hG4bK",
        ..RequestFacts::default()
    };
    let identifiers = Identifiers::new([1; 16]);
    let branch = identifiers.stateless_branch(&facts, 0);
    let other = identifiers.stateless_branch(
        &RequestFacts {
            call_id: b"other",
            ..facts
        },
        0,
    );
    assert_ne!(branch.key, other.key);
}
