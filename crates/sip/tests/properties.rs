//! What holds for all input: nothing panics, what is printed is what was read, and edits do what they say.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use sip::framing::{Frame, FramingLimits, StreamFramer};
use sip::serialize::{
    Delimited, ForwardedRequest, ForwardedResponse, Response, RportPolicy, ViaStamp,
    nothing_deferred, write_edited,
};
use sip::{AuthParams, CommaList, Edits, HeaderId, Message, NameAddr, Params, Span, Uri, Via};

const SAMPLES: &[&str] = &[
    "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;rport, SIP/2.0/TCP [::1]:5\r\nFrom: \"A, B\" <sip:a@b>;tag=1\r\n\
     To: sip:b@h;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContact: <sip:a@h;p=q>;q=0.5;expires=60, *\r\nRoute: <sip:r;lr>,\r\n <sip:s>\r\n\
     Authorization: Digest username=\"a\", nonce=\"b\"\r\nContent-Length: 4\r\n\r\nv=0\r\n",
    "SIP/2.0 200 OK\r\nv: SIP / 2.0 / UDP a (c), SIP/2.0/UDP b\r\nf: <sip:a@b>\r\nt: <sip:c@d>;tag=e\r\ni: y\r\nCSeq: 9 BYE\r\nl: 0\r\n\r\n",
    "GET /x HTTP/1.1\r\nHost: h\r\n\r\n",
];

/// A well-formed header section's line: name, blanks, value.
fn field() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("Via".to_owned()),
        Just("f".to_owned()),
        Just("Content-Type".to_owned()),
        "[A-Za-z][A-Za-z0-9.!%*_+`'~-]{0,20}",
    ];
    (name, "[ \t]{0,2}", "[ \t]{0,2}", "[!-~]([ -~]|\r\n ){0,40}")
        .prop_map(|(name, before, after, value)| format!("{name}{before}:{after}{value}\r\n"))
}

