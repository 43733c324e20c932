//! Changes in session descriptions (`fix_nated_sdp`).

use sip::sdp::{Connection, Family, Sdp};
use sip::{Edits, Span};

/// What is changed.
#[derive(Clone, Copy, Default)]
pub struct Changes {
    /// `a=direction:active` at the end of each stream.
    pub direction: bool,
    /// The addresses of `c=` lines.
    pub media: bool,
    /// The marker at the end.
    pub marker: bool,
    /// The address of `o=` lines.
    pub origin: bool,
}

impl Changes {
    /// From the bits of `fix_nated_sdp`.
    pub fn from_bits(bits: i64) -> Changes {
        Changes {
            direction: bits & 1 != 0,
            media: bits & 2 != 0,
            marker: bits & 4 != 0,
            origin: bits & 8 != 0,
        }
    }
}

/// What is put in.
pub struct New<'a> {
    /// The address.
    pub address: &'a [u8],
    /// The line of the marker, with its line end.
    pub marker: &'a [u8],
    /// Whether old addresses are told.
    pub tells_old: bool,
}

/// An address of the other family stands where the new one should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherFamily;

/// Records the changes; answers whether an address was replaced.
pub fn fix(
    sdp: &Sdp<'_>,
    changes: Changes,
    new: &New<'_>,
    edits: &mut Edits,
) -> Result<bool, OtherFamily> {
    let mut replaced = addresses(sdp, changes);
    let is_other = |connection: &Connection| {
        sip::parse_address(new.address)
            .is_some_and(|address| address.is_ipv6() != (connection.family == Family::Ip6))
    };
    if replaced.iter().any(is_other) {
        return Err(OtherFamily);
    }
    // Observed on 5.6.3: an address that stands there already is neither replaced nor told.
    replaced.retain(|connection| sdp.text(connection.address) != new.address);
    if changes.direction {
        for media in sdp.media() {
            append(sdp, media.whole.end, b"a=direction:active\r\n", edits);
        }
    }
    let end = sdp.whole().end;
    if changes.marker && !new.marker.is_empty() {
        append(sdp, end, new.marker, edits);
    }
    for connection in &replaced {
        edits.replace(connection.address, new.address.to_vec());
        if new.tells_old {
            let name: &[u8] = match connection.family {
                Family::Ip4 => b"a=oldmediaip:",
                Family::Ip6 => b"a=oldmediaip6:",
            };
            let line = [name, sdp.text(connection.address), b"\r\n"].concat();
            append(sdp, end, &line, edits);
        }
    }
    Ok(!replaced.is_empty())
}

/// The addresses to be replaced, in the order in which Kamailio tells the old ones.
fn addresses(sdp: &Sdp<'_>, changes: Changes) -> Vec<Connection> {
    let mut found = Vec::new();
    for (index, session) in sdp.sessions().iter().enumerate() {
        let media = sdp.media().iter().filter(|media| media.session == index);
        let parts = std::iter::once(session.common).chain(media.map(|media| media.whole));
        for part in parts {
            if changes.media {
                found.extend(sdp.connection(part));
            }
            if changes.media || changes.origin {
                found.extend(sdp.rtcp(part).and_then(|rtcp| rtcp.connection));
            }
        }
        if changes.origin {
            found.extend(sdp.origin(session).map(|origin| origin.connection));
        }
    }
    // A stream on hold has no address to replace (RFC 2543).
    found.retain(|connection| sdp.text(connection.address) != b"0.0.0.0");
    found
}

