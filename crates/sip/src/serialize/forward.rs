//! Forwarded copies of received messages.

use super::splice::{Piece, Splice};
use super::via_stamp::Added;
use super::{Delimited, FillDeferred, ViaStamp};
use crate::{Edits, HeaderId, Message, Span, StartLine};

/// The copy of a request that goes to one branch.
#[derive(Clone, Copy, Debug)]
pub struct ForwardedRequest<'a> {
    /// The request as received.
    pub message: &'a Message,
    /// What the script changed.
    pub edits: &'a Edits,
    /// The Request-URI of this branch; `None` leaves it.
    pub uri: Option<&'a [u8]>,
    /// Our own Via: the whole header field with its line end. It goes in front of the first Via (RFC 3261 §16.6).
    pub via: &'a [u8],
    /// Where the request came from, for its top Via.
    pub stamp: ViaStamp,
    /// How the copy travels.
    pub delimited: Delimited,
}

impl ForwardedRequest<'_> {
    /// Appends the copy to `out`.
    pub fn write(&self, out: &mut Vec<u8>, fill: FillDeferred<'_>) {
        let message = self.message;
        out.reserve(message.buffer().len() + self.via.len() + 256);
        write_request_line(message, self.uri, out);
        let mut splice = Splice::new(self.edits, message.headers_start());
        let first_via = message
            .header(HeaderId::Via)
            .map_or(message.headers_start(), |field| field.whole().start);
        splice.insert(first_via, Piece::OwnVia(self.via));
        if !self.stamp.is_none()
            && let Ok(via) = message.top_via()
        {
            for (span, stamp) in self.stamp.changes(via, Added::First) {
                splice.replace(span, Piece::Stamp(stamp));
            }
        }
        write_rest(message, self.edits, splice, self.delimited, out, fill);
    }
}

/// The copy of a response that goes upstream.
#[derive(Clone, Copy, Debug)]
pub struct ForwardedResponse<'a> {
    /// The response as received.
    pub message: &'a Message,
    /// What the script changed.
    pub edits: &'a Edits,
    /// Another status and reason phrase.
    pub status: Option<(u16, &'a [u8])>,
    /// How the copy travels.
    pub delimited: Delimited,
}

impl ForwardedResponse<'_> {
    /// Appends the copy, without the top Via value (RFC 3261 §16.7), to `out`.
    pub fn write(&self, out: &mut Vec<u8>, fill: FillDeferred<'_>) {
        let message = self.message;
        out.reserve(message.buffer().len() + 256);
        match self.status {
            None => out.extend_from_slice(message.text(Span::new(0, message.headers_start()))),
            Some((status, reason)) => super::response::write_status_line(status, reason, out),
        }
        let mut splice = Splice::new(self.edits, message.headers_start());
        splice.replace(top_via_value(message), Piece::Nothing);
        write_rest(message, self.edits, splice, self.delimited, out, fill);
    }
}

/// Appends `message` with `edits` applied and nothing else changed but a Request-URI, if one is given: what the script has
/// made of the message so far, to be parsed anew.
pub fn write_edited(
    message: &Message,
    edits: &Edits,
    uri: Option<&[u8]>,
    out: &mut Vec<u8>,
    fill: FillDeferred<'_>,
) {
    out.reserve(message.buffer().len() + 256);
    write_request_line(message, uri, out);
    let splice = Splice::new(edits, message.headers_start());
    write_rest(message, edits, splice, Delimited::ByTransport, out, fill);
}

fn write_request_line(message: &Message, uri: Option<&[u8]>, out: &mut Vec<u8>) {
    match (uri, message.start_line()) {
        (
            Some(uri),
            StartLine::Request {
                method_name,
                version,
                ..
            },
        ) => {
            out.extend_from_slice(message.text(*method_name));
            out.push(b' ');
            out.extend_from_slice(uri);
            out.push(b' ');
            out.extend_from_slice(message.text(*version));
            out.extend_from_slice(b"\r\n");
        }
        _ => out.extend_from_slice(message.text(Span::new(0, message.headers_start()))),
    }
}

/// Header fields and body.
fn write_rest<'a>(
    message: &'a Message,
    edits: &Edits,
    mut splice: Splice<'a>,
    delimited: Delimited,
    out: &mut Vec<u8>,
    fill: FillDeferred<'_>,
) {
    let body = message.body_span();
    let changes_body = edits.changes_body(message);
    let is_wrong = delimited == Delimited::ByContentLength
        && (message.content_length() != Ok(body.len()) || loses_length(message, edits));
    if changes_body || is_wrong {
        correct_length(message, edits, &mut splice);
    }
    splice.write(message.buffer(), body, out, fill);
}

/// Whether the script removes every Content-Length.
fn loses_length(message: &Message, edits: &Edits) -> bool {
    let mut fields = message.headers_of(HeaderId::ContentLength);
    !edits.is_empty() && fields.all(|field| edits.removes(field.whole()))
}

/// Sees to it that one Content-Length says what the body's length will be, unless the script has put its own there.
fn correct_length(message: &Message, edits: &Edits, splice: &mut Splice<'_>) {
    let mut is_there = false;
    for field in message.headers_of(HeaderId::ContentLength) {
        if edits.removes(field.whole()) {
            continue;
        }
        if is_there {
            splice.replace(field.whole(), Piece::Nothing);
        } else if !splice.touches(field.whole()) {
            splice.replace(field.value(), Piece::ContentLength);
        }
        is_there = true;
    }
    if !is_there {
        splice.insert(message.headers_end(), Piece::ContentLengthField);
    }
}

/// The octets to remove so that the first value of the first Via is gone: the whole header field when it is the only one.
fn top_via_value(message: &Message) -> Span {
    let Some(field) = message.header(HeaderId::Via) else {
        return Span::EMPTY;
    };
    if let Ok(via) = message.top_via()
        && via.whole.end == field.value().end
    {
        return field.whole();
    }
    let mut values = crate::CommaList::within(message.buffer(), field.value());
    match (values.next(), values.next()) {
        (Some(_), Some(second)) => Span::new(field.value().start, second.start),
        _ => field.whole(),
    }
}
