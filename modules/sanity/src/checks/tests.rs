use super::*;

const GOOD: &str = "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx1\r\n\
        From: <sip:alice@a.org>;tag=1\r\nTo: <sip:bob@b.org>\r\nCall-ID: abc\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

fn response_to(text: &str) -> Option<(i64, String)> {
    let message = Message::parse(text.as_bytes().to_vec().into()).unwrap();
    let extensions = [Text::from("bar")];
    let wanted = Wanted {
        checks: 32767,
        uris: 15,
        extensions: &extensions,
    };
    check(&message, &wanted)
        .err()
        .map(|fault| (fault.status, fault.reason.into_owned()))
}

#[test]
fn a_good_request_passes() {
    assert_eq!(response_to(GOOD), None);
    assert_eq!(response_to(&GOOD.replace(";tag=1", "")), None);
    for contact in ["*", "<tel:+1>;q=0.5", "<sip:a@b>\r\nContact: <foo:x>"] {
        let text = GOOD.replace("Call-ID", &format!("Contact: {contact}\r\nCall-ID"));
        assert_eq!(response_to(&text), None, "{contact}");
    }
}

#[test]
fn each_fault_has_its_response() {
    // Responses observed on 5.6.3.
    let header = |line: &str| GOOD.replace("Call-ID", &format!("{line}\r\nCall-ID"));
    for (text, status, reason) in [
        (
            GOOD.replace("sip:bob@127", "foo:bob@127"),
            400,
            "Bad Request URI",
        ),
        (
            GOOD.replace("1 OPTIONS", "1 INVITE"),
            400,
            "CSeq method does not match request method",
        ),
        (
            GOOD.replace("1 OPTIONS", "99999999999 OPTIONS"),
            400,
            "CSeq number is illegal",
        ),
        (
            GOOD.replace("1 OPTIONS", "x OPTIONS"),
            400,
            "CSeq number is illegal",
        ),
        (
            GOOD.replace("Length: 0", "Length: 77"),
            400,
            "Content-Length mis-match",
        ),
        (header("Expires: many"), 400, "Expires value is illegal"),
        (
            header("Expires: 99999999999"),
            400,
            "Expires value is illegal",
        ),
        (
            header("Proxy-Require: foo, bar"),
            420,
            "Bad Proxy Require Extension",
        ),
        (
            GOOD.replace("alice@a.org", "alice@"),
            400,
            "Invalid From Header",
        ),
        (
            GOOD.replace("sip:alice@a.org", "foo:alice@a.org"),
            400,
            "Invalid From Header",
        ),
        (
            GOOD.replace("sip:alice@a.org", "sip:a lice@a.org"),
            400,
            "Invalid From Header",
        ),
        (
            GOOD.replace("sip:bob@b.org", "foo:bob@b.org"),
            400,
            "Ivalid To Header",
        ),
        (
            GOOD.replace("sip:bob@127", "tels:bob@127"),
            400,
            "Bad Request URI",
        ),
        (header("Contact: <sip:a@>"), 400, "Bad Contact URI"),
        (
            header("Contact: <sip:a@b>, <foo:x>"),
            400,
            "Bad Contact URI",
        ),
        (header("Contact:"), 400, "Bad Contact Header"),
        (header("Contact: <sip:a@b"), 400, "Bad Contact Header"),
        (
            header("Authorization: Digest username=\"x\", realm=\"r\""),
            400,
            "Bad Auth Credentials",
        ),
        (
            header(
                "Authorization: Digest username=\"x\", realm=\"r\", nonce=\"\", uri=\"sip:x\", response=\"0\"",
            ),
            400,
            "Auth Empty Nonce",
        ),
        (
            GOOD.replace(";tag=1", ";tag=1;tag=2"),
            400,
            "Many From Tag Params",
        ),
    ] {
        assert_eq!(
            response_to(&text),
            Some((status, reason.to_string())),
            "{text}"
        );
    }
    assert_eq!(
        response_to(&GOOD.replace("0.1 SIP/2.0", "0.1 SIP/7.0"))
            .unwrap()
            .0,
        505
    );
    assert_eq!(
        response_to(&GOOD.replace("Call-ID: abc\r\n", ""))
            .unwrap()
            .0,
        400
    );
}

#[test]
fn what_there_is_one_of_must_not_come_twice_whatever_is_checked() {
    for (line, is_fault) in [
        ("CSeq: 2 OPTIONS", true),
        ("CSeq: 1 OPTIONS", true),
        ("f: <sip:eve@a.org>;tag=2", true),
        ("To: <sip:eve@a.org>", true),
        ("i: other", true),
        ("Max-Forwards: 70\r\nMax-Forwards: 1", true),
        ("Content-Length: 0", true),
        ("User-Agent: a\r\nUser-Agent: b", false),
        ("Via: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKx2", false),
    ] {
        let text = GOOD.replace("Call-ID", &format!("{line}\r\nCall-ID"));
        let message = Message::parse(text.into_bytes().into()).unwrap();
        let wanted = Wanted {
            checks: 1,
            uris: 0,
            extensions: &[],
        };
        let fault = check(&message, &wanted).err();
        let is_silent = fault.map(|fault| !fault.is_answerable);
        assert_eq!(is_silent, is_fault.then_some(true), "{line}");
    }
}

#[test]
fn the_extension_that_is_not_known_is_named() {
    let text = GOOD.replace("Call-ID", "Proxy-Require: bar, foo\r\nCall-ID");
    let message = Message::parse(text.into_bytes().into()).unwrap();
    let extensions = [Text::from("bar")];
    let wanted = Wanted {
        checks: 512,
        uris: 0,
        extensions: &extensions,
    };
    assert_eq!(
        check(&message, &wanted).unwrap_err().header,
        "Unsupported: foo\r\n"
    );
}
