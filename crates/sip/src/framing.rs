//! Cutting a stream of octets into messages.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;
use stdx::number::parse_u64;

use crate::HeaderId;
use crate::scan::{find, is_token, trimmed};

/// Cuts what arrives on a TCP or TLS connection into messages (RFC 3261 §18.3) and keep-alives (RFC 5626 §3.5.1). Knows no
/// socket: octets are fed in, frames are taken out.
///
/// A frame shares the buffer that it was received into; nothing is copied. An idle connection holds no buffer.
#[derive(Debug)]
pub struct StreamFramer {
    limits: FramingLimits,
    buffer: BytesMut,
    /// What the octets at the start of the buffer are known to be.
    state: State,
    /// NULs and blanks passed since the last frame.
    passed: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In a header section; no line that ends before this offset begins the empty line.
    Headers { scanned: usize },
    /// A message of that many octets, not yet all here.
    Body { length: usize, is_http: bool },
    /// The stream cannot be understood any more.
    Broken(FramingError),
}

/// What a [`StreamFramer`] lets pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FramingLimits {
    /// Octets of the largest message, header section and body.
    pub message_bytes: usize,
    /// What a SIP message without Content-Length means (`tcp_accept_no_cl`).
    pub without_content_length: WithoutContentLength,
}

/// What a SIP message without Content-Length means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WithoutContentLength {
    /// A mistake, as RFC 3261 §18.3 has it.
    Refuse,
    /// A message without body.
    NoBody,
}

impl Default for FramingLimits {
    fn default() -> FramingLimits {
        FramingLimits {
            message_bytes: 65_536,
            without_content_length: WithoutContentLength::Refuse,
        }
    }
}

/// What was cut from a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Frame {
    /// A whole SIP message, or a whole STUN message (RFC 5389 §7.2.2), which begins with an octet that no SIP message has.
    Message(Bytes),
    /// A whole HTTP message.
    Http(Bytes),
    /// The header section of an HTTP message whose sender waits to be told that its body is wanted (RFC 9110 §10.1.1): the message
    /// is the next frame.
    Expectation,
    /// A double CRLF between messages, to be answered by one CRLF.
    KeepAlive,
}

/// Why a stream cannot be cut any further; the connection is of no more use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FramingError {
    /// More octets than the limit.
    #[error("message too large")]
    TooLarge,
    /// Not a number, or several that differ.
    #[error("malformed Content-Length")]
    BadContentLength,
    /// None, where that is not accepted.
    #[error("no Content-Length")]
    NoContentLength,
    /// An HTTP message with a transfer coding, which is not supported.
    #[error("transfer coding")]
    TransferCoding,
    /// The first line is no request line or status line.
    #[error("not SIP")]
    NotSip,
}

impl StreamFramer {
    /// A framer at the beginning of a stream.
    pub fn new(limits: FramingLimits) -> StreamFramer {
        StreamFramer {
            limits,
            buffer: BytesMut::new(),
            state: State::Headers { scanned: 0 },
            passed: 0,
        }
    }

    /// Its limits.
    pub fn limits(&self) -> &FramingLimits {
        &self.limits
    }

