//! Reading octets: character classes and a cursor that cannot leave its text.

use memchr::memchr2;

use crate::Span;

const TOKEN: u16 = 1;
const BLANK: u16 = 2;
const PARAM_END: u16 = 4;
const HOST: u16 = 8;
const NOT_IN_URI: u16 = 16;
const LIST_STOP: u16 = 32;
const USER_MARK: u16 = 64;
const TAIL_MARK: u16 = 128;
const TO_ESCAPE: u16 = 256;

/// Classes of every octet (RFC 3261 §25.1).
static CLASSES: [u16; 256] = classes();

const fn classes() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut octet = 0usize;
    while octet < 256 {
        let byte = octet as u8;
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            )
        {
            table[octet] |= TOKEN;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            table[octet] |= BLANK | PARAM_END;
        }
        if matches!(byte, b';' | b',' | b'=' | b'"' | b'(') {
            table[octet] |= PARAM_END;
        }
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'*' | b'+' | b'$'
            )
        {
            table[octet] |= HOST;
        }
        if byte <= b' ' || byte == 0x7f || matches!(byte, b'<' | b'>' | b'"') {
            table[octet] |= NOT_IN_URI | TAIL_MARK;
        }
        if byte == b'?' {
            table[octet] |= TAIL_MARK;
        }
        if matches!(byte, b':' | b'\r' | b'\n' | 0) {
            table[octet] |= USER_MARK;
        }
        if matches!(byte, b',' | b'"' | b'<') {
            table[octet] |= LIST_STOP;
        }
        if matches!(byte, b' ' | b'\t' | b'"' | b'<') {
            table[octet] |= TO_ESCAPE;
        }
        octet += 1;
    }
    table
}

#[inline]
fn is(byte: u8, class: u16) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// A character of a `token`.
#[inline]
pub(crate) fn is_token(byte: u8) -> bool {
    is(byte, TOKEN)
}

/// Space, tab, or part of a line end (which inside a value can only be a fold).
#[inline]
pub(crate) fn is_blank(byte: u8) -> bool {
    is(byte, BLANK)
}

/// A character that a host name or address may be written with, generously.
#[inline]
pub(crate) fn is_host(byte: u8) -> bool {
    is(byte, HOST)
}

/// A character that can stand nowhere in a URI, however lenient the reader.
#[inline]
pub(crate) fn is_forbidden_in_uri(byte: u8) -> bool {
    is(byte, NOT_IN_URI)
}

/// A colon, or what must not be in the user of a URI.
#[inline]
pub(crate) fn is_mark_in_user(byte: u8) -> bool {
    is(byte, USER_MARK)
}

/// A question mark, or what can stand nowhere in a URI.
#[inline]
pub(crate) fn is_mark_in_uri_tail(byte: u8) -> bool {
    is(byte, TAIL_MARK)
}

/// `start..end` without blanks at either side; where there is nothing else, nothing at `start`, which is not behind the line end.
#[inline]
pub(crate) fn trimmed(bytes: &[u8], mut start: usize, mut end: usize) -> Span {
    while start < end && bytes.get(end - 1).copied().is_some_and(is_blank) {
        end -= 1;
    }
    while start < end && bytes.get(start).copied().is_some_and(is_blank) {
        start += 1;
    }
    Span::from_offsets(start, end)
}

/// Offset of the first `needle` in `bytes` at or behind `from`. Inlined: within a header section the next one is so near that
/// choosing and calling the best search costs more than the search.
#[inline]
pub(crate) fn find(bytes: &[u8], from: usize, needle: u8) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    let search = memchr::arch::x86_64::sse2::memchr::One::new(needle)?;
    #[cfg(not(target_arch = "x86_64"))]
    let search = memchr::arch::all::memchr::One::new(needle);
    search.find(bytes.get(from..)?).map(|found| from + found)
}

/// One in each of eight octets.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The high bit of each of eight octets.
const HIGH: u64 = 0x80 * EACH;

/// How many of eight octets, from the lowest on, are in front of the first `needle`; eight when it is not among them.
#[inline]
pub(crate) fn first_of_eight(octets: u64, needle: u8) -> usize {
    let zero_where_found = octets ^ (u64::from(needle) * EACH);
    // The lowest octet that borrows is a zero.
    let found = zero_where_found.wrapping_sub(EACH) & !zero_where_found & HIGH;
    found.trailing_zeros() as usize / 8
}

/// How many of eight octets, from the lowest on, surely end nothing: `-` to `:`, and what is behind `=`. The high bit of an octet is
/// not looked at: with it none ends anything.
#[inline]
fn plain_octets(octets: u64) -> usize {
    // The high bit of each octet of the sum says whether the octet is at least `least`; no sum carries into the next.
    let low = octets & !HIGH;
    let at_least = |least: u8| low + u64::from(0x80 - least) * EACH;
    let plain = at_least(b'=' + 1) | (at_least(b'-') & !at_least(b':' + 1));
    ((!plain & HIGH).trailing_zeros() / 8) as usize
}

/// A number written in nothing but decimal digits, if it fits.
#[inline]
pub(crate) fn decimal(text: &[u8]) -> Option<u32> {
    let mut reader = Reader { bytes: text, at: 0 };
    let (number, _) = reader.take_number();
    number.filter(|_| reader.is_at_end())
}

