//! Which way media flows.

use super::{Media, Sdp};
use crate::Span;

/// Which way a stream flows (RFC 8866 §6.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// Both ways; what is meant when nothing is said.
    #[default]
    SendRecv,
    /// Only towards the other side.
    SendOnly,
    /// Only from the other side.
    RecvOnly,
    /// Not at all.
    Inactive,
}

/// How a call is put on hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// Address 0.0.0.0 (RFC 2543 §B.5).
    NullAddress,
    /// `sendonly` or `inactive` (RFC 3264 §8.4).
    Direction,
}

impl Direction {
    const ALL: [(Direction, &[u8]); 4] = [
        (Direction::SendRecv, b"sendrecv"),
        (Direction::SendOnly, b"sendonly"),
        (Direction::RecvOnly, b"recvonly"),
        (Direction::Inactive, b"inactive"),
    ];

    fn from_name(name: &[u8]) -> Option<Direction> {
        let found = Direction::ALL
            .into_iter()
            .find(|(_, known)| name.eq_ignore_ascii_case(known))?;
        Some(found.0)
    }
}

impl Sdp<'_> {
    /// The first direction attribute of a part itself.
    pub fn direction_in(&self, part: Span) -> Option<Direction> {
        self.attributes(part)
            .find_map(|attribute| Direction::from_name(self.text(attribute.name)))
    }

    /// Which way a stream flows: its own attribute, else the session's, else both ways.
    pub fn direction(&self, media: &Media) -> Direction {
        self.direction_in(media.whole)
            .or_else(|| self.direction_in(self.session_of(media)?.common))
            .unwrap_or_default()
    }

    /// Whether an audio stream is on hold, and how.
    ///
    /// COMPAT: as observed on 5.6.3, any `sendonly` or `inactive` of the stream or its session counts, whatever stands beside it,
    /// and before the address; only 0.0.0.0 is a null address; the kind must be written `audio`.
    pub fn audio_hold(&self) -> Option<Hold> {
        let audio = self
            .media()
            .iter()
            .filter(|media| self.text(media.kind) == b"audio");
        audio.into_iter().find_map(|media| self.hold(media))
    }

    fn hold(&self, media: &Media) -> Option<Hold> {
        let is_held = |part: Span| {
            self.attributes(part)
                .filter_map(|attribute| Direction::from_name(self.text(attribute.name)))
                .any(|direction| matches!(direction, Direction::SendOnly | Direction::Inactive))
        };
        let common = self
            .session_of(media)
            .map_or(Span::EMPTY, |session| session.common);
        if is_held(media.whole) || is_held(common) {
            return Some(Hold::Direction);
        }
        let connection = self.connection_for(media)?;
        (self.text(connection.address) == b"0.0.0.0").then_some(Hold::NullAddress)
    }
}
