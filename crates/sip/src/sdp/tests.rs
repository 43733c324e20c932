use super::*;

const OFFER: &str = "v=0\r\n\
    o=- 12 7 IN IP4 10.0.0.1\r\n\
    s=-\r\n\
    c=IN IP4 10.0.0.1\r\n\
    b=AS:128\r\n\
    t=0 0\r\n\
    a=group:BUNDLE a v\r\n\
    m=audio 4000/2 RTP/AVP 0 8  101\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\n\
    a=sendonly\r\n\
    m=video 4002 RTP/SAVP 96 97 34\r\n\
    c=IN IP6 2001:db8::2\r\n\
    a=rtpmap:96 VP8/90000\r\n\
    a=rtpmap: 97 opus/48000/2\r\n\
    a=rtcp:4003 IN IP4 10.0.0.9\r\n\
    a=candidate:1 1 UDP 2130706431 10.0.0.1 4002 typ host\r\n";

fn parse(body: &str) -> Sdp<'_> {
    Sdp::parse(body.as_bytes(), Span::new(0, body.len() as u32)).unwrap()
}

fn text<'a>(sdp: &Sdp<'a>, span: Span) -> &'a str {
    std::str::from_utf8(sdp.text(span)).unwrap()
}

/// A body of the given lines, with address and time in front.
fn body(lines: &[&str]) -> String {
    let common = [
        "v=0",
        "o=- 1 1 IN IP4 10.0.0.1",
        "s=-",
        "c=IN IP4 10.0.0.1",
        "t=0 0",
    ];
    common
        .iter()
        .chain(lines)
        .map(|line| format!("{line}\r\n"))
        .collect()
}

#[test]
fn streams_and_their_parts_are_found() {
    let sdp = parse(OFFER);
    assert_eq!(sdp.check(), Ok(()));
    let [audio, video] = sdp.media() else {
        panic!("{sdp:?}")
    };
    assert_eq!(text(&sdp, audio.kind), "audio");
    assert_eq!(text(&sdp, audio.port), "4000/2");
    assert_eq!(sdp.port(audio), Some(4000));
    assert_eq!(text(&sdp, audio.transport), "RTP/AVP");
    assert_eq!(text(&sdp, audio.formats), "0 8  101");
    assert!(
        text(&sdp, audio.whole).starts_with("m=audio")
            && text(&sdp, audio.whole).ends_with("a=sendonly\r\n")
    );
    assert!(text(&sdp, video.whole).ends_with("typ host\r\n"));
    assert!(text(&sdp, sdp.sessions()[0].common).ends_with("BUNDLE a v\r\n"));
    assert_eq!(sdp.sessions()[0].whole, sdp.whole());
    assert_eq!(sdp.media_of(b"VIDEO").count(), 1);
}

#[test]
fn addresses_are_found_where_they_hold() {
    let sdp = parse(OFFER);
    let origin = sdp.origin(&sdp.sessions()[0]).unwrap();
    assert_eq!(
        (text(&sdp, origin.session_id), text(&sdp, origin.version)),
        ("12", "7")
    );
    assert_eq!(text(&sdp, origin.connection.address), "10.0.0.1");
    let addresses: Vec<_> = sdp
        .media()
        .iter()
        .map(|media| sdp.connection_for(media).unwrap())
        .collect();
    assert_eq!(
        (addresses[0].family, text(&sdp, addresses[0].address)),
        (Family::Ip4, "10.0.0.1")
    );
    assert_eq!(
        (addresses[1].family, text(&sdp, addresses[1].address)),
        (Family::Ip6, "2001:db8::2")
    );
    let rtcp = sdp.rtcp(sdp.media()[1].whole).unwrap();
    assert_eq!(text(&sdp, rtcp.port), "4003");
    assert_eq!(text(&sdp, rtcp.connection.unwrap().address), "10.0.0.9");
}

#[test]
fn spans_are_offsets_in_the_whole_buffer() {
    let buffer = format!("INVITE sip:a SIP/2.0\r\n\r\n{OFFER}trailing");
    let start = buffer.find("v=0").unwrap() as u32;
    let sdp = Sdp::parse(
        buffer.as_bytes(),
        Span::new(start, start + OFFER.len() as u32),
    )
    .unwrap();
    let connection = sdp.connection(sdp.sessions()[0].common).unwrap();
    assert_eq!(&buffer[connection.address.range()], "10.0.0.1");
    assert!(buffer[sdp.media()[1].whole.range()].ends_with("typ host\r\n"));
}

