//! A received message: its octets and where everything in them is.

mod fields;
mod index;

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{
    CSeq, FieldError, HeaderId, Method, NameAddr, ParseError, Span, UriError, UriSpans, Via,
};
pub use fields::{Addresses, Contacts, Vias};

/// Larger messages are refused.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Messages with more header fields are refused.
pub const MAX_HEADER_FIELDS: usize = 4096;

/// Header fields that the index holds without a second allocation.
const INLINE_HEADER_FIELDS: usize = 20;

/// A SIP message (or an HTTP message that came to a SIP port): the octets as received and an index of its header fields.
///
/// Parsing finds header fields and reads those that every message is asked for; what is in others is read when somebody asks.
/// Cloning costs a reference count, nothing is ever borrowed from where the octets came from, and no edit changes a message
/// ([`crate::Edits`]).
#[derive(Clone)]
pub struct Message {
    inner: Arc<Inner>,
}

struct Inner {
    buffer: Bytes,
    start_line: StartLine,
    headers: SmallVec<[HeaderField; INLINE_HEADER_FIELDS]>,
    /// Which header fields occur, as [`HeaderId::bit`].
    present: u128,
    /// Which of them occur more than once.
    repeated: u128,
    /// Start of the empty line after the header fields.
    headers_end: u32,
    /// After that empty line.
    payload_start: u32,
    /// The first header field that a reader cannot get past, by its place among them.
    stumble: Option<u16>,
    typed: Typed,
}

impl Inner {
    #[inline]
    fn empty(buffer: Bytes) -> Inner {
        Inner {
            buffer,
            start_line: StartLine::Response {
                version: Span::EMPTY,
                protocol: Protocol::Sip,
                status: 0,
                status_span: Span::EMPTY,
                reason: Span::EMPTY,
            },
            headers: SmallVec::new(),
            present: 0,
            repeated: 0,
            headers_end: 0,
            payload_start: 0,
            stumble: None,
            typed: Typed {
                uri: Err(UriError::Scheme),
                top_via: None,
                from: None,
                from_uri: OnceLock::new(),
                to: None,
                to_uri: OnceLock::new(),
                cseq: None,
                content_length: Err(FieldError::Missing(HeaderId::ContentLength)),
            },
        }
    }
}

/// What is known of the first of each of these header fields: its parts, or the offset where the reader gave up. Every SIP message
/// is asked for all of them but the URI of From.
struct Typed {
    uri: Result<UriSpans, UriError>,
    top_via: Option<Result<Via, usize>>,
    from: Option<Result<NameAddr, usize>>,
    from_uri: OnceLock<Result<UriSpans, UriError>>,
    to: Option<Result<NameAddr, usize>>,
    to_uri: OnceLock<Result<UriSpans, UriError>>,
    cseq: Option<Result<CSeq, usize>>,
    content_length: Result<u32, FieldError>,
}

/// The first line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartLine {
    /// `INVITE sip:bob@example.com SIP/2.0`
    Request {
        /// The method.
        method: Method,
        /// Its name.
        method_name: Span,
        /// The Request-URI.
        uri: Span,
        /// `SIP/2.0`
        version: Span,
        /// Which protocol the version names.
        protocol: Protocol,
    },
    /// `SIP/2.0 200 OK`
    Response {
        /// `SIP/2.0`
        version: Span,
        /// Which protocol the version names.
        protocol: Protocol,
        /// Three digits; below 100 it is none that an RFC knows.
        status: u16,
        /// The three digits.
        status_span: Span,
        /// Reason phrase; may be empty.
        reason: Span,
    },
}

/// Which protocol a message speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// `SIP/2.0`
    Sip,
    /// SIP of another version, to be answered 505.
    OtherSip,
    /// `HTTP/1.1`, or any other version of it
    Http,
}

/// Request or response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Has a method and a Request-URI.
    Request,
    /// Has a status and a reason phrase.
    Response,
}

/// Where a header field is: sixteen octets, for every message has many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeaderField {
    start: u32,
    value_length: u32,
    name_length: u16,
    /// From the start to the value.
    value_after: u16,
    /// From the end of the value to the end of the last line.
    rest: u16,
    /// Which one it is.
    pub id: HeaderId,
}

impl HeaderField {
    /// A field whose parts lie in `whole`, in this order; `None` when there are more than 65,535 octets of name or of blanks.
    #[inline]
    fn new(id: HeaderId, name: Span, value: Span, whole: Span) -> Option<HeaderField> {
        Some(HeaderField {
            start: whole.start,
            value_length: value.len(),
            name_length: u16::try_from(name.len()).ok()?,
            value_after: u16::try_from(value.start - whole.start).ok()?,
            rest: u16::try_from(whole.end - value.end).ok()?,
            id,
        })
    }

