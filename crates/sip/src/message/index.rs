//! The one pass over a message's octets.

use bytes::Buf;
use memchr::memrchr;

use super::fields::{malformed, read_length};
use super::{HeaderField, Inner, MAX_HEADER_FIELDS, MAX_MESSAGE_BYTES, Protocol, StartLine};
use crate::scan::{decimal, find, is_blank, is_token, trimmed};
use crate::{FieldError, HeaderId, Method, ParseError, Span, UriSpans};

/// No known name is longer than this, nor its colon further from the beginning of the line.
const NEAR_COLON: usize = 40;

/// Fills in everything about `inner.buffer`.
pub(super) fn index(inner: &mut Inner) -> Result<(), ParseError> {
    if inner.buffer.len() > MAX_MESSAGE_BYTES {
        return Err(ParseError::TooLarge);
    }
    let mut buffer = std::mem::take(&mut inner.buffer);
    let leading = buffer
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | b'\0'))
        .count();
    if leading == buffer.len() {
        return Err(ParseError::Empty);
    }
    buffer.advance(leading);
    let line_end = find(&buffer, 0, b'\n').ok_or(ParseError::Incomplete)?;
    inner.start_line = parse_start_line(&buffer, line_end)?;
    if let StartLine::Request { uri, .. } = inner.start_line {
        inner.typed.uri = UriSpans::parse(uri.of(&buffer));
    }
    index_headers(inner, &buffer, line_end + 1)?;
    if inner.payload_start == inner.headers_end {
        // COMPAT: 5.6.3 takes a datagram that ends where the empty line should be. From here on it has one.
        buffer = [&buffer[..], b"\r\n"].concat().into();
        inner.payload_start += 2;
    }
    if inner.repeated & HeaderId::ContentLength.bit() != 0 {
        inner.typed.content_length = agreed_length(inner, &buffer);
    }
    if inner.repeated & SINGLE != 0
        || inner.present & HeaderId::Malformed.bit() != 0
        || matches!(
            inner.typed.content_length,
            Err(FieldError::Malformed { .. })
        )
    {
        inner.stumble = stumble(inner, &buffer);
    }
    inner.buffer = buffer;
    Ok(())
}

/// What a request has once, as [`HeaderId::bit`] (observed on 5.6.3).
const SINGLE: u128 = HeaderId::From.bit()
    | HeaderId::To.bit()
    | HeaderId::CallId.bit()
    | HeaderId::CSeq.bit()
    | HeaderId::MaxForwards.bit()
    | HeaderId::ContentLength.bit();

/// See [`super::Message::stumble`].
#[cold]
fn stumble(inner: &Inner, buffer: &[u8]) -> Option<u16> {
    let single = match inner.start_line {
        StartLine::Request { .. } => SINGLE,
        StartLine::Response { .. } => 0,
    };
    let mut seen = 0;
    let at = inner.headers.iter().position(|field| {
        let is_second = seen & field.id.bit() & single != 0;
        seen |= field.id.bit();
        is_second
            || field.id == HeaderId::Malformed
            || field.id == HeaderId::ContentLength && decimal(field.value().of(buffer)).is_none()
    });
    at.and_then(|at| u16::try_from(at).ok())
}

fn index_headers(inner: &mut Inner, buffer: &[u8], first: usize) -> Result<(), ParseError> {
    let mut rest = buffer.get(first..).unwrap_or_default();
    let mut count = 0;
    loop {
        let start = buffer.len() - rest.len();
        let empty_line = match rest {
            [b'\r', b'\n', ..] => Some(2),
            [b'\n', ..] => Some(1),
            [] => Some(0),
            _ => None,
        };
        if let Some(length) = empty_line {
            inner.headers_end = start as u32;
            inner.payload_start = (start + length) as u32;
            return Ok(());
        }
        if count == MAX_HEADER_FIELDS {
            return Err(ParseError::TooManyHeaders);
        }
        count += 1;
        if let Some((field, next)) = plain_field(rest, start as u32) {
            inner.add(field, buffer);
            rest = next;
        } else {
            let field = index_field(buffer, start).ok_or(ParseError::Incomplete)?;
            rest = buffer.get(field.whole().end as usize..).unwrap_or_default();
            inner.add(field, buffer);
        }
    }
}

