//! An immutable byte string that is cheap to clone.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Bound, Deref, RangeBounds};

use bytes::Bytes;

use crate::number::Decimal;

/// The longest content that lives inside the value itself.
pub const INLINE_MAX: usize = 23;

/// An immutable byte string; usually, but not necessarily, UTF-8.
///
/// Content of up to [`INLINE_MAX`] bytes lives in the value: cloning copies 32
/// bytes and touches no counter. Longer content is a counted slice of a shared
/// buffer, so that cloning, slicing and taking a header out of a received
/// message copy nothing.
///
/// Equality, order and hash are those of the bytes, and agree with `[u8]`, so a
/// map keyed by `Text` is searched with a plain `&[u8]`.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Inline { length: u8, bytes: [u8; INLINE_MAX] },
    Shared(Bytes),
}

impl Text {
    /// The empty text.
    pub const EMPTY: Text = Text(Repr::Inline {
        length: 0,
        bytes: [0; INLINE_MAX],
    });

    /// A text of static bytes; never allocates and never counts.
    pub const fn from_static(content: &'static str) -> Text {
        Text::from_static_bytes(content.as_bytes())
    }

    /// As [`Text::from_static`], for bytes that need not be UTF-8.
    pub const fn from_static_bytes(content: &'static [u8]) -> Text {
        if content.len() > INLINE_MAX {
            return Text(Repr::Shared(Bytes::from_static(content)));
        }
        let mut bytes = [0; INLINE_MAX];
        let mut index = 0;
        while index < content.len() {
            bytes[index] = content[index];
            index += 1;
        }
        Text(Repr::Inline {
            length: content.len() as u8,
            bytes,
        })
    }

    /// The part `range` of `parent`: copied when short, shared when long.
    ///
    /// A range outside `parent` is cut to it.
    #[inline]
    pub fn slice_of(parent: &Bytes, range: impl RangeBounds<usize>) -> Text {
        let (start, end) = clamp(range, parent.len());
        match parent.get(start..end) {
            Some(part) => {
                Text::inline(part).unwrap_or_else(|| Text(Repr::Shared(parent.slice(start..end))))
            }
            None => Text::EMPTY,
        }
    }

    /// The parts one after the other; allocates at most once, and not at all
    /// when the whole fits inline.
    pub fn concat(parts: &[&[u8]]) -> Text {
        let length = parts
            .iter()
            .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        if length > INLINE_MAX {
            return Text::from(parts.concat());
        }
        let mut bytes = [0; INLINE_MAX];
        let mut rest = &mut bytes[..];
        for part in parts {
            let (here, next) = rest.split_at_mut(part.len().min(rest.len()));
            here.copy_from_slice(&part[..here.len()]);
            rest = next;
        }
        Text(Repr::Inline {
            length: length as u8,
            bytes,
        })
    }

    /// The content.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            // `min` is what lets the compiler see that the slice is in bounds.
            Repr::Inline { length, bytes } => &bytes[..usize::from(*length).min(INLINE_MAX)],
            Repr::Shared(bytes) => bytes,
        }
    }

    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Inline { length, .. } => usize::from(*length),
            Repr::Shared(bytes) => bytes.len(),
        }
    }

    /// True for the empty text.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part `range`, sharing the buffer when it is long; cut to the content.
    #[inline]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Text {
        match &self.0 {
            Repr::Inline { .. } => {
                let (start, end) = clamp(range, self.len());
                Text::from(self.as_bytes().get(start..end).unwrap_or_default())
            }
            Repr::Shared(bytes) => Text::slice_of(bytes, range),
        }
    }

    /// The content as UTF-8 if it is.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// The content as UTF-8, with U+FFFD for what is not.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// The content as shared bytes; copies only inline content.
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Repr::Inline { .. } => Bytes::copy_from_slice(self.as_bytes()),
            Repr::Shared(bytes) => bytes,
        }
    }

    #[inline]
    fn inline(content: &[u8]) -> Option<Text> {
        if content.len() > INLINE_MAX {
            return None;
        }
        let mut bytes = [0; INLINE_MAX];
        bytes[..content.len()].copy_from_slice(content);
        Some(Text(Repr::Inline {
            length: content.len() as u8,
            bytes,
        }))
    }
}

/// Start and end of `range` within `0..length`; an inverted range is empty.
#[inline]
fn clamp(range: impl RangeBounds<usize>, length: usize) -> (usize, usize) {
    let end = match range.end_bound() {
        Bound::Included(&end) => end.saturating_add(1).min(length),
        Bound::Excluded(&end) => end.min(length),
        Bound::Unbounded => length,
    };
    let start = match range.start_bound() {
        Bound::Included(&start) => start.min(end),
        Bound::Excluded(&start) => start.saturating_add(1).min(end),
        Bound::Unbounded => 0,
    };
    (start, end)
}

impl Default for Text {
    fn default() -> Text {
        Text::EMPTY
    }
}

