//! Bodies of several parts (RFC 2046 §5.1): where each part, its header fields and its content are.
//!
//! Spans are offsets in the buffer that was handed in, usually a message's, hence ready for [`crate::Edits`].

use memchr::{memchr, memmem};

use crate::scan::trimmed;
use crate::{Params, Span};

/// Octets of the longest boundary (RFC 2046 §5.1.1).
pub const BOUNDARY_MAX: usize = 70;

/// The parts of a multipart body, in order.
///
/// The reader takes what is found in the field: LF line ends, blanks after a boundary, a missing closing boundary (the last part
/// then ends with the body). What stands before the first and after the closing boundary is no part.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    buffer: &'a [u8],
    boundary: &'a [u8],
    /// Where the next part begins; `None` after the last one.
    next: Option<usize>,
    /// Where its boundary line begins.
    next_line: usize,
}

/// One part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// From the boundary line in front to the line end that belongs to the next boundary line: what one removes.
    pub whole: Span,
    /// Its header fields, each with its line end; empty when it has none.
    pub headers: Span,
    /// Its content, without the line end before the next boundary.
    pub content: Span,
}

/// One header field of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartField {
    /// The name.
    pub name: Span,
    /// The value without blanks at either side; folds inside stay.
    pub value: Span,
}

/// The boundary that a Content-Type value announces. `None` when the type is not `multipart/…`, or the boundary is missing, empty
/// or too long.
pub fn boundary(content_type: &[u8]) -> Option<&[u8]> {
    let (media_type, params) =
        content_type.split_at(memchr(b';', content_type).unwrap_or(content_type.len()));
    let (kind, _) = media_type.trim_ascii().split_at_checked(10)?;
    if !kind.eq_ignore_ascii_case(b"multipart/") {
        return None;
    }
    let boundary = Params::new(params).named(b"boundary")?.text();
    (1..=BOUNDARY_MAX)
        .contains(&boundary.len())
        .then_some(boundary)
}

impl<'a> Parts<'a> {
    /// Reads the parts of the body `whole` of `buffer`, divided by `boundary`.
    pub fn new(buffer: &'a [u8], whole: Span, boundary: &'a [u8]) -> Parts<'a> {
        let buffer = buffer.get(..whole.end as usize).unwrap_or(buffer);
        let mut parts = Parts {
            buffer,
            boundary,
            next: None,
            next_line: 0,
        };
        match parts.find_delimiter(whole.start as usize, whole.start as usize) {
            Some(delimiter) if !delimiter.is_closing => {
                parts.next_line = delimiter.line_start;
                parts.next = Some(delimiter.after);
            }
            _ => {}
        }
        parts
    }

    /// The first part of that content type (`application/sdp`; parameters and case do not matter).
    pub fn of_type(mut self, media_type: &[u8]) -> Option<Part> {
        let buffer = self.buffer;
        self.find(|part| part.is_of_type(buffer, media_type))
    }

    /// The first boundary line at or after `from`, where a line begins at `start`.
    fn find_delimiter(&self, start: usize, from: usize) -> Option<Delimiter> {
        let mut at = from;
        loop {
            let found = at + memmem::find(self.buffer.get(at..)?, b"--")?;
            at = found + 1;
            let before = self.buffer.get(..found)?;
            if found != start && !before.ends_with(b"\n") {
                continue;
            }
            let Some(mut rest) = self.buffer.get(found + 2..)?.strip_prefix(self.boundary) else {
                continue;
            };
            let is_closing = rest.starts_with(b"--");
            rest = rest
                .get(if is_closing { 2 } else { 0 }..)
                .unwrap_or_default();
            let blanks = rest
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            let after = match rest.get(blanks..).unwrap_or_default() {
                [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => after,
                [] => &[],
                _ if is_closing => &[],
                // A longer boundary that begins like ours.
                _ => continue,
            };
            let line_end = match before {
                [.., b'\r', b'\n'] if found > start => 2,
                [.., b'\n'] if found > start => 1,
                _ => 0,
            };
            return Some(Delimiter {
                content_end: found - line_end,
                line_start: found,
                after: self.buffer.len() - after.len(),
                is_closing,
            });
        }
    }
}

struct Delimiter {
    /// End of the content before it: its line end belongs to the boundary.
    content_end: usize,
    line_start: usize,
    /// Start of the line after it.
    after: usize,
    is_closing: bool,
}

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let start = self.next.take()?;
        let whole_start = self.next_line;
        let (content_end, whole_end) = match self.find_delimiter(start, start) {
            Some(delimiter) => {
                self.next_line = delimiter.line_start;
                self.next = (!delimiter.is_closing).then_some(delimiter.after);
                (delimiter.content_end.max(start), delimiter.line_start)
            }
            None => (self.buffer.len(), self.buffer.len()),
        };
        let (headers_end, content_start) = headers_end(self.buffer, start, content_end);
        Some(Part {
            whole: Span::from_offsets(whole_start, whole_end),
            headers: Span::from_offsets(start, headers_end),
            content: Span::from_offsets(content_start, content_end.max(content_start)),
        })
    }
}

/// End of the header fields that begin at `start`, and start of the content after the empty line. Without an empty line all are
/// header fields.
fn headers_end(buffer: &[u8], start: usize, end: usize) -> (usize, usize) {
    let mut line = start;
    loop {
        let rest = buffer.get(line..end).unwrap_or_default();
        match rest {
            [b'\r', b'\n', ..] => return (line, line + 2),
            [b'\n', ..] => return (line, line + 1),
            _ => {}
        }
        match memchr(b'\n', rest) {
            Some(length) => line += length + 1,
            None => return (end, end),
        }
    }
}

impl Part {
    /// The header fields. Lines without a colon are passed over.
    pub fn fields(self, buffer: &[u8]) -> impl Iterator<Item = PartField> {
        let end = self.headers.end as usize;
        let mut at = self.headers.start as usize;
        std::iter::from_fn(move || {
            loop {
                let start = at;
                at = field_end(buffer, start, end)?;
                let line = buffer.get(start..at)?;
                let Some(colon) = memchr(b':', line) else {
                    continue;
                };
                return Some(PartField {
                    name: trimmed(buffer, start, start + colon),
                    value: trimmed(buffer, start + colon + 1, at),
                });
            }
        })
    }

    /// The value of the first header field of that name, in any case.
    pub fn field(self, buffer: &[u8], name: &[u8]) -> Option<Span> {
        let field = self
            .fields(buffer)
            .find(|field| field.name.of(buffer).eq_ignore_ascii_case(name))?;
        Some(field.value)
    }

    /// Whether its Content-Type names that type; parameters and case do not matter.
    pub fn is_of_type(self, buffer: &[u8], media_type: &[u8]) -> bool {
        let value = self
            .field(buffer, b"Content-Type")
            .or_else(|| self.field(buffer, b"c"));
        let value = value.unwrap_or_default().of(buffer);
        let named = value.split(|byte| *byte == b';').next().unwrap_or_default();
        named.trim_ascii().eq_ignore_ascii_case(media_type)
    }
}

/// End of the header field that begins at `start`, its folded lines included.
fn field_end(buffer: &[u8], start: usize, end: usize) -> Option<usize> {
    let text = buffer.get(start..end).filter(|text| !text.is_empty())?;
    let mut length = 0;
    loop {
        match memchr(b'\n', text.get(length..).unwrap_or_default()) {
            Some(found) => length += found + 1,
            None => return Some(end),
        }
        if !matches!(text.get(length), Some(b' ' | b'\t')) {
            return Some(start + length);
        }
    }
}

#[cfg(test)]
mod tests;
