use bytes::Bytes;

use super::*;
use crate::{Edits, HeaderId, Message, Span};

const REQUEST: &str = "INVITE sip:bob@example.com SIP/2.0\r\n\
Via: SIP/2.0/UDP h.x:5070;branch=z9hG4bKa;rport, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb\r\n\
Record-Route: <sip:a;lr>, <sip:b;lr>\r\n\
f: \"F\" <sip:f@h>\r\n ;tag=1\r\n\
CSeq: 1 INVITE\r\n\
i: cc\r\n\
t: <sip:t@h>;x=y  \r\n\
Supported: path, timer,gruu\r\n\
v: SIP/2.0/UDP 192.0.2.3;branch=q\r\n\
Content-Length: 3\r\n\
\r\nabc";

const OWN_VIA: &[u8] = b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKown\r\n";

fn message(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

fn applied(text: &str, make: impl FnOnce(&Message, &mut Edits)) -> String {
    let message = message(text);
    let mut edits = Edits::new();
    make(&message, &mut edits);
    let mut out = Vec::new();
    write_edited(&message, &edits, None, &mut out, &mut nothing_deferred);
    String::from_utf8(out).unwrap()
}

fn forwarded(message: &Message, edits: &Edits, stamp: ViaStamp, delimited: Delimited) -> String {
    let mut out = b"kept".to_vec();
    let uri = Some(&b"sip:new@host"[..]);
    let request = ForwardedRequest {
        message,
        edits,
        uri,
        via: OWN_VIA,
        stamp,
        delimited,
    };
    request.write(&mut out, &mut |deferred, out| {
        out.extend_from_slice(format!("X-D: {}\r\n", deferred.id.0).as_bytes())
    });
    String::from_utf8(out)
        .unwrap()
        .strip_prefix("kept")
        .unwrap()
        .to_owned()
}

fn expected(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(REQUEST.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    })
}

#[test]
fn nothing_changes_without_edits() {
    assert_eq!(applied(REQUEST, |_, _| {}), REQUEST);
    let with_line_feeds = REQUEST.replace("\r\n", "\n");
    assert_eq!(applied(&with_line_feeds, |_, _| {}), with_line_feeds);
}

#[test]
fn a_forwarded_request_gets_our_via_in_front_of_the_first() {
    let request = message(REQUEST);
    let out = forwarded(
        &request,
        &Edits::new(),
        ViaStamp::NONE,
        Delimited::ByTransport,
    );
    let own = format!(
        "{}Via: SIP/2.0/UDP h.x",
        std::str::from_utf8(OWN_VIA).unwrap()
    );
    assert_eq!(
        out,
        expected(&[
            ("sip:bob@example.com", "sip:new@host"),
            ("Via: SIP/2.0/UDP h.x", &own)
        ])
    );
}

#[test]
fn insertions_at_one_place_keep_their_order_and_stand_above_our_via() {
    let request = message(REQUEST);
    let mut edits = Edits::new();
    edits.insert_header_first(&request, "X-1: a\r\n");
    let deferred = crate::Deferred {
        id: crate::DeferredId(7),
        known: "b".into(),
    };
    edits.insert_header_first(&request, deferred);
    let mut branch = edits.branch();
    branch.insert_header_first(&request, "X-2: b\r\n");
    let lines = |edits: &Edits| -> Vec<String> {
        let out = forwarded(&request, edits, ViaStamp::NONE, Delimited::ByTransport);
        out.lines()
            .skip(1)
            .take(4)
            .map(|line| line.chars().take(5).collect())
            .collect()
    };
    assert_eq!(lines(&branch), ["X-1: ", "X-D: ", "X-2: ", "Via: "]);
    assert_eq!(lines(&edits), ["X-1: ", "X-D: ", "Via: ", "Via: "]);
}

