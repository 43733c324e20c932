//! RFC 4475 §3.1.1: unusual, and well formed.

use sip::framing::{Frame, FramingError, FramingLimits, StreamFramer};
use sip::multipart::{Parts, boundary};
use sip::sdp::Sdp;
use sip::{Contact, HeaderId, Message, Method, Scheme, Transport};

use crate::{message, mistakes, octets, text, uri_text};

const RFC: &str = "rfc4475";

/// A message without mistakes.
fn valid(name: &str) -> Message {
    let message = message(RFC, name);
    assert_eq!(mistakes(&message), [""; 0], "{name}");
    message
}

fn values(message: &Message, name: &str) -> Vec<String> {
    message
        .headers_named(name.as_bytes())
        .map(|field| text(message.value(field)).to_owned())
        .collect()
}

#[test]
fn short_tortuous_invite() {
    let message = valid("wsinv");
    let buffer = message.buffer();
    assert_eq!(message.method(), Method::Invite);
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.user(), uri.host()),
        (Some(&b"vivekg"[..]), &b"chair-dnrc.example.com"[..])
    );
    assert!(uri.has_param(b"unknownparam"));
    assert_eq!(text(message.to_tag().unwrap()), "1918181833n");
    assert_eq!(text(message.from_tag().unwrap()), "98asjd8");
    let from = message.from().unwrap();
    assert_eq!(text(from.display_name(buffer)), r#"J Rosenberg \\\""#);
    assert_eq!(
        uri_text(&message, message.from()),
        "sip:jdrosen@example.com"
    );
    assert_eq!(message.max_forwards(), Ok(68));
    assert_eq!(text(message.call_id().unwrap()), "wsinv.ndaksdj@192.0.2.1");
    let cseq = message.cseq().unwrap();
    assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    assert_eq!(message.content_length(), Ok(150));
    assert_eq!(message.value_of(HeaderId::Subject), Some(&b""[..]));
    assert_eq!(
        values(&message, "NewFangledHeader"),
        ["newfangled value\r\n continued newfangled value"]
    );
    assert_eq!(
        values(&message, "UnknownHeaderWithUnusualValue"),
        [";;,,;;,;"]
    );
    let vias: Vec<_> = message.vias().map(|via| via.unwrap()).collect();
    let told: Vec<_> = vias
        .iter()
        .map(|via| {
            (
                via.transport.unwrap(),
                text(message.text(via.host)),
                text(message.text(via.branch.unwrap())),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Transport::Udp, "192.0.2.2", "390skdjuw"),
            (Transport::Tcp, "spindle.example.com", "z9hG4bK9ikj8"),
            (Transport::Udp, "192.168.255.111", "z9hG4bK30239"),
        ]
    );
    let route = message.routes().next().unwrap().unwrap();
    let route = route.parse_uri(buffer).unwrap();
    assert!(route.is_loose_router());
    assert_eq!(route.param(b"unknownwith"), Some(&b"value"[..]));
    assert_eq!(route.param(b"unknown-no-value"), Some(&b""[..]));
    let contact = message.contacts().next().unwrap().unwrap();
    let address = contact.address().unwrap();
    assert_eq!(text(address.display_name(buffer)), r#"Quoted string \"\""#);
    assert_eq!(
        contact.param(buffer, b"newparam").unwrap().text(),
        b"newvalue"
    );
    assert!(contact.param(buffer, b"secondparam").is_some());
    assert_eq!(contact.q(buffer).unwrap().thousandths(), 330);
    let sdp = Sdp::parse(buffer, message.body_span()).unwrap();
    assert_eq!((sdp.check(), sdp.media().len()), (Ok(()), 2));
}

#[test]
fn wide_range_of_valid_characters() {
    let message = valid("intmeth");
    let buffer = message.buffer();
    let method = r"!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(
        (message.method(), text(message.method_name())),
        (Method::Other, method)
    );
    let uri = message.uri().unwrap();
    assert_eq!(
        text(uri.user().unwrap()),
        "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    );
    assert_eq!(
        text(uri.password().unwrap()),
        "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    );
    assert_eq!(text(uri.host()), "example.com");
    let via = message.top_via().unwrap();
    assert_eq!(
        text(message.text(via.branch.unwrap())),
        "z9hG4bK-.!%66*_+`'~"
    );
    let to = message.to().unwrap();
    assert_eq!(to.display_name(buffer), b"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f");
    assert_eq!(to.parse_uri(buffer).unwrap().host(), b"example.com");
    let from = message.from().unwrap();
    assert_eq!(
        text(from.display_name(buffer)),
        "token1~` token2'+_ token3*%!.-"
    );
    let param = from.param(buffer, b"fromParam''~+*_!.-%").unwrap();
    assert_eq!(
        text(param.text()),
        "\u{440}\u{430}\u{431}\u{43e}\u{442}\u{430}\u{44e}\u{449}\u{438}\u{439}"
    );
    assert_eq!(text(message.from_tag().unwrap()), "_token~1'+`*%!-.");
    assert_eq!(
        text(message.call_id().unwrap()),
        r#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#
    );
    assert_eq!(message.cseq().unwrap().number, 139_122_385);
    assert_eq!(message.max_forwards(), Ok(255));
    assert_eq!(
        values(&message, "extensionHeader-!.%*+_`'~"),
        ["\u{feff}\u{5927}\u{505c}\u{96fb}"]
    );
}

#[test]
fn valid_use_of_the_escaping_mechanism() {
    let message = valid("esc01");
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.user().unwrap(), uri.host()),
        (&b"sips%3Auser%40example.com"[..], &b"example.net"[..])
    );
    let mut user = Vec::new();
    assert!(sip::unescape(uri.user().unwrap(), &mut user));
    assert_eq!(user, b"sips:user@example.com");
    let to = message.to().unwrap().parse_uri(message.buffer()).unwrap();
    let plain = sip::Uri::parse(b"sip:user@example.com").unwrap();
    assert!(sip::compare::equivalent(&to, &plain));
    let contact = message.contacts().next().unwrap().unwrap();
    let uri = contact
        .address()
        .unwrap()
        .parse_uri(message.buffer())
        .unwrap();
    // An escape of an escape is undone once: `value%41`, which is not `valueA`.
    let once = sip::Uri::parse(b"sip:caller@host5.example.net;lr;name=value%2541").unwrap();
    let twice = sip::Uri::parse(b"sip:caller@host5.example.net;lr;name=valueA").unwrap();
    assert!(sip::compare::equivalent(&uri, &once));
    assert!(!sip::compare::equivalent(&uri, &twice));
}

