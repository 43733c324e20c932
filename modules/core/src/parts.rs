//! Parts of texts as texts: short ones are copied, long ones share the buffer.

use bytes::Bytes;
use module_api::{Text, Value};
use sip::{Message, Span};
use stdx::text::INLINE_MAX;

/// A part of a message.
#[inline]
pub fn of_message(message: &Message, part: &[u8]) -> Text {
    of_bytes(message.buffer(), part)
}

/// A part of a message, by its place.
#[inline]
pub fn at(message: &Message, place: Span) -> Value {
    Value::Str(Text::slice_of(message.buffer(), place.range()))
}

/// A part of a buffer.
#[inline]
fn of_bytes(parent: &Bytes, part: &[u8]) -> Text {
    if part.len() <= INLINE_MAX {
        return Text::from(part);
    }
    let start = offset(parent, part);
    match parent.get(start..start.saturating_add(part.len())) {
        Some(same) if std::ptr::eq(same, part) => Text::slice_of(parent, start..start + part.len()),
        _ => Text::from(part),
    }
}

/// A part of another text.
#[inline]
pub fn of_text(parent: &Text, part: &[u8]) -> Text {
    if part.len() <= INLINE_MAX {
        return Text::from(part);
    }
    let start = offset(parent, part);
    match parent.get(start..start.saturating_add(part.len())) {
        Some(same) if std::ptr::eq(same, part) => parent.slice(start..start + part.len()),
        _ => Text::from(part),
    }
}

/// Where `part` begins in `parent`; some number when it is no part of it.
fn offset(parent: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().wrapping_sub(parent.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_parts_share_the_buffer_and_short_ones_do_not() {
        let parent = Bytes::from("sip:alice@registrar.example.com:5080;transport=tcp".repeat(2));
        let long = of_bytes(&parent, &parent[4..60]);
        assert_eq!(long.as_ptr(), parent[4..].as_ptr());
        assert_eq!(of_bytes(&parent, &parent[4..9]), "alice");
        let text = Text::from(parent.clone());
        assert_eq!(
            of_text(&text, &text[10..50]).as_ptr(),
            parent[10..].as_ptr()
        );
    }

    #[test]
    fn what_is_no_part_is_copied() {
        let parent = Bytes::from_static(b"something long enough to be shared by its parts");
        let other = b"another text that is long enough to be shared".to_vec();
        assert_eq!(of_bytes(&parent, &other), *other);
        assert_eq!(of_bytes(&parent, b""), "");
    }
}