impl Inner {
    /// Notes `field`, which is behind all others that there are.
    #[inline]
    fn add(&mut self, field: HeaderField, buffer: &[u8]) {
        let bit = field.id.bit();
        if self.present & bit == 0 {
            self.present |= bit;
            self.typed.read(&field, buffer);
        } else {
            self.repeated |= bit;
        }
        self.headers.push(field);
    }
}

/// The header field that `rest` begins with, as nearly all write it: a known name, a colon, one blank, a value in one line, CRLF.
/// With it what is behind it.
#[inline]
fn plain_field(rest: &[u8], start: u32) -> Option<(HeaderField, &[u8])> {
    let (id, name_length) = match rest.first_chunk().and_then(HeaderId::of_line) {
        Some(known) => known,
        None => {
            let colon = find(rest.get(..NEAR_COLON).unwrap_or(rest), 0, b':')?;
            let name = rest.get(..colon)?;
            let id = HeaderId::from_name(name);
            if id == HeaderId::Other && (name.is_empty() || !name.iter().copied().all(is_token)) {
                return None;
            }
            (id, colon)
        }
    };
    let behind = rest.get(name_length..)?;
    let (line, next) = behind.split_at_checked(line_feed(behind)? + 1)?;
    let [_, b' ', value @ .., b'\r', _] = line else {
        return None;
    };
    let is_plain = value.first().is_some_and(|first| *first > b' ')
        && value.last().is_some_and(|last| *last > b' ')
        && !matches!(next, [b' ' | b'\t', ..]);
    let field = HeaderField {
        start,
        value_length: value.len() as u32,
        name_length: name_length as u16,
        value_after: name_length as u16 + 2,
        rest: 2,
        id,
    };
    is_plain.then_some((field, next))
}

/// Offset of the first line feed. Most are so near that a search in few octets, whose number is known, is less work.
#[inline]
fn line_feed(text: &[u8]) -> Option<usize> {
    const NEAR: usize = 64;
    match text.get(..NEAR) {
        Some(near) => find(near, 0, b'\n').or_else(|| find(text, NEAR, b'\n')),
        None => find(text, 0, b'\n'),
    }
}

/// The header field that begins at `start`, however it is written; `None` when its line does not end.
#[cold]
fn index_field(buffer: &[u8], start: usize) -> Option<HeaderField> {
    let end = field_end(buffer, start)?;
    let whole = Span::from_offsets(start, end);
    let line = whole.of(buffer);
    let length = line.iter().take_while(|byte| is_token(**byte)).count();
    let after = line.get(length..).unwrap_or_default();
    let blanks = after
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    if length == 0 || after.get(blanks) != Some(&b':') {
        let name = Span::from_offsets(start, start);
        let value = trimmed(buffer, start, end);
        let field = HeaderField::new(HeaderId::Malformed, name, value, whole);
        return field.or_else(|| all_value(whole));
    }
    let name = Span::from_offsets(start, start + length);
    let id = HeaderId::from_name(name.of(buffer));
    let value = trimmed(buffer, start + length + blanks + 1, end);
    HeaderField::new(id, name, value, whole).or_else(|| all_value(whole))
}

/// A field with a name or blanks too long to be taken seriously: all of it is value.
#[cold]
fn all_value(whole: Span) -> Option<HeaderField> {
    HeaderField::new(HeaderId::Malformed, Span::point(whole.start), whole, whole)
}

/// After the line end of the header field that `from` lies in; lines that begin with a blank continue it.
#[inline]
fn field_end(buffer: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at = find(buffer, at, b'\n')? + 1;
        if !matches!(buffer.get(at), Some(b' ' | b'\t')) {
            return Some(at);
        }
    }
}