#[test]
fn escaped_nulls_in_uris() {
    let message = valid("escnull");
    let to = message.to().unwrap().parse_uri(message.buffer()).unwrap();
    let mut user = Vec::new();
    assert!(sip::unescape(to.user().unwrap(), &mut user));
    assert_eq!(user, b"null-\0-null");
    let contacts: Vec<_> = message.contacts().map(|contact| contact.unwrap()).collect();
    let uris: Vec<_> = contacts
        .iter()
        .map(|contact| {
            contact
                .address()
                .unwrap()
                .parse_uri(message.buffer())
                .unwrap()
        })
        .collect();
    assert_eq!(uris.len(), 2);
    assert!(!sip::compare::equivalent(&uris[0], &uris[1]));
    assert!(!sip::compare::same_uri(&uris[0], &uris[1]));
}

#[test]
fn percent_that_is_no_escape() {
    let message = valid("esc02");
    assert_eq!(
        (message.method(), text(message.method_name())),
        (Method::Other, "RE%47IST%45R")
    );
    assert_eq!(
        text(message.to().unwrap().display_name(message.buffer())),
        "%Z%45"
    );
    assert_eq!(message.contacts().count(), 2);
    assert_eq!(
        values(&message, "C%6Fntact"),
        ["<sip:alias2@host2.example.com>"]
    );
}

#[test]
fn no_blank_between_display_name_and_bracket() {
    let message = valid("lwsdisp");
    assert_eq!(
        text(message.from().unwrap().display_name(message.buffer())),
        "caller"
    );
    assert_eq!(uri_text(&message, message.from()), "sip:caller@example.com");
}

