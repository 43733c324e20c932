//! What shall be different in the outgoing copy of a message.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{CommaList, HeaderField, HeaderId, Message, Span};

/// An ordered list of edits to one message, in terms of the offsets of the message as received.
///
/// Nothing changes until a writer in [`crate::serialize`] applies them, once, in one pass:
/// * Insertions at one place come out in the order in which they were recorded, whoever recorded them.
/// * Removed octets are gone, however many edits remove them. An insertion strictly inside removed octets goes with them; one
///   at either end stays.
/// * A replacement goes with the octets around it when another edit removes more than it replaces. Where two overlap otherwise,
///   the new text of both comes out.
/// * The first line is not edited here; edits in front of the first header field are ignored.
///
/// A list that several branches share is built once and extended by each ([`Edits::branch`]).
#[derive(Clone, Debug, Default)]
pub struct Edits {
    shared: Option<Arc<[Edit]>>,
    own: Vec<Edit>,
    /// Nothing behind this offset is removed or replaced: an edit that reaches further has none of the same octets before it.
    removed_to: u32,
}

/// One edit: `removed` octets make way for `content`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is removed; a point where nothing is.
    pub removed: Span,
    /// What is put there.
    pub content: Content,
}

/// What an edit puts into the message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// These octets.
    Literal(Bytes),
    /// What the writer's caller says when the message is written: text that depends on the socket it leaves by.
    Deferred(Deferred),
}

/// A piece of text that is only known when a message is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deferred {
    /// What kind of text it is.
    pub id: DeferredId,
    /// What is known of it beforehand, in a form of the caller's.
    pub known: Bytes,
}

/// Names a kind of deferred text. What the numbers mean is the caller's affair.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeferredId(pub u32);

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Content {
        Content::Literal(bytes)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content::Literal(bytes.into())
    }
}

