//! Values of single header fields.

use sip::digest::nonce::{Nonce, NonceKeys};
use sip::digest::{Algorithm, Answer, Challenge, Credentials, Secret, Verification, ha1};
use sip::identifiers::BranchId;
use sip::{AuthParams, CommaList, Message, NameAddr, Params, Span, Uri, Via, multipart};

/// A value, whose first octet says which reader takes it: what is found lies in the value, and what we write ourselves reads back.
pub fn sip_header_fields(data: &[u8]) {
    let Some((choice, value)) = data.split_first() else {
        return;
    };
    match choice % 8 {
        0 => address(value),
        1 => via(value),
        2 => params(value),
        3 => list(value),
        4 => credentials(value),
        5 => challenge(value),
        6 => ours(value),
        _ => in_a_message(value),
    }
}

fn address(value: &[u8]) {
    let Ok(address) = NameAddr::parse(value) else {
        return;
    };
    let _ = (
        address.display_name(value),
        address.parse_uri(value),
        address.params(value).count(),
    );
    lies_in(
        value,
        [address.whole, address.display, address.uri, address.params],
    );
    if let Some(tag) = address.tag {
        assert!(!tag.is_empty());
        lies_in(value, [tag]);
    }
    assert!(address.display.end <= address.uri.start && address.uri.end <= address.whole.end);
}

fn via(value: &[u8]) {
    let Ok(via) = Via::parse(value) else {
        return;
    };
    let _ = (
        via.params(value).count(),
        via.host_address(value),
        via.has_rfc3261_branch(value),
    );
    lies_in(
        value,
        [
            via.whole,
            via.protocol,
            via.version,
            via.transport_name,
            via.host,
            via.params,
        ],
    );
    lies_in(
        value,
        [via.branch, via.received, via.maddr, via.comment]
            .into_iter()
            .flatten(),
    );
}

fn params(value: &[u8]) {
    let mut end = 0;
    for param in Params::new(value) {
        assert!(param.span.start >= end, "parameters follow each other");
        end = param.span.end;
        lies_in(value, [param.span, param.value_span]);
        let _ = param.text();
    }
}

fn list(value: &[u8]) {
    let mut end = 0;
    for span in CommaList::new(value) {
        assert!(span.start >= end);
        end = span.end;
        lies_in(value, [span]);
    }
    if let Some(boundary) = multipart::boundary(value) {
        assert!((1..=multipart::BOUNDARY_MAX).contains(&boundary.len()));
    }
}

fn credentials(value: &[u8]) {
    let _ = AuthParams::parse(value).map(Iterator::count);
    let Ok(credentials) = Credentials::parse(value) else {
        return;
    };
    let _ = (
        credentials.user(),
        credentials.domain(),
        credentials.count(),
    );
    let secret = ha1(Algorithm::Md5, b"u", b"r", b"p");
    let _ = credentials.verify(Algorithm::Md5, &secret, b"REGISTER", b"");
}

/// Whatever is asked, the answer satisfies who asked.
fn challenge(value: &[u8]) {
    let Ok(challenge) = Challenge::parse(value) else {
        return;
    };
    let mut copy = Vec::new();
    challenge.write(&mut copy);
    let again = Challenge::parse(&copy);
    assert_eq!(
        again.map(|again| (again.stale, again.userhash)),
        Ok((challenge.stale, challenge.userhash))
    );
    let answer = Answer {
        username: b"alice",
        secret: Secret::Password(b"secret"),
        method: b"REGISTER",
        uri: b"sip:example.com",
        body: b"body",
        cnonce: b"cnonce",
        nonce_count: 1,
    };
    let mut written = Vec::new();
    let (Ok(()), Some(algorithm)) = (
        answer.write(&challenge, &mut written),
        challenge.algorithm(),
    ) else {
        return;
    };
    let is_plain = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    };
    if is_plain(challenge.realm) && is_plain(challenge.nonce) {
        let secret = ha1(algorithm, b"alice", challenge.realm, b"secret");
        let credentials = Credentials::parse(&written);
        let verdict = credentials
            .map(|credentials| credentials.verify(algorithm, &secret, b"REGISTER", b"body"));
        assert_eq!(verdict, Ok(Verification::Matches));
    }
}

/// Texts that we gave out and that come back.
fn ours(value: &[u8]) {
    if let Some(branch) = BranchId::parse(value) {
        let mut written = Vec::new();
        branch.write(&mut written);
        assert_eq!(written, value);
    }
    let keys = NonceKeys::halves(b"");
    if let Ok(nonce) = Nonce::open(value, &keys) {
        let mut written = Vec::new();
        nonce.write(&keys, &mut written);
        assert!(Nonce::open(&written, &keys) == Ok(nonce));
    }
}

/// The value in every header field that is parsed.
fn in_a_message(value: &[u8]) {
    let mut text = b"OPTIONS sip:a SIP/2.0\r\n".to_vec();
    for name in [
        "Via",
        "From",
        "To",
        "CSeq",
        "Contact",
        "Route",
        "RAck",
        "Expires",
        "Max-Forwards",
        "Content-Length",
    ] {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    let Ok(message) = Message::parse(text.into()) else {
        return;
    };
    let buffer = message.buffer();
    let _ = (
        message.cseq(),
        message.rack(),
        message.expires(),
        message.max_forwards(),
        message.content_length(),
    );
    let _ = (
        message.vias().count(),
        message.from().map(|from| from.parse_uri(buffer)),
        message.to(),
    );
    for contact in message.contacts().flatten() {
        lies_in(buffer, [contact.whole()]);
        let _ = (contact.expires(buffer), contact.q(buffer));
    }
    for route in message.routes().flatten() {
        lies_in(buffer, [route.whole, route.uri]);
        let _ = Uri::parse(message.text(route.uri));
    }
}

fn lies_in(value: &[u8], spans: impl IntoIterator<Item = Span>) {
    for span in spans {
        assert!(
            span.start <= span.end && span.end as usize <= value.len(),
            "{span:?} of {}",
            value.len()
        );
    }
}
