//! Responses that we make to a request (RFC 3261 §8.2.6).

use super::ViaStamp;
use super::via_stamp::Added;
use crate::{HeaderField, HeaderId, Message, Span};

/// A response to `request`.
///
/// Via, From, To, Call-ID and CSeq are copied from the request in its own order and spelling, with Record-Route where a dialog
/// may come of it; then follow the extra header fields, Content-Type, Server and Content-Length. Observed on 5.6.3.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The request.
    pub request: &'a Message,
    /// Up to 999.
    pub status: u16,
    /// Reason phrase.
    pub reason: &'a [u8],
    /// Added to To when that has none. A 100 has no tag (RFC 3261 §8.2.6.2), nor has anything below 180 on 5.6.3.
    pub to_tag: Option<&'a [u8]>,
    /// Where the request came from, for its top Via.
    pub stamp: ViaStamp,
    /// Further parameters of the top Via, each with its semicolon.
    pub via_params: &'a [u8],
    /// Whole header fields with their line ends, in pieces.
    pub extra_headers: &'a [&'a [u8]],
    /// The Server header field with its line end; may be empty.
    pub server: &'a [u8],
    /// The body.
    pub body: Option<Body<'a>>,
}

/// A body and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// Value of the Content-Type; none is written when it is empty.
    pub content_type: &'a [u8],
    /// The octets.
    pub octets: &'a [u8],
}

impl<'a> Response<'a> {
    /// A response without to-tag, stamp, extra header fields, Server and body.
    pub fn new(request: &'a Message, status: u16, reason: &'a [u8]) -> Response<'a> {
        Response {
            request,
            status,
            reason,
            to_tag: None,
            stamp: ViaStamp::NONE,
            via_params: &[],
            extra_headers: &[],
            server: &[],
            body: None,
        }
    }

    /// Appends the response to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let body = self.body.map_or(&[][..], |body| body.octets);
        out.reserve(self.request.headers_end() as usize + body.len() + 256);
        write_status_line(self.status, self.reason, out);
        self.write_mirrored(out);
        for piece in self.extra_headers {
            out.extend_from_slice(piece);
        }
        if let Some(body) = self.body
            && !body.content_type.is_empty()
        {
            write_field(b"Content-Type: ", body.content_type, out);
        }
        out.extend_from_slice(self.server);
        out.extend_from_slice(b"Content-Length: ");
        stdx::number::push_decimal(out, body.len());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }

    fn write_mirrored(&self, out: &mut Vec<u8>) {
        let request = self.request;
        let may_route = (180..300).contains(&self.status);
        let (mut has_via, mut has_to) = (false, false);
        for field in request.headers() {
            match field.id {
                HeaderId::Via if !has_via => {
                    has_via = true;
                    self.write_top_via(field, out);
                }
                HeaderId::To if !has_to => {
                    has_to = true;
                    self.write_to(field, out);
                }
                HeaderId::Via | HeaderId::From | HeaderId::CallId | HeaderId::CSeq => {
                    copy(request, field, out)
                }
                HeaderId::RecordRoute if may_route => copy(request, field, out),
                HeaderId::Timestamp if self.status == 100 => copy(request, field, out),
                _ => {}
            }
        }
    }

    fn write_top_via(&self, field: &HeaderField, out: &mut Vec<u8>) {
        let (request, mut at) = (self.request, field.whole().start);
        if (!self.stamp.is_none() || !self.via_params.is_empty())
            && let Ok(via) = request.top_via()
        {
            for (span, stamp) in self.stamp.changes(via, Added::Last) {
                out.extend_from_slice(request.text(Span::new(at, span.start)));
                stamp.write(out);
                at = span.end;
            }
            if !self.via_params.is_empty() {
                out.extend_from_slice(request.text(Span::new(at, via.params.end)));
                out.extend_from_slice(self.via_params);
                at = via.params.end;
            }
        }
        out.extend_from_slice(request.text(Span::new(at, field.whole().end)));
    }

    fn write_to(&self, field: &HeaderField, out: &mut Vec<u8>) {
        let request = self.request;
        let Some(tag) = self.to_tag.filter(|_| request.to_tag().is_none()) else {
            return copy(request, field, out);
        };
        out.extend_from_slice(request.text(Span::new(field.whole().start, field.value().end)));
        out.extend_from_slice(b";tag=");
        out.extend_from_slice(tag);
        out.extend_from_slice(request.text(Span::new(field.value().end, field.whole().end)));
    }
}

pub(super) fn write_status_line(status: u16, reason: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"SIP/2.0 ");
    // Three digits, also for what no RFC knows.
    for divisor in [100, 10, 1] {
        out.push(b'0' + (status / divisor % 10) as u8);
    }
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

fn write_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn copy(request: &Message, field: &HeaderField, out: &mut Vec<u8>) {
    out.extend_from_slice(request.text(field.whole()));
}