/// Inserts a line at the end of a part, whose last line may have no line end.
fn append(sdp: &Sdp<'_>, end: u32, line: &[u8], edits: &mut Edits) {
    let is_open = end > sdp.whole().start && sdp.text(Span::new(end - 1, end)) != b"\n";
    let line: Vec<u8> = if is_open {
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        [b"\r\n", line].concat()
    } else {
        line.to_vec()
    };
    edits.insert(end, line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::Message;
    use sip::serialize::{nothing_deferred, write_edited};

    const BODY: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.8\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 0\r\na=rtcp:4001 IN IP4 10.0.0.8\r\na=sendrecv\r\n\
        m=video 4002 RTP/AVP 31\r\nc=IN IP4 10.0.0.9\r\na=rtcp:5\r\n";

    fn fixed(body: &str, bits: i64, address: &str) -> (Result<bool, OtherFamily>, String) {
        let text = format!("INVITE sip:a SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n{body}");
        let message = Message::parse(text.into_bytes().into()).unwrap();
        let sdp = Sdp::parse(message.buffer(), message.session_description().unwrap()).unwrap();
        let mut edits = Edits::new();
        let new = New {
            address: address.as_bytes(),
            marker: b"a=nortpproxy:yes\r\n",
            tells_old: true,
        };
        let outcome = fix(&sdp, Changes::from_bits(bits), &new, &mut edits);
        let mut out = Vec::new();
        write_edited(&message, &edits, None, &mut out, &mut nothing_deferred);
        let text = String::from_utf8(out).unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1;
        (outcome, body.to_owned())
    }

    /// As 5.6.3 was seen to change it.
    #[test]
    fn each_bit_has_its_change() {
        let (outcome, body) = fixed(BODY, 15, "127.0.0.1");
        assert_eq!(outcome, Ok(true));
        let expected = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
            m=audio 4000 RTP/AVP 0\r\na=rtcp:4001 IN IP4 127.0.0.1\r\na=sendrecv\r\na=direction:active\r\n\
            m=video 4002 RTP/AVP 31\r\nc=IN IP4 127.0.0.1\r\na=rtcp:5\r\na=direction:active\r\n\
            a=nortpproxy:yes\r\na=oldmediaip:10.0.0.8\r\na=oldmediaip:10.0.0.8\r\na=oldmediaip:10.0.0.9\r\n\
            a=oldmediaip:10.0.0.7\r\n";
        assert_eq!(body, expected);
        let (outcome, body) = fixed(BODY, 8, "1.1.1.1");
        assert_eq!(outcome, Ok(true));
        assert!(body.contains("c=IN IP4 10.0.0.8") && body.contains("a=rtcp:4001 IN IP4 1.1.1.1"));
        assert_eq!(fixed(BODY, 0, "1.1.1.1"), (Ok(false), BODY.to_owned()));
    }

    #[test]
    fn a_stream_on_hold_stays_so_and_families_do_not_mix() {
        let held = BODY.replace("10.0.0.8", "0.0.0.0");
        let (_, body) = fixed(&held, 2, "127.0.0.1");
        assert!(
            body.contains("\r\nc=IN IP4 0.0.0.0\r\n")
                && body.contains("\r\nc=IN IP4 127.0.0.1\r\n")
        );
        assert_eq!(fixed(BODY, 2, "::1"), (Err(OtherFamily), BODY.to_owned()));
    }

    #[test]
    fn what_stands_there_already_is_not_told() {
        assert_eq!(fixed(BODY, 8, "10.0.0.8").0, Ok(true));
        let (outcome, body) = fixed(BODY, 2, "10.0.0.8");
        assert_eq!(outcome, Ok(true));
        assert!(
            body.ends_with("a=oldmediaip:10.0.0.9\r\n") && !body.contains("oldmediaip:10.0.0.8")
        );
        let same = BODY.replace("10.0.0.9", "10.0.0.8");
        assert_eq!(fixed(&same, 2, "10.0.0.8"), (Ok(false), same));
    }

    #[test]
    fn a_last_line_without_an_end_gets_one() {
        let (_, body) = fixed("v=0\r\nm=audio 1 RTP/AVP 0", 1, "");
        assert_eq!(body, "v=0\r\nm=audio 1 RTP/AVP 0\r\na=direction:active");
    }
}