#[test]
fn long_values_in_header_fields() {
    let message = valid("longreq");
    let buffer = message.buffer();
    let to = message.to().unwrap();
    assert!(text(to.display_name(buffer)).ends_with("extremeextreme proportion"));
    let uri = to.parse_uri(buffer).unwrap();
    assert_eq!((uri.port(), uri.params().count()), (Some(6000), 3));
    assert_eq!(message.from_tag().unwrap().len(), 2 + 150 + 3);
    assert!(message.call_id().unwrap().len() > 120);
    let vias: Vec<_> = message.vias().map(|via| via.unwrap()).collect();
    assert_eq!(vias.len(), 34);
    let last = vias.last().unwrap();
    assert_eq!(message.text(last.received.unwrap()), b"192.0.2.5");
    assert_eq!(message.text(last.branch.unwrap()).len(), 4 + 200 + 11);
    assert_eq!(vias[0].branch, None);
}

#[test]
fn octets_after_the_body_of_a_datagram_are_ignored() {
    let message = valid("dblreq");
    assert_eq!(message.method(), Method::Register);
    assert_eq!(message.vias().count(), 1);
    assert_eq!(
        (message.body(), message.content_length()),
        (&b""[..], Ok(0))
    );
    assert!(
        text(message.payload())
            .trim_start()
            .starts_with("INVITE sip:joe@example.com")
    );
}

#[test]
fn octets_after_the_body_in_a_stream_are_the_next_message() {
    let mut framer = StreamFramer::new(FramingLimits::default());
    framer.feed(&octets(RFC, "dblreq"));
    let mut next_method = || match framer.next() {
        Ok(Some(Frame::Message(bytes))) => Message::parse(bytes).unwrap().method(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (next_method(), next_method()),
        (Method::Register, Method::Invite)
    );
    // The second Content-Length is too small for its body: what is left is no message.
    assert_eq!(framer.next(), Err(FramingError::NotSip));
}

#[test]
fn semicolons_in_the_user_part() {
    let message = valid("semiuri");
    let uri = message.uri().unwrap();
    assert_eq!(
        (uri.user().unwrap(), uri.host()),
        (&b"user;par=u%40example.net"[..], &b"example.com"[..])
    );
    assert_eq!(uri.params().count(), 0);
    assert_eq!(message.list(HeaderId::Accept).count(), 6);
}

#[test]
fn varied_and_unknown_transports() {
    let message = valid("transports");
    let vias: Vec<_> = message.vias().map(|via| via.unwrap()).collect();
    let transports: Vec<_> = vias.iter().map(|via| via.transport).collect();
    assert_eq!(
        transports,
        [
            Some(Transport::Udp),
            Some(Transport::Sctp),
            Some(Transport::Tls),
            None,
            Some(Transport::Tcp)
        ]
    );
    assert_eq!(message.text(vias[3].transport_name), b"UNKNOWN");
}

#[test]
fn multipart_body_with_nulls() {
    let message = valid("mpart01");
    let buffer = message.buffer();
    assert_eq!(message.body().len(), 553);
    let boundary = boundary(message.content_type().unwrap()).unwrap();
    assert_eq!(boundary, b"7a9cbec02ceef655");
    let parts: Vec<_> = Parts::new(buffer, message.body_span(), boundary).collect();
    let [first, second] = parts[..] else {
        panic!("{parts:?}")
    };
    assert!(first.is_of_type(buffer, b"text/plain"));
    assert_eq!(first.content.of(buffer), b"Hello");
    assert!(second.is_of_type(buffer, b"application/octet-stream"));
    let content = second.content.of(buffer);
    assert_eq!(
        (content.len(), &content[..4]),
        (342, &[0x30, 0x82, 0x01, 0x52][..])
    );
    assert_eq!(content.last(), Some(&0x05));
    let transfer = second.field(buffer, b"Content-Transfer-Encoding").unwrap();
    assert_eq!(transfer.of(buffer), b"binary");
}

#[test]
fn unusual_reason_phrase() {
    let message = valid("unreason");
    assert_eq!((message.status(), message.method()), (200, Method::Invite));
    assert!(text(message.reason()).starts_with("= 2**3 * 5**2 \u{43d}\u{43e}"));
}

#[test]
fn empty_reason_phrase() {
    let message = valid("noreason");
    assert_eq!((message.status(), message.reason()), (100, &b""[..]));
    let contact = message.contacts().next().unwrap().unwrap();
    assert!(matches!(contact, Contact::Address(address)
        if address.parse_uri(message.buffer()).unwrap().scheme() == Scheme::Sip));
}