#[test]
fn removing_spans_leaves_a_description_without_them() {
    let sdp = parse(OFFER);
    let mut edited = OFFER.to_owned();
    let audio = sdp.media()[0];
    let mut unwanted: Vec<Span> = sdp
        .formats_named(&audio, b"Telephone-Event")
        .map(|(_, whole)| whole)
        .collect();
    for attribute in sdp.attributes(audio.whole) {
        if sdp
            .format_of(&attribute)
            .is_some_and(|format| sdp.text(format) == b"101")
        {
            unwanted.push(attribute.whole);
        }
    }
    assert_eq!(unwanted.len(), 3);
    for span in unwanted.iter().rev() {
        edited.replace_range(span.range(), "");
    }
    assert!(
        edited.contains("m=audio 4000/2 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=sendonly\r\n"),
        "{edited}"
    );
}

#[test]
fn codecs_are_known_by_mapping_or_by_number() {
    let sdp = parse(OFFER);
    let [audio, video] = sdp.media() else {
        panic!("{sdp:?}")
    };
    let named = |media: &Media, codec: &str| -> Vec<&str> {
        sdp.formats_named(media, codec.as_bytes())
            .map(|(format, _)| text(&sdp, format))
            .collect()
    };
    assert_eq!(named(audio, "pcmu"), ["0"]);
    assert_eq!(named(audio, "PCMA"), ["8"]);
    assert_eq!(named(audio, "opus"), [""; 0]);
    assert_eq!(named(video, "opus"), ["97"]);
    assert_eq!(named(video, "H263"), ["34"]);
    assert_eq!(static_payload_type(b"g729"), Some(18));
    let maps: Vec<_> = sdp
        .rtpmaps(video.whole)
        .map(|map| (text(&sdp, map.encoding), text(&sdp, map.rate)))
        .collect();
    assert_eq!(maps, [("VP8", "90000"), ("opus", "48000/2")]);
    assert!(sdp.has_ice());
}

#[test]
fn directions_are_the_streams_own_or_the_sessions() {
    let sdp = parse(OFFER);
    assert_eq!(sdp.direction(&sdp.media()[0]), Direction::SendOnly);
    assert_eq!(sdp.direction(&sdp.media()[1]), Direction::SendRecv);
    let body = body(&[
        "a=inactive",
        "m=audio 1 RTP/AVP 0",
        "a=recvonly",
        "m=video 1 RTP/AVP 96",
    ]);
    let sdp = parse(&body);
    assert_eq!(sdp.direction(&sdp.media()[0]), Direction::RecvOnly);
    assert_eq!(sdp.direction(&sdp.media()[1]), Direction::Inactive);
    assert_eq!(sdp.direction_in(sdp.media()[1].whole), None);
}

/// Every row was observed on 5.6.3.
#[test]
fn hold_is_detected_as_5_6_3_does() {
    const AUDIO: &str = "m=audio 4000 RTP/AVP 0 8";
    for (lines, expected) in [
        (&[AUDIO][..], None),
        (&["a=inactive", AUDIO], Some(Hold::Direction)),
        (&[AUDIO, "a=inactive"], Some(Hold::Direction)),
        (&[AUDIO, "a=sendonly"], Some(Hold::Direction)),
        (&[AUDIO, "a=SENDONLY "], Some(Hold::Direction)),
        (&[AUDIO, "a=sendrecv", "a=sendonly"], Some(Hold::Direction)),
        (&["a=inactive", AUDIO, "a=sendrecv"], Some(Hold::Direction)),
        (&[AUDIO, "a=recvonly"], None),
        (&[AUDIO, "c=IN IP4 0.0.0.0"], Some(Hold::NullAddress)),
        (&[AUDIO, "c=IN IP4 0.0.0.0 "], Some(Hold::NullAddress)),
        (&[AUDIO, "c=IN IP4 0.0.0.0/127"], None),
        (
            &[AUDIO, "c=IN IP4 0.0.0.0", "a=sendonly"],
            Some(Hold::Direction),
        ),
        (&[AUDIO, "c=IN IP6 ::"], None),
        (
            &["m=audio 0 RTP/AVP 0", "a=sendonly"],
            Some(Hold::Direction),
        ),
        (&[AUDIO, "m=video 1 RTP/AVP 96", "a=inactive"], None),
        (
            &[AUDIO, "m=audio 1 RTP/AVP 96", "a=inactive"],
            Some(Hold::Direction),
        ),
        (&["m=AUDIO 4000 RTP/AVP 0", "a=inactive"], None),
    ] {
        assert_eq!(parse(&body(lines)).audio_hold(), expected, "{lines:?}");
    }
}

