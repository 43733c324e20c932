use super::*;

const INVITE: &str = "INVITE sip:a SIP/2.0\r\nVia: x\r\nContent-Length: 5\r\n\r\nhello";
const BYE: &str = "BYE sip:a SIP/2.0\nl : 0\n\n";
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn stun_is_cut_by_the_length_in_its_header() {
    let mut request = vec![0, 1, 0, 4];
    request.extend(STUN_COOKIE);
    request.extend([7; 16]);
    let mut stream = request.clone();
    stream.extend(&request);
    stream.extend(INVITE.as_bytes());
    for step in [1, 7, stream.len()] {
        let mut framer = StreamFramer::new(FramingLimits::default());
        let mut frames = Vec::new();
        for piece in stream.chunks(step) {
            framer.feed(piece);
            while let Some(frame) = framer.next().unwrap() {
                frames.push(frame);
            }
        }
        let stun = || Frame::Message(Bytes::copy_from_slice(&request));
        let invite = Frame::Message(Bytes::from_static(INVITE.as_bytes()));
        assert_eq!(frames, [stun(), stun(), invite]);
    }
}

#[test]
fn what_begins_like_stun_and_has_no_cookie_ends_the_stream() {
    let mut framer = StreamFramer::new(FramingLimits::default());
    framer.feed(&[0, 1, 0, 0]);
    assert_eq!(framer.next(), Ok(None));
    framer.feed(&[9; 16]);
    assert_eq!(framer.next(), Err(FramingError::NotSip));
}

/// Feeds `stream` in pieces of `step` octets and notes what comes out.
fn cut(stream: &str, step: usize, limits: FramingLimits) -> Vec<String> {
    let mut framer = StreamFramer::new(limits);
    let mut found = Vec::new();
    for piece in stream.as_bytes().chunks(step) {
        framer.feed(piece);
        loop {
            match framer.next() {
                Ok(None) => break,
                Ok(Some(Frame::KeepAlive)) => found.push("keep-alive".to_owned()),
                Ok(Some(Frame::Expectation)) => found.push("expectation".to_owned()),
                Ok(Some(Frame::Message(octets))) => {
                    found.push(String::from_utf8(octets.to_vec()).unwrap())
                }
                Ok(Some(Frame::Http(octets))) => found.push(format!("http {}", octets.len())),
                Err(error) => {
                    assert_eq!(framer.next(), Err(error), "errors last");
                    found.push(error.to_string());
                    return found;
                }
            }
        }
    }
    found
}

fn check(stream: &str, expected: &[&str]) {
    for step in 1..=stream.len().max(1) {
        assert_eq!(
            cut(stream, step, FramingLimits::default()),
            expected,
            "{stream:?} by {step}"
        );
    }
}

#[test]
fn messages_are_cut_wherever_the_stream_is_split() {
    check(INVITE, &[INVITE]);
    check(
        &format!("{INVITE}{BYE}{GET}{INVITE}"),
        &[INVITE, BYE, "http 27", INVITE],
    );
    check(&format!("\r\n{INVITE}\r\n\n{BYE}"), &[INVITE, BYE]);
    let folded = "BYE sip:a SIP/2.0\r\nContent-Length:\r\n 2\r\nl: 2\r\n\r\nhi";
    check(folded, &[folded]);
}

#[test]
fn double_line_ends_between_messages_are_keep_alives() {
    check("\r\n\r\n", &["keep-alive"]);
    check(
        &format!("\r\n\r\n\r\n\r\n{INVITE}\r\n\r\n{BYE}\r\n"),
        &["keep-alive", "keep-alive", INVITE, "keep-alive", BYE],
    );
    check("\r\n", &[]);
}

#[test]
fn blanks_and_nuls_between_messages_are_passed() {
    check(&format!(" \t  {INVITE} \r\n\t{BYE}"), &[INVITE, BYE]);
    check(&format!("\0{INVITE}\0\0\0\0\0{BYE}\0"), &[INVITE, BYE]);
    check(" \r\n\r\n", &["keep-alive"]);
    check("\r\n \r\n", &[]);
    check(&format!("\0 \0\t\r\n{GET}"), &["http 27"]);
}

