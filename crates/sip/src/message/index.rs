//! The one pass over a message's octets.

use bytes::{Buf, Bytes};
use memchr::{memchr, memrchr};
use smallvec::SmallVec;

use super::{HeaderField, Inner, MAX_HEADER_FIELDS, MAX_MESSAGE_BYTES, Protocol, StartLine, Typed};
use crate::scan::{decimal, is_token, trimmed};
use crate::{FieldError, HeaderId, Method, ParseError, Span};

pub(super) fn index(mut buffer: Bytes) -> Result<Inner, ParseError> {
    if buffer.len() > MAX_MESSAGE_BYTES {
        return Err(ParseError::TooLarge);
    }
    let leading = buffer
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | b'\0'))
        .count();
    if leading == buffer.len() {
        return Err(ParseError::Empty);
    }
    buffer.advance(leading);
    let line_end = memchr(b'\n', &buffer).ok_or(ParseError::Incomplete)?;
    let start_line = parse_start_line(&buffer, line_end)?;
    let mut inner = Inner {
        start_line,
        headers: SmallVec::new(),
        present: 0,
        headers_end: 0,
        payload_start: 0,
        content_length: Err(FieldError::Missing(HeaderId::ContentLength)),
        typed: Typed::default(),
        buffer: Bytes::new(),
    };
    index_headers(&mut inner, &buffer, line_end + 1)?;
    if inner.payload_start == inner.headers_end {
        // COMPAT: 5.6.3 takes a datagram that ends where the empty line should be. From here on it has one.
        buffer = [&buffer[..], b"\r\n"].concat().into();
        inner.payload_start += 2;
    }
    inner.content_length = content_length(&inner, &buffer);
    inner.buffer = buffer;
    Ok(inner)
}

fn index_headers(inner: &mut Inner, buffer: &[u8], first: usize) -> Result<(), ParseError> {
    let mut start = first;
    loop {
        let empty_line = match buffer.get(start..).unwrap_or_default() {
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
        if inner.headers.len() >= MAX_HEADER_FIELDS {
            return Err(ParseError::TooManyHeaders);
        }
        let end = field_end(buffer, start).ok_or(ParseError::Incomplete)?;
        let field = index_field(buffer, start, end);
        inner.present |= field.id.bit();
        inner.headers.push(field);
        start = end;
    }
}

/// After the line end of the header field that begins at `start`; lines that begin with a blank continue it.
#[inline]
fn field_end(buffer: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr(b'\n', buffer.get(at..)?)? + 1;
        if !matches!(buffer.get(at), Some(b' ' | b'\t')) {
            return Some(at);
        }
    }
}

#[inline]
fn index_field(buffer: &[u8], start: usize, end: usize) -> HeaderField {
    let whole = Span::from_offsets(start, end);
    let line = whole.of(buffer);
    let name_length = line
        .iter()
        .position(|byte| !is_token(*byte))
        .unwrap_or(line.len());
    let blanks = line
        .iter()
        .skip(name_length)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    if name_length == 0 || line.get(name_length + blanks) != Some(&b':') {
        let name = Span::from_offsets(start, start);
        return HeaderField {
            id: HeaderId::Malformed,
            name,
            value: trimmed(buffer, start, end),
            whole,
        };
    }
    let name = Span::from_offsets(start, start + name_length);
    HeaderField {
        id: HeaderId::from_name(name.of(buffer)),
        name,
        value: trimmed(buffer, start + name_length + blanks + 1, end),
        whole,
    }
}

/// Several Content-Length fields must agree: where they differ, the next element could see another message than we do.
fn content_length(inner: &Inner, buffer: &[u8]) -> Result<u32, FieldError> {
    let header = HeaderId::ContentLength;
    let mut found = Err(FieldError::Missing(header));
    if inner.present & header.bit() == 0 {
        return found;
    }
    for field in inner.headers.iter().filter(|field| field.id == header) {
        let malformed = FieldError::Malformed {
            header,
            at: field.value.start,
        };
        let length = decimal(field.value.of(buffer)).ok_or(malformed)?;
        if found.is_ok_and(|before| before != length) {
            return Err(malformed);
        }
        found = Ok(length);
    }
    found
}

/// The first line, `buffer[..end]`, may have blanks at its end and more than one between its parts (RFC 4475 §3.1.2.9 and
/// following leave that to the receiver).
fn parse_start_line(buffer: &[u8], end: usize) -> Result<StartLine, ParseError> {
    let line = trimmed(buffer, 0, end).of(buffer);
    let first = memchr(b' ', line).ok_or(ParseError::FirstLine)?;
    let word = line.get(..first).unwrap_or_default();
    if let Some(protocol) = protocol(word) {
        return parse_status_line(buffer, first, line.len(), protocol);
    }
    let last = memrchr(b' ', line)
        .filter(|last| *last > first)
        .ok_or(ParseError::FirstLine)?;
    let protocol =
        protocol(line.get(last + 1..).unwrap_or_default()).ok_or(ParseError::FirstLine)?;
    let uri = trimmed(buffer, first, last);
    let is_one_word = !uri.is_empty() && !uri.of(buffer).iter().any(|byte| *byte <= b' ');
    if !is_one_word || !word.iter().all(|byte| is_token(*byte)) || word.is_empty() {
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
    let rest = trimmed(buffer, version_end, end);
    let status_span = Span::new(rest.start, rest.end.min(rest.start + 3));
    let status = decimal(status_span.of(buffer)).and_then(|status| u16::try_from(status).ok());
    let status = status
        .filter(|status| *status >= 100)
        .ok_or(ParseError::FirstLine)?;
    if !matches!(
        buffer.get(status_span.end as usize),
        Some(b' ' | b'\t' | b'\r' | b'\n')
    ) {
        return Err(ParseError::FirstLine);
    }
    Ok(StartLine::Response {
        version: Span::from_offsets(0, version_end),
        protocol,
        status,
        status_span,
        reason: trimmed(buffer, status_span.end as usize, end),
    })
}

/// The protocol that a version names; `None` when it is no version.
#[inline]
fn protocol(version: &[u8]) -> Option<Protocol> {
    match version {
        b"SIP/2.0" => Some(Protocol::Sip),
        b"HTTP/1.1" | b"HTTP/1.0" => Some(Protocol::Http),
        _ if version.eq_ignore_ascii_case(b"SIP/2.0") => Some(Protocol::Sip),
        _ => {
            let (name, number) = stdx::ascii::split_once(version, b'/')?;
            let is_number = number.first().is_some_and(u8::is_ascii_digit)
                && number
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || *byte == b'.');
            (name.eq_ignore_ascii_case(b"SIP") && is_number).then_some(Protocol::OtherSip)
        }
    }
}