fn message_text() -> impl Strategy<Value = String> {
    (vec(field(), 0..8), "[ -~\r\n]{0,60}").prop_map(|(fields, body)| {
        let fields: String = fields
            .into_iter()
            .filter(|field| !is_content_length(field))
            .collect();
        format!(
            "MESSAGE sip:a@b SIP/2.0\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    })
}

fn is_content_length(field: &str) -> bool {
    let name = field.split(':').next().unwrap_or_default().trim();
    HeaderId::from_name(name.as_bytes()) == HeaderId::ContentLength
}

/// A sample with octets overwritten, removed, repeated and put in.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0..5u8,
        any::<u8>(),
        1..30usize,
    );
    (0..SAMPLES.len(), vec(change, 0..8)).prop_map(|(sample, changes)| {
        let mut octets = SAMPLES[sample].as_bytes().to_vec();
        for (index, kind, octet, length) in changes {
            if octets.is_empty() {
                break;
            }
            let at = index.index(octets.len());
            let end = (at + length).min(octets.len());
            match kind {
                0 => octets[at] = octet,
                1 => drop(octets.drain(at..end)),
                2 => {
                    let piece = octets[at..end].to_vec();
                    octets.splice(at..at, piece);
                }
                3 => drop(
                    octets.splice(
                        at..at,
                        b";,<>\"@:=%[]()\\\r\n \0"
                            .iter()
                            .copied()
                            .cycle()
                            .skip(length)
                            .take(3),
                    ),
                ),
                _ => octets.truncate(at),
            }
        }
        octets
    })
}

/// Asks `message` for everything it can give.
fn ask_everything(message: &Message) {
    let buffer = message.buffer();
    let _ = (
        message.method(),
        message.method_name(),
        message.status(),
        message.reason(),
        message.version(),
    );
    let _ = (
        message.uri().map(|uri| ask_uri(&uri)),
        message.call_id(),
        message.cseq(),
        message.rack(),
    );
    let _ = (
        message.max_forwards(),
        message.expires(),
        message.content_length(),
        message.body(),
        message.payload(),
    );
    for via in message.vias().flatten() {
        let _ = (
            via.params(buffer).count(),
            via.host_address(buffer),
            via.has_rfc3261_branch(buffer),
        );
    }
    for address in [message.from(), message.to()].into_iter().flatten() {
        let _ = (
            address.params(buffer).count(),
            address.display_name(buffer),
            address.parse_uri(buffer).is_ok(),
        );
    }
    for contact in message.contacts().flatten() {
        let _ = (contact.q(buffer), contact.expires(buffer));
    }
    let _ = (message.routes().count(), message.record_routes().count());
    for field in message.headers() {
        let _ = (message.name(field), message.list(field.id).count());
        ask_text(message.value(field));
        let _ = message.leading_number(field.id);
    }
}

fn ask_text(text: &[u8]) {
    let _ = (
        NameAddr::parse(text),
        Via::parse(text),
        Uri::parse(text).map(|uri| ask_uri(&uri)),
    );
    let _ = (CommaList::new(text).count(), Params::new(text).count());
    let _ = AuthParams::parse(text).map(Iterator::count);
}

fn ask_uri(uri: &Uri<'_>) {
    let _ = (
        uri.user(),
        uri.password(),
        uri.host(),
        uri.port_or_default(),
        uri.params().count(),
        uri.header(b"x"),
    );
}

fn edited(message: &Message, edits: &Edits) -> Vec<u8> {
    let mut out = Vec::new();
    write_edited(message, edits, None, &mut out, &mut nothing_deferred);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_make_anything_panic(octets in prop_oneof![mutated(), vec(any::<u8>(), 0..200)]) {
        ask_text(&octets);
        let mut framer = StreamFramer::new(FramingLimits::default());
        framer.feed(&octets);
        while let Ok(Some(_)) = framer.next() {}
        let Ok(message) = Message::parse(octets.into()) else { return Ok(()) };
        ask_everything(&message);
        let mut edits = Edits::new();
        for field in message.headers() {
            edits.remove_list_values(&message, field, 0, 1);
            edits.insert_after_header(field, "X: 1\r\n");
        }
        edits.set_body(&message, Bytes::from_static(b"x"), Some(b"a/b"));
        let source = "[::1]:5".parse().expect("an address");
        let stamp = message.top_via().map_or(ViaStamp::NONE, |via| ViaStamp::new(via, message.buffer(), source, RportPolicy::Forced));
        let mut out = Vec::new();
        let delimited = Delimited::ByContentLength;
        ForwardedRequest { message: &message, edits: &edits, uri: None, via: b"Via: x\r\n", stamp, delimited }
            .write(&mut out, &mut nothing_deferred);
        ForwardedResponse { message: &message, edits: &edits, status: Some((200, b"OK")), delimited }
            .write(&mut out, &mut nothing_deferred);
        Response { stamp, to_tag: Some(b"t"), ..Response::new(&message, 200, b"OK") }.write(&mut out);
    }

    #[test]
    fn printing_what_was_read_gives_the_same(text in message_text()) {
        let message = Message::parse(Bytes::from(text.clone())).expect("a message");
        prop_assert_eq!(String::from_utf8(edited(&message, &Edits::new())).unwrap(), text.clone());
        let rebuilt: Vec<u8> = [
            message.text(Span::new(0, message.headers_start())),
            &message.headers().iter().flat_map(|field| message.text(field.whole()).to_vec()).collect::<Vec<_>>(),
            b"\r\n",
            message.body(),
        ].concat();
        prop_assert_eq!(String::from_utf8(rebuilt).unwrap(), text);
    }

    #[test]
    fn uris_print_as_they_were_read(
        user in prop::option::of("[a-zA-Z0-9;?/+$&=,.!~*'()_-]{1,10}"),
        password in prop::option::of("[a-z0-9]{0,5}"),
        host in "[a-z0-9][a-z0-9.-]{0,10}|\\[[0-9a-f:]{1,10}:[0-9a-f]\\]",
        port in prop::option::of(any::<u16>()),
        params in vec(("[a-z]{1,5}", prop::option::of("[a-z0-9=:/]{0,5}")), 0..4),
        header in prop::option::of("[a-z]{1,3}=[a-z]{0,3}"),
    ) {
        let password = password.filter(|_| user.is_some());
        let mut text = String::from("sip:");
        if let Some(user) = &user {
            text.push_str(user);
            if let Some(password) = &password {
                text.push_str(&format!(":{password}"));
            }
            text.push('@');
        }
        text.push_str(&host);
        if let Some(port) = port {
            text.push_str(&format!(":{port}"));
        }
        for (name, value) in &params {
            text.push_str(&format!(";{name}"));
            if let Some(value) = value {
                text.push_str(&format!("={value}"));
            }
        }
        if let Some(header) = &header {
            text.push_str(&format!("?{header}"));
        }
        let uri = Uri::parse(text.as_bytes()).expect("a URI");
        let string = |part: &[u8]| String::from_utf8(part.to_vec()).unwrap();
        prop_assert_eq!(uri.user().map(string), user);
        prop_assert_eq!(uri.password().map(string), password);
        prop_assert_eq!((string(uri.host()), uri.port()), (host, port));
        let read: Vec<_> = uri.params().map(|param| (string(param.name), param.value.map(string))).collect();
        prop_assert_eq!(read, params);
        prop_assert_eq!(uri.headers_text().map(string), header);
    }

    /// Applied edits against the plainest model: a string in which, from the back, each edit is made.
    #[test]
    fn applied_edits_equal_the_model(
        text in message_text(),
        wanted in vec((any::<prop::sample::Index>(), 0..12usize, prop::option::of("[a-z]{1,6}")), 0..8),
        shared in any::<prop::sample::Index>(),
    ) {
        let message = Message::parse(Bytes::from(text.clone())).expect("a message");
        let length = message.header(HeaderId::ContentLength).expect("there");
        let first = message.headers_start() as usize;
        let mut edits = Edits::new();
        let mut model: Vec<(usize, usize, String)> = Vec::new();
        let split = shared.index(wanted.len() + 1);
        for (number, (index, removed, insert)) in wanted.into_iter().enumerate() {
            if number == split {
                edits = edits.branch();
            }
            let start = first + index.index(text.len() - first + 1);
            let end = (start + removed).min(text.len());
            let touches_length = start < length.whole().end as usize && end > length.whole().start as usize;
            let overlaps = model.iter().any(|(from, to, _)| start <= *to && end >= *from);
            // An edit of the empty line would move the body's beginning.
            let touches_empty_line = start < message.body_span().start as usize && end > message.headers_end() as usize;
            if touches_length || touches_empty_line || overlaps {
                continue;
            }
            let span = Span::new(start as u32, end as u32);
            match &insert {
                Some(insert) => edits.replace(span, insert.clone().into_bytes()),
                None => edits.remove(span),
            }
            model.push((start, end, insert.unwrap_or_default()));
        }
        let body_start = message.body_span().start as usize;
        let touches_body = model.iter().any(|(start, end, text)| {
            (*start >= body_start || *end > body_start) && (start < end || !text.is_empty())
        });
        model.sort();
        let (mut headers, mut body) = (String::new(), String::new());
        let mut at = first;
        for (start, end, insert) in &model {
            let out = |headers: &mut String, body: &mut String, part: &str, offset: usize| {
                if offset >= body_start { body.push_str(part) } else { headers.push_str(part) }
            };
            for (offset, octet) in text[at..*start].char_indices() {
                out(&mut headers, &mut body, &octet.to_string(), at + offset);
            }
            out(&mut headers, &mut body, insert, *start);
            at = *end;
        }
        for (offset, octet) in text[at..].char_indices() {
            if at + offset >= body_start { body.push(octet) } else { headers.push(octet) }
        }
        if touches_body {
            let old = format!("Content-Length: {}\r\n", message.body().len());
            headers = headers.replacen(&old, &format!("Content-Length: {}\r\n", body.len()), 1);
        }
        let expected = format!("{}{headers}{body}", &text[..first]);
        prop_assert_eq!(String::from_utf8(edited(&message, &edits)).unwrap(), expected);
    }

    #[test]
    fn streams_are_cut_the_same_however_they_arrive(
        texts in vec(message_text(), 1..4),
        cuts in vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let stream = texts.concat();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        at.sort_unstable();
        at.push(stream.len());
        let mut framer = StreamFramer::new(FramingLimits::default());
        let mut found = Vec::new();
        let mut from = 0;
        for to in at {
            framer.feed(&stream.as_bytes()[from..to]);
            from = to;
            while let Some(frame) = framer.next().expect("well formed") {
                if let Frame::Message(octets) = frame {
                    found.push(String::from_utf8(octets.to_vec()).unwrap());
                }
            }
        }
        prop_assert_eq!(found, texts);
    }
}
