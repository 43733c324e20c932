use super::*;

fn parsed(text: &str) -> Uri<'_> {
    Uri::parse(text.as_bytes()).unwrap()
}

fn shown(result: Result<Vec<u8>, RewriteError>) -> Result<String, RewriteError> {
    result.map(|out| String::from_utf8(out).unwrap())
}

const FULL: &str = "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi";

#[test]
fn another_user_keeps_the_password() {
    for (uri, user, expected) in [
        (
            FULL,
            Some("other"),
            "sip:other:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            FULL,
            None,
            "sip:test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            FULL,
            Some(""),
            "sip:test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        ("sip:host:5070", Some("u"), "sip:u@host:5070"),
        (
            "sip:h;transport=tcp?a=b",
            Some("q"),
            "sip:q@h;transport=tcp?a=b",
        ),
        ("tel:+1;phone-context=x", Some("x"), "tel:x;phone-context=x"),
        ("tel:+1;phone-context=x", None, "tel:;phone-context=x"),
        ("sips:u:p@h:1", None, "sips:h:1"),
    ] {
        assert_eq!(
            shown(with_user(&parsed(uri), user.map(str::as_bytes))).as_deref(),
            Ok(expected),
            "{uri}"
        );
    }
    assert_eq!(
        with_user(&parsed("sip:h"), Some(b"a\r\nb")),
        Err(RewriteError::LineEnd)
    );
}

#[test]
fn another_host_keeps_the_port() {
    for (uri, host, expected) in [
        (
            FULL,
            "d.org",
            "sip:+4930123:secret@d.org:5080;transport=udp;foo=bar;lr?Subject=hi",
        ),
        ("sip:u;a=b@h;user=phone", "zz", "sip:u;a=b@zz;user=phone"),
        ("tel:+1;ext=5", "d", "sip:+1;ext=5@d;user=phone"),
        ("urn:service:sos", "x.y", "sip:service@x.y"),
        ("sip:h", "[::1]", "sip:[::1]"),
        (
            "sip:u@h;x=9?a=b",
            "10.0.0.1:5070",
            "sip:u@10.0.0.1:5070;x=9?a=b",
        ),
        (
            "sip:u@h;x=9",
            "d;transport=tcp",
            "sip:u@d;transport=tcp;x=9",
        ),
        ("sip:u@h:1", "a:5", "sip:u@a:5:1"),
        ("sip:u@h:1", "", "sip:u@:1"),
    ] {
        assert_eq!(
            shown(with_host(&parsed(uri), host.as_bytes())).as_deref(),
            Ok(expected),
            "{uri}"
        );
    }
    assert_eq!(
        with_host(&parsed("sip:u@h:1"), b"a\nb"),
        Err(RewriteError::LineEnd)
    );
    assert_eq!(
        with_host(&parsed("foo:u@h"), b"a"),
        Err(RewriteError::NoSuchPart)
    );
}

#[test]
fn another_target_takes_the_place_of_host_port_and_transport() {
    for (uri, target, host_port, transport) in [
        (
            FULL,
            "d.org:7;transport=tcp",
            "sip:+4930123:secret@d.org:7;transport=tcp;transport=udp;foo=bar;lr?Subject=hi",
            "sip:+4930123:secret@d.org:7;transport=tcp;foo=bar;lr?Subject=hi",
        ),
        ("sip:h:5;transport=udp", "d", "sip:d;transport=udp", "sip:d"),
        (
            "tel:+1",
            "d:5",
            "sip:+1@d:5;user=phone",
            "sip:+1@d:5;user=phone",
        ),
        ("sip:u@h:5;x", ":5", "sip:u@:5;x", "sip:u@:5;x"),
    ] {
        let (uri, target) = (parsed(uri), target.as_bytes());
        assert_eq!(
            shown(with_host_port(&uri, target)).as_deref(),
            Ok(host_port)
        );
        assert_eq!(
            shown(with_host_port_transport(&uri, target)).as_deref(),
            Ok(transport)
        );
    }
}

#[test]
fn another_port_keeps_the_rest() {
    for (uri, port, expected) in [
        (
            FULL,
            Some("7"),
            "sip:+4930123:secret@test.example.net:7;transport=udp;foo=bar;lr?Subject=hi",
        ),
        (
            FULL,
            None,
            "sip:+4930123:secret@test.example.net;transport=udp;foo=bar;lr?Subject=hi",
        ),
        ("sip:u@host", Some("5"), "sip:u@host:5"),
        ("sip:h?a=b", Some("7"), "sip:h:7?a=b"),
        ("sip:h;x=y", Some("7"), "sip:h:7;x=y"),
        (
            "tel:+1;phone-context=x",
            Some("5"),
            "tel:+1;phone-context=x",
        ),
    ] {
        assert_eq!(
            shown(with_port(&parsed(uri), port.map(str::as_bytes))).as_deref(),
            Ok(expected),
            "{uri}"
        );
    }
    assert_eq!(
        shown(with_port(&parsed("sip:h"), Some(b"99999"))).as_deref(),
        Ok("sip:h:99999")
    );
}
