//! The name and URI of a From or To with the changes that are recorded so far.

use crate::{Content, Edits, Message, NameAddr, Span};

/// Display name and URI as they will be sent, for changes that build on earlier ones.
///
/// All changes of one address are one edit: two of which one covers the other would tear it.
pub struct EditedAddress {
    /// The display name, with its quotes if it has any; empty when there is none.
    pub display: Vec<u8>,
    /// The URI, without the brackets.
    pub uri: Vec<u8>,
    is_bracketed: bool,
}

impl EditedAddress {
    /// From the display name to the closing bracket; of an address without brackets, the URI.
    pub fn place(message: &Message, address: &NameAddr) -> Span {
        let end = address.uri.end;
        if !address.is_bracketed {
            return address.uri;
        }
        let after = Span::new(end, address.whole.end);
        let bracket = memchr::memchr(b'>', message.text(after)).unwrap_or(0) as u32;
        Span::new(address.whole.start, end + bracket + 1)
    }

    /// What stands there with `edits`, be they of all of [`EditedAddress::place`] or of the parts.
    pub fn of(message: &Message, edits: &Edits, address: &NameAddr) -> EditedAddress {
        if let Some(text) = edits.replacement(Self::place(message, address)) {
            return EditedAddress::read(text);
        }
        let part = |span: Span| {
            let replaced = edits.replacement(span).map(|text| text.to_vec());
            replaced.unwrap_or_else(|| message.text(span).to_vec())
        };
        EditedAddress {
            display: match address.display.is_empty() {
                true => put_in_front(edits, address).unwrap_or_default(),
                false => part(address.display),
            },
            uri: part(address.uri),
            is_bracketed: address.is_bracketed,
        }
    }

    /// Reads what [`EditedAddress::written`] wrote.
    fn read(text: &[u8]) -> EditedAddress {
        let brackets = text.strip_suffix(b">").and_then(|text| {
            // A display name may hold a bracket, a URI cannot.
            let open = memchr::memrchr(b'<', text)?;
            Some((text.get(..open)?, text.get(open + 1..)?))
        });
        match brackets {
            Some((display, uri)) => EditedAddress {
                display: stdx::ascii::trim(display).to_vec(),
                uri: uri.to_vec(),
                is_bracketed: true,
            },
            None => EditedAddress {
                display: Vec::new(),
                uri: text.to_vec(),
                is_bracketed: false,
            },
        }
    }

    /// Records it in the place of all earlier changes of the address.
    pub fn record(&self, message: &Message, edits: &mut Edits, address: &NameAddr) {
        let front = Span::point(address.whole.start);
        edits.discard(|edit| {
            edit.removed == address.uri
                || !address.display.is_empty() && edit.removed == address.display
                || address.display.is_empty() && edit.removed == front
        });
        edits.replace(Self::place(message, address), self.written());
    }

    /// An address without brackets gets them where it needs them (RFC 3261 §20.10).
    fn written(&self) -> Vec<u8> {
        let is_mark = |byte: &u8| matches!(byte, b';' | b',' | b'?');
        let needs_brackets = !self.display.is_empty() || self.uri.iter().any(is_mark);
        if !self.is_bracketed && !needs_brackets {
            return self.uri.clone();
        }
        let mut out = Vec::with_capacity(self.display.len() + self.uri.len() + 3);
        if !self.display.is_empty() {
            out.extend_from_slice(&self.display);
            out.push(b' ');
        }
        out.push(b'<');
        out.extend_from_slice(&self.uri);
        out.push(b'>');
        out
    }
}

/// The display name that an edit puts in front of a URI that has none.
fn put_in_front(edits: &Edits, address: &NameAddr) -> Option<Vec<u8>> {
    let front = Span::point(address.whole.start);
    edits.iter().find_map(|edit| match &edit.content {
        Content::Literal(text) if edit.removed == front => Some(stdx::ascii::trim(text).to_vec()),
        _ => None,
    })
}
