use super::*;
use crate::{Contact, Rport, Transport};

fn parse(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

fn error(text: &str) -> ParseError {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap_err()
}

fn options(more: &str) -> Message {
    parse(&format!(
        "OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n{more}\r\n"
    ))
}

const TORTUOUS: &str = concat!(
    "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n",
    "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n",
    "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n",
    "MaX-fOrWaRdS: 0068\r\n",
    "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n",
    "Content-Length   : 10\r\n",
    "cseq: 0009\r\n  INVITE\r\n",
    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n",
    "s :\r\n",
    "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n",
    "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n",
    "Content-Type: application/x\r\n",
    "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n",
    "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n",
    " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n",
    "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n",
    "  secondparam ; q = 0.33\r\n\r\n0123456789",
);

#[test]
fn a_legal_message_with_every_oddity_is_understood() {
    let message = parse(TORTUOUS);
    assert_eq!(
        (message.method(), message.body()),
        (Method::Invite, &b"0123456789"[..])
    );
    assert_eq!(message.headers().len(), 14);
    assert_eq!(message.uri().unwrap().user(), Some(&b"vivekg"[..]));
    let (to, from) = (message.to().unwrap(), message.from().unwrap());
    assert_eq!(
        (message.text(to.uri), message.to_tag()),
        (
            &b"sip:vivekg@chair-dnrc.example.com"[..],
            Some(&b"1918181833n"[..])
        )
    );
    assert_eq!(
        (message.text(from.uri), message.from_tag()),
        (&b"sip:jdrosen@example.com"[..], Some(&b"98asjd8"[..]))
    );
    assert_eq!(from.display_name(message.buffer()), b"J Rosenberg \\\\\\\"");
    assert_eq!(message.max_forwards(), Ok(68));
    let cseq = message.cseq().unwrap();
    assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    let hosts: Vec<_> = message
        .vias()
        .map(|via| message.text(via.unwrap().host))
        .collect();
    assert_eq!(
        hosts,
        [
            &b"192.0.2.2"[..],
            b"spindle.example.com",
            b"192.168.255.111"
        ]
    );
    let branches: Vec<_> = message
        .vias()
        .map(|via| message.text(via.unwrap().branch.unwrap()))
        .collect();
    assert_eq!(
        branches,
        [&b"390skdjuw"[..], b"z9hG4bK9ikj8", b"z9hG4bK30239"]
    );
    assert_eq!(message.value_of(HeaderId::Subject), Some(&b""[..]));
    let folded = message.headers_named(b"newfangledheader").next().unwrap();
    assert_eq!(
        message.value(folded),
        b"newfangled value\r\n continued newfangled value"
    );
    let contact = message.contacts().next().unwrap().unwrap();
    assert_eq!(
        contact.q(message.buffer()).map(|q| q.thousandths()),
        Some(330)
    );
    let route = message.routes().next().unwrap().unwrap();
    assert!(route.parse_uri(message.buffer()).unwrap().is_loose_router());
}

#[test]
fn every_octet_before_the_body_belongs_to_one_place() {
    let message = parse(TORTUOUS);
    let mut at = message.headers_start();
    for field in message.headers() {
        assert_eq!(field.whole().start, at);
        assert!(
            field.name().start == at
                && field.name().end <= field.value().start
                && field.value().end <= field.whole().end
        );
        at = field.whole().end;
    }
    assert_eq!(at, message.headers_end());
    assert_eq!(message.body_span().start, at + 2);
}

#[test]
fn bare_line_feeds_end_lines() {
    let message = parse(&TORTUOUS.replace("\r\n", "\n"));
    assert_eq!(
        (message.headers().len(), message.body()),
        (14, &b"0123456789"[..])
    );
    assert_eq!(message.cseq().unwrap().number, 9);
    assert_eq!(message.headers_end() + 1, message.body_span().start);
}

#[test]
fn compact_names_stand_for_full_ones() {
    let message = options("I:compact-id\r\nf:sip:a@b\r\nK: path\r\nX-K: 1\r\nSupported: timer\r\n");
    assert_eq!(message.call_id(), Ok(&b"compact-id"[..]));
    let named = |name: &'static str| message.headers_named(name.as_bytes()).count();
    assert_eq!(
        (
            named("k"),
            named("SUPPORTED"),
            named("x-k"),
            named("x"),
            named("k-x")
        ),
        (2, 2, 1, 0, 0)
    );
    assert!(
        message.lists(HeaderId::Supported, b"Timer") && message.lists(HeaderId::Supported, b"path")
    );
    assert!(
        !message.lists(HeaderId::Supported, b"pat") && !message.lists(HeaderId::Require, b"path")
    );
}

#[test]
fn leading_line_ends_and_blanks_are_not_part_of_the_message() {
    for lead in ["", "\r\n\r\n", "\n", " ", "\0\0", "\r\n \t\0\r\n"] {
        let message = parse(&format!("{lead}{TORTUOUS}"));
        assert_eq!(message.buffer(), TORTUOUS.as_bytes());
    }
    assert_eq!(error("\r\n\r\n"), ParseError::Empty);
    assert_eq!(error(""), ParseError::Empty);
    assert_eq!(error("\0\0\0\0"), ParseError::Empty);
}

#[test]
fn octets_beyond_the_content_length_are_not_the_body() {
    let message = options("Content-Length: 5\r\n\r\nhello world");
    // The blank line that `options` adds makes the rest a body.
    assert_eq!(message.body(), b"hello");
    assert_eq!(message.payload(), b"hello world\r\n");
    let short = options("l: 50\r\n\r\nhello");
    assert_eq!(
        (short.body(), short.content_length()),
        (&b"hello\r\n"[..], Ok(50))
    );
    let none = options("\r\nhello");
    assert_eq!(none.body(), b"hello\r\n");
    assert_eq!(
        none.content_length(),
        Err(FieldError::Missing(HeaderId::ContentLength))
    );
}

#[test]
fn bad_content_lengths_are_malformed() {
    for value in [
        "-5",
        "5abc",
        "",
        "36893488147419103232",
        "4294967296",
        "1 2",
        "+1",
    ] {
        let message = options(&format!("Content-Length: {value}\r\n"));
        assert!(
            matches!(message.content_length(), Err(FieldError::Malformed { .. })),
            "{value}"
        );
    }
    let same = options("Content-Length: 0\r\nl: 0\r\n");
    assert_eq!(same.content_length(), Ok(0));
    let differing = options("Content-Length: 0\r\nl: 3\r\n");
    assert!(matches!(
        differing.content_length(),
        Err(FieldError::Malformed { .. })
    ));
}

#[test]
fn a_missing_empty_line_is_added() {
    let message = parse("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n");
    assert_eq!(
        message.buffer(),
        &b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"[..]
    );
    assert_eq!(message.body(), b"");
    assert_eq!(
        error("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0"),
        ParseError::Incomplete
    );
    assert_eq!(error("OPTIONS sip:a@b SIP/2.0"), ParseError::Incomplete);
}

#[test]
fn lines_that_are_no_header_fields_are_kept_apart() {
    let message =
        options("NoColonHere\r\n: no name\r\nX Y: blank\r\nX\u{1}: control\r\nCall-ID: 1\r\n");
    assert_eq!(message.headers_of(HeaderId::Malformed).count(), 4);
    assert_eq!(message.call_id(), Ok(&b"1"[..]));
    let first = message.header(HeaderId::Malformed).unwrap();
    assert_eq!(
        (message.name(first), message.value(first)),
        (&b""[..], &b"NoColonHere"[..])
    );
    let leading_fold = parse("OPTIONS sip:a@b SIP/2.0\r\n folded: x\r\nCall-ID: 1\r\n\r\n");
    assert!(leading_fold.has(HeaderId::Malformed));
}

#[test]
fn a_reader_stumbles_over_what_is_no_header_field_and_over_the_second_of_its_kind() {
    for (headers, at) in [
        ("Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n", None),
        ("Call-ID: 1\r\nNoColonHere\r\nl: x\r\n", Some(1)),
        ("Call-ID: 1\r\nl: -5\r\n", Some(1)),
        ("l: 0\r\nContent-Length: 0\r\n", Some(1)),
        (
            "Max-Forwards: 1\r\nCall-ID: 1\r\nMax-Forwards: 1\r\n",
            Some(2),
        ),
        ("Contact: *\r\nContact: *\r\n", None),
    ] {
        let request = parse(&format!("OPTIONS sip:a@b SIP/2.0\r\n{headers}\r\n"));
        assert_eq!(request.stumble(), at, "{headers}");
        let response = parse(&format!("SIP/2.0 200 OK\r\n{headers}\r\n"));
        let repeats = headers.contains("l: 0") || headers.contains("Max-Forwards");
        assert_eq!(response.stumble(), at.filter(|_| !repeats), "{headers}");
    }
}

#[test]
fn every_token_is_a_header_name() {
    let message = options("extensionHeader-!.%*+_`'~: some value\r\n");
    let field = message
        .headers_named(b"EXTENSIONheader-!.%*+_`'~")
        .next()
        .unwrap();
    assert_eq!(
        (field.id, message.value(field)),
        (HeaderId::Other, &b"some value"[..])
    );
    let long = format!("X-{}", "y".repeat(300));
    assert_eq!(
        options(&format!("{long} : 1\r\n"))
            .headers_named(long.as_bytes())
            .count(),
        1
    );
}

#[test]
fn request_lines_are_read_leniently() {
    let line = |line: &str| Message::parse(Bytes::from(format!("{line}\r\n\r\n")));
    for good in [
        "OPTIONS sip:a@b SIP/2.0",
        "OPTIONS sip:a@b  SIP/2.0",
        "OPTIONS sip:a@b SIP/2.0  ",
        "options sip:a@b sip/2.0",
        "OPTIONS sip:a@b SIP/7.0",
    ] {
        let message = line(good).unwrap();
        assert_eq!(
            (message.method(), message.request_uri()),
            (Method::Options, &b"sip:a@b"[..]),
            "{good}"
        );
        assert_eq!(
            message.protocol() == Protocol::Sip,
            !good.contains('7'),
            "{good}"
        );
    }
    for bad in [
        "OPTIONS sip:a@b",
        "OPTIONS  SIP/2.0",
        "OPTIONS SIP/2.0",
        "OPTIONS sip:a@b; lr SIP/2.0",
        "OPTIONS sip:a@b FOO/2.0",
        "OPTIONS sip:a@b SIP/",
        "OPTIONS sip:a@b SIP/x",
        "OPTIONS  sip:a@b SIP/2.0",
        "OPT\tIONS sip:a@b SIP/2.0",
        "OPTIONS",
        "jaK",
    ] {
        assert_eq!(line(bad).unwrap_err(), ParseError::FirstLine, "{bad}");
    }
    let beyond = line("\u{1}OPT/IONS sip:a@b SIP/2.0").unwrap();
    assert_eq!(beyond.method_name(), b"\x01OPT/IONS");
    let unusual = line("!interesting-Method0123456789_*+`.%indeed'~ sip:x SIP/2.0").unwrap();
    assert_eq!(unusual.method(), Method::Other);
    assert_eq!(
        unusual.method_name(),
        b"!interesting-Method0123456789_*+`.%indeed'~"
    );
}

#[test]
fn status_lines_are_read() {
    let line = |line: &str| Message::parse(Bytes::from(format!("{line}\r\nCSeq: 7 BYE\r\n\r\n")));
    let message = line("SIP/2.0 404 Not \u{fc}ber Found ").unwrap();
    assert_eq!((message.kind(), message.status()), (Kind::Response, 404));
    assert_eq!(message.reason(), "Not \u{fc}ber Found ".as_bytes());
    assert_eq!(
        (
            message.method(),
            message.method_name(),
            message.request_uri()
        ),
        (Method::Bye, &b"BYE"[..], &b""[..])
    );
    assert_eq!(line("SIP/2.0 100 ").unwrap().reason(), b"");
    assert_eq!(line("SIP/2.0 099 x").unwrap().status(), 99);
    for bad in [
        "SIP/2.0 4294967301 x",
        "SIP/2.0 2000 x",
        "SIP/2.0 20 x",
        "SIP/2.0 abc x",
        "SIP/2.0 200",
        "SIP/2.0  200 OK",
        "SIP/2.0 200OK",
        "SIP/2.0 ",
    ] {
        assert_eq!(line(bad).unwrap_err(), ParseError::FirstLine, "{bad}");
    }
}

#[test]
fn http_on_a_sip_port_is_a_message() {
    let get = parse("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
    assert!(get.is_http() && get.method() == Method::Get);
    assert_eq!(
        (get.request_uri(), get.value_of(HeaderId::Host)),
        (&b"/metrics?x=1"[..], Some(&b"a"[..]))
    );
    for version in ["HTTP/1.2", "http/1.1", "HTTP/2.0"] {
        assert!(parse(&format!("GET / {version}\r\n\r\n")).is_http());
    }
    let ok = parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    assert!(ok.is_http() && ok.status() == 200 && ok.body() == b"hi");
}

#[test]
fn limits_are_errors() {
    let mut text = String::from("OPTIONS sip:x SIP/2.0\r\n");
    text.push_str(&"A: b\r\n".repeat(MAX_HEADER_FIELDS));
    assert_eq!(
        parse(&format!("{text}\r\n")).headers().len(),
        MAX_HEADER_FIELDS
    );
    assert_eq!(
        error(&format!("{text}A: b\r\n\r\n")),
        ParseError::TooManyHeaders
    );
    let huge = vec![b'x'; MAX_MESSAGE_BYTES + 1];
    assert_eq!(
        Message::parse(huge.into()).unwrap_err(),
        ParseError::TooLarge
    );
}

#[test]
fn lists_go_on_over_header_fields_and_commas() {
    let message = options(
        "Contact: \"a, b\" <sip:a@x,y>;q=0.5, sip:c@d;expires=60 , *\r\nm: <sip:e@f>\r\nm:\r\nContact: *\r\n",
    );
    let buffer = message.buffer();
    let contacts: Vec<_> = message.contacts().collect();
    let uris: Vec<_> = contacts
        .iter()
        .flatten()
        .map(|contact| {
            contact
                .address()
                .map_or(&b"*"[..], |address| address.uri.of(buffer))
        })
        .collect();
    assert_eq!(
        uris,
        [&b"sip:a@x,y"[..], b"sip:c@d", b"*", b"sip:e@f", b"*"]
    );
    assert_eq!(
        contacts.iter().filter(|contact| contact.is_err()).count(),
        1,
        "the empty one"
    );
    assert_eq!(contacts[1].unwrap().expires(buffer), Some(60));
    assert!(matches!(contacts[2], Ok(Contact::Star(_))));
    let mut walk = message.contacts();
    walk.nth(3);
    assert_eq!(
        walk.field().map(|field| message.name(field)),
        Some(&b"m"[..])
    );
}

#[test]
fn a_mistake_in_a_list_ends_its_header_field_only() {
    let message = options("Route: <sip:a>, <sip:b, <sip:c>\r\nRoute: <sip:d>\r\n");
    let routes: Vec<_> = message
        .routes()
        .map(|route| route.map(|route| message.text(route.uri)).ok())
        .collect();
    assert_eq!(
        routes,
        [Some(&b"sip:a"[..]), Some(b"sip:b, <sip:c"), Some(b"sip:d")]
    );
    let message = options("Route: <sip:a>, \"x, <sip:c>\r\nRoute: <sip:d>\r\n");
    let routes: Vec<_> = message.routes().map(|route| route.is_ok()).collect();
    assert_eq!(routes, [true, false, true]);
}

#[test]
fn missing_and_malformed_fields_say_so() {
    let message = parse(
        "OPTIONS sip:a SIP/2.0\r\nCSeq: abc OPTIONS\r\nVia: @@@@ ,,,, ;;;\r\nTo:   \r\nCall-ID:\r\n\r\n",
    );
    assert_eq!(
        message.from().unwrap_err(),
        FieldError::Missing(HeaderId::From)
    );
    assert_eq!(
        message.expires(),
        Err(FieldError::Missing(HeaderId::Expires))
    );
    assert!(matches!(
        message.cseq(),
        Err(FieldError::Malformed {
            header: HeaderId::CSeq,
            ..
        })
    ));
    assert!(matches!(
        message.top_via(),
        Err(FieldError::Malformed {
            header: HeaderId::Via,
            ..
        })
    ));
    assert!(matches!(
        message.to(),
        Err(FieldError::Malformed {
            header: HeaderId::To,
            ..
        })
    ));
    assert!(matches!(
        message.call_id(),
        Err(FieldError::Malformed { .. })
    ));
    assert_eq!(message.to_tag(), None);
}

#[test]
fn cseq_must_be_a_number_and_a_method() {
    for (value, number) in [
        ("1  OPTIONS", Some(1)),
        ("0009 OPTIONS", Some(9)),
        ("4294967295 OPTIONS", Some(u32::MAX)),
    ]
    .into_iter()
    .chain(
        [
            "4294967296 O",
            "36893488147419103232 O",
            "x O",
            "1",
            "1 O x",
            "-1 O",
            "1O",
            "",
        ]
        .map(|bad| (bad, None)),
    ) {
        let cseq = options(&format!("CSeq: {value}\r\n")).cseq().ok();
        assert_eq!(cseq.map(|cseq| cseq.number), number, "{value}");
    }
}

#[test]
fn rack_and_leading_numbers_are_read() {
    let message = options(
        "RAck: 776656 1 INVITE\r\nSession-Expires: 1800;refresher=uas\r\nRetry-After: 18000 (gone)\r\nMin-SE: x\r\n",
    );
    let rack = message.rack().unwrap();
    assert_eq!(
        (rack.rseq, rack.cseq.number, rack.cseq.method),
        (776_656, 1, Method::Invite)
    );
    assert_eq!(message.leading_number(HeaderId::SessionExpires), Ok(1800));
    assert_eq!(message.leading_number(HeaderId::RetryAfter), Ok(18000));
    assert!(message.leading_number(HeaderId::MinSe).is_err());
}

#[test]
fn the_top_via_is_the_first_value_of_the_first_field() {
    let message = parse(
        "SIP/2.0 200 OK\r\nX: 1\r\nVia: SIP/2.0/TLS [2001:db8::1]:5061;branch=a;rport, SIP/2.0/UDP b\r\nVia: x\r\n\r\n",
    );
    let via = message.top_via().unwrap();
    assert_eq!(
        (via.transport, via.port, via.rport),
        (Some(Transport::Tls), Some(5061), Rport::Empty)
    );
    assert_eq!(message.text(via.host), b"[2001:db8::1]");
}

#[test]
fn messages_are_shared_between_threads_and_clones() {
    fn check<T: Send + Sync + Clone>(_: &T) {}
    let message = options("");
    check(&message);
    let clone = message.clone();
    assert_eq!(
        message.top_via().unwrap() as *const _,
        clone.top_via().unwrap() as *const _
    );
    assert_eq!(message.slice(0..7), &b"OPTIONS"[..]);
    assert_eq!(message.slice(Span::new(5, 100_000)), &b""[..]);
    assert_eq!(
        format!("{message:?}"),
        "Message(OPTIONS sip:bob@example.com SIP/2.0, 83 octets)"
    );
}