/// As with 5.6.3, where `remove_hf("Max-Forwards")` and a counted Max-Forwards come together.
#[test]
fn a_value_replaced_in_a_removed_header_field_goes_with_it() {
    for removed_first in [true, false] {
        let out = applied(REQUEST, |request, edits| {
            let supported = *request.header(HeaderId::Supported).unwrap();
            if removed_first {
                edits.remove_header(&supported);
            }
            edits.replace_value(&supported, "timer");
            if !removed_first {
                edits.remove_header(&supported);
            }
            edits.insert_after_header(&supported, "Supported: path\r\n");
        });
        assert_eq!(
            out,
            expected(&[("Supported: path, timer,gruu\r\n", "Supported: path\r\n")])
        );
    }
}

/// As 5.6.3 was seen to order `insert_hf`, `append_hf` and `remove_hf` around one header field.
#[test]
fn insertions_beside_a_removed_header_field_stay() {
    let out = applied(REQUEST, |request, edits| {
        let supported = *request.header(HeaderId::Supported).unwrap();
        edits.insert_after_header(&supported, "X-S: 1\r\n");
        edits.remove_header(&supported);
        edits.insert_after_header(&supported, "X-S2: 1\r\n");
        edits.insert_before_header(&supported, "X-S3: 1\r\n");
        edits.append_header(request, "X-E1: 1\r\n");
        edits.append_header(request, "X-E2: 1\r\n");
        edits.insert(supported.value().start, "inside a removed place");
        assert!(edits.removes(supported.value()) && !edits.removes(Span::new(0, 9)));
    });
    assert_eq!(
        out,
        expected(&[
            (
                "Supported: path, timer,gruu\r\n",
                "X-S3: 1\r\nX-S: 1\r\nX-S2: 1\r\n"
            ),
            (
                "Content-Length: 3\r\n",
                "Content-Length: 3\r\nX-E1: 1\r\nX-E2: 1\r\n"
            ),
        ])
    );
}

#[test]
fn overlapping_removals_remove_once_and_replacements_come_out() {
    let out = applied(REQUEST, |request, edits| {
        let cseq = *request.header(HeaderId::CSeq).unwrap();
        let at = cseq.value().start;
        edits.replace(Span::new(at, at + 3), "XXX");
        edits.replace(Span::new(at + 1, at + 5), "ZZZ");
        edits.remove(Span::new(at + 2, at + 4));
    });
    assert_eq!(out, expected(&[("CSeq: 1 INVITE", "CSeq: XXXZZZITE")]));
}

#[test]
fn the_last_replacement_of_the_same_octets_counts() {
    let from = |edits: &mut Edits, request: &Message, text: &'static str| {
        edits.replace(request.from().unwrap().uri, text);
    };
    let request = message(REQUEST);
    let mut edits = Edits::new();
    from(&mut edits, &request, "sip:one@a");
    let mut branch = edits.branch();
    from(&mut branch, &request, "sip:two@a");
    let mut out = Vec::new();
    write_edited(&request, &branch, None, &mut out, &mut nothing_deferred);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        expected(&[("sip:f@h", "sip:two@a")])
    );
    assert_eq!((edits.len(), branch.len()), (1, 1));
    edits.insert_header_first(&request, "A: a\r\n");
    edits.remove(request.from().unwrap().uri);
    from(&mut edits, &request, "sip:three@a");
    assert_eq!(edits.len(), 2);
}

#[test]
fn replacing_every_octet_takes_a_time_in_proportion() {
    const LENGTH: u32 = 400_000;
    let mut edits = Edits::new();
    for at in 0..LENGTH {
        edits.replace(Span::new(at, at + 1), "x");
    }
    assert_eq!(edits.len(), LENGTH as usize);
}

#[test]
fn values_are_taken_out_of_lists() {
    let without = |first, count| {
        let out = applied(REQUEST, |request, edits| {
            let field = *request.header(HeaderId::Supported).unwrap();
            edits.remove_list_values(request, &field, first, count);
        });
        let rest = out
            .lines()
            .find_map(|line| line.strip_prefix("Supported: "))
            .map(str::to_owned);
        rest.unwrap_or_default()
    };
    assert_eq!(without(0, 1), "timer,gruu");
    assert_eq!(without(1, 1), "path,gruu");
    assert_eq!(without(2, 1), "path, timer");
    assert_eq!(without(0, 2), "gruu");
    assert_eq!(without(1, 9), "path");
    assert_eq!(without(0, 3), "");
    assert_eq!(without(3, 1), "path, timer,gruu");
}