impl Deref for Text {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&[u8]> for Text {
    #[inline]
    fn from(content: &[u8]) -> Text {
        Text::inline(content).unwrap_or_else(|| Text(Repr::Shared(Bytes::copy_from_slice(content))))
    }
}

impl<const N: usize> From<&[u8; N]> for Text {
    fn from(content: &[u8; N]) -> Text {
        Text::from(&content[..])
    }
}

impl From<&str> for Text {
    #[inline]
    fn from(content: &str) -> Text {
        Text::from(content.as_bytes())
    }
}

impl From<&String> for Text {
    fn from(content: &String) -> Text {
        Text::from(content.as_bytes())
    }
}

impl From<Vec<u8>> for Text {
    fn from(content: Vec<u8>) -> Text {
        Text::inline(&content).unwrap_or_else(|| Text(Repr::Shared(Bytes::from(content))))
    }
}

impl From<Bytes> for Text {
    fn from(content: Bytes) -> Text {
        Text::inline(&content).unwrap_or_else(|| Text(Repr::Shared(content)))
    }
}

impl From<String> for Text {
    fn from(content: String) -> Text {
        Text::from(content.into_bytes())
    }
}

impl From<i64> for Text {
    /// The decimal form.
    fn from(value: i64) -> Text {
        Text::from(Decimal::from(value).as_bytes())
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Text) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialEq<[u8]> for Text {
    fn eq(&self, other: &[u8]) -> bool {
        self.as_bytes() == other
    }
}

impl PartialEq<&[u8]> for Text {
    fn eq(&self, other: &&[u8]) -> bool {
        self.as_bytes() == *other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Text {
    fn eq(&self, other: &&[u8; N]) -> bool {
        self.as_bytes() == &other[..]
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_str_lossy(), formatter)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::mem::size_of;

    const LONG: &str = "sip:alice@registrar.example.com:5080;transport=tcp";

    #[test]
    fn sizes_stay_small() {
        #[expect(dead_code, reason = "only its size is asked for")]
        enum Value {
            Null,
            Int(i64),
            Str(Text),
        }
        assert_eq!(size_of::<Text>(), 32);
        assert_eq!(size_of::<Option<Text>>(), 40);
        assert_eq!(size_of::<Value>(), 40);
    }

    #[test]
    fn content_comes_back_at_every_length_around_the_inline_limit() {
        for length in 0..=2 * INLINE_MAX {
            let content = vec![b'x'; length];
            for text in [
                Text::from(&content[..]),
                Text::from(content.clone()),
                Text::from(Bytes::from(content.clone())),
                Text::concat(&[&content[..length / 2], &content[length / 2..]]),
            ] {
                assert_eq!(text.as_bytes(), content);
                assert_eq!(text.len(), length);
                assert_eq!(text.is_empty(), length == 0);
                assert_eq!(text.clone().into_bytes(), content);
            }
        }
    }

    #[test]
    fn static_texts_work_in_constants() {
        const SHORT: Text = Text::from_static("INVITE");
        const OTHER: Text = Text::from_static(LONG);
        assert_eq!(SHORT, "INVITE");
        assert_eq!(OTHER, LONG);
    }

    #[test]
    fn long_slices_share_the_parent_and_short_ones_do_not() {
        let parent = Bytes::from(LONG.repeat(4));
        let long = Text::slice_of(&parent, 10..60);
        let short = Text::slice_of(&parent, 4..9);
        assert_eq!(long.as_ptr(), parent[10..].as_ptr());
        assert_eq!(short, "alice");
        assert_eq!(long.slice(5..).as_ptr(), parent[15..].as_ptr());
    }

    #[test]
    fn ranges_outside_are_cut() {
        let parent = Bytes::from_static(b"abc");
        #[expect(clippy::reversed_empty_ranges, reason = "it is what is tested")]
        let inverted = 3..1;
        assert_eq!(Text::slice_of(&parent, 1..90), "bc");
        assert_eq!(Text::slice_of(&parent, 7..90), "");
        assert_eq!(Text::slice_of(&parent, inverted), "");
        assert_eq!(Text::from("abc").slice(..=usize::MAX), "abc");
    }

    #[test]
    fn maps_are_searched_with_plain_bytes() {
        let map: BTreeMap<Text, i32> = [(Text::from("a"), 1), (Text::from(LONG), 2)].into();
        assert_eq!(map.get(&b"a"[..]), Some(&1));
        assert_eq!(map.get(LONG.as_bytes()), Some(&2));
    }

    #[test]
    fn what_is_not_utf8_is_shown_with_replacement_characters() {
        let text = Text::from(&b"a\xffb"[..]);
        assert_eq!(text.to_string(), "a\u{fffd}b");
        assert_eq!(format!("{text:?}"), "\"a\u{fffd}b\"");
        assert_eq!(text.to_str(), None);
    }
}
