//! Substitution expressions in the manner of sed: `/pattern/replacement/flags`.

use std::fmt;
use std::ops::Range;

use memchr::memchr2;

use crate::Text;

use super::{Ere, EreError, Flags};

/// Groups a replacement can name, the whole match included.
const GROUPS: usize = 10;

/// A parsed substitution whose replacement may hold dynamic pieces of type `V`
/// (variables, bound by the caller).
#[derive(Debug)]
pub struct Subst<V> {
    ere: Ere,
    replacement: Vec<Piece<V>>,
    is_global: bool,
}

/// One part of a replacement.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece<V> {
    /// Text as it stands.
    Literal(Text),
    /// `\0` (the whole match) to `\9`; empty when the group took no part.
    Group(u8),
    /// What the caller recognised.
    Dynamic(V),
}

/// Why a substitution expression was refused. `E` is the caller's error.
#[derive(Debug, Clone, PartialEq)]
pub enum SubstError<E> {
    /// Fewer than three bytes.
    TooShort,
    /// The first byte cannot separate: it is a backslash.
    BadSeparator,
    /// The pattern, or the replacement, is not closed by the separator.
    MissingSeparator,
    /// Something other than `i`, `g` and `s` behind the replacement.
    UnknownFlag(u8),
    /// The pattern is no regular expression.
    Pattern(EreError),
    /// The caller refused a dynamic piece.
    Dynamic(E),
}

impl<E: fmt::Display> fmt::Display for SubstError<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SubstError::TooShort => formatter.write_str("the substitution is too short"),
            SubstError::BadSeparator => formatter.write_str("a backslash cannot be the separator"),
            SubstError::MissingSeparator => formatter.write_str("a separator is missing"),
            SubstError::UnknownFlag(flag) => {
                write!(
                    formatter,
                    "unknown flag `{}`",
                    char::from(*flag).escape_default()
                )
            }
            SubstError::Pattern(error) => error.fmt(formatter),
            SubstError::Dynamic(error) => error.fmt(formatter),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> std::error::Error for SubstError<E> {}

/// A pattern matched the empty text, which Kamailio takes for a mistake in the
/// pattern: the whole substitution fails (observed on 5.6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyMatch;

impl fmt::Display for EmptyMatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the pattern matched the empty text")
    }
}

impl std::error::Error for EmptyMatch {}

impl<V> Subst<V> {
    /// Parses `text`, whose first byte is the separator. Flags: `i` without regard
    /// to case, `g` all matches, `s` the text is one line (otherwise `^`, `$` and
    /// `.` respect newlines).
    ///
    /// In the replacement `\0` to `\9`, `\n`, `\r`, `\t`, `\\`, `\$` and the
    /// escaped separator have a meaning; of other escapes the byte remains. At
    /// each `$` and each escape that has no meaning here, `dynamic` is given the
    /// rest of the expression and may answer with a piece and its length.
    pub fn parse<E>(
        text: &[u8],
        mut dynamic: impl FnMut(&[u8]) -> Result<Option<(V, usize)>, E>,
    ) -> Result<Subst<V>, SubstError<E>> {
        let (&separator, rest) = text.split_first().ok_or(SubstError::TooShort)?;
        if text.len() < 3 {
            return Err(SubstError::TooShort);
        }
        if separator == b'\\' {
            return Err(SubstError::BadSeparator);
        }
        let end = unescaped(rest, separator).ok_or(SubstError::MissingSeparator)?;
        let (pattern, rest) = rest.split_at(end);
        let rest = rest.get(1..).unwrap_or_default();
        let (replacement, used) = parse_replacement(rest, separator, &mut dynamic)?;
        let mut flags = Flags {
            ignore_case: false,
            newline: true,
        };
        let mut is_global = false;
        for &flag in rest.get(used..).unwrap_or_default() {
            match flag {
                b'i' => flags.ignore_case = true,
                b's' => flags.newline = false,
                b'g' => is_global = true,
                other => return Err(SubstError::UnknownFlag(other)),
            }
        }
        let ere = Ere::compile(pattern, flags).map_err(SubstError::Pattern)?;
        ere.prepare_captures();
        Ok(Subst {
            ere,
            replacement,
            is_global,
        })
    }

    /// The compiled pattern.
    pub fn ere(&self) -> &Ere {
        &self.ere
    }

    /// The parts of the replacement.
    pub fn replacement(&self) -> &[Piece<V>] {
        &self.replacement
    }

    /// Appends `text` with its first match, or all of them, replaced to `out`, and
    /// returns how many there were. Nothing is appended when that is 0.
    pub fn apply(
        &self,
        text: &[u8],
        out: &mut Vec<u8>,
        mut expand: impl FnMut(&V, &mut Vec<u8>),
    ) -> Result<usize, EmptyMatch> {
        let mut copied = 0;
        let count = self.for_each_match(text, |groups, whole| {
            out.extend_from_slice(text.get(copied..whole.start).unwrap_or_default());
            self.replace(text, groups, out, &mut expand);
            copied = whole.end;
        })?;
        if count > 0 {
            out.extend_from_slice(text.get(copied..).unwrap_or_default());
        }
        Ok(count)
    }