#[test]
fn a_new_body_brings_its_length_and_type() {
    let body = |text: &str, body: &'static [u8], content_type: Option<&[u8]>| {
        applied(text, |request, edits| {
            edits.insert(request.body_span().start, "forgotten");
            edits.set_body(
                request,
                Bytes::from_static(b"also forgotten"),
                Some(b"text/y"),
            );
            edits.set_body(request, Bytes::from_static(body), content_type);
            assert!(edits.changes_body(request));
        })
    };
    assert_eq!(
        body(REQUEST, b"a longer body", Some(b"text/x")),
        expected(&[
            ("Content-Length: 3", "Content-Length: 13"),
            (
                "\r\n\r\nabc",
                "\r\nContent-Type: text/x\r\n\r\na longer body"
            ),
        ])
    );
    let typed = "MESSAGE sip:a SIP/2.0\r\nc: text/z\r\n\r\n";
    assert_eq!(
        applied(typed, |request, edits| {
            edits.set_body(request, Bytes::from_static(b"hi"), Some(b"text/z"));
        }),
        "MESSAGE sip:a SIP/2.0\r\nc: text/z\r\nContent-Length: 2\r\n\r\nhi"
    );
    assert_eq!(
        body(typed, b"hi", Some(b"text/x")),
        "MESSAGE sip:a SIP/2.0\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nhi"
    );
}

#[test]
fn a_removed_body_leaves_its_type() {
    let text = "MESSAGE sip:a SIP/2.0\r\nContent-Type: a/b\r\nl: 10\r\nl: 10\r\n\r\n0123456789";
    let out = applied(text, |request, edits| {
        edits.set_body(request, Bytes::new(), None)
    });
    assert_eq!(
        out,
        "MESSAGE sip:a SIP/2.0\r\nContent-Type: a/b\r\nl: 0\r\n\r\n"
    );
}

#[test]
fn edits_in_the_body_change_the_length() {
    let out = applied(REQUEST, |request, edits| {
        let body = request.body_span();
        edits.replace(Span::new(body.start + 1, body.start + 2), "0123456789");
        edits.insert(body.end, "Z");
    });
    assert_eq!(
        out,
        expected(&[
            ("Content-Length: 3", "Content-Length: 13"),
            ("\r\n\r\nabc", "\r\n\r\na0123456789cZ")
        ])
    );
}

#[test]
fn the_scripts_own_content_length_is_left_alone() {
    let out = applied(REQUEST, |request, edits| {
        let length = *request.header(HeaderId::ContentLength).unwrap();
        edits.replace_value(&length, "77");
        edits.set_body(request, Bytes::from_static(b"x"), None);
    });
    assert_eq!(
        out,
        expected(&[
            ("Content-Length: 3", "Content-Length: 77"),
            ("\r\n\r\nabc", "\r\n\r\nx")
        ])
    );
}

#[test]
fn streams_get_a_right_content_length() {
    for (length, by_transport, by_length) in [
        ("", "", "Content-Length: 3\r\n"),
        (
            "Content-Length: 3\r\n",
            "Content-Length: 3\r\n",
            "Content-Length: 3\r\n",
        ),
        (
            "Content-Length: 33\r\n",
            "Content-Length: 33\r\n",
            "Content-Length: 3\r\n",
        ),
        (
            "X: 1\r\nl: 4\r\nl: 9\r\n",
            "X: 1\r\nl: 4\r\nl: 9\r\n",
            "X: 1\r\nl: 3\r\n",
        ),
        (
            "content-length: x\r\n",
            "content-length: x\r\n",
            "content-length: 3\r\n",
        ),
    ] {
        let request = message(&format!(
            "MESSAGE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n{length}\r\nabc"
        ));
        for (delimited, expected) in [
            (Delimited::ByTransport, by_transport),
            (Delimited::ByContentLength, by_length),
        ] {
            let out = forwarded(&request, &Edits::new(), ViaStamp::NONE, delimited);
            assert!(
                out.ends_with(&format!("Via: SIP/2.0/UDP a\r\n{expected}\r\nabc")),
                "{length}: {out}"
            );
        }
    }
}