    /// Takes over octets that have been read.
    pub fn feed(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// The buffer to read a socket into, with room for at least `room` octets. After reading, call [`StreamFramer::next`] until
    /// it has no more frames.
    pub fn read_buffer(&mut self, room: usize) -> &mut BytesMut {
        self.buffer.reserve(room);
        &mut self.buffer
    }

    /// Octets that are held because their message is not complete.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame, or `None` until more octets are fed.
    ///
    /// # Errors
    /// When the stream cannot be understood; every later call returns the same error.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would end at the first `None`"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, FramingError> {
        loop {
            let step = match self.state {
                State::Broken(error) => return Err(error),
                State::Headers { scanned: 0 } => self.skip_to_message(),
                State::Headers { scanned } => self.find_headers_end(scanned),
                State::Body { length, is_http } => return Ok(self.take(length, is_http)),
            };
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Wait) => return Ok(None),
                Ok(Step::Frame(frame)) => {
                    self.passed = 0;
                    return Ok(Some(frame));
                }
                Err(error) => {
                    self.state = State::Broken(error);
                    self.buffer = BytesMut::new();
                    return Err(error);
                }
            }
        }
    }

    /// Between messages: line ends mean nothing, unless they come as CRLFCRLF. Neither do the blanks and NULs with which some
    /// phones behind NAT keep their connection open (observed on 5.6.3).
    fn skip_to_message(&mut self) -> Result<Step, FramingError> {
        match self.buffer[..] {
            [] => {
                self.buffer = BytesMut::new();
                Ok(Step::Wait)
            }
            [b'\r', b'\n', b'\r', b'\n', ..] => {
                self.buffer.advance(4);
                Ok(Step::Frame(Frame::KeepAlive))
            }
            [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => Ok(Step::Wait),
            [b'\r', b'\n', ..] => {
                self.buffer.advance(2);
                Ok(Step::Again)
            }
            [b'\r' | b'\n', ..] => {
                self.buffer.advance(1);
                Ok(Step::Again)
            }
            [b' ' | b'\t', ..] | [0, 0, ..] => self.pass_one(),
            [0 | 1, ..] => self.measure_stun(),
            [first, ..] if is_token(first) => self.find_headers_end(0),
            _ => Err(FramingError::NotSip),
        }
    }

    /// Passes an octet that means nothing; a peer that sends nothing else is let go in the end.
    fn pass_one(&mut self) -> Result<Step, FramingError> {
        self.passed += 1;
        if self.passed > self.limits.message_bytes {
            return Err(FramingError::TooLarge);
        }
        self.buffer.advance(1);
        Ok(Step::Again)
    }

    /// A STUN message tells its length in its header.
    fn measure_stun(&mut self) -> Result<Step, FramingError> {
        let Some([first, _, high, low, cookie @ ..]) = self.buffer.get(..STUN_COOKIE_END) else {
            return Ok(Step::Wait);
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match *first {
            _ if cookie == STUN_COOKIE && length.is_multiple_of(4) => {}
            0 => return self.pass_one(),
            _ => return Err(FramingError::NotSip),
        }
        if STUN_HEADER + length > self.limits.message_bytes {
            return Err(FramingError::TooLarge);
        }
        self.state = State::Body {
            length: STUN_HEADER + length,
            is_http: false,
        };
        Ok(Step::Again)
    }

    /// Looks for the empty line from `scanned` on.
    fn find_headers_end(&mut self, scanned: usize) -> Result<Step, FramingError> {
        let mut at = scanned;
        while let Some(found) = find(&self.buffer, at, b'\n') {
            let line_end = found + 1;
            let after = match self.buffer.get(line_end..).unwrap_or_default() {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                // The line end has to be looked at again when more is here.
                [] | [b'\r'] => break,
                _ => 0,
            };
            if after > 0 {
                return self.measure(line_end + after);
            }
            at = line_end;
        }
        if self.buffer.len() >= self.limits.message_bytes {
            return Err(FramingError::TooLarge);
        }
        // Never 0, which stands for a message that has not begun.
        self.state = State::Headers { scanned: at.max(1) };
        Ok(Step::Wait)
    }

    /// The header section of `section` octets is here: how long is the message?
    fn measure(&mut self, section: usize) -> Result<Step, FramingError> {
        // Before anything else, as when the section comes in pieces.
        if section > self.limits.message_bytes {
            return Err(FramingError::TooLarge);
        }
        let headers = self.buffer.get(..section).unwrap_or_default();
        let (kind, first) = first_line(headers)?;
        let is_http = kind == Kind::Http;
        let length = match content_length(headers, first, is_http)? {
            Some(length) => length,
            None if is_http
                || self.limits.without_content_length == WithoutContentLength::NoBody =>
            {
                0
            }
            None => return Err(FramingError::NoContentLength),
        };
        let total = section.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        if total > self.limits.message_bytes {
            return Err(FramingError::TooLarge);
        }
        let is_awaited = is_http && self.buffer.len() < total && is_expecting(headers);
        self.state = State::Body {
            length: total,
            is_http,
        };
        Ok(match is_awaited {
            true => Step::Frame(Frame::Expectation),
            false => Step::Again,
        })
    }

    fn take(&mut self, length: usize, is_http: bool) -> Option<Frame> {
        if self.buffer.len() < length {
            return None;
        }
        let octets = self.buffer.split_to(length).freeze();
        self.passed = 0;
        self.state = State::Headers { scanned: 0 };
        Some(if is_http {
            Frame::Http(octets)
        } else {
            Frame::Message(octets)
        })
    }
}

/// Octets of the header of a STUN message, and those in it that all have (RFC 5389 §6).
const STUN_HEADER: usize = 20;
const STUN_COOKIE_END: usize = 8;
const STUN_COOKIE: [u8; 4] = 0x2112_A442_u32.to_be_bytes();

enum Step {
    Again,
    Wait,
    Frame(Frame),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sip,
    Http,
}

/// Which protocol the first line speaks and where the second begins.
fn first_line(headers: &[u8]) -> Result<(Kind, usize), FramingError> {
    let end = memchr(b'\n', headers).ok_or(FramingError::NotSip)?;
    let line = trimmed(headers, 0, end).of(headers);
    let first = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let last = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let speaks = |word: &[u8], name: &[u8]| stdx::ascii::starts_with_ignore_case(word, name);
    if speaks(first, b"HTTP/") || speaks(last, b"HTTP/") {
        Ok((Kind::Http, end + 1))
    } else if speaks(first, b"SIP/") || speaks(last, b"SIP/") {
        Ok((Kind::Sip, end + 1))
    } else {
        Err(FramingError::NotSip)
    }
}

/// Whether the sender of an HTTP header section waits for a 100 (RFC 9110 §10.1.1) before it sends the body.
fn is_expecting(headers: &[u8]) -> bool {
    let mut lines = headers.split(|byte| *byte == b'\n');
    let request = lines.next().map(stdx::ascii::trim).unwrap_or_default();
    let asks = |line: &[u8]| {
        let colon = memchr(b':', line)?;
        let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let value = stdx::ascii::trim(value);
        Some(
            stdx::ascii::trim_end(name).eq_ignore_ascii_case(b"Expect")
                && value.eq_ignore_ascii_case(b"100-continue"),
        )
    };
    !request.ends_with(b"/1.0") && lines.any(|line| asks(line) == Some(true))
}

/// The Content-Length in a header section whose second line begins at `first`.
fn content_length(
    headers: &[u8],
    first: usize,
    is_http: bool,
) -> Result<Option<u64>, FramingError> {
    let mut found = None;
    let mut start = first;
    while let Some((name, value, end)) = header_line(headers, start) {
        let id = match name.len() {
            1 | 14 | 17 => HeaderId::from_name(name),
            // Neither of the two.
            _ => HeaderId::Other,
        };
        match id {
            HeaderId::ContentLength => {
                let length = parse_u64(value).ok_or(FramingError::BadContentLength)?;
                if found.is_some_and(|before| before != length) {
                    return Err(FramingError::BadContentLength);
                }
                found = Some(length);
            }
            HeaderId::TransferEncoding if is_http && !value.eq_ignore_ascii_case(b"identity") => {
                return Err(FramingError::TransferCoding);
            }
            _ => {}
        }
        start = end;
    }
    Ok(found)
}

/// Name and value of the header field at `start`, if it may be one that tells a length, and where the next one begins.
fn header_line(headers: &[u8], start: usize) -> Option<(&[u8], &[u8], usize)> {
    let mut end = start;
    loop {
        end = find(headers, end, b'\n')? + 1;
        if !matches!(headers.get(end), Some(b' ' | b'\t')) {
            break;
        }
    }
    let line = headers.get(start..end)?;
    // All others are only passed.
    let may_tell = matches!(line.first(), Some(b'C' | b'c' | b'L' | b'l' | b'T' | b't'));
    let Some(colon) = may_tell.then(|| find(line, 0, b':')).flatten() else {
        return Some((&[], &[], end));
    };
    let name = stdx::ascii::trim_end(line.get(..colon)?);
    Some((name, stdx::ascii::trim(line.get(colon + 1..)?), end))
}

#[cfg(test)]
mod tests;