/// Every row was observed on 5.6.3.
#[test]
fn what_5_6_3_does_not_take_is_refused() {
    let good = [
        "v=0",
        "o=- 1 1 IN IP4 10.0.0.1",
        "s=-",
        "c=IN IP4 10.0.0.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 0",
    ];
    let with = |place: usize, line: &str| {
        let mut lines = good;
        lines[place] = line;
        lines
            .iter()
            .filter(|line| !line.is_empty())
            .map(|line| format!("{line}\r\n"))
            .collect::<String>()
    };
    for (place, line, expected) in [
        (0, "v=1", Ok(())),
        (0, "", Err(SdpError::Version)),
        (1, "", Err(SdpError::Origin)),
        (1, "o=x", Err(SdpError::Origin)),
        (1, "o=- 1 1 IN IP4", Err(SdpError::Origin)),
        (1, "o=-  1  1  IN  IP4  1.1.1.1", Ok(())),
        (2, "", Ok(())),
        (3, "", Err(SdpError::Connection)),
        (3, "c=IN", Err(SdpError::Connection)),
        (3, "c=IN IP5 1.1.1.1", Err(SdpError::Connection)),
        (3, "c=in ip4 1.1.1.1", Err(SdpError::Connection)),
        (3, "c=IN IP4 host.example", Ok(())),
        (5, "", Err(SdpError::Media)),
        (5, "m=audio 4000", Err(SdpError::Media)),
        (5, "m=audio 4000 RTP/AVP", Ok(())),
        (5, "m=audio x RTP/AVP 0", Ok(())),
    ] {
        assert_eq!(parse(&with(place, line)).check(), expected, "{line}");
    }
    assert_eq!(parse("hello").check(), Err(SdpError::Version));
    assert_eq!(parse("").check(), Err(SdpError::Version));
}

#[test]
fn lines_end_with_any_line_end_or_none() {
    for end in ["\n", "\r\n", "\r"] {
        let body = OFFER.replace("\r\n", end);
        for body in [body.as_str(), body.trim_end()] {
            let sdp = parse(body);
            assert_eq!((sdp.media().len(), sdp.check()), (2, Ok(())), "{body:?}");
        }
    }
}

#[test]
fn several_sessions_in_a_body_have_their_own_streams() {
    let one = body(&["m=audio 1 RTP/AVP 0"]);
    let two =
        body(&["m=video 2 RTP/AVP 96", "m=audio 3 RTP/AVP 8"]).replace("10.0.0.1", "10.0.0.2");
    let both = format!("{one}{two}");
    let sdp = parse(&both);
    assert_eq!(sdp.check(), Ok(()));
    assert_eq!(sdp.sessions().len(), 2);
    assert_eq!(
        sdp.media()
            .iter()
            .map(|media| media.session)
            .collect::<Vec<_>>(),
        [0, 1, 1]
    );
    assert_eq!(text(&sdp, sdp.media()[0].whole), "m=audio 1 RTP/AVP 0\r\n");
    assert_eq!(text(&sdp, sdp.sessions()[0].whole), one);
    assert_eq!(text(&sdp, sdp.sessions()[1].whole), two);
    assert_eq!(
        text(&sdp, sdp.connection_for(&sdp.media()[2]).unwrap().address),
        "10.0.0.2"
    );
}

#[test]
fn bodies_with_endless_streams_are_refused() {
    let whole = |text: &str| Sdp::parse(text.as_bytes(), Span::new(0, text.len() as u32)).err();
    assert_eq!(whole(&"m=audio 1 RTP/AVP 0\n".repeat(MEDIA_MAX)), None);
    assert_eq!(
        whole(&"m=audio 1 RTP/AVP 0\n".repeat(MEDIA_MAX + 1)),
        Some(SdpError::TooMany)
    );
    assert_eq!(whole(&"v=0\n".repeat(SESSIONS_MAX)), None);
    assert_eq!(
        whole(&"v=0\n".repeat(SESSIONS_MAX + 1)),
        Some(SdpError::TooMany)
    );
}

#[test]
fn every_cut_of_a_description_is_read_without_harm() {
    for end in 0..=OFFER.len() {
        let sdp = parse(&OFFER[..end]);
        let _ = (sdp.check(), sdp.audio_hold(), sdp.has_ice());
        for media in sdp.media() {
            let _ = (
                sdp.port(media),
                sdp.formats_named(media, b"opus").count(),
                sdp.rtcp(media.whole),
            );
        }
    }
}
