//! Formats of streams, by number and by the name of their codec.

use crate::description;
use sip::sdp::{Media, Sdp, static_payload_type};
use sip::{Edits, Span};
use std::borrow::Cow;
use stdx::ascii;

/// A list of codecs.
#[derive(Clone, Copy)]
pub enum Codecs<'a> {
    /// Numbers, divided by commas.
    Numbers(&'a [u8]),
    /// Names, divided by commas.
    Names(&'a [u8]),
}

impl Codecs<'_> {
    /// Whether the list can mean anything in this description: names must be those of codecs in it or of fixed numbers.
    pub fn are_known(&self, sdp: &Sdp<'_>) -> bool {
        let Codecs::Names(names) = self else {
            return true;
        };
        ascii::split_trimmed(names, b',').any(|name| {
            let mut maps = sdp.rtpmaps(sdp.whole());
            static_payload_type(name).is_some()
                || maps.any(|map| sdp.text(map.encoding).eq_ignore_ascii_case(name))
        })
    }

    /// The formats of a stream that are in the list.
    fn formats(&self, sdp: &Sdp<'_>, media: &Media) -> Vec<Span> {
        match self {
            Codecs::Numbers(numbers) => sdp
                .formats(media)
                .map(|(format, _)| format)
                .filter(|format| {
                    ascii::split_trimmed(numbers, b',').any(|number| number == sdp.text(*format))
                })
                .collect(),
            Codecs::Names(names) => ascii::split_trimmed(names, b',')
                .flat_map(|name| sdp.formats_named(media, name).map(|(format, _)| format))
                .collect(),
        }
    }

    /// In which streams they are.
    pub fn presence(&self, sdp: &Sdp<'_>) -> Presence {
        let numbers = self.numbers(sdp);
        let has = |media: &Media, number: &[u8]| {
            let mut formats = sdp.formats(media);
            formats.any(|(format, _)| sdp.text(format) == number)
        };
        let mut pairs = sdp
            .media()
            .iter()
            .flat_map(|media| numbers.iter().map(move |number| (media, number)));
        if !pairs.clone().any(|(media, number)| has(media, number)) {
            return Presence::Nowhere;
        }
        match pairs.all(|(media, number)| has(media, number)) {
            true => Presence::Everywhere,
            false => Presence::Somewhere,
        }
    }

    /// Their numbers in this description, as far as they have any.
    fn numbers<'s>(&'s self, sdp: &'s Sdp<'_>) -> Vec<Cow<'s, [u8]>> {
        match self {
            Codecs::Numbers(numbers) => {
                let numbers = ascii::split_trimmed(numbers, b',');
                numbers.map(Cow::Borrowed).collect()
            }
            Codecs::Names(names) => ascii::split_trimmed(names, b',')
                .flat_map(|name| numbers_of(name, sdp))
                .collect(),
        }
    }
}

/// The numbers that a codec has in this description, or else the fixed one that it has anywhere.
fn numbers_of<'s>(name: &[u8], sdp: &'s Sdp<'_>) -> Vec<Cow<'s, [u8]>> {
    let streams = sdp.media().iter();
    let formats = streams.flat_map(|media| sdp.formats_named(media, name));
    let numbers: Vec<_> = formats
        .map(|(format, _)| Cow::Borrowed(sdp.text(format)))
        .collect();
    match static_payload_type(name) {
        Some(number) if numbers.is_empty() => vec![Cow::Owned(number.to_string().into_bytes())],
        _ => numbers,
    }
}

/// In which streams the codecs of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// All of them in each.
    Everywhere,
    /// One of them in one.
    Somewhere,
    /// None in any.
    Nowhere,
}

/// What happens to the formats in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They go.
    Removed,
    /// The others go.
    Kept,
}

/// Records the removal of formats, with the attributes that are about them, from the streams of a kind.
pub fn edit(sdp: &Sdp<'_>, codecs: Codecs<'_>, fate: Fate, kind: Option<&[u8]>, edits: &mut Edits) {
    for media in description::media(sdp, kind) {
        let listed = codecs.formats(sdp, media);
        let goes = |format: &[u8]| {
            let is_listed = listed.iter().any(|span| sdp.text(*span) == format);
            is_listed == (fate == Fate::Removed)
        };
        for (format, with_blank) in sdp.formats(media) {
            if goes(sdp.text(format)) {
                edits.remove(with_blank);
            }
        }
        for attribute in sdp.attributes(media.whole) {
            let name = sdp.text(attribute.name);
            let is_about_format = [&b"rtpmap"[..], b"fmtp", b"rtcp-fb"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known));
            let format = sdp.format_of(&attribute).filter(|_| is_about_format);
            if format.is_some_and(|format| goes(sdp.text(format))) {
                edits.remove(attribute.whole);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::Message;
    use sip::serialize::{nothing_deferred, write_edited};

    const BODY: &str = "v=0\r\no=- 1 7 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\n\
        m=audio 4000 RTP/AVP 0 8 101 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:96 opus/48000/2\r\n\
        a=fmtp:96 useinbandfec=1\r\na=rtcp-fb:96 nack\r\na=rtcp:4001\r\n\
        m=video 5000 RTP/SAVP 31 34\r\na=rtpmap:34 H263/90000\r\n";

    /// What is left of formats and attributes.
    fn left(codecs: Codecs<'_>, fate: Fate, kind: Option<&str>) -> String {
        let text = format!("INVITE sip:a SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n{BODY}");
        let message = Message::parse(text.into_bytes().into()).unwrap();
        let sdp = description::of(&message).unwrap();
        let mut edits = Edits::new();
        edit(&sdp, codecs, fate, kind.map(str::as_bytes), &mut edits);
        let mut out = Vec::new();
        write_edited(&message, &edits, None, &mut out, &mut nothing_deferred);
        let text = String::from_utf8(out).unwrap();
        let streams = text.split_once("m=audio 4000 RTP/AVP").unwrap().1;
        streams
            .replace("rtpmap:", "")
            .replace("m=video 5000 RTP/SAVP", "|")
            .replace("\r\n", " ")
    }

    /// As 5.6.3 was seen to change it.
    #[test]
    fn formats_go_with_their_attributes() {
        use Codecs::{Names, Numbers};
        let rest = "| 31 34 a=34 H263/90000 ";
        for (codecs, fate, kind, expected) in [
            (
                Numbers(b"0, 101"),
                Fate::Removed,
                None,
                format!(
                    " 8 96 a=8 PCMA/8000 a=96 opus/48000/2 a=fmtp:96 useinbandfec=1 a=rtcp-fb:96 nack a=rtcp:4001 {rest}"
                ),
            ),
            (
                Numbers(b"0,8,101,96"),
                Fate::Removed,
                None,
                format!(" a=rtcp:4001 {rest}"),
            ),
            (
                Names(b"pcmu,opus"),
                Fate::Removed,
                None,
                format!(
                    " 8 101 a=8 PCMA/8000 a=101 telephone-event/8000 a=fmtp:101 0-15 a=rtcp:4001 {rest}"
                ),
            ),
            (
                Names(b"PCMA"),
                Fate::Kept,
                Some("audio"),
                format!(" 8 a=8 PCMA/8000 a=rtcp:4001 {rest}"),
            ),
            (
                Numbers(b"0"),
                Fate::Kept,
                None,
                " 0 a=0 PCMU/8000 a=rtcp:4001 | ".to_owned(),
            ),
        ] {
            assert_eq!(left(codecs, fate, kind), expected);
        }
    }
}
