//! Lines of a session description.

use memchr::memchr2;

use crate::Span;

/// One line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// The letter before the `=`; 0 when the line is not of that form.
    pub kind: u8,
    /// What follows the `=`, without the line end; the whole text of a line that is not of the form.
    pub value: Span,
    /// The line with its line end: what one removes.
    pub whole: Span,
}

/// Iterator over lines. They end with LF, CRLF or CR, the last one possibly with nothing; empty lines are passed over.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    buffer: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(buffer: &'a [u8], part: Span) -> Lines<'a> {
        Lines {
            buffer: buffer.get(..part.end as usize).unwrap_or(buffer),
            at: part.start as usize,
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let rest = self.buffer.get(self.at..).filter(|rest| !rest.is_empty())?;
            let start = self.at;
            let length = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            let end = match rest.get(length..).unwrap_or_default() {
                [b'\r', b'\n', ..] => 2,
                [_, ..] => 1,
                [] => 0,
            };
            self.at += length + end;
            if length == 0 {
                continue;
            }
            let (kind, offset) = match rest {
                [kind, b'=', ..] => (*kind, 2),
                _ => (0, 0),
            };
            return Some(Line {
                kind,
                value: Span::from_offsets(start + offset, start + length),
                whole: Span::from_offsets(start, self.at),
            });
        }
    }
}
