//! Session descriptions: the streams they offer, and the same description with the proxy's addresses.

use crate::command::Stream;
use sip::sdp::{Connection, Family, Sdp};
use sip::{Edits, Message, Span};
use std::net::IpAddr;
use stdx::Text;
use stdx::number::push_decimal;

/// What the proxy gives for a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The stream's position among all.
    pub media: usize,
    /// The port.
    pub port: u16,
    /// The address.
    pub address: Text,
}

/// The session description of a message.
pub fn of(message: &Message) -> Option<Sdp<'_>> {
    let span = message.session_description()?;
    Sdp::parse(message.buffer(), span).ok()
}

/// Whether a proxy before us has marked the description.
pub fn is_marked(sdp: &Sdp<'_>, marker: &[u8]) -> bool {
    let marker = marker.trim_ascii();
    !marker.is_empty()
        && sdp
            .text(sdp.whole())
            .split(|byte| *byte == b'\n')
            .any(|line| line.trim_ascii() == marker)
}

/// The streams that are not turned off, with their positions. The address is `source` unless the description's is trusted.
pub fn streams(sdp: &Sdp<'_>, source: IpAddr, trusts_address: bool) -> Vec<(usize, Stream)> {
    let active = sdp
        .media()
        .iter()
        .enumerate()
        .filter_map(|(position, media)| {
            let port = sdp.port(media).filter(|port| *port > 0)?;
            let said = sdp
                .connection_for(media)
                .and_then(|connection| sip::parse_address(sdp.text(connection.address)));
            let address = said.filter(|_| trusts_address).unwrap_or(source);
            Some((position, port, address, formats(sdp.text(media.formats))))
        });
    active
        .enumerate()
        .map(|(index, (position, port, address, formats))| {
            let stream = Stream {
                number: index + 1,
                formats,
                address,
                port,
            };
            (position, stream)
        })
        .collect()
}

fn formats(text: &[u8]) -> Text {
    let words: Vec<&[u8]> = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .collect();
    Text::from(words.join(&b','))
}

/// Records the proxy's addresses and ports; then the marker.
pub fn rewrite(
    sdp: &Sdp<'_>,
    granted: &[Granted],
    changes_session: bool,
    marker: &[u8],
    edits: &mut Edits,
) {
    let mut needs_session = changes_session;
    for granted in granted {
        let Some(media) = sdp.media().get(granted.media) else {
            continue;
        };
        edits.replace(media.port, decimal(granted.port));
        match sdp.connection(media.whole) {
            Some(connection) => put(sdp, &connection, &granted.address, edits),
            None => needs_session = true,
        }
        if let Some(rtcp) = sdp.rtcp(media.whole) {
            edits.replace(rtcp.port, decimal(granted.port.saturating_add(1)));
            if let Some(connection) = rtcp.connection {
                put(sdp, &connection, &granted.address, edits);
            }
        }
    }
    if let Some(first) = granted.first() {
        for session in sdp.sessions() {
            if needs_session && let Some(connection) = sdp.connection(session.common) {
                put(sdp, &connection, &first.address, edits);
            }
            if let Some(origin) = sdp.origin(session) {
                put(sdp, &origin.connection, &first.address, edits);
            }
        }
    }
    if !marker.is_empty() && !is_marked(sdp, marker) {
        append(sdp, marker, edits);
    }
}

fn decimal(port: u16) -> Vec<u8> {
    let mut text = Vec::with_capacity(5);
    push_decimal(&mut text, i64::from(port));
    text
}

fn put(sdp: &Sdp<'_>, connection: &Connection, address: &[u8], edits: &mut Edits) {
    if sdp.text(connection.address) == b"0.0.0.0" {
        // On hold (RFC 2543): it must stay so.
        return;
    }
    edits.replace(connection.address, address.to_vec());
    let is_v6 = sip::parse_address(address).is_some_and(|address| address.is_ipv6());
    if is_v6 != (connection.family == Family::Ip6) {
        let family: &[u8] = if is_v6 { b"IP6" } else { b"IP4" };
        edits.replace(connection.family_span, family.to_vec());
    }
}

/// Appends a line; the last one before it may have no line end.
fn append(sdp: &Sdp<'_>, line: &[u8], edits: &mut Edits) {
    let whole = sdp.whole();
    let is_open = whole.end > whole.start && sdp.text(Span::new(whole.end - 1, whole.end)) != b"\n";
    let start: &[u8] = if is_open { b"\r\n" } else { b"" };
    edits.insert(whole.end, [start, line].concat());
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::serialize::{nothing_deferred, write_edited};

    const BODY: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.8\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n\
        a=rtcp:4001\r\na=sendrecv\r\nm=video 4002 RTP/AVP 31\r\nc=IN IP4 10.0.0.9\r\n";

    fn message() -> Message {
        let text = format!("INVITE sip:a SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n{BODY}");
        Message::parse(text.into_bytes().into()).unwrap()
    }

    #[test]
    fn streams_are_found() {
        let message = message();
        let sdp = of(&message).unwrap();
        let source = "127.0.0.1".parse().unwrap();
        let found: Vec<_> = streams(&sdp, source, true)
            .into_iter()
            .map(|(at, s)| {
                (
                    at,
                    s.number,
                    s.formats.to_string(),
                    s.address.to_string(),
                    s.port,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (0, 1, "0,8".to_owned(), "10.0.0.8".to_owned(), 4000),
                (1, 2, "31".to_owned(), "10.0.0.9".to_owned(), 4002)
            ]
        );
        assert_eq!(streams(&sdp, source, false)[1].1.address, source);
    }

    /// As 5.6.3 was seen to change it.
    #[test]
    fn the_description_gets_the_addresses_of_the_proxy() {
        let message = message();
        let sdp = of(&message).unwrap();
        let granted = |media, port| Granted {
            media,
            port,
            address: Text::from("127.0.0.9"),
        };
        let mut edits = Edits::new();
        let marker = b"a=nortpproxy:yes\r\n";
        rewrite(
            &sdp,
            &[granted(0, 40002), granted(1, 40004)],
            false,
            marker,
            &mut edits,
        );
        let mut out = Vec::new();
        write_edited(&message, &edits, None, &mut out, &mut nothing_deferred);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text.split_once("\r\n\r\n").unwrap().1,
            "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 40002 RTP/AVP 0 8\r\n\
             a=rtcp:40003\r\na=sendrecv\r\nm=video 40004 RTP/AVP 31\r\nc=IN IP4 127.0.0.9\r\na=nortpproxy:yes\r\n"
        );
        let again = Message::parse(text.into_bytes().into()).unwrap();
        assert!(is_marked(&of(&again).unwrap(), marker) && !is_marked(&sdp, marker));
    }
}
