use super::*;

const SDP: &str = "Content-Type: application/sdp\r\n\r\nv=0\r\n";
const ISUP: &str = "Content-Type: APPLICATION/ISUP; version=x\r\nContent-Disposition: signal;\r\n handling=optional\r\n\r\nBODY\r\n\r\nmore";

fn parts<'a>(body: &'a str, boundary: &'a str) -> Vec<(&'a str, &'a str)> {
    let whole = Span::new(0, body.len() as u32);
    Parts::new(body.as_bytes(), whole, boundary.as_bytes())
        .map(|part| (&body[part.headers.range()], &body[part.content.range()]))
        .collect()
}

#[test]
fn boundary_is_found_however_it_is_written() {
    for (value, expected) in [
        ("multipart/mixed;boundary=bb", Some("bb")),
        ("Multipart/Mixed; Boundary=\"b b\"", Some("b b")),
        (
            "multipart/alternative ; foo=1; boundary = bb ;bar=2",
            Some("bb"),
        ),
        ("multipart/mixed;\r\n boundary=\"=_x(y)\"", Some("=_x(y)")),
        ("multipart/mixed", None),
        ("multipart/mixed;boundary=", None),
        ("multipart/mixed;boundary=\"\"", None),
        ("multipartx/mixed;boundary=b", None),
        ("application/sdp;boundary=b", None),
        ("", None),
    ] {
        assert_eq!(
            boundary(value.as_bytes()),
            expected.map(str::as_bytes),
            "{value}"
        );
    }
    let long = format!("multipart/mixed;boundary={}", "x".repeat(BOUNDARY_MAX + 1));
    assert_eq!(boundary(long.as_bytes()), None);
}

#[test]
fn parts_are_cut_at_their_boundaries() {
    let fields = ISUP.split_once("\r\n\r\n").unwrap().0;
    let isup = (&*format!("{fields}\r\n"), "BODY\r\n\r\nmore");
    let sdp = ("Content-Type: application/sdp\r\n", "v=0\r\n");
    let body = format!("--bb\r\n{SDP}\r\n--bb\r\n{ISUP}\r\n--bb--\r\n");
    assert_eq!(parts(&body, "bb"), [sdp, isup]);
    for variant in [
        format!("a preamble\r\n{body}"),
        format!("\r\n{body}and an epilogue --bb\r\n"),
        body.replace("--bb\r\n", "--bb \t\r\n"),
        body.replace("--bb--\r\n", "--bb--"),
        body.replace("--bb--\r\n", "--bb--junk"),
        format!("pre--bb\r\n--bbx\r\n{body}"),
    ] {
        assert_eq!(parts(&variant, "bb"), [sdp, isup], "{variant}");
    }
    let bare = body.replace("\r\n", "\n");
    assert_eq!(
        parts(&bare, "bb")[0],
        ("Content-Type: application/sdp\n", "v=0\n")
    );
}

#[test]
fn last_part_ends_with_the_body_when_nothing_closes_it() {
    let body = format!("--bb\r\n{SDP}");
    assert_eq!(
        parts(&body, "bb"),
        [("Content-Type: application/sdp\r\n", "v=0\r\n")]
    );
}

#[test]
fn parts_may_lack_header_fields_or_content() {
    for (body, expected) in [
        ("--b\r\n\r\nx\r\n--b--", &[("", "x")][..]),
        ("--b\r\n\r\n--b--", &[("", "")]),
        ("--b\r\n--b--", &[("", "")]),
        ("--b\r\nC: d\r\n--b--", &[("C: d", "")]),
        ("--b\r\nC: d\r\n\r\n--b--", &[("C: d\r\n", "")]),
        ("--b\n--b\n--b--", &[("", ""), ("", "")]),
        ("--b", &[("", "")]),
        ("--b--", &[]),
        ("--c\r\n\r\nx", &[]),
        ("", &[]),
        ("-", &[]),
    ] {
        assert_eq!(parts(body, "b"), expected, "{body:?}");
    }
}

#[test]
fn parts_are_found_by_type_and_fields_by_name() {
    let message =
        format!("INVITE\r\n\r\n--bb\r\n{SDP}\r\n--bb\r\n{ISUP}\r\n--bb--\r\nnot the body");
    let buffer = message.as_bytes();
    let whole = Span::new(10, message.find("not the").unwrap() as u32);
    let parts = Parts::new(buffer, whole, b"bb");
    let part = parts.clone().of_type(b"application/isup").unwrap();
    assert_eq!(part.content.of(buffer), b"BODY\r\n\r\nmore");
    let disposition = part.field(buffer, b"content-disposition").unwrap();
    assert_eq!(disposition.of(buffer), b"signal;\r\n handling=optional");
    assert_eq!(part.fields(buffer).count(), 2);
    assert!(parts.of_type(b"text/plain").is_none());
}

#[test]
fn removing_a_part_leaves_a_body_without_it() {
    let body = format!("--bb\r\n{SDP}\r\n--bb\r\n{ISUP}\r\n--bb--\r\n");
    let whole = Span::new(0, body.len() as u32);
    let part = Parts::new(body.as_bytes(), whole, b"bb")
        .of_type(b"application/sdp")
        .unwrap();
    let mut rest = body.clone();
    rest.replace_range(part.whole.range(), "");
    assert_eq!(rest, format!("--bb\r\n{ISUP}\r\n--bb--\r\n"));
}

#[test]
fn every_cut_of_a_body_is_read_without_harm() {
    let body = format!("\r\n--bb\r\n{SDP}\r\n--bb\r\n{ISUP}\r\n--bb--\r\n");
    for end in 0..=body.len() {
        for part in Parts::new(body.as_bytes(), Span::new(0, end as u32), b"bb") {
            assert!(part.whole.end as usize <= end && part.content.end as usize <= end);
            let _ = part.fields(body.as_bytes()).count();
        }
    }
}