    /// Calls `edit` with the place of each match and its replacement: for callers
    /// that record edits and leave the text alone. Returns how many there were.
    pub fn edits(
        &self,
        text: &[u8],
        mut expand: impl FnMut(&V, &mut Vec<u8>),
        mut edit: impl FnMut(Range<usize>, &[u8]),
    ) -> Result<usize, EmptyMatch> {
        let mut out = Vec::new();
        self.for_each_match(text, |groups, whole| {
            out.clear();
            self.replace(text, groups, &mut out, &mut expand);
            edit(whole, &out);
        })
    }

    fn for_each_match(
        &self,
        text: &[u8],
        mut found: impl FnMut(&[Option<Range<usize>>], Range<usize>),
    ) -> Result<usize, EmptyMatch> {
        let mut groups: [Option<Range<usize>>; GROUPS] = Default::default();
        let mut start = 0;
        let mut count = 0;
        while start < text.len() || count == 0 {
            if !self.ere.captures_from(text, start, &mut groups) {
                break;
            }
            let whole = groups[0].clone().unwrap_or_default();
            if whole.is_empty() {
                return Err(EmptyMatch);
            }
            start = whole.end;
            count += 1;
            found(&groups, whole);
            if !self.is_global {
                break;
            }
        }
        Ok(count)
    }

    fn replace(
        &self,
        text: &[u8],
        groups: &[Option<Range<usize>>],
        out: &mut Vec<u8>,
        expand: &mut impl FnMut(&V, &mut Vec<u8>),
    ) {
        for piece in &self.replacement {
            match piece {
                Piece::Literal(literal) => out.extend_from_slice(literal),
                Piece::Group(number) => {
                    let group = groups.get(usize::from(*number)).cloned().flatten();
                    let range = group.unwrap_or_default();
                    out.extend_from_slice(text.get(range).unwrap_or_default());
                }
                Piece::Dynamic(value) => expand(value, out),
            }
        }
    }
}

/// Where `separator` first stands without a backslash before it.
fn unescaped(text: &[u8], separator: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr2(separator, b'\\', text.get(at..)?)?;
        if text.get(found) == Some(&separator) {
            return Some(found);
        }
        at = found + 2;
    }
}

/// The replacement that `text` begins with, and how many bytes it takes together
/// with the separator that closes it.
fn parse_replacement<V, E>(
    text: &[u8],
    separator: u8,
    dynamic: &mut impl FnMut(&[u8]) -> Result<Option<(V, usize)>, E>,
) -> Result<(Vec<Piece<V>>, usize), SubstError<E>> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let piece = match *rest {
            [] | [b'\\'] => return Err(SubstError::MissingSeparator),
            [b'$', b'$', ..] => {
                literal.push(b'$');
                at += 2;
                continue;
            }
            [b'$', ..] => match dynamic(rest).map_err(SubstError::Dynamic)? {
                Some((value, used)) => {
                    at += used.max(1);
                    Piece::Dynamic(value)
                }
                None => {
                    literal.push(b'$');
                    at += 1;
                    continue;
                }
            },
            [b'\\', digit @ b'0'..=b'9', ..] => {
                at += 2;
                Piece::Group(digit - b'0')
            }
            [b'\\', escaped, ..] => match escape(escaped, separator) {
                Some(byte) => {
                    literal.push(byte);
                    at += 2;
                    continue;
                }
                None => match dynamic(rest).map_err(SubstError::Dynamic)? {
                    Some((value, used)) => {
                        at += used.max(2);
                        Piece::Dynamic(value)
                    }
                    None => {
                        literal.push(escaped);
                        at += 2;
                        continue;
                    }
                },
            },
            [byte, ..] if byte == separator => break,
            [byte, ..] => {
                literal.push(byte);
                at += 1;
                continue;
            }
        };
        flush(&mut literal, &mut pieces);
        pieces.push(piece);
    }
    flush(&mut literal, &mut pieces);
    Ok((pieces, at + 1))
}

fn escape(escaped: u8, separator: u8) -> Option<u8> {
    match escaped {
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'\\' | b'$' => Some(escaped),
        _ => (escaped == separator).then_some(escaped),
    }
}

