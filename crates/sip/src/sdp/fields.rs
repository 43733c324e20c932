//! What is in the lines.

use stdx::number::parse_u64;

use super::{Lines, Media, Sdp, Session};
use crate::Span;
use crate::scan::trimmed;

/// `o=`: who made the session (RFC 8866 §5.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// User name, `-` for none.
    pub username: Span,
    /// Number of the session.
    pub session_id: Span,
    /// Number of this version of its description.
    pub version: Span,
    /// Address of the machine.
    pub connection: Connection,
}

/// `IN IP4 192.0.2.1`, as in `c=` and `o=` lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connection {
    /// The address family.
    pub family: Family,
    /// The word that says so: `IP4`.
    pub family_span: Span,
    /// The address or host name, with `/ttl` and `/count` of a multicast address.
    pub address: Span,
}

/// An address family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// `IP4`
    Ip4,
    /// `IP6`
    Ip6,
}

/// `a=name` or `a=name:value`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// The name, without blanks around it.
    pub name: Span,
    /// What follows the colon, if there is one.
    pub value: Option<Span>,
    /// The line with its line end.
    pub whole: Span,
}

/// `a=rtpmap:` (RFC 8866 §6.6): what a format of the `m=` line means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RtpMap {
    /// The number in the `m=` line.
    pub format: Span,
    /// Name of the codec.
    pub encoding: Span,
    /// Clock rate and channels: `8000`, `48000/2`; empty when missing.
    pub rate: Span,
    /// The line with its line end.
    pub whole: Span,
}

/// `a=rtcp:` (RFC 3605): where RTCP goes when not to the next port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rtcp {
    /// The port.
    pub port: Span,
    /// The address, when there is one.
    pub connection: Option<Connection>,
}

impl<'a> Sdp<'a> {
    /// The session's origin; `None` when it has less than six fields or no known address family.
    pub fn origin(&self, session: &Session) -> Option<Origin> {
        let line = self.lines(session.common).find(|line| line.kind == b'o')?;
        let mut words = Words::new(self.buffer, line.value);
        Some(Origin {
            username: words.next()?,
            session_id: words.next()?,
            version: words.next()?,
            connection: words.connection()?,
        })
    }

    /// The `c=` line of a part ([`Session::common`] or [`Media::whole`]); `None` when it has none that can be read.
    pub fn connection(&self, part: Span) -> Option<Connection> {
        let line = self.lines(part).find(|line| line.kind == b'c')?;
        Words::new(self.buffer, line.value).connection()
    }

    /// Where a stream goes: its own address, else the session's.
    pub fn connection_for(&self, media: &Media) -> Option<Connection> {
        self.connection(media.whole)
            .or_else(|| self.connection(self.session_of(media)?.common))
    }

    /// The attributes of a part.
    pub fn attributes(&self, part: Span) -> Attributes<'a> {
        Attributes {
            buffer: self.buffer,
            lines: self.lines(part),
        }
    }

    /// The first attribute of that name, in any case, in a part.
    pub fn attribute(&self, part: Span, name: &[u8]) -> Option<Attribute> {
        self.attributes(part)
            .find(|attribute| self.text(attribute.name).eq_ignore_ascii_case(name))
    }

    /// The `rtpmap` attributes of a part.
    pub fn rtpmaps(&self, part: Span) -> impl Iterator<Item = RtpMap> {
        let buffer = self.buffer;
        self.attributes(part).filter_map(move |attribute| {
            let is_rtpmap = attribute.name.of(buffer).eq_ignore_ascii_case(b"rtpmap");
            let mut words = Words::new(buffer, attribute.value.filter(|_| is_rtpmap)?);
            let (format, codec) = (words.next()?, words.next()?);
            let slash = memchr::memchr(b'/', codec.of(buffer))
                .map_or(codec.end, |at| codec.start + at as u32);
            Some(RtpMap {
                format,
                encoding: Span::new(codec.start, slash),
                rate: Span::new((slash + 1).min(codec.end), codec.end),
                whole: attribute.whole,
            })
        })
    }

    /// The format that an attribute is about (`96` of `a=fmtp:96 …`, `a=rtcp-fb:96 …`), when its value begins with a number.
    pub fn format_of(&self, attribute: &Attribute) -> Option<Span> {
        let format = Words::new(self.buffer, attribute.value?).next()?;
        parse_u64(self.text(format)).map(|_| format)
    }

    /// The `rtcp` attribute of a part.
    pub fn rtcp(&self, part: Span) -> Option<Rtcp> {
        let mut words = Words::new(self.buffer, self.attribute(part, b"rtcp")?.value?);
        Some(Rtcp {
            port: words.next()?,
            connection: words.connection(),
        })
    }
}

/// Iterator over attributes.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    buffer: &'a [u8],
    lines: Lines<'a>,
}

impl Iterator for Attributes<'_> {
    type Item = Attribute;

    fn next(&mut self) -> Option<Attribute> {
        let line = self.lines.find(|line| line.kind == b'a')?;
        let (start, end) = (line.value.start as usize, line.value.end as usize);
        let colon = memchr::memchr(b':', line.value.of(self.buffer)).map(|at| start + at);
        Some(Attribute {
            name: trimmed(self.buffer, start, colon.unwrap_or(end)),
            value: colon.map(|colon| trimmed(self.buffer, colon + 1, end)),
            whole: line.whole,
        })
    }
}

/// The words of a value: runs of anything but blanks.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    buffer: &'a [u8],
    left: Span,
}

impl<'a> Words<'a> {
    pub fn new(buffer: &'a [u8], span: Span) -> Words<'a> {
        Words { buffer, left: span }
    }

    pub fn next_or_empty(&mut self) -> Span {
        self.next().unwrap_or(Span::point(self.left.end))
    }

    /// What has not been read, without blanks at either side.
    pub fn rest(&self) -> Span {
        trimmed(
            self.buffer,
            self.left.start as usize,
            self.left.end as usize,
        )
    }

    /// COMPAT: the three words are taken as written, `IN` and `IP4` in capitals (observed on 5.6.3).
    fn connection(&mut self) -> Option<Connection> {
        let network = self.next()?;
        let family_span = self.next()?;
        let family = match family_span.of(self.buffer) {
            b"IP4" => Family::Ip4,
            b"IP6" => Family::Ip6,
            _ => return None,
        };
        let address = self.next()?;
        (network.of(self.buffer) == b"IN").then_some(Connection {
            family,
            family_span,
            address,
        })
    }
}

impl Iterator for Words<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let rest = self.rest();
        let text = rest.of(self.buffer);
        if text.is_empty() {
            return None;
        }
        let length = text
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\t'))
            .unwrap_or(text.len());
        let end = rest.start + length as u32;
        self.left.start = end;
        Some(Span::new(rest.start, end))
    }
}