    /// The name as written, without blanks before the colon.
    #[inline]
    pub const fn name(&self) -> Span {
        Span::new(self.start, self.start + self.name_length as u32)
    }

    /// The value without blanks at either side; folds inside stay.
    #[inline]
    pub const fn value(&self) -> Span {
        let start = self.start + self.value_after as u32;
        Span::new(start, start + self.value_length)
    }

    /// From the name to the line end of the last line, included.
    #[inline]
    pub const fn whole(&self) -> Span {
        Span::new(self.start, self.value().end + self.rest as u32)
    }
}

impl Message {
    /// Indexes a message. Empty lines in front of it are skipped (and are not part of [`Message::buffer`]); octets beyond its
    /// Content-Length are kept in the buffer but are not its body.
    ///
    /// # Errors
    /// When it is no message at all. Faults in single header fields are found by who asks for them.
    pub fn parse(bytes: Bytes) -> Result<Message, ParseError> {
        let mut inner = Arc::new(Inner::empty(bytes));
        if let Some(inner) = Arc::get_mut(&mut inner) {
            index::index(inner)?;
        }
        Ok(Message { inner })
    }

    /// Gives the index up, which is longer than most messages: the octets, to be parsed again when they are needed.
    ///
    /// # Errors
    /// The message itself while others share it: its index would stay.
    pub fn into_octets(self) -> Result<Bytes, Message> {
        match Arc::try_unwrap(self.inner) {
            Ok(inner) => Ok(inner.buffer),
            Err(inner) => Err(Message { inner }),
        }
    }

    /// The octets from the first line on, as received.
    #[inline]
    pub fn buffer(&self) -> &Bytes {
        &self.inner.buffer
    }

    /// The octets of `span`.
    #[inline]
    pub fn text(&self, span: Span) -> &[u8] {
        span.of(&self.inner.buffer)
    }

    /// The octets of `span`, sharing the buffer; empty when it does not lie in the buffer.
    pub fn slice(&self, span: impl Into<Span>) -> Bytes {
        let span = span.into();
        if span.is_empty() || span.end as usize > self.inner.buffer.len() {
            return Bytes::new();
        }
        self.inner.buffer.slice(span.range())
    }

    /// The first line.
    #[inline]
    pub fn start_line(&self) -> &StartLine {
        &self.inner.start_line
    }

    /// Request or response.
    #[inline]
    pub fn kind(&self) -> Kind {
        match self.inner.start_line {
            StartLine::Request { .. } => Kind::Request,
            StartLine::Response { .. } => Kind::Response,
        }
    }

    /// Whether it is a request.
    #[inline]
    pub fn is_request(&self) -> bool {
        self.kind() == Kind::Request
    }

    /// Whether its version says HTTP.
    #[inline]
    pub fn is_http(&self) -> bool {
        self.protocol() == Protocol::Http
    }

    /// Which protocol its version names.
    #[inline]
    pub fn protocol(&self) -> Protocol {
        match self.inner.start_line {
            StartLine::Request { protocol, .. } | StartLine::Response { protocol, .. } => protocol,
        }
    }

    /// The version as written: `SIP/2.0`.
    #[inline]
    pub fn version(&self) -> &[u8] {
        match self.inner.start_line {
            StartLine::Request { version, .. } | StartLine::Response { version, .. } => {
                self.text(version)
            }
        }
    }

    /// Method of a request; that of the CSeq for a response ([`Method::Other`] when it has none).
    #[inline]
    pub fn method(&self) -> Method {
        match self.inner.start_line {
            StartLine::Request { method, .. } => method,
            StartLine::Response { .. } => self.cseq().map_or(Method::Other, |cseq| cseq.method),
        }
    }

    /// Name of [`Message::method`]; empty for a response without CSeq.
    pub fn method_name(&self) -> &[u8] {
        match self.inner.start_line {
            StartLine::Request { method_name, .. } => self.text(method_name),
            StartLine::Response { .. } => {
                self.cseq().map_or(&[], |cseq| self.text(cseq.method_name))
            }
        }
    }

    /// Request-URI as received; empty for a response.
    #[inline]
    pub fn request_uri(&self) -> &[u8] {
        self.text(self.request_uri_span())
    }

    /// Where the Request-URI is; empty for a response.
    #[inline]
    pub fn request_uri_span(&self) -> Span {
        match self.inner.start_line {
            StartLine::Request { uri, .. } => uri,
            StartLine::Response { .. } => Span::EMPTY,
        }
    }

    /// Status of a response, 0 for a request.
    #[inline]
    pub fn status(&self) -> u16 {
        match self.inner.start_line {
            StartLine::Request { .. } => 0,
            StartLine::Response { status, .. } => status,
        }
    }

