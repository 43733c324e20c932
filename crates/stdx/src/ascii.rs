//! Bytes taken as ASCII: comparing without regard to case, finding, trimming,
//! splitting. Bytes of 128 and above only ever equal themselves.

use std::cmp::Ordering;

use memchr::{memchr, memchr2_iter};

/// Order of the lower-case forms.
pub fn cmp_ignore_case(left: &[u8], right: &[u8]) -> Ordering {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    left.iter().map(lower).cmp(right.iter().map(lower))
}

/// True when `text` begins with `prefix` without regard to ASCII case.
#[inline]
pub fn starts_with_ignore_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// Where `needle` first occurs in `haystack`.
#[inline]
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

/// Where `needle` first occurs in `haystack` without regard to ASCII case.
pub fn find_ignore_case(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = needle.split_first() else {
        return Some(0);
    };
    let last_start = haystack.len().checked_sub(needle.len())?;
    let starts = haystack.get(..=last_start)?;
    memchr2_iter(
        first.to_ascii_lowercase(),
        first.to_ascii_uppercase(),
        starts,
    )
    .find(|&start| starts_with_ignore_case(haystack.get(start + 1..).unwrap_or_default(), rest))
}

/// True for space, tab, CR and LF.
#[inline]
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Without space, tab, CR and LF at both ends.
#[inline]
pub fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// Without space, tab, CR and LF at the beginning.
#[inline]
pub fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text {
        if !is_space(*first) {
            break;
        }
        text = rest;
    }
    text
}

/// Without space, tab, CR and LF at the end.
#[inline]
pub fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text {
        if !is_space(*last) {
            break;
        }
        text = rest;
    }
    text
}

/// The parts before and after the first `separator`.
#[inline]
pub fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let (head, tail) = text.split_at_checked(memchr(separator, text)?)?;
    Some((head, tail.get(1..).unwrap_or_default()))
}

/// The parts before and after the last `separator`.
#[inline]
pub fn rsplit_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let (head, tail) = text.split_at_checked(memchr::memrchr(separator, text)?)?;
    Some((head, tail.get(1..).unwrap_or_default()))
}

/// The parts between the separators; one more part than there are separators.
pub fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match split_once(text, separator) {
            Some((part, tail)) => {
                rest = Some(tail);
                Some(part)
            }
            None => rest.take(),
        }
    })
}

/// As [`split`], with each part trimmed and empty parts left out.
pub fn split_trimmed(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    split(text, separator)
        .map(trim)
        .filter(|part| !part.is_empty())
}

/// Appends the lower-case form of `text`.
#[inline]
pub fn push_lower(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    out.extend_from_slice(text);
    if let Some(added) = out.get_mut(start..) {
        added.make_ascii_lowercase();
    }
}

/// Appends the upper-case form of `text`.
#[inline]
pub fn push_upper(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    out.extend_from_slice(text);
    if let Some(added) = out.get_mut(start..) {
        added.make_ascii_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_only_for_ascii_letters() {
        assert_ne!(cmp_ignore_case(b"\xe4", b"\xc4"), Ordering::Equal);
        assert_ne!(cmp_ignore_case(b"[", b"{"), Ordering::Equal);
        assert_eq!(cmp_ignore_case(b"abc", b"ABD"), Ordering::Less);
        assert_eq!(cmp_ignore_case(b"ab", b"AB"), Ordering::Equal);
    }

    #[test]
    fn needles_are_found_wherever_they_are() {
        let haystack = b"Digest realm=\"x\", Nonce=1";
        assert_eq!(find_ignore_case(haystack, b"nonce"), Some(18));
        assert_eq!(find_ignore_case(haystack, b"digest"), Some(0));
        assert_eq!(find_ignore_case(haystack, b"NONCE=1"), Some(18));
        assert_eq!(find_ignore_case(haystack, b"nonce=12"), None);
        assert_eq!(find_ignore_case(b"ab", b""), Some(0));
        assert_eq!(find_ignore_case(b"ab", b"abc"), None);
        assert_eq!(find(b"aab", b"ab"), Some(1));
    }

    #[test]
    fn prefixes_longer_than_the_text_do_not_match() {
        assert!(starts_with_ignore_case(b"SIP:x", b"sip:"));
        assert!(!starts_with_ignore_case(b"SIP", b"sip:"));
    }

    #[test]
    fn splitting_keeps_empty_parts_unless_asked() {
        assert_eq!(
            split(b"a,,b", b',').collect::<Vec<_>>(),
            [&b"a"[..], b"", b"b"]
        );
        assert_eq!(split(b"", b',').count(), 1);
        assert_eq!(
            split_trimmed(b" a , ,b ", b',').collect::<Vec<_>>(),
            [b"a", b"b"]
        );
        assert_eq!(split_once(b"k=v=w", b'='), Some((&b"k"[..], &b"v=w"[..])));
        assert_eq!(rsplit_once(b"k=v=w", b'='), Some((&b"k=v"[..], &b"w"[..])));
        assert_eq!(split_once(b"k", b'='), None);
    }

    #[test]
    fn trimming_leaves_inner_space() {
        assert_eq!(trim(b" \t a b\r\n"), b"a b");
        assert_eq!(trim(b" \r\n"), b"");
    }

    #[test]
    fn case_changes_are_appended() {
        let mut out = b"X".to_vec();
        push_lower(&mut out, b"AbC");
        push_upper(&mut out, b"dEf");
        assert_eq!(out, b"XabcDEF");
    }
}
