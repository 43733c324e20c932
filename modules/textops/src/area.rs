//! The part of a message that an operation is about.

use sip::{Message, Span};
use std::ops::Range;

/// Where to look: never in the first line.
#[derive(Clone, Copy)]
pub enum Area {
    /// From the first header field to the end of the body.
    HeadersAndBody,
    /// The header fields.
    Headers,
    /// The body.
    Body,
}

impl Area {
    /// Its place in the message as received.
    pub fn span(self, message: &Message) -> Span {
        match self {
            Area::HeadersAndBody => Span::new(message.headers_start(), message.body_span().end),
            Area::Headers => Span::new(message.headers_start(), message.headers_end()),
            Area::Body => message.body_span(),
        }
    }
}

/// The place in the message of a range of the octets of `area`.
pub fn place_in(area: Span, range: &Range<usize>) -> Span {
    Span::new(
        area.start + range.start as u32,
        area.start + range.end as u32,
    )
}