/// A cursor over `bytes`; offsets are those of `bytes`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    /// Reads `span` of `buffer`; offsets stay those of `buffer`.
    #[inline]
    pub fn new(buffer: &'a [u8], span: Span) -> Reader<'a> {
        let bytes = buffer.get(..span.end as usize).unwrap_or(buffer);
        Reader {
            bytes,
            at: span.start as usize,
        }
    }

    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    pub fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What has not been read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Steps over `byte` if it is next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    /// Steps over octets while `wanted` holds and says where they are.
    #[inline]
    pub fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Span {
        let start = self.at;
        let rest = self.rest();
        self.at += rest
            .iter()
            .position(|byte| !wanted(*byte))
            .unwrap_or(rest.len());
        Span::from_offsets(start, self.at)
    }

    /// Steps over decimal digits and says where they are; no number when there are none or it does not fit.
    #[inline]
    pub fn take_number(&mut self) -> (Option<u32>, Span) {
        let start = self.at;
        let mut number = 0;
        let mut length = 0;
        for byte in self.rest() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            // What does not fit must not come to fit again.
            number = (number * 10 + u64::from(digit)).min(1 << 32);
            length += 1;
        }
        self.at += length;
        let fits = u32::try_from(number).ok().filter(|_| length > 0);
        (fits, Span::from_offsets(start, self.at))
    }

    /// Reads up to what may end a parameter's name or value.
    #[inline]
    pub fn take_param_text(&mut self) -> Span {
        self.take_plain(PARAM_END)
    }

    /// Reads up to what stands in the URI of an address only when it is escaped.
    #[inline]
    pub fn skip_clean_uri(&mut self) {
        self.take_plain(TO_ESCAPE);
    }

    /// Reads up to an octet of the class `stop`, none of which [`plain_octets`] counts.
    #[inline]
    fn take_plain(&mut self, stop: u16) -> Span {
        let start = self.at;
        while let Some(octets) = self.next_eight() {
            let plain = plain_octets(octets);
            self.at += plain;
            if plain < 8 {
                if self.peek().is_none_or(|byte| is(byte, stop)) {
                    return Span::from_offsets(start, self.at);
                }
                self.at += 1;
            }
        }
        let end = self.take_while(|byte| !is(byte, stop)).end;
        Span::from_offsets(start, end as usize)
    }

    /// The next eight octets, the first one lowest, with zeros for those behind the end. `None` at the end, and in a text that is
    /// shorter.
    #[inline]
    fn next_eight(&self) -> Option<u64> {
        let rest = self.bytes.get(self.at..)?;
        if let Some(octets) = rest.first_chunk() {
            return Some(u64::from_le_bytes(*octets));
        }
        let last = u64::from_le_bytes(*self.bytes.last_chunk()?);
        last.checked_shr(64 - 8 * rest.len() as u32)
    }

    /// Reads up to what may end a value of a comma-separated list, or hide its end.
    #[inline]
    pub fn skip_list_text(&mut self) {
        self.take_while(|byte| !is(byte, LIST_STOP));
    }

    /// With a `"` next: steps over the quoted string. False (and nothing read) when its end is missing.
    #[inline]
    pub fn skip_quoted(&mut self) -> bool {
        let mut at = self.at + 1;
        while let Some(found) = self
            .bytes
            .get(at..)
            .and_then(|rest| memchr2(b'"', b'\\', rest))
        {
            at += found + 1;
            if self.bytes.get(at - 1) == Some(&b'"') {
                self.at = at;
                return true;
            }
            at += 1;
        }
        false
    }

    /// Steps to the next `byte` and says where what was passed lies; nothing read when there is none.
    #[inline]
    pub fn take_until(&mut self, byte: u8) -> Option<Span> {
        let found = find(self.bytes, self.at, byte)?;
        let span = Span::from_offsets(self.at, found);
        self.at = found;
        Some(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_octets_end_nothing() {
        for byte in 0..=u8::MAX {
            let is_plain = plain_octets(u64::from(byte)) > 0;
            assert!(!is_plain || !is(byte, PARAM_END | TO_ESCAPE), "{byte}");
        }
    }

    #[test]
    fn text_is_read_to_its_end_whatever_its_length() {
        for length in 0..40 {
            for behind in ["", ";", ";tag=1234567890"] {
                let text = format!("{}{behind}", "a!".repeat(length));
                for at in 0..=length * 2 {
                    let mut reader = Reader {
                        bytes: text.as_bytes(),
                        at,
                    };
                    let read = reader.take_param_text();
                    assert_eq!(
                        (read, reader.at),
                        (Span::from_offsets(at, length * 2), length * 2)
                    );
                }
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_none() {
        for (text, number, length) in [
            ("", None, 0),
            ("x", None, 0),
            ("007 8", Some(7), 3),
            ("4294967295", Some(u32::MAX), 10),
            ("4294967296", None, 10),
            ("99999999999999999999999999990", None, 29),
        ] {
            let mut reader = Reader {
                bytes: text.as_bytes(),
                at: 0,
            };
            let expected = (number, Span::new(0, length));
            assert_eq!(reader.take_number(), expected, "{text}");
        }
    }
}
