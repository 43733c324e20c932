//! Formats of the `m=` line and the codecs behind them.

use stdx::number::parse_u64;

use super::fields::Words;
use super::{Media, Sdp};
use crate::Span;

/// Iterator over the formats of a stream.
#[derive(Clone, Debug)]
pub struct Formats<'a> {
    words: Words<'a>,
    /// End of what was before: what one removes begins here.
    previous_end: u32,
}

impl Iterator for Formats<'_> {
    type Item = (Span, Span);

    fn next(&mut self) -> Option<(Span, Span)> {
        let format = self.words.next()?;
        let with_blank = Span::new(self.previous_end, format.end);
        self.previous_end = format.end;
        Some((format, with_blank))
    }
}

impl<'a> Sdp<'a> {
    /// The formats of a stream, each with the span that removes it from the line (the blanks before it included).
    pub fn formats(&self, media: &Media) -> Formats<'a> {
        Formats {
            words: Words::new(self.buffer, media.formats),
            previous_end: media.transport.end,
        }
    }

    /// The formats of a stream that stand for a codec, by name in any case: those that an `rtpmap` of the stream maps to it, or
    /// that mean it without one (RFC 3551 §6). Formats are numbers up to 127 there.
    pub fn formats_named(&self, media: &Media, codec: &[u8]) -> impl Iterator<Item = (Span, Span)> {
        let mut means_codec = [None; 128];
        for map in self.rtpmaps(media.whole) {
            if let Some(place) = self
                .number(map.format)
                .and_then(|number| means_codec.get_mut(number))
            {
                place.get_or_insert(self.text(map.encoding).eq_ignore_ascii_case(codec));
            }
        }
        for (number, name) in STATIC {
            let place = means_codec.get_mut(usize::from(number));
            place.map(|place| place.get_or_insert(name.as_bytes().eq_ignore_ascii_case(codec)));
        }
        self.formats(media).filter(move |(format, _)| {
            let number = self.number(*format);
            number
                .and_then(|number| means_codec.get(number).copied().flatten())
                .unwrap_or_default()
        })
    }

    fn number(&self, format: Span) -> Option<usize> {
        usize::try_from(parse_u64(self.text(format))?).ok()
    }
}

/// The number that means a codec without `rtpmap`, the first where there are several (RFC 3551 §6); name in any case.
pub fn static_payload_type(codec: &[u8]) -> Option<u8> {
    let found = STATIC
        .iter()
        .find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(codec))?;
    Some(found.0)
}

/// RFC 3551 §6, tables 4 and 5.
const STATIC: [(u8, &str); 24] = [
    (0, "PCMU"),
    (3, "GSM"),
    (4, "G723"),
    (5, "DVI4"),
    (6, "DVI4"),
    (7, "LPC"),
    (8, "PCMA"),
    (9, "G722"),
    (10, "L16"),
    (11, "L16"),
    (12, "QCELP"),
    (13, "CN"),
    (14, "MPA"),
    (15, "G728"),
    (16, "DVI4"),
    (17, "DVI4"),
    (18, "G729"),
    (25, "CelB"),
    (26, "JPEG"),
    (28, "nv"),
    (31, "H261"),
    (32, "MPV"),
    (33, "MP2T"),
    (34, "H263"),
];
