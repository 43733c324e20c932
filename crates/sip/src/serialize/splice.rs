//! Copying octets with pieces taken out and put in.

use smallvec::SmallVec;

use super::FillDeferred;
use super::via_stamp::Stamp;
use crate::{Content, Deferred, Edits, Span};

/// What a change puts in.
#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    Nothing,
    Octets(&'a [u8]),
    Deferred(&'a Deferred),
    /// The Via that must be there whatever the script removed.
    OwnVia(&'a [u8]),
    Stamp(Stamp),
    /// The number of octets that follow the header section, which is known at the end.
    ContentLength,
    /// A whole Content-Length header field, likewise.
    ContentLengthField,
}

struct Change<'a> {
    removed: Span,
    piece: Piece<'a>,
}

impl Change<'_> {
    fn is_replacement(&self) -> bool {
        matches!(self.piece, Piece::Octets(_) | Piece::Deferred(_)) && !self.removed.is_empty()
    }

    /// Whether it is not made where another change has removed the octets around it.
    fn goes_with_its_surroundings(&self) -> bool {
        match self.piece {
            Piece::Nothing | Piece::OwnVia(_) => false,
            Piece::Octets(_) | Piece::Deferred(_) => self.removed.is_empty(),
            Piece::Stamp(_) | Piece::ContentLength | Piece::ContentLengthField => true,
        }
    }
}

/// Changes to be made while copying. Those at one offset are made in the order in which they were added, insertions before
/// replacements and removals.
pub(super) struct Splice<'a> {
    changes: SmallVec<[Change<'a>; 12]>,
    /// Changes in front of it are ignored.
    first: u32,
}

impl<'a> Splice<'a> {
    pub fn new(edits: &'a Edits, first: u32) -> Splice<'a> {
        let mut splice = Splice {
            changes: SmallVec::new(),
            first,
        };
        for edit in edits.iter() {
            let piece = match &edit.content {
                Content::Nothing => Piece::Nothing,
                Content::Literal(octets) => Piece::Octets(octets),
                Content::Deferred(deferred) => Piece::Deferred(deferred),
            };
            splice.replace(edit.removed, piece);
        }
        splice
    }

    pub fn insert(&mut self, offset: u32, piece: Piece<'a>) {
        self.replace(Span::point(offset), piece);
    }

    pub fn replace(&mut self, removed: Span, piece: Piece<'a>) {
        if removed.start >= self.first {
            self.changes.push(Change { removed, piece });
        }
    }

    /// Whether a change removes or replaces some of `span`.
    pub fn touches(&self, span: Span) -> bool {
        self.changes
            .iter()
            .any(|change| change.removed.start < span.end && change.removed.end > span.start)
    }

    /// Appends `buffer` from the first header field to `body.end` with the changes made.
    pub fn write(mut self, buffer: &[u8], body: Span, out: &mut Vec<u8>, fill: FillDeferred<'_>) {
        // Stable: what was added first at one offset stays first.
        self.changes
            .sort_by_key(|change| (change.removed.start, !change.removed.is_empty()));
        let in_headers = self
            .changes
            .iter()
            .take_while(|change| change.removed.start < body.start)
            .count();
        let (in_headers, in_body) = self
            .changes
            .split_at_checked(in_headers)
            .unwrap_or_default();
        let mut copy = Copy {
            buffer,
            at: self.first,
            gone: Span::point(self.first),
            lengths: SmallVec::new(),
        };
        copy.changed(in_headers, body.start, out, fill);
        let body_start = out.len();
        copy.changed(in_body, body.end, out, fill);
        let body_length = out.len() - body_start;
        for (offset, form) in copy.lengths.into_iter().rev() {
            form.write(out, offset, body_length);
        }
    }
}

struct Copy<'a> {
    buffer: &'a [u8],
    /// What is in front of it has been copied or removed.
    at: u32,
    /// What was removed last without replacement.
    gone: Span,
    /// Where in the output a length is missing.
    lengths: SmallVec<[(usize, LengthForm); 2]>,
}

impl Copy<'_> {
    /// Copies up to `end`, making `changes`.
    fn changed(
        &mut self,
        changes: &[Change<'_>],
        end: u32,
        out: &mut Vec<u8>,
        fill: FillDeferred<'_>,
    ) {
        for change in changes {
            let Span {
                start,
                end: removed_end,
            } = change.removed;
            if start > end {
                break;
            }
            if start < self.at && change.goes_with_its_surroundings() {
                continue;
            }
            if change.is_replacement() && self.gone.start < start && removed_end <= self.gone.end {
                continue;
            }
            self.unchanged(start, out);
            match change.piece {
                Piece::Nothing => self.note_gone(change.removed),
                Piece::Octets(octets) | Piece::OwnVia(octets) => out.extend_from_slice(octets),
                Piece::Deferred(deferred) => fill(deferred, out),
                Piece::Stamp(stamp) => stamp.write(out),
                Piece::ContentLength => self.lengths.push((out.len(), LengthForm::Digits)),
                Piece::ContentLengthField => self.lengths.push((out.len(), LengthForm::Field)),
            }
            self.at = self.at.max(removed_end);
        }
        self.unchanged(end, out);
    }

    fn note_gone(&mut self, removed: Span) {
        if removed.end > self.gone.end {
            self.gone = removed;
        }
    }

    fn unchanged(&mut self, end: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(Span::new(self.at, end.max(self.at)).of(self.buffer));
        self.at = self.at.max(end);
    }
}

#[derive(Clone, Copy)]
enum LengthForm {
    Digits,
    Field,
}

impl LengthForm {
    fn write(self, out: &mut Vec<u8>, offset: usize, length: usize) {
        let digits = stdx::number::Decimal::from(length);
        let (before, after): (&[u8], &[u8]) = match self {
            LengthForm::Digits => (b"", b""),
            LengthForm::Field => (b"Content-Length: ", b"\r\n"),
        };
        let text = before.iter().chain(digits.as_bytes()).chain(after).copied();
        out.splice(offset..offset, text);
    }
}
