use super::*;

const READING: Reading = Reading { phone_as_tel: true };

/// Observed on 5.6.3: URI; user, host, port, transport, scheme.
const TABLE: &[(&str, [Option<&str>; 5])] = &[
    (
        "sip:nouser.example.org",
        [
            None,
            Some("nouser.example.org"),
            Some("5060"),
            Some("UDP"),
            Some("sip"),
        ],
    ),
    (
        "sip:+49:pw@h:5080;transport=udp;foo",
        [
            Some("+49"),
            Some("h"),
            Some("5080"),
            Some("udp"),
            Some("sip"),
        ],
    ),
    (
        "sips:x@host",
        [
            Some("x"),
            Some("host"),
            Some("5060"),
            Some("UDP"),
            Some("sips"),
        ],
    ),
    (
        "tel:+123456;phone-context=x",
        [
            Some("+123456"),
            None,
            Some("5060"),
            Some("UDP"),
            Some("tel"),
        ],
    ),
    (
        "sip:x@[2001:db8::1]:5061",
        [
            Some("x"),
            Some("[2001:db8::1]"),
            Some("5061"),
            Some("UDP"),
            Some("sip"),
        ],
    ),
    (
        "urn:service:sos",
        [
            Some("service"),
            Some("sos"),
            Some("5060"),
            Some("UDP"),
            Some("urn"),
        ],
    ),
    (
        "sip:u@h:",
        [Some("u"), Some("h"), Some(""), Some("UDP"), Some("sip")],
    ),
    (
        "sip:u@h:0",
        [Some("u"), Some("h"), Some("0"), Some("UDP"), Some("sip")],
    ),
    (
        "SIP:u@H",
        [Some("u"), Some("H"), Some("5060"), Some("UDP"), Some("sip")],
    ),
    (
        "sip:u;a=b@h",
        [
            Some("u;a=b"),
            Some("h"),
            Some("5060"),
            Some("UDP"),
            Some("sip"),
        ],
    ),
    (
        "sip:u;a=b@h;user=phone",
        [Some("u"), Some("h"), Some("5060"), Some("UDP"), Some("tel")],
    ),
    (
        "sips:u;a=b@h;user=phone",
        [Some("u"), Some("h"), Some("5060"), Some("UDP"), Some("tel")],
    ),
    (
        "sip:u;a=b@h;user=ip",
        [
            Some("u;a=b"),
            Some("h"),
            Some("5060"),
            Some("UDP"),
            Some("sip"),
        ],
    ),
    (
        "sip:h;transport=tls",
        [None, Some("h"), Some("5061"), Some("tls"), Some("sip")],
    ),
    (
        "sip:h;TRANSPORT=TcP",
        [None, Some("h"), Some("5060"), Some("TcP"), Some("sip")],
    ),
    (
        "sip:h;transport",
        [None, Some("h"), Some("5060"), Some("UDP"), Some("sip")],
    ),
    ("http://x/y", [None, None, None, None, None]),
];

#[test]
fn parts_are_those_of_kamailio() {
    let parts: [Part; 5] = [user, host, port, transport, scheme];
    for (text, expected) in TABLE {
        let uri = Uri::parse(text.as_bytes()).unwrap();
        let found = parts
            .map(|part| part(&uri, READING).map(|part| String::from_utf8_lossy(part).into_owned()));
        assert_eq!(found.each_ref().map(Option::as_deref), *expected, "{text}");
    }
}

#[test]
fn phone_numbers_stay_sip_where_that_is_off() {
    let uri = Uri::parse(b"sip:u;a=b@h;user=phone").unwrap();
    let reading = Reading {
        phone_as_tel: false,
    };
    assert_eq!(user(&uri, reading), Some(&b"u;a=b"[..]));
    assert_eq!(scheme(&uri, reading), Some(&b"sip"[..]));
}
