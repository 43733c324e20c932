//! Header fields with their values parsed.

use super::{HeaderField, Message, Typed};
use crate::list::CommaList;
use crate::multipart;
use crate::scan::Reader;
use crate::{
    CSeq, Contact, FieldError, HeaderId, NameAddr, RAck, Span, Uri, UriError, UriSpans, Via,
};
use std::sync::OnceLock;

impl Message {
    /// The parsed Request-URI.
    ///
    /// # Errors
    /// See [`Uri::parse`]; a response has none ([`UriError::Scheme`]).
    pub fn uri(&self) -> Result<Uri<'_>, UriError> {
        let text = self.request_uri();
        self.inner.typed.uri.map(|spans| spans.over(text))
    }

    /// The first value of the first Via header field.
    ///
    /// # Errors
    /// When it is missing or malformed.
    #[inline]
    pub fn top_via(&self) -> Result<&Via, FieldError> {
        of_field(&self.inner.typed.top_via, HeaderId::Via)
    }

    /// The Via value below the top one, if there is one.
    ///
    /// # Errors
    /// When the top one or this one is malformed.
    pub fn second_via(&self) -> Option<Result<Via, FieldError>> {
        let top = match self.top_via() {
            Ok(top) => top,
            Err(error) => return Some(Err(error)),
        };
        let mut values = Values::new(self, HeaderId::Via);
        values.skip_to(top.whole.end);
        values.next(Via::read)
    }

    /// All Via values, top first.
    pub fn vias(&self) -> Vias<'_> {
        Vias {
            values: Values::new(self, HeaderId::Via),
        }
    }

    /// From.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn from(&self) -> Result<&NameAddr, FieldError> {
        of_field(&self.inner.typed.from, HeaderId::From)
    }

    /// The parsed URI of From.
    ///
    /// # Errors
    /// See [`Uri::parse`]; a From that is missing or malformed has none ([`UriError::Scheme`]).
    pub fn from_uri(&self) -> Result<Uri<'_>, UriError> {
        self.uri_of(self.from(), &self.inner.typed.from_uri)
    }

    /// To.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn to(&self) -> Result<&NameAddr, FieldError> {
        of_field(&self.inner.typed.to, HeaderId::To)
    }

    /// The parsed URI of To.
    ///
    /// # Errors
    /// See [`Uri::parse`]; a To that is missing or malformed has none ([`UriError::Scheme`]).
    pub fn to_uri(&self) -> Result<Uri<'_>, UriError> {
        self.uri_of(self.to(), &self.inner.typed.to_uri)
    }

    /// The URI of an address, which is parsed once.
    fn uri_of(
        &self,
        address: Result<&NameAddr, FieldError>,
        spans: &OnceLock<Result<UriSpans, UriError>>,
    ) -> Result<Uri<'_>, UriError> {
        let Ok(address) = address else {
            return Err(UriError::Scheme);
        };
        let text = self.text(address.uri);
        (*spans.get_or_init(|| UriSpans::parse(text))).map(|spans| spans.over(text))
    }

    /// The tag of From; `None` also when From is missing or malformed.
    pub fn from_tag(&self) -> Option<&[u8]> {
        self.from().ok()?.tag.map(|tag| self.text(tag))
    }

    /// The tag of To; `None` also when To is missing or malformed.
    pub fn to_tag(&self) -> Option<&[u8]> {
        self.to().ok()?.tag.map(|tag| self.text(tag))
    }

    /// The first header field of that kind as one address; a comma is an ordinary character.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn address(&self, id: HeaderId) -> Result<NameAddr, FieldError> {
        read_address(self.buffer(), self.required(id)?)
    }

    /// All addresses in the header fields of that kind, which is a comma-separated list.
    pub fn addresses(&self, id: HeaderId) -> Addresses<'_> {
        Addresses {
            values: Values::new(self, id),
        }
    }

    /// All Route values, top first.
    pub fn routes(&self) -> Addresses<'_> {
        self.addresses(HeaderId::Route)
    }

    /// All Record-Route values, top first.
    pub fn record_routes(&self) -> Addresses<'_> {
        self.addresses(HeaderId::RecordRoute)
    }

    /// All Contact values.
    pub fn contacts(&self) -> Contacts<'_> {
        Contacts {
            values: Values::new(self, HeaderId::Contact),
        }
    }

    /// All values of the comma-separated header fields of that kind, unparsed.
    pub fn list(&self, id: HeaderId) -> impl Iterator<Item = Span> {
        self.headers_of(id)
            .flat_map(|field| CommaList::within(self.buffer(), field.value()))
    }

    /// Whether a header field of that kind lists `token`, in any case: an option tag in Supported, a method in Allow.
    pub fn lists(&self, id: HeaderId, token: &[u8]) -> bool {
        self.has(id)
            && self
                .list(id)
                .any(|value| self.text(value).eq_ignore_ascii_case(token))
    }

    /// CSeq.
    ///
    /// # Errors
    /// When it is missing or malformed, which includes a number of 2³² and above.
    pub fn cseq(&self) -> Result<CSeq, FieldError> {
        of_field(&self.inner.typed.cseq, HeaderId::CSeq).copied()
    }

    /// RAck.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn rack(&self) -> Result<RAck, FieldError> {
        let id = HeaderId::RAck;
        RAck::within(self.buffer(), self.required(id)?.value())
            .map_err(|at| FieldError::Malformed { header: id, at })
    }

    /// Call-ID.
    ///
    /// # Errors
    /// When it is missing or empty.
    #[inline]
    pub fn call_id(&self) -> Result<&[u8], FieldError> {
        let field = self.required(HeaderId::CallId)?;
        if field.value().is_empty() {
            return Err(FieldError::Malformed {
                header: HeaderId::CallId,
                at: field.value().start,
            });
        }
        Ok(self.value(field))
    }

    /// The number in the first Content-Length, whatever the size of the body.
    ///
    /// # Errors
    /// When it is missing or no number.
    #[inline]
    pub fn content_length(&self) -> Result<u32, FieldError> {
        self.inner.typed.content_length
    }

    /// Content-Type as written, parameters included.
    pub fn content_type(&self) -> Option<&[u8]> {
        self.value_of(HeaderId::ContentType)
    }

    /// Where the session description is: the body of type `application/sdp`, or the first such part of a multipart body.
    pub fn session_description(&self) -> Option<Span> {
        let body = self.body_span();
        let content_type = self.content_type()?;
        if let Some(boundary) = multipart::boundary(content_type) {
            let part =
                multipart::Parts::new(self.buffer(), body, boundary).of_type(b"application/sdp")?;
            return Some(part.content);
        }
        let media_type = content_type.split(|byte| *byte == b';').next()?;
        let is_sdp = stdx::ascii::trim(media_type).eq_ignore_ascii_case(b"application/sdp");
        (is_sdp && !body.is_empty()).then_some(body)
    }

    /// Max-Forwards.
    ///
    /// # Errors
    /// When it is missing or no number.
    pub fn max_forwards(&self) -> Result<u32, FieldError> {
        self.number(HeaderId::MaxForwards, crate::scan::decimal)
    }

    /// Expires in seconds; what does not fit counts as the largest number.
    ///
    /// # Errors
    /// When it is missing or no number.
    pub fn expires(&self) -> Result<u32, FieldError> {
        self.number(HeaderId::Expires, crate::contact::parse_expires)
    }

    /// The number that the first header field of that kind holds before any parameters (Session-Expires, Min-SE, RSeq,
    /// Min-Expires, Retry-After …).
    ///
    /// # Errors
    /// When it is missing or no number.
    pub fn leading_number(&self, id: HeaderId) -> Result<u32, FieldError> {
        self.number(id, |value| {
            let end = value
                .iter()
                .position(|byte| !byte.is_ascii_digit())
                .unwrap_or(value.len());
            let rest = stdx::ascii::trim_start(value.get(end..)?);
            let is_end = matches!(rest.first(), None | Some(b';' | b'('));
            is_end
                .then(|| crate::scan::decimal(value.get(..end)?))
                .flatten()
        })
    }

    fn number(
        &self,
        id: HeaderId,
        parse: impl Fn(&[u8]) -> Option<u32>,
    ) -> Result<u32, FieldError> {
        let field = self.required(id)?;
        parse(self.value(field)).ok_or(FieldError::Malformed {
            header: id,
            at: field.value().start,
        })
    }

    fn required(&self, id: HeaderId) -> Result<&HeaderField, FieldError> {
        self.header(id).ok_or(FieldError::Missing(id))
    }
}

