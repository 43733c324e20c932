//! Places in a buffer.

use std::ops::Range;

/// A range of octets in a message's buffer (or in whatever text was parsed), `start..end`.
///
/// Spans are plain offsets: they borrow nothing, so a parse result can be kept beside the buffer that it describes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Offset of the first octet.
    pub start: u32,
    /// Offset after the last octet; never below `start` in a span made by this crate.
    pub end: u32,
}

impl Span {
    /// A span of nothing at the start of the buffer.
    pub const EMPTY: Span = Span { start: 0, end: 0 };

    /// The span `start..end`.
    #[inline]
    pub const fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// The span `start..end` of a buffer that [`crate::MAX_MESSAGE_BYTES`] or a caller's check keeps below 4 GiB.
    #[inline]
    pub(crate) const fn from_offsets(start: usize, end: usize) -> Span {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The span of nothing at `offset`.
    #[inline]
    pub const fn point(offset: u32) -> Span {
        Span {
            start: offset,
            end: offset,
        }
    }

    /// Number of octets.
    #[inline]
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether it holds no octet.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// As a range of `usize`, for slicing.
    #[inline]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The octets of `buffer` it stands for; empty when the span does not lie in `buffer`.
    #[inline]
    pub fn of(self, buffer: &[u8]) -> &[u8] {
        buffer.get(self.range()).unwrap_or_default()
    }

    /// The same length of octets, `by` further on.
    #[inline]
    pub const fn shifted(self, by: u32) -> Span {
        Span {
            start: self.start + by,
            end: self.end + by,
        }
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl From<Span> for Range<u32> {
    fn from(span: Span) -> Range<u32> {
        span.start..span.end
    }
}

impl From<Range<u32>> for Span {
    fn from(range: Range<u32>) -> Span {
        Span::new(range.start, range.end)
    }
}
