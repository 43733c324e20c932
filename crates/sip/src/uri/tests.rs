use super::*;

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// User, host and port as 5.6.3 reports them in `$rU`, `$rd` and `$rp`.
#[test]
fn parts_are_where_kamailio_finds_them() {
    for (text, user, host, port) in [
        ("sip:alice;p=1@host", Some("alice;p=1"), "host", None),
        ("sip:host;x=a@b", Some("host;x=a"), "b", None),
        ("sip:alice:pw@h", Some("alice"), "h", None),
        ("sip:a:@h", Some("a"), "h", None),
        ("tel:+123;phone-context=x", Some("+123"), "", None),
        ("tel:+1-23(4)", Some("+1-23(4)"), "", None),
        ("urn:service:sos", Some("service"), "sos", None),
        ("sip:host:", None, "host", None),
        ("sip:a@h;;lr", Some("a"), "h", None),
        ("sip:a?b@h;lr?Route=%3c", Some("a?b"), "h", None),
        ("sip:[::1]:5070", None, "[::1]", Some(5070)),
        ("sip:a@[2001:db8::1];x", Some("a"), "[2001:db8::1]", None),
        ("sip:a@h:0", Some("a"), "h", Some(0)),
        ("SIP:a@H", Some("a"), "H", None),
        ("sip:1.2.3.4;p=a:b", None, "1.2.3.4", None),
        ("sip:h?a@b", Some("h?a"), "b", None),
        ("sip:a b<c>@h", Some("a b<c>"), "h", None),
        ("tel:1 2", Some("1 2"), "", None),
        ("sip:a%40b@h", Some("a%40b"), "h", None),
        (
            "sips:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
            Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"),
            "example.com",
            None,
        ),
    ] {
        let uri = uri(text);
        assert_eq!(
            uri.user().map(|user| std::str::from_utf8(user).unwrap()),
            user,
            "{text}"
        );
        assert_eq!(
            (std::str::from_utf8(uri.host()).unwrap(), uri.port()),
            (host, port),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_uri_is_refused() {
    for (text, error) in [
        ("", UriError::Scheme),
        ("sip", UriError::Scheme),
        ("<sip:user@example.com>", UriError::Scheme),
        ("1sip:x", UriError::Scheme),
        ("sip:", UriError::Host),
        ("sip:a@", UriError::Host),
        ("sip:a@b@c", UriError::Host),
        ("sip:@host", UriError::User),
        ("sip:a\r\nb@c", UriError::User),
        ("sip:a@h:99999", UriError::Port),
        ("sip:a@h:5060x", UriError::Port),
        ("sip:a@h/", UriError::Host),
        ("sip:a@h,b", UriError::Host),
        ("sip:;x=y", UriError::Host),
        ("sip:a@[2001:db8", UriError::Host),
        ("sip:a@[nonsense]", UriError::Host),
        ("sip:a@h;x=<y>", UriError::Character),
        ("sip:a@h; lr", UriError::Character),
        ("sip:a@h?x=\r\ny", UriError::Character),
        ("http://x y", UriError::Character),
        ("urn:service:", UriError::Host),
    ] {
        assert_eq!(Uri::parse(text.as_bytes()), Err(error), "{text}");
    }
    let long = format!("sip:{}@h", "a".repeat(65_536));
    assert_eq!(Uri::parse(long.as_bytes()), Err(UriError::TooLong));
}

#[test]
fn parameters_and_headers_are_found_in_any_case() {
    let text = "sip:bob:secret@example.com:5070;transport=TCP;lr=on;;maddr=10.0.0.1;Method=x=y?Subject=hi&Route=%3Csip:x%3E";
    let uri = uri(text);
    assert_eq!(uri.password(), Some(&b"secret"[..]));
    assert_eq!(uri.host_port(), b"example.com:5070");
    assert_eq!(
        uri.params_text(),
        b"transport=TCP;lr=on;;maddr=10.0.0.1;Method=x=y"
    );
    assert_eq!(
        uri.headers_text(),
        Some(&b"Subject=hi&Route=%3Csip:x%3E"[..])
    );
    assert_eq!(uri.transport(), Some(Transport::Tcp));
    assert_eq!(
        (uri.param(b"LR"), uri.param(b"method"), uri.param(b"ttl")),
        (Some(&b"on"[..]), Some(&b"x=y"[..]), None)
    );
    assert_eq!(
        (uri.maddr(), uri.is_loose_router()),
        (Some(&b"10.0.0.1"[..]), true)
    );
    assert_eq!(
        (uri.header(b"route"), uri.header(b"body")),
        (Some(&b"%3Csip:x%3E"[..]), None)
    );
    let spans: Vec<_> = uri
        .params()
        .map(|param| param.span.of(text.as_bytes()))
        .collect();
    assert_eq!(
        spans,
        [
            &b";transport=TCP"[..],
            b";lr=on",
            b";maddr=10.0.0.1",
            b";Method=x=y"
        ]
    );
    let values: Vec<_> = uri
        .params()
        .map(|param| param.value_span.of(text.as_bytes()))
        .collect();
    assert_eq!(values, [&b"TCP"[..], b"on", b"10.0.0.1", b"x=y"]);
    assert_eq!(uri.after_scheme(), &text.as_bytes()[4..]);
}

#[test]
fn user_parameters_belong_to_the_user() {
    let uri = uri("sip:+1650;phone-context=x;ext=2@gw;user=phone");
    assert_eq!(uri.user_without_params(), Some(&b"+1650"[..]));
    let names: Vec<_> = uri.user_params().map(|param| param.name).collect();
    assert_eq!(names, [&b"phone-context"[..], b"ext"]);
    assert_eq!(uri.param(b"user"), Some(&b"phone"[..]));
}

#[test]
fn other_schemes_are_opaque() {
    let uri = uri("soap.beep://192.0.2.103:3002");
    assert_eq!(
        (uri.scheme(), uri.scheme_name()),
        (Scheme::Other, &b"soap.beep"[..])
    );
    assert_eq!(
        (uri.after_scheme(), uri.host(), uri.user()),
        (&b"//192.0.2.103:3002"[..], &b""[..], None)
    );
    assert_eq!(
        super::Uri::parse(b"tels:+1").unwrap().scheme(),
        Scheme::Tels
    );
    assert_eq!(
        super::Uri::parse(b"tel:+1;a=b").unwrap().param(b"a"),
        Some(&b"b"[..])
    );
}

#[test]
fn default_ports_follow_scheme_and_transport() {
    for (text, port) in [
        ("sip:a", 5060),
        ("sips:a", 5061),
        ("sip:a;transport=tls", 5061),
        ("sip:a;transport=tcp", 5060),
        ("sips:a;transport=tcp", 5061),
        ("sip:a:7;transport=tls", 7),
    ] {
        assert_eq!(uri(text).port_or_default(), port, "{text}");
    }
}

#[test]
fn offsets_outlive_the_text_they_were_made_from() {
    let text = b"sip:bob@example.com;lr".to_vec();
    let spans = UriSpans::parse(&text).unwrap();
    let kept = (text, spans);
    assert_eq!(kept.1.over(&kept.0).host(), b"example.com");
    assert_eq!(kept.1.over(b"short").host(), b"");
    assert!(std::mem::size_of::<UriSpans>() <= 24);
}

/// Which characters 5.6.3 escapes, `{s.escape.user}` and `{s.escape.param}` over all printable ones.
#[test]
fn escapes_are_kamailios() {
    let printable: Vec<u8> = (33..127).collect();
    let mut user = Vec::new();
    escape_user(&printable, &mut user);
    assert_eq!(
        String::from_utf8(user).unwrap(),
        "!%22%23$%25&'()*+,-.%2f0123456789%3a;%3c=%3e?%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5b%5c%5d%5e_%60abcdefghijklmnopqrstuvwxyz%7b%7c%7d~"
    );
    let mut param = Vec::new();
    escape_param(&printable, &mut param);
    assert_eq!(
        String::from_utf8(param.clone()).unwrap(),
        "!%22%23$%25&'()*+%2c-./0123456789:%3b%3c%3d%3e%3f%40ABCDEFGHIJKLMNOPQRSTUVWXYZ[%5c]%5e_%60abcdefghijklmnopqrstuvwxyz%7b%7c%7d~"
    );
    let mut back = Vec::new();
    assert!(unescape(&param, &mut back));
    assert_eq!(back, printable);
    back.clear();
    assert!(!unescape(b"ab%4", &mut back) && back == b"ab");
    assert!(!unescape(b"%zz", &mut back));
}

#[test]
fn values_of_parameters_may_be_quoted() {
    let text = b"sip:a@b:5;x=\"q;z?\";y=2?h=1";
    let uri = Uri::parse(text).unwrap();
    assert_eq!(uri.param(b"x"), Some(&b"q;z?"[..]));
    assert_eq!(uri.param(b"y"), Some(&b"2"[..]));
    assert_eq!(uri.header(b"h"), Some(&b"1"[..]));
    assert_eq!(uri.params_text(), b"x=\"q;z?\";y=2");
    for refused in [
        &b"sip:a@b;x=\"q"[..],
        b"sip:a@b;x=q\"z\"",
        b"sip:a@b;x=\"q\"z",
        b"sip:a@b;\"x\"",
        b"sip:a@b?h=\"1\"",
        b"sip:a@b;x=\"q\r\nA: b\"",
    ] {
        assert!(Uri::parse(refused).is_err(), "{}", refused.escape_ascii());
    }
}