#[test]
fn a_removed_content_length_comes_back_on_streams_only() {
    let request = message(REQUEST);
    let mut edits = Edits::new();
    edits.remove_header(request.header(HeaderId::ContentLength).unwrap());
    let count = |delimited| {
        forwarded(&request, &edits, ViaStamp::NONE, delimited)
            .matches("Content-Length: 3")
            .count()
    };
    assert_eq!(
        (
            count(Delimited::ByTransport),
            count(Delimited::ByContentLength)
        ),
        (0, 1)
    );
    edits.insert(request.body_span().end, "more");
    assert!(
        forwarded(&request, &edits, ViaStamp::NONE, Delimited::ByTransport)
            .contains("Content-Length: 7\r\n\r\n")
    );
}

#[test]
fn octets_beyond_the_content_length_are_not_forwarded() {
    let request = message(&REQUEST.replace("abc", "abcdef"));
    let out = forwarded(
        &request,
        &Edits::new(),
        ViaStamp::NONE,
        Delimited::ByTransport,
    );
    assert!(out.ends_with("\r\n\r\nabc"));
}

#[test]
fn edits_of_the_first_line_are_ignored() {
    assert_eq!(
        applied(REQUEST, |_, edits| edits.replace(Span::new(0, 6), "BYE")),
        REQUEST
    );
    assert_eq!(
        applied(REQUEST, |_, edits| edits.insert(90_000, "beyond")),
        REQUEST
    );
}

#[test]
fn the_top_via_is_stamped() {
    use RportPolicy::{AsAsked, Forced};
    let source = "192.0.2.77:6000".parse().unwrap();
    let here = "192.0.2.77";
    // What came, what a response has, and what the forwarded request has: observed on 5.6.3.
    for (via, policy, answered, passed_on) in [
        ("@;branch=b", AsAsked, "@;branch=b", "@;branch=b"),
        (
            "@;branch=b",
            Forced,
            "@;branch=b;rport=6000",
            "@;rport=6000;branch=b",
        ),
        ("@", Forced, "@;rport=6000", "@;rport=6000"),
        (
            "@;rport ; branch=b",
            AsAsked,
            "@;rport=6000 ; branch=b;received=@",
            "@;received=@;rport=6000 ; branch=b",
        ),
        (
            "@;rport=;b=1",
            AsAsked,
            "@;rport=6000;b=1;received=@",
            "@;received=@;rport=6000;b=1",
        ),
        (
            "@;b=1;rport=1",
            AsAsked,
            "@;b=1;rport=6000;received=@",
            "@;received=@;b=1;rport=6000",
        ),
        (
            "@;received=9.9.9.9;b=1",
            AsAsked,
            "@;received=@;b=1",
            "@;received=@;b=1",
        ),
        (
            "@;received=9.9.9.9;b=1",
            Forced,
            "@;received=@;b=1;rport=6000",
            "@;rport=6000;received=@;b=1",
        ),
        (
            "host:5060;b=1 , SIP/2.0/UDP x",
            AsAsked,
            "host:5060;b=1;received=@ , SIP/2.0/UDP x",
            "host:5060;received=@;b=1 , SIP/2.0/UDP x",
        ),
        (
            "host;a (comment)",
            Forced,
            "host;a;rport=6000;received=@ (comment)",
            "host;rport=6000;received=@;a (comment)",
        ),
    ] {
        let [via, answered, passed_on] = [via, answered, passed_on].map(|v| v.replace('@', here));
        let text =
            format!("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nTo: <sip:x>\r\n\r\n");
        let request = message(&text);
        let stamp = ViaStamp::new(request.top_via().unwrap(), request.buffer(), source, policy);
        let mut out = Vec::new();
        Response {
            stamp,
            ..Response::new(&request, 200, b"OK")
        }
        .write(&mut out);
        let response = format!(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {answered}\r\nTo: <sip:x>\r\nContent-Length: 0\r\n\r\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), response);
        let forwarded = forwarded(&request, &Edits::new(), stamp, Delimited::ByTransport);
        assert!(
            forwarded.contains(&format!("\r\nVia: SIP/2.0/UDP {passed_on}\r\n")),
            "{forwarded}"
        );
    }
}