impl Typed {
    /// Reads `field`, which is the first of its kind in `buffer`, if it is one that every message is asked for.
    #[inline]
    pub(super) fn read(&mut self, field: &HeaderField, buffer: &[u8]) {
        let reader = || Reader::new(buffer, field.value());
        match field.id {
            HeaderId::Via => self.top_via = Some(read_top_via(reader())),
            HeaderId::From => self.from = Some(read_party(reader())),
            HeaderId::To => self.to = Some(read_party(reader())),
            HeaderId::ContentLength => self.content_length = read_length(buffer, field),
            HeaderId::CSeq => {
                self.cseq = Some(CSeq::within(buffer, field.value()).map_err(|at| at as usize));
            }
            _ => {}
        }
    }
}

pub(super) fn malformed(field: &HeaderField, at: u32) -> FieldError {
    FieldError::Malformed {
        header: field.id,
        at,
    }
}

/// From or To. COMPAT: 5.6.3 reads none without a URI, and none whose URI is not [clean](NameAddr::has_clean_uri).
#[inline]
fn read_party(mut reader: Reader<'_>) -> Result<NameAddr, usize> {
    let address = NameAddr::read(&mut reader, false)?;
    if address.has_clean_uri(reader.bytes) {
        Ok(address)
    } else {
        Err(address.uri.start as usize)
    }
}