#[test]
fn nothing_but_blanks_and_nuls_ends_the_stream() {
    let limits = FramingLimits {
        message_bytes: 64,
        ..FramingLimits::default()
    };
    for octet in [" ", "\t", "\0"] {
        let least = format!("{}{BYE}", octet.repeat(64));
        assert_eq!(cut(&least, 7, limits), [BYE]);
        assert_eq!(cut(&octet.repeat(80), 7, limits), ["message too large"]);
    }
}

#[test]
fn bad_lengths_end_the_stream() {
    let with = |lines: &str| format!("BYE sip:a SIP/2.0\r\n{lines}\r\n");
    for bad in [
        "l: -1\r\n",
        "l: 5abc\r\n",
        "Content-Length:\r\n",
        "l: 99999999999999999999\r\n",
        "l: 1\r\nl: 2\r\n",
    ] {
        check(&with(bad), &["malformed Content-Length"]);
    }
    check(&with(""), &["no Content-Length"]);
    let coded = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(coded, &["transfer coding"]);
    check(&with("l: 99999\r\n"), &["message too large"]);
    check(&with("l: 18446744073709551615\r\n"), &["message too large"]);
}

#[test]
fn what_is_not_sip_ends_the_stream() {
    check("garbage\r\n\r\n", &["not SIP"]);
    check("\u{16}\u{3}\u{1}", &["not SIP"]);
}

#[test]
fn a_missing_content_length_may_mean_no_body() {
    let limits = FramingLimits {
        without_content_length: WithoutContentLength::NoBody,
        ..FramingLimits::default()
    };
    let bare = "BYE sip:a SIP/2.0\r\nVia: x\r\n\r\n";
    assert_eq!(cut(&format!("{bare}{INVITE}"), 7, limits), [bare, INVITE]);
}

#[test]
fn buffering_is_bounded() {
    let limits = FramingLimits {
        message_bytes: 64,
        ..FramingLimits::default()
    };
    for stream in [
        "BYE ".repeat(100),
        format!("BYE sip:a SIP/2.0\r\n{}", "A: b\r\n".repeat(100)),
    ] {
        let mut framer = StreamFramer::new(limits);
        let mut error = None;
        for octet in stream.as_bytes() {
            framer.feed(&[*octet]);
            if let Err(found) = framer.next() {
                error = Some(found);
                break;
            }
            assert!(framer.buffered() <= 64);
        }
        assert_eq!(
            (error, framer.buffered()),
            (Some(FramingError::TooLarge), 0)
        );
    }
}

#[test]
fn frames_share_the_buffer_they_arrived_in() {
    let mut framer = StreamFramer::new(FramingLimits::default());
    let buffer = framer.read_buffer(4096);
    buffer.extend_from_slice(format!("{INVITE}{BYE}GET").as_bytes());
    let start = buffer.as_ptr();
    let Ok(Some(Frame::Message(first))) = framer.next() else {
        panic!("a message")
    };
    let Ok(Some(Frame::Message(second))) = framer.next() else {
        panic!("a message")
    };
    assert_eq!(first.as_ptr(), start);
    assert_eq!(second.as_ptr(), start.wrapping_add(INVITE.len()));
    assert_eq!(framer.buffered(), b"GET".len());
}

#[test]
fn an_http_client_that_waits_for_its_turn_is_noticed_before_its_body_comes() {
    let post = |version: &str, expect: &str| {
        format!(
            "POST / HTTP/{version}\r\nHost: a\r\nexpect : {expect}\r\nContent-Length: 2\r\n\r\n"
        )
    };
    let cut_in_two = |head: &str| {
        let mut framer = StreamFramer::new(FramingLimits::default());
        let mut found = Vec::new();
        for piece in [head, "hi"] {
            framer.feed(piece.as_bytes());
            while let Some(frame) = framer.next().unwrap() {
                found.push(matches!(frame, Frame::Expectation));
            }
        }
        found
    };
    assert_eq!(cut_in_two(&post("1.1", "100-Continue")), [true, false]);
    assert_eq!(cut_in_two(&post("1.0", "100-continue")), [false]);
    assert_eq!(cut_in_two(&post("1.1", "wonders")), [false]);
    // The body is there already.
    let whole = format!("{}hi", post("1.1", "100-continue"));
    assert_eq!(
        cut(&whole, whole.len(), FramingLimits::default()),
        ["http 72"]
    );
}