#[test]
fn addresses_are_written_as_sip_does() {
    let mut out = Vec::new();
    for address in ["192.0.2.255", "10.0.100.99", "::1"] {
        push_address(&mut out, address.parse().unwrap());
        out.push(b' ');
        push_host(&mut out, address.parse().unwrap());
        out.push(b' ');
    }
    assert_eq!(
        out,
        b"192.0.2.255 192.0.2.255 10.0.100.99 10.0.100.99 ::1 [::1] "
    );
}

#[test]
fn a_forwarded_response_loses_its_top_via() {
    let response = |vias: &str| {
        let text =
            format!("SIP/2.0 180 Ringing\r\n{vias}To: <sip:t@h>\r\nContent-Length: 0\r\n\r\n");
        let message = message(&text);
        let mut out = Vec::new();
        let edits = Edits::new();
        ForwardedResponse {
            message: &message,
            edits: &edits,
            status: None,
            delimited: Delimited::ByTransport,
        }
        .write(&mut out, &mut nothing_deferred);
        let out = String::from_utf8(out).unwrap();
        out.strip_prefix("SIP/2.0 180 Ringing\r\n")
            .unwrap()
            .split("To:")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        response("Via: SIP/2.0/UDP a\r\nVia: SIP/2.0/UDP b\r\n"),
        "Via: SIP/2.0/UDP b\r\n"
    );
    assert_eq!(
        response("via: SIP/2.0/UDP a;x=\",\"  ,\r\n SIP/2.0/UDP b, c\r\nv: d\r\n"),
        "via: SIP/2.0/UDP b, c\r\nv: d\r\n"
    );
    assert_eq!(response("v:\r\n SIP/2.0/UDP a\r\n"), "");
    assert_eq!(response(""), "");
}

#[test]
fn a_forwarded_response_may_change_its_status() {
    let message = message("SIP/2.0 202 Yes\r\nVia: SIP/2.0/UDP a\r\nX: 1\r\n\r\nsecret");
    let mut edits = Edits::new();
    edits.set_body(&message, Bytes::from_static(b"xxx"), None);
    let mut out = Vec::new();
    let status = Some((299, &b"Changed"[..]));
    ForwardedResponse {
        message: &message,
        edits: &edits,
        status,
        delimited: Delimited::ByTransport,
    }
    .write(&mut out, &mut nothing_deferred);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "SIP/2.0 299 Changed\r\nX: 1\r\nContent-Length: 3\r\n\r\nxxx"
    );
}

/// Order and choice of header fields as 5.6.3 sends them.
#[test]
fn a_response_mirrors_the_request() {
    let request = message(&REQUEST.replace("CSeq: 1", "Timestamp: 54\r\nCSeq: 1"));
    let mut out = Vec::new();
    let response = Response {
        to_tag: Some(b"tt"),
        extra_headers: &[b"X-1: 1\r\n", b"X-2: 2\r\n"],
        server: b"Server: kahea\r\n",
        body: Some(Body {
            content_type: b"text/x",
            octets: b"hi",
        }),
        ..Response::new(&request, 200, b"OK")
    };
    response.write(&mut out);
    let text = "SIP/2.0 200 OK\r\n\
        Via: SIP/2.0/UDP h.x:5070;branch=z9hG4bKa;rport, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb\r\n\
        Record-Route: <sip:a;lr>, <sip:b;lr>\r\n\
        f: \"F\" <sip:f@h>\r\n ;tag=1\r\n\
        CSeq: 1 INVITE\r\n\
        i: cc\r\n\
        t: <sip:t@h>;x=y;tag=tt  \r\n\
        v: SIP/2.0/UDP 192.0.2.3;branch=q\r\n\
        X-1: 1\r\nX-2: 2\r\nContent-Type: text/x\r\nServer: kahea\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(String::from_utf8(out).unwrap(), text);
    let lines = |status| {
        let mut out = Vec::new();
        Response::new(&request, status, b"R").write(&mut out);
        let out = String::from_utf8(out).unwrap();
        (out.contains("Record-Route"), out.contains("Timestamp"))
    };
    assert_eq!(
        [100, 101, 180, 299, 300, 404].map(lines),
        [
            (false, true),
            (false, false),
            (true, false),
            (true, false),
            (false, false),
            (false, false)
        ]
    );
}

