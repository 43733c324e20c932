//! Session descriptions (RFC 8866): where everything is in one, so that it can be edited in place.
//!
//! [`Sdp::parse`] finds sessions and media streams in one pass over the lines; what is in a line is read when asked. All spans are
//! offsets in the buffer that was handed in, usually a message's, hence ready for [`crate::Edits`]. Reading is lenient, because
//! one edits what phones send; [`Sdp::check`] says whether Kamailio would look at it at all.

mod fields;
mod hold;
mod lines;
mod payload;

use smallvec::SmallVec;

use crate::Span;
pub use fields::{Attribute, Attributes, Connection, Family, Origin, Rtcp, RtpMap};
pub use hold::{Direction, Hold};
pub use lines::{Line, Lines};
pub use payload::{Formats, static_payload_type};

/// Media streams that are indexed; a body with more is refused.
pub const MEDIA_MAX: usize = 128;

/// Session descriptions in one body that are indexed; a body with more is refused.
pub const SESSIONS_MAX: usize = 16;

/// The session descriptions of a body.
#[derive(Clone, Debug)]
pub struct Sdp<'a> {
    buffer: &'a [u8],
    whole: Span,
    sessions: SmallVec<[Session; 1]>,
    media: SmallVec<[Media; 4]>,
}

/// One session description; nearly always the only one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    /// From its `v=` line to the end of its last stream. What stands before the first `v=` belongs to the first session.
    pub whole: Span,
    /// The lines before its first `m=`: what holds for all streams.
    pub common: Span,
}

/// One media stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Media {
    /// Which of [`Sdp::sessions`] it belongs to.
    pub session: usize,
    /// From its `m=` line to the line before the next stream or session.
    pub whole: Span,
    /// Its `m=` line.
    pub line: Line,
    /// `audio`, `video` ...
    pub kind: Span,
    /// `4000` or `4000/2`.
    pub port: Span,
    /// `RTP/AVP`, `UDP/TLS/RTP/SAVPF` ...
    pub transport: Span,
    /// `0 8 101`; what is left of the line.
    pub formats: Span,
}

/// Why a body is not looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SdpError {
    /// More than [`MEDIA_MAX`] streams or [`SESSIONS_MAX`] sessions.
    #[error("session description with too many streams")]
    TooMany,
    /// No `v=` line.
    #[error("session description without version")]
    Version,
    /// No `o=` line, or one of less than six fields.
    #[error("session description without origin")]
    Origin,
    /// No `m=` line, or one of less than three fields.
    #[error("session description without media")]
    Media,
    /// A stream without address, of its own or of the session.
    #[error("session description without address")]
    Connection,
}

impl<'a> Sdp<'a> {
    /// Indexes the session descriptions in `whole`, a part of `buffer` (of at most 4 GiB). Lines that are none are passed over.
    ///
    /// # Errors
    /// [`SdpError::TooMany`], and nothing else.
    pub fn parse(buffer: &'a [u8], whole: Span) -> Result<Sdp<'a>, SdpError> {
        let first = Session {
            whole,
            common: whole,
        };
        let mut sdp = Sdp {
            buffer,
            whole,
            sessions: SmallVec::from_buf([first]),
            media: SmallVec::new(),
        };
        let mut has_version = false;
        for line in Lines::new(buffer, whole) {
            match line.kind {
                b'v' => {
                    if has_version {
                        sdp.close(line.whole.start);
                        let whole = Span::new(line.whole.start, whole.end);
                        sdp.sessions.push(Session {
                            whole,
                            common: whole,
                        });
                    }
                    has_version = true;
                }
                b'm' => sdp.open_media(line),
                _ => {}
            }
            if sdp.media.len() > MEDIA_MAX || sdp.sessions.len() > SESSIONS_MAX {
                return Err(SdpError::TooMany);
            }
        }
        Ok(sdp)
    }

    /// Ends what is open (stream, common part, session) at `offset`.
    fn close(&mut self, offset: u32) {
        let session = self.sessions.len() - 1;
        if let Some(open) = self.sessions.last_mut() {
            open.whole.end = offset;
            open.common.end = open.common.end.min(offset);
        }
        if let Some(media) = self
            .media
            .last_mut()
            .filter(|media| media.session == session)
        {
            media.whole.end = offset;
        }
    }

    fn open_media(&mut self, line: Line) {
        let end = self.whole.end;
        self.close(line.whole.start);
        let session = self.sessions.len() - 1;
        if let Some(open) = self.sessions.last_mut() {
            open.whole.end = end;
        }
        let mut words = fields::Words::new(self.buffer, line.value);
        let (kind, port, transport) = (
            words.next_or_empty(),
            words.next_or_empty(),
            words.next_or_empty(),
        );
        self.media.push(Media {
            session,
            whole: Span::new(line.whole.start, end),
            line,
            kind,
            port,
            transport,
            formats: words.rest(),
        });
    }

    /// Whether Kamailio's SDP functions take the body.
    ///
    /// COMPAT: what is asked for is what 5.6.3 asks for (observed): a version line, an origin of six fields, at least
    /// one stream, each stream with kind, port and transport, and with an address.
    ///
    /// # Errors
    /// Says what is missing first.
    pub fn check(&self) -> Result<(), SdpError> {
        for session in &self.sessions {
            let mut lines = self.lines(session.common);
            if !lines.any(|line| line.kind == b'v') {
                return Err(SdpError::Version);
            }
            if self.origin(session).is_none() {
                return Err(SdpError::Origin);
            }
        }
        if self.media.is_empty() || self.media.iter().any(|media| media.transport.is_empty()) {
            return Err(SdpError::Media);
        }
        match self
            .media
            .iter()
            .all(|media| self.connection_for(media).is_some())
        {
            true => Ok(()),
            false => Err(SdpError::Connection),
        }
    }

    /// The octets of `span`.
    pub fn text(&self, span: Span) -> &'a [u8] {
        span.of(self.buffer)
    }

    /// Where the body is.
    pub fn whole(&self) -> Span {
        self.whole
    }

    /// The session descriptions; at least one, even when the body is empty.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The streams of all sessions, in order.
    pub fn media(&self) -> &[Media] {
        &self.media
    }

    /// The session that a stream belongs to.
    pub fn session_of(&self, media: &Media) -> Option<&Session> {
        self.sessions.get(media.session)
    }

    /// The lines in a part: [`Sdp::whole`], [`Session::common`], [`Media::whole`] ...
    pub fn lines(&self, part: Span) -> Lines<'a> {
        Lines::new(self.buffer, part)
    }

    /// The streams of that kind (`audio`, in any case).
    pub fn media_of(&self, kind: &'a [u8]) -> impl Iterator<Item = &Media> {
        self.media
            .iter()
            .filter(move |media| self.text(media.kind).eq_ignore_ascii_case(kind))
    }

    /// A stream's port; `None` when it is no number. 0 means that the stream is refused or over.
    pub fn port(&self, media: &Media) -> Option<u16> {
        let text = self.text(media.port);
        let digits = text.split(|byte| *byte == b'/').next().unwrap_or_default();
        u16::try_from(stdx::number::parse_u64(digits)?).ok()
    }

    /// Whether a stream offers ICE candidates anywhere in the body (RFC 8839).
    pub fn has_ice(&self) -> bool {
        self.attributes(self.whole)
            .any(|attribute| self.text(attribute.name) == b"candidate")
    }
}

#[cfg(test)]
mod tests;