impl From<&'static [u8]> for Content {
    fn from(bytes: &'static [u8]) -> Content {
        Content::Literal(Bytes::from_static(bytes))
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Content {
        Content::Literal(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Deferred> for Content {
    fn from(deferred: Deferred) -> Content {
        Content::Deferred(deferred)
    }
}

impl Edits {
    /// No edits.
    pub const fn new() -> Edits {
        Edits {
            shared: None,
            own: Vec::new(),
            removed_to: 0,
        }
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.shared.is_none()
    }

    /// Number of edits.
    pub fn len(&self) -> usize {
        self.shared().len() + self.own.len()
    }

    /// The edits in the order in which they were recorded.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> + Clone {
        self.shared().iter().chain(&self.own)
    }

    fn shared(&self) -> &[Edit] {
        self.shared.as_deref().unwrap_or_default()
    }

    /// Another list that begins with all edits made so far; both grow on their own from here, and neither copies these.
    pub fn branch(&mut self) -> Edits {
        if !self.own.is_empty() {
            let own = std::mem::take(&mut self.own);
            self.shared = Some(match &self.shared {
                None => own.into(),
                Some(shared) => shared.iter().cloned().chain(own).collect(),
            });
        }
        self.clone()
    }

    /// Forgets all edits.
    pub fn clear(&mut self) {
        *self = Edits::new();
    }

    fn record(&mut self, removed: Span, content: Content) {
        if !removed.is_empty() {
            self.removed_to = self.removed_to.max(removed.end);
        }
        self.own.push(Edit { removed, content });
    }

    /// Inserts at `offset`.
    pub fn insert(&mut self, offset: u32, content: impl Into<Content>) {
        self.record(Span::point(offset), content.into());
    }

    /// Removes `span`.
    pub fn remove(&mut self, span: Span) {
        if !span.is_empty() {
            self.record(span, Content::Nothing);
        }
    }

    /// Puts `content` in the place of `span`. Of several replacements of the very same octets the last one counts.
    pub fn replace(&mut self, span: Span, content: impl Into<Content>) {
        if !span.is_empty() && span.end <= self.removed_to {
            self.discard(|edit| edit.removed == span);
        }
        self.record(span, content.into());
    }

    /// Puts `content` in the place of `span`, behind what other replacements of these octets put there.
    pub fn replace_beside(&mut self, span: Span, content: impl Into<Content>) {
        self.record(span, content.into());
    }

    /// Takes back edits made earlier.
    pub fn discard(&mut self, unwanted: impl Fn(&Edit) -> bool) {
        self.own.retain(|edit| !unwanted(edit));
        if self.shared().iter().any(&unwanted) {
            let kept: Arc<[Edit]> = self
                .shared()
                .iter()
                .filter(|edit| !unwanted(edit))
                .cloned()
                .collect();
            self.shared = (!kept.is_empty()).then_some(kept);
        }
    }

    /// Whether all octets of `span` are removed without replacement by one edit.
    pub fn removes(&self, span: Span) -> bool {
        self.iter().any(|edit| {
            edit.content == Content::Nothing
                && edit.removed.start <= span.start
                && edit.removed.end >= span.end
        })
    }

    /// What stands in the place of `span`, when just these octets are replaced.
    pub fn replacement(&self, span: Span) -> Option<&Bytes> {
        self.iter().find_map(|edit| match &edit.content {
            Content::Literal(octets) if edit.removed == span && !span.is_empty() => Some(octets),
            _ => None,
        })
    }

    /// Whether an edit inserts, removes or replaces in the body of `message`.
    pub fn changes_body(&self, message: &Message) -> bool {
        let start = message.body_span().start;
        self.iter()
            .any(|edit| edit.removed.start >= start || edit.removed.end > start)
    }

    /// Adds text, which must be whole header fields with their line ends, behind the last header field.
    pub fn append_header(&mut self, message: &Message, text: impl Into<Content>) {
        self.insert(message.headers_end(), text);
    }

    /// Adds whole header fields in front of the first header field (and so above the Via that a forwarded request gets).
    pub fn insert_header_first(&mut self, message: &Message, text: impl Into<Content>) {
        self.insert(message.headers_start(), text);
    }

    /// Adds whole header fields in front of `field`.
    pub fn insert_before_header(&mut self, field: &HeaderField, text: impl Into<Content>) {
        self.insert(field.whole().start, text);
    }

    /// Adds whole header fields behind `field`.
    pub fn insert_after_header(&mut self, field: &HeaderField, text: impl Into<Content>) {
        self.insert(field.whole().end, text);
    }

    /// Removes a header field.
    pub fn remove_header(&mut self, field: &HeaderField) {
        self.remove(field.whole());
    }

    /// Replaces a header field's value; its name and line end stay.
    pub fn replace_value(&mut self, field: &HeaderField, content: impl Into<Content>) {
        self.replace(field.value(), content);
    }

    /// Removes the `count` values of a comma-separated header field that begin with number `first` (from 0), and the header
    /// field itself when no value is left.
    pub fn remove_list_values(
        &mut self,
        message: &Message,
        field: &HeaderField,
        first: usize,
        count: usize,
    ) {
        let values: SmallVec<[Span; 8]> =
            CommaList::within(message.buffer(), field.value()).collect();
        let end = first.saturating_add(count).min(values.len());
        if first >= end {
            return;
        }
        let before = first.checked_sub(1).and_then(|index| values.get(index));
        match (before, values.get(end)) {
            (None, None) => self.remove_header(field),
            (None, Some(after)) => self.remove(Span::new(field.value().start, after.start)),
            (Some(before), None) => self.remove(Span::new(before.end, field.value().end)),
            (Some(before), Some(_)) => {
                let last = values.get(end - 1).map_or(before.end, |value| value.end);
                self.remove(Span::new(before.end, last));
            }
        }
    }

    /// Replaces the whole body, forgetting earlier edits of it. With `content_type` (a value, without line end), the
    /// Content-Type is that; the Content-Length is the writer's affair.
    pub fn set_body(&mut self, message: &Message, body: Bytes, content_type: Option<&[u8]>) {
        let span = message.body_span();
        self.discard(|edit| edit.removed.start >= span.start);
        self.record(span, Content::Literal(body));
        if let Some(content_type) = content_type {
            self.set_content_type(message, content_type);
        }
    }

    /// Sets the Content-Type behind the last header field, in the place of the one received unless that says the same. A second call
    /// wins over the first, and what removes the one received leaves the new one.
    fn set_content_type(&mut self, message: &Message, content_type: &[u8]) {
        const NAME: &[u8] = b"Content-Type: ";
        let end = message.headers_end();
        self.discard(|edit| {
            edit.removed == Span::point(end)
                && matches!(&edit.content, Content::Literal(text) if text.starts_with(NAME))
        });
        if let Some(field) = message.header(HeaderId::ContentType) {
            let whole = field.whole();
            if message.value(field) == content_type && !self.removes(whole) {
                return;
            }
            self.remove(whole);
        }
        let mut line = Vec::with_capacity(NAME.len() + content_type.len() + 2);
        line.extend_from_slice(NAME);
        line.extend_from_slice(content_type);
        line.extend_from_slice(b"\r\n");
        self.insert(end, line);
    }
}
