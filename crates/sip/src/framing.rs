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
        self.state = State::Body {
            length: total,
            is_http,
        };
        Ok(Step::Again)
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
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:a SIP/2.0\r\nVia: x\r\nContent-Length: 5\r\n\r\nhello";
    const BYE: &str = "BYE sip:a SIP/2.0\nl : 0\n\n";
    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[test]
    fn stun_is_cut_by_the_length_in_its_header() {
        let mut request = vec![0, 1, 0, 4];
        request.extend(STUN_COOKIE);
        request.extend([7; 16]);
        let mut stream = request.clone();
        stream.extend(&request);
        stream.extend(INVITE.as_bytes());
        for step in [1, 7, stream.len()] {
            let mut framer = StreamFramer::new(FramingLimits::default());
            let mut frames = Vec::new();
            for piece in stream.chunks(step) {
                framer.feed(piece);
                while let Some(frame) = framer.next().unwrap() {
                    frames.push(frame);
                }
            }
            let stun = || Frame::Message(Bytes::copy_from_slice(&request));
            let invite = Frame::Message(Bytes::from_static(INVITE.as_bytes()));
            assert_eq!(frames, [stun(), stun(), invite]);
        }
    }

    #[test]
    fn what_begins_like_stun_and_has_no_cookie_ends_the_stream() {
        let mut framer = StreamFramer::new(FramingLimits::default());
        framer.feed(&[0, 1, 0, 0]);
        assert_eq!(framer.next(), Ok(None));
        framer.feed(&[9; 16]);
        assert_eq!(framer.next(), Err(FramingError::NotSip));
    }

    /// Feeds `stream` in pieces of `step` octets and notes what comes out.
    fn cut(stream: &str, step: usize, limits: FramingLimits) -> Vec<String> {
        let mut framer = StreamFramer::new(limits);
        let mut found = Vec::new();
        for piece in stream.as_bytes().chunks(step) {
            framer.feed(piece);
            loop {
                match framer.next() {
                    Ok(None) => break,
                    Ok(Some(Frame::KeepAlive)) => found.push("keep-alive".to_owned()),
                    Ok(Some(Frame::Message(octets))) => {
                        found.push(String::from_utf8(octets.to_vec()).unwrap())
                    }
                    Ok(Some(Frame::Http(octets))) => found.push(format!("http {}", octets.len())),
                    Err(error) => {
                        assert_eq!(framer.next(), Err(error), "errors last");
                        found.push(error.to_string());
                        return found;
                    }
                }
            }
        }
        found
    }

    fn check(stream: &str, expected: &[&str]) {
        for step in 1..=stream.len().max(1) {
            assert_eq!(
                cut(stream, step, FramingLimits::default()),
                expected,
                "{stream:?} by {step}"
            );
        }
    }

    #[test]
    fn messages_are_cut_wherever_the_stream_is_split() {
        check(INVITE, &[INVITE]);
        check(
            &format!("{INVITE}{BYE}{GET}{INVITE}"),
            &[INVITE, BYE, "http 27", INVITE],
        );
        check(&format!("\r\n{INVITE}\r\n\n{BYE}"), &[INVITE, BYE]);
        let folded = "BYE sip:a SIP/2.0\r\nContent-Length:\r\n 2\r\nl: 2\r\n\r\nhi";
        check(folded, &[folded]);
    }

    #[test]
    fn double_line_ends_between_messages_are_keep_alives() {
        check("\r\n\r\n", &["keep-alive"]);
        check(
            &format!("\r\n\r\n\r\n\r\n{INVITE}\r\n\r\n{BYE}\r\n"),
            &["keep-alive", "keep-alive", INVITE, "keep-alive", BYE],
        );
        check("\r\n", &[]);
    }

    #[test]
    fn blanks_and_nuls_between_messages_are_passed() {
        check(&format!(" \t  {INVITE} \r\n\t{BYE}"), &[INVITE, BYE]);
        check(&format!("\0{INVITE}\0\0\0\0\0{BYE}\0"), &[INVITE, BYE]);
        check(" \r\n\r\n", &["keep-alive"]);
        check("\r\n \r\n", &[]);
        check(&format!("\0 \0\t\r\n{GET}"), &["http 27"]);
    }

    #[test]
    fn nothing_but_blanks_and_nuls_ends_the_stream() {
        let limits = FramingLimits {
            message_bytes: 64,
            ..FramingLimits::default()
        };
        for octet in [" ", "\t", "\0"] {
            let least = format!("{}{BYE}", octet.repeat(64));
            assert_eq!(cut(&least, 7, limits), [BYE]);
            assert_eq!(cut(&octet.repeat(80), 7, limits), ["message too large"]);
        }
    }

    #[test]
    fn bad_lengths_end_the_stream() {
        let with = |lines: &str| format!("BYE sip:a SIP/2.0\r\n{lines}\r\n");
        for bad in [
            "l: -1\r\n",
            "l: 5abc\r\n",
            "Content-Length:\r\n",
            "l: 99999999999999999999\r\n",
            "l: 1\r\nl: 2\r\n",
        ] {
            check(&with(bad), &["malformed Content-Length"]);
        }
        check(&with(""), &["no Content-Length"]);
        let coded = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(coded, &["transfer coding"]);
        check(&with("l: 99999\r\n"), &["message too large"]);
        check(&with("l: 18446744073709551615\r\n"), &["message too large"]);
    }

    #[test]
    fn what_is_not_sip_ends_the_stream() {
        check("garbage\r\n\r\n", &["not SIP"]);
        check("\u{16}\u{3}\u{1}", &["not SIP"]);
    }

    #[test]
    fn a_missing_content_length_may_mean_no_body() {
        let limits = FramingLimits {
            without_content_length: WithoutContentLength::NoBody,
            ..FramingLimits::default()
        };
        let bare = "BYE sip:a SIP/2.0\r\nVia: x\r\n\r\n";
        assert_eq!(cut(&format!("{bare}{INVITE}"), 7, limits), [bare, INVITE]);
    }

    #[test]
    fn buffering_is_bounded() {
        let limits = FramingLimits {
            message_bytes: 64,
            ..FramingLimits::default()
        };
        for stream in [
            "BYE ".repeat(100),
            format!("BYE sip:a SIP/2.0\r\n{}", "A: b\r\n".repeat(100)),
        ] {
            let mut framer = StreamFramer::new(limits);
            let mut error = None;
            for octet in stream.as_bytes() {
                framer.feed(&[*octet]);
                if let Err(found) = framer.next() {
                    error = Some(found);
                    break;
                }
                assert!(framer.buffered() <= 64);
            }
            assert_eq!(
                (error, framer.buffered()),
                (Some(FramingError::TooLarge), 0)
            );
        }
    }

    #[test]
    fn frames_share_the_buffer_they_arrived_in() {
        let mut framer = StreamFramer::new(FramingLimits::default());
        let buffer = framer.read_buffer(4096);
        buffer.extend_from_slice(format!("{INVITE}{BYE}GET").as_bytes());
        let start = buffer.as_ptr();
        let Ok(Some(Frame::Message(first))) = framer.next() else {
            panic!("a message")
        };
        let Ok(Some(Frame::Message(second))) = framer.next() else {
            panic!("a message")
        };
        assert_eq!(first.as_ptr(), start);
        assert_eq!(second.as_ptr(), start.wrapping_add(INVITE.len()));
        assert_eq!(framer.buffered(), b"GET".len());
    }
}