fn flush<V>(literal: &mut Vec<u8>, pieces: &mut Vec<Piece<V>>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(Text::from(literal.as_slice())));
        literal.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `$name` is a variable; `\u` is the caller's escape.
    fn dynamic(rest: &[u8]) -> Result<Option<(String, usize)>, String> {
        if rest.starts_with(b"\\u") {
            return Ok(Some(("uri".to_string(), 2)));
        }
        if rest.first() != Some(&b'$') {
            return Ok(None);
        }
        let length = 1 + rest[1..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        match length {
            1 => Err("no name".to_string()),
            _ => Ok(Some((
                String::from_utf8_lossy(&rest[1..length]).into_owned(),
                length,
            ))),
        }
    }

    fn check(expression: &str, text: &str, expected: Result<&str, &str>) {
        let subst = match Subst::parse(expression.as_bytes(), dynamic) {
            Ok(subst) => subst,
            Err(error) => {
                assert_eq!(Err(error.to_string().as_str()), expected, "{expression}");
                return;
            }
        };
        let mut out = Vec::new();
        let result = subst.apply(text.as_bytes(), &mut out, |name, out| {
            out.extend_from_slice(format!("<{name}>").as_bytes());
        });
        let shown = String::from_utf8_lossy(&out).into_owned();
        match result {
            Ok(0) => assert_eq!(Ok(text), expected, "{expression} on {text:?}"),
            Ok(_) => assert_eq!(Ok(shown.as_str()), expected, "{expression} on {text:?}"),
            Err(EmptyMatch) => assert_eq!(Err("empty"), expected, "{expression} on {text:?}"),
        }
    }

    #[test]
    fn results_equal_those_observed() {
        check("/^b/X/g", "baac", Ok("Xaac"));
        check("/^a/X/g", "aaa", Ok("Xaa"));
        check(
            r"/(foo|foobar)(b*)/[\0|\1|\2]/g",
            "foo foobar",
            Ok("[foo|foo|] [foobar|foobar|]"),
        );
        check(r"/\<f/X/g", "foo foobar", Ok("Xoo Xoobar"));
        check(r"|f(o)o|\1\9-|g", "foo foobar", Ok("o- o-bar"));
        check("/FOO/$e/i", "foo foobar", Ok("<e> foobar"));
        check("/x/y/", "foo", Ok("foo"));
        check(r"/(a)|(b)/[\1\2]/g", "ab", Ok("[a][b]"));
        check(
            r"/(a|ab)(c|bcd)*/[\0,\1,\2]/g",
            "abcabc",
            Ok("[abc,ab,c][abc,ab,c]"),
        );
        check(r"/\Ba/X/g", "aaab", Ok("aXab"));
        check(r"/\ba/b/g", "aaa", Ok("bbb"));
        check(
            r"/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/\9-\10/",
            "abcdefghijkl",
            Ok("i-a0kl"),
        );
        check("/a*$/X/", "baaa", Ok("bX"));
    }

    #[test]
    fn lines_matter_unless_the_text_is_one() {
        check("/a.b/X/", "a\nb\nc", Ok("a\nb\nc"));
        check("/a.b/X/s", "a\nb\nc", Ok("X\nc"));
        check("/^./X/g", "a\nb\nc", Ok("X\nX\nX"));
        check("/^./X/gs", "a\nb\nc", Ok("X\nb\nc"));
        check("/^[a-z]\n/X/gs", "a\nb\nc", Ok("XXc"));
        check("/b$/X/s", "a\nb\nc", Ok("a\nb\nc"));
        check("/b$/X/", "a\nb\nc", Ok("a\nX\nc"));
    }

    #[test]
    fn replacements_know_escapes_groups_and_dynamic_pieces() {
        check(r"/a\/b/X\/Y/", "a/b", Ok("X/Y"));
        check(r"/a/\n\t\r\u/", "a/b", Ok("\n\t\r<uri>/b"));
        check(r"/a/x\y&\&\\/", "a/b", Ok(r"xy&&\/b"));
        check("/a/1$k;$k/", "a", Ok("1<k>;<k>"));
        check("/a/$$1/", "a", Ok("$1"));
        check(r"/a/\$k/", "a", Ok("$k"));
        check(r"|a\|b|x|", "a|b", Ok("x"));
        check("xaxyx", "a|b", Ok("y|b"));
        check("/a//", "a/b", Ok("/b"));
    }

    #[test]
    fn what_kamailio_refuses_is_refused() {
        check("", "", Err("the substitution is too short"));
        check("/a", "", Err("the substitution is too short"));
        check("/a/", "", Err("a separator is missing"));
        check("/a/X", "", Err("a separator is missing"));
        check(r"/a/\/", "", Err("a separator is missing"));
        check(r"\a\x\", "", Err("a backslash cannot be the separator"));
        check("/a/x/q", "", Err("unknown flag `q`"));
        check("/(a/x/", "", Err("parenthesis `(` is not closed"));
        check("/a/$/", "", Err("no name"));
        check("//x/", "ab", Err("empty"));
        check("/a*/X/g", "aaab", Err("empty"));
    }

    #[test]
    fn edits_are_places_in_the_untouched_text() {
        let subst = Subst::parse(b"/[0-9]+/<\\0>/g", dynamic).unwrap();
        let mut edits = Vec::new();
        let count = subst.edits(
            b"a1b22",
            |_, _| {},
            |range, new| edits.push((range, new.to_vec())),
        );
        assert_eq!(count, Ok(2));
        assert_eq!(edits, [(1..2, b"<1>".to_vec()), (3..5, b"<22>".to_vec())]);
    }
}
