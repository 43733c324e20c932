//! Bodies: session descriptions and multipart.

use sip::Span;
use sip::multipart::Parts;
use sip::sdp::Sdp;

/// A body, behind two octets of something else: read as session description and as parts, everything lies in the body and
/// streams and parts follow each other.
pub fn sip_body(data: &[u8]) {
    let Some(length) = data.len().checked_sub(2) else {
        return;
    };
    let whole = Span::new(2, length as u32 + 2);
    session_description(data, whole);
    // The first line of a multipart body is its boundary.
    let body = whole.of(data);
    let line = body
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    if let Some(boundary) = line
        .strip_prefix(b"--")
        .filter(|boundary| !boundary.is_empty())
    {
        parts(data, whole, boundary);
    }
}

fn session_description(buffer: &[u8], whole: Span) {
    let Ok(sdp) = Sdp::parse(buffer, whole) else {
        return;
    };
    let _ = (sdp.check(), sdp.audio_hold(), sdp.has_ice());
    let mut end = whole.start;
    for session in sdp.sessions() {
        assert_eq!(session.whole.start, end, "sessions follow each other");
        assert!(
            session.common.start == session.whole.start && session.common.end <= session.whole.end
        );
        end = session.whole.end;
        let _ = (sdp.origin(session), sdp.connection(session.common));
    }
    assert_eq!(end, whole.end);
    let mut end = whole.start;
    for media in sdp.media() {
        assert!(media.whole.start >= end && media.whole.end <= whole.end);
        assert!(
            media.line.whole.start == media.whole.start && media.line.whole.end <= media.whole.end
        );
        assert!(media.kind.end <= media.port.start && media.port.end <= media.transport.start);
        end = media.whole.end;
        let _ = (
            sdp.port(media),
            sdp.direction(media),
            sdp.connection_for(media),
            sdp.rtcp(media.whole),
        );
        let named = sdp.formats_named(media, b"PCMU").count();
        assert!(named <= sdp.formats(media).count());
        for attribute in sdp.attributes(media.whole) {
            let _ = sdp.format_of(&attribute);
        }
        let _ = sdp.rtpmaps(media.whole).count();
    }
}

fn parts(buffer: &[u8], whole: Span, boundary: &[u8]) {
    let mut end = whole.start;
    for part in Parts::new(buffer, whole, boundary) {
        assert!(part.whole.start >= end && part.whole.end <= whole.end);
        assert!(part.headers.start >= part.whole.start && part.headers.end <= part.content.start);
        assert!(part.content.end <= part.whole.end);
        end = part.whole.end;
        for field in part.fields(buffer) {
            assert!(field.name.start >= part.headers.start && field.value.end <= part.headers.end);
        }
        let _ = part.is_of_type(buffer, b"application/sdp");
    }
}