fn read_address(buffer: &[u8], field: &HeaderField) -> Result<NameAddr, FieldError> {
    NameAddr::within(buffer, field.value()).map_err(|at| malformed(field, at))
}

/// The number that `field`, a Content-Length, is.
pub(super) fn read_length(buffer: &[u8], field: &HeaderField) -> Result<u32, FieldError> {
    let value = field.value();
    crate::scan::decimal(value.of(buffer)).ok_or(malformed(field, value.start))
}

/// What was read of the first header field of that kind, or the offset where its reader gave up.
#[inline]
fn of_field<T>(read: &Option<Result<T, usize>>, id: HeaderId) -> Result<&T, FieldError> {
    match read {
        Some(Ok(value)) => Ok(value),
        Some(Err(at)) => Err(FieldError::Malformed {
            header: id,
            at: *at as u32,
        }),
        None => Err(FieldError::Missing(id)),
    }
}

/// The first value of a list of Vias; without one, the fault is where the list begins.
#[inline]
fn read_top_via(mut reader: Reader<'_>) -> Result<Via, usize> {
    let start = reader.at;
    if skip_empty_values(&mut reader) {
        Via::read(&mut reader)
    } else {
        Err(start)
    }
}

/// Steps to the next value of a list; false when there is none.
#[inline]
fn skip_empty_values(reader: &mut Reader<'_>) -> bool {
    reader.skip_blanks();
    while reader.eat(b',') {
        reader.skip_blanks();
    }
    !reader.is_at_end()
}

/// Walks the values of a list that may be spread over several header fields. A value that cannot be read ends its header
/// field: what follows a mistake cannot be told apart.
#[derive(Clone)]
struct Values<'a> {
    id: HeaderId,
    buffer: &'a [u8],
    fields: &'a [HeaderField],
    reader: Option<Reader<'a>>,
    field: Option<&'a HeaderField>,
}

impl<'a> Values<'a> {
    fn new(message: &'a Message, id: HeaderId) -> Values<'a> {
        let fields = if message.has(id) {
            message.headers()
        } else {
            &[]
        };
        Values::among(fields, id, message.buffer())
    }

    fn among(fields: &'a [HeaderField], id: HeaderId, buffer: &'a [u8]) -> Values<'a> {
        Values {
            id,
            buffer,
            fields,
            reader: None,
            field: None,
        }
    }

    /// Goes on in the header field that `at` lies in, at that offset.
    fn skip_to(&mut self, at: u32) {
        let is_there = |field: &HeaderField| field.whole().end > at;
        let Some(index) = self.fields.iter().position(is_there) else {
            return;
        };
        self.field = self.fields.get(index);
        self.fields = self.fields.get(index + 1..).unwrap_or_default();
        let end = self.field.map_or(at, |field| field.value().end);
        self.reader = Some(Reader::new(self.buffer, Span::new(at, end)));
    }

    fn next<T>(
        &mut self,
        read: impl Fn(&mut Reader<'a>) -> Result<T, usize>,
    ) -> Option<Result<T, FieldError>> {
        loop {
            if let Some(reader) = &mut self.reader
                && skip_empty_values(reader)
            {
                return Some(read(reader).map_err(|at| {
                    self.reader = None;
                    FieldError::Malformed {
                        header: self.id,
                        at: at as u32,
                    }
                }));
            }
            let at = self.fields.iter().position(|field| field.id == self.id)?;
            let field = self.fields.get(at)?;
            self.fields = self.fields.get(at + 1..).unwrap_or_default();
            self.field = Some(field);
            self.reader = Some(Reader::new(self.buffer, field.value()));
            if field.value().is_empty() {
                return Some(Err(FieldError::Malformed {
                    header: self.id,
                    at: field.value().start,
                }));
            }
        }
    }
}

macro_rules! values {
    ($(#[$doc:meta])* $name:ident, $item:ty, $read:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name<'a> {
            values: Values<'a>,
        }

        impl<'a> $name<'a> {
            /// The header field that holds the value given last.
            pub fn field(&self) -> Option<&'a HeaderField> {
                self.values.field
            }
        }

        impl Iterator for $name<'_> {
            type Item = Result<$item, FieldError>;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.values.next($read)
            }
        }
    };
}

values!(
    /// Iterator over Via values.
    Vias, Via, Via::read
);
values!(
    /// Iterator over the addresses of a list.
    Addresses, NameAddr, |reader| NameAddr::read(reader, true)
);
values!(
    /// Iterator over Contact values.
    Contacts, Contact, Contact::read
);