    /// Reason phrase of a response; empty for a request.
    pub fn reason(&self) -> &[u8] {
        match self.inner.start_line {
            StartLine::Request { .. } => &[],
            StartLine::Response { reason, .. } => self.text(reason),
        }
    }

    /// All header fields in order, malformed lines included ([`HeaderId::Malformed`]).
    #[inline]
    pub fn headers(&self) -> &[HeaderField] {
        &self.inner.headers
    }

    /// The first header field that 5.6.3 cannot get past, by its place among them: a line that is none, a Content-Length that is no
    /// number, and in a request the second of what there can be one of. Nothing is answered to such a message, and no
    /// transaction comes of it.
    #[inline]
    pub fn stumble(&self) -> Option<usize> {
        self.inner.stumble.map(usize::from)
    }

    /// Whether all header fields of `bits`, as [`HeaderId::bit`], are there before [`Message::stumble`].
    #[inline]
    pub fn reads(&self, bits: u128) -> bool {
        let Some(readable) = self.stumble() else {
            return self.inner.present & bits == bits;
        };
        let fields = self.headers().iter().take(readable);
        bits & !fields.fold(0, |seen, field| seen | field.id.bit()) == 0
    }

    /// Whether there is such a header field.
    #[inline]
    pub fn has(&self, id: HeaderId) -> bool {
        self.inner.present & id.bit() != 0
    }

    /// Whether there are several such header fields.
    #[inline]
    pub fn repeats(&self, id: HeaderId) -> bool {
        self.inner.repeated & id.bit() != 0
    }

    /// The first header field of that kind.
    #[inline]
    pub fn header(&self, id: HeaderId) -> Option<&HeaderField> {
        if !self.has(id) {
            return None;
        }
        self.inner.headers.iter().find(|field| field.id == id)
    }

    /// All header fields of that kind, in order.
    #[inline]
    pub fn headers_of(
        &self,
        id: HeaderId,
    ) -> impl DoubleEndedIterator<Item = &HeaderField> + Clone {
        let fields = if self.has(id) { self.headers() } else { &[] };
        fields.iter().filter(move |field| field.id == id)
    }

    /// All header fields of that name, in order: in any case, and a compact form stands for its full name.
    pub fn headers_named<'a>(
        &'a self,
        name: &'a [u8],
    ) -> impl DoubleEndedIterator<Item = &'a HeaderField> + Clone {
        let id = HeaderId::from_name(name);
        self.headers_of(id).filter(move |field| {
            id != HeaderId::Other || self.text(field.name()).eq_ignore_ascii_case(name)
        })
    }

    /// The name of a header field of this message, as written.
    #[inline]
    pub fn name(&self, field: &HeaderField) -> &[u8] {
        self.text(field.name())
    }

    /// The value of a header field of this message, without blanks at either side.
    #[inline]
    pub fn value(&self, field: &HeaderField) -> &[u8] {
        self.text(field.value())
    }

    /// The value of the first header field of that kind.
    #[inline]
    pub fn value_of(&self, id: HeaderId) -> Option<&[u8]> {
        self.header(id).map(|field| self.value(field))
    }

    /// Start of the first header field, which is the end of the first line.
    pub fn headers_start(&self) -> u32 {
        self.inner
            .headers
            .first()
            .map_or(self.inner.headers_end, |field| field.whole().start)
    }

    /// Start of the empty line that ends the header fields: where one appends.
    #[inline]
    pub fn headers_end(&self) -> u32 {
        self.inner.headers_end
    }

    /// Where the body is: from behind the empty line, as many octets as Content-Length says (or as there are).
    #[inline]
    pub fn body_span(&self) -> Span {
        let available = self.inner.buffer.len() as u32 - self.inner.payload_start;
        let length = self
            .inner
            .typed
            .content_length
            .map_or(available, |length| length.min(available));
        Span::new(self.inner.payload_start, self.inner.payload_start + length)
    }

    /// The body.
    #[inline]
    pub fn body(&self) -> &[u8] {
        self.text(self.body_span())
    }

    /// Everything behind the empty line, octets beyond the Content-Length included. With a right Content-Length it equals
    /// [`Message::body`].
    #[inline]
    pub fn payload(&self) -> &[u8] {
        self.inner
            .buffer
            .get(self.inner.payload_start as usize..)
            .unwrap_or_default()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self
            .inner
            .buffer
            .split(|byte| matches!(byte, b'\r' | b'\n'))
            .next()
            .unwrap_or_default();
        write!(
            f,
            "Message({}, {} octets)",
            line.escape_ascii(),
            self.inner.buffer.len()
        )
    }
}

#[cfg(test)]
mod tests;