#[test]
fn a_to_with_tag_gets_no_other() {
    let request =
        message("BYE sip:a SIP/2.0\r\nTo: <sip:t@h>;tag=old\r\nTo: <sip:second@h>\r\n\r\n");
    let mut out = Vec::new();
    Response {
        to_tag: Some(b"new"),
        ..Response::new(&request, 481, b"Gone")
    }
    .write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "SIP/2.0 481 Gone\r\nTo: <sip:t@h>;tag=old\r\nContent-Length: 0\r\n\r\n"
    );
}

/// As 5.6.3 sends them.
#[test]
fn cancel_and_ack_repeat_what_identifies_the_invite() {
    let invite = message(
        "INVITE sip:x@h SIP/2.0\r\nVia: SIP/2.0/UDP own;branch=z9hG4bK1.0 , SIP/2.0/UDP a\r\nVia: SIP/2.0/UDP b\r\n\
         Record-Route: <sip:a;lr>\r\nRoute: <sip:r;lr>\r\nf: \"F\" <sip:f@h>\r\n ;tag=1\r\nCSeq:  7   INVITE\r\ni: cc\r\n\
         t: <sip:t@h>;x=y\r\nRequire: foo\r\nMax-Forwards: 5\r\nContent-Length: 2\r\n\r\nhi",
    );
    let response = message("SIP/2.0 487 Gone\r\nTo: \"T\" <sip:t@h>;tag=u\r\n\r\n");
    let write = |kind| {
        let mut out = Vec::new();
        let extra_headers: &[&[u8]] = &[b"Reason: SIP;cause=200\r\n"];
        HopByHopRequest {
            invite: &invite,
            kind,
            extra_headers,
        }
        .write(&mut out);
        String::from_utf8(out).unwrap()
    };
    let text = |method: &str, to: &str| {
        format!(
            "{method} sip:x@h SIP/2.0\r\nVia: SIP/2.0/UDP own;branch=z9hG4bK1.0\r\nRoute: <sip:r;lr>\r\n\
             f: \"F\" <sip:f@h>\r\n ;tag=1\r\nCSeq:  7 {method}\r\ni: cc\r\n{to}\r\nMax-Forwards: 5\r\n\
             Content-Length: 0\r\nReason: SIP;cause=200\r\n\r\n"
        )
    };
    assert_eq!(write(HopByHop::Cancel), text("CANCEL", "t: <sip:t@h>;x=y"));
    assert_eq!(
        write(HopByHop::Ack(&response)),
        text("ACK", "To: \"T\" <sip:t@h>;tag=u")
    );
}

#[test]
fn our_via_survives_whatever_the_script_removes() {
    let request = message(REQUEST);
    let stamp = ViaStamp {
        received: "192.0.2.7".parse().ok(),
        rport: Some(6),
    };
    let mut edits = Edits::new();
    for field in request.headers_of(HeaderId::Via) {
        edits.remove_header(field);
    }
    let out = forwarded(&request, &edits, stamp, Delimited::ByTransport);
    assert_eq!(out.matches("Via:").count(), 1, "{out}");
    assert!(
        out.contains(std::str::from_utf8(OWN_VIA).unwrap()) && !out.contains("rport"),
        "{out}"
    );
    let mut edits = Edits::new();
    edits.insert_header_first(&request, "X: 1\r\n");
    edits.remove(Span::new(request.headers_start(), request.headers_end()));
    let out = forwarded(&request, &edits, stamp, Delimited::ByContentLength);
    let own = std::str::from_utf8(OWN_VIA).unwrap();
    assert_eq!(
        out,
        format!("INVITE sip:new@host SIP/2.0\r\nX: 1\r\n{own}Content-Length: 3\r\n\r\nabc")
    );
}