/// Several Content-Length fields must agree: where they differ, the next element could see another message than we do.
#[cold]
fn agreed_length(inner: &Inner, buffer: &[u8]) -> Result<u32, FieldError> {
    let first = inner.typed.content_length;
    let is_length = |field: &&HeaderField| field.id == HeaderId::ContentLength;
    for field in inner.headers.iter().filter(is_length) {
        if read_length(buffer, field) != first {
            return first.and(Err(malformed(field, field.value().start)));
        }
    }
    first
}

/// The first line, `buffer[..end]`, may have blanks at its end, a request also more than one behind its URI (RFC 4475 §3.1.2.9 and
/// following leave that to the receiver). Observed on 5.6.3: one blank is behind the method, and one at each side of a status.
fn parse_start_line(buffer: &[u8], end: usize) -> Result<StartLine, ParseError> {
    let line = trimmed(buffer, 0, end).of(buffer);
    let first = find(line, 0, b' ').ok_or(ParseError::FirstLine)?;
    let word = line.get(..first).unwrap_or_default();
    if let Some(protocol) = protocol(word) {
        return parse_status_line(buffer, first, end, protocol);
    }
    let last = memrchr(b' ', line)
        .filter(|last| *last > first)
        .ok_or(ParseError::FirstLine)?;
    let protocol =
        protocol(line.get(last + 1..).unwrap_or_default()).ok_or(ParseError::FirstLine)?;
    let uri = trimmed(buffer, first + 1, last);
    let is_behind_one_blank = uri.start as usize == first + 1;
    let is_one_word = !uri.is_empty() && !uri.of(buffer).iter().any(|byte| *byte <= b' ');
    // COMPAT: 5.6.3 takes any octets for a method.
    let is_method = !word.is_empty() && word.iter().all(|byte| !is_blank(*byte) && *byte != 0);
    if !is_behind_one_blank || !is_one_word || !is_method {
        return Err(ParseError::FirstLine);
    }
    Ok(StartLine::Request {
        method: Method::from_name(word),
        method_name: Span::from_offsets(0, first),
        uri,
        version: Span::from_offsets(last + 1, line.len()),
        protocol,
    })
}

fn parse_status_line(
    buffer: &[u8],
    version_end: usize,
    end: usize,
    protocol: Protocol,
) -> Result<StartLine, ParseError> {
    let status_span = Span::from_offsets(version_end + 1, version_end + 4);
    let is_status = |digits: &[u8]| digits.len() == 3 && digits.iter().all(u8::is_ascii_digit);
    let status = Some(status_span.of(buffer))
        .filter(|digits| is_status(digits))
        .and_then(decimal)
        .and_then(|status| u16::try_from(status).ok())
        .ok_or(ParseError::FirstLine)?;
    if !matches!(buffer.get(version_end + 4), Some(b' ' | b'\t')) {
        return Err(ParseError::FirstLine);
    }
    let line = buffer.get(..end).unwrap_or_default();
    let end = line.strip_suffix(b"\r").map_or(end, <[u8]>::len);
    let blanks = line.get(version_end + 4..).unwrap_or_default();
    let blanks = blanks.iter().take_while(|byte| is_blank(**byte)).count();
    let reason = (version_end + 4 + blanks).min(end);
    Ok(StartLine::Response {
        version: Span::from_offsets(0, version_end),
        protocol,
        status,
        status_span,
        reason: Span::from_offsets(reason, end),
    })
}

/// The protocol that a version names; `None` when it is no version.
#[inline]
fn protocol(version: &[u8]) -> Option<Protocol> {
    match version {
        b"SIP/2.0" => Some(Protocol::Sip),
        [_, _, _, _, b'/', major, b'.', minor]
            if stdx::ascii::starts_with_ignore_case(version, b"HTTP")
                && major.is_ascii_digit()
                && minor.is_ascii_digit() =>
        {
            Some(Protocol::Http)
        }
        [_, _, _, b'/', number @ ..] if stdx::ascii::starts_with_ignore_case(version, b"SIP") => {
            let is_number = number.first().is_some_and(u8::is_ascii_digit)
                && number
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || *byte == b'.');
            match number {
                b"2.0" => Some(Protocol::Sip),
                _ => is_number.then_some(Protocol::OtherSip),
            }
        }
        _ => None,
    }
}
