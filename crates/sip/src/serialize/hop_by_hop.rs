//! Requests that belong to one hop of an INVITE: its CANCEL, and the ACK to its negative final response.

use crate::{HeaderField, HeaderId, Message, Span, StartLine};

/// A CANCEL (RFC 3261 §9.1) or ACK (§17.1.1.3) for an INVITE that was sent.
///
/// Request-URI, top Via, Route, From, To, Call-ID, CSeq and Max-Forwards are those of the INVITE as it was sent, in its order
/// and spelling. Observed on 5.6.3.
#[derive(Clone, Copy, Debug)]
pub struct HopByHopRequest<'a> {
    /// The INVITE as it was sent.
    pub invite: &'a Message,
    /// Which request it is.
    pub kind: HopByHop<'a>,
    /// Whole header fields with their line ends, in pieces; they go to the end.
    pub extra_headers: &'a [&'a [u8]],
}

/// Which request it is.
#[derive(Clone, Copy, Debug)]
pub enum HopByHop<'a> {
    /// CANCEL.
    Cancel,
    /// CANCEL that repeats what concerns no hop of the one that came, From and To among it.
    CancelLike(&'a Message),
    /// ACK to that response, whose To it repeats.
    Ack(&'a Message),
}

/// What a CANCEL has of its own at each hop, or has been written already.
const CONCERNS_A_HOP: [HeaderId; 12] = [
    HeaderId::Via,
    HeaderId::Route,
    HeaderId::RecordRoute,
    HeaderId::From,
    HeaderId::To,
    HeaderId::CallId,
    HeaderId::CSeq,
    HeaderId::MaxForwards,
    HeaderId::Contact,
    HeaderId::ContentLength,
    HeaderId::ContentType,
    HeaderId::Reason,
];

impl HopByHopRequest<'_> {
    /// Appends the request to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let invite = self.invite;
        let method: &[u8] = match self.kind {
            HopByHop::Cancel | HopByHop::CancelLike(_) => b"CANCEL",
            HopByHop::Ack(_) => b"ACK",
        };
        out.reserve(invite.headers_end() as usize + 64);
        if let StartLine::Request { uri, version, .. } = invite.start_line() {
            for part in [
                method,
                b" ",
                invite.text(*uri),
                b" ",
                invite.text(*version),
                b"\r\n",
            ] {
                out.extend_from_slice(part);
            }
        }
        let mut has_via = false;
        for field in invite.headers() {
            match field.id {
                HeaderId::Via if !has_via => {
                    has_via = true;
                    self.write_top_via(field, out);
                }
                HeaderId::CSeq => self.write_cseq(field, method, out),
                HeaderId::From | HeaderId::To if self.write_like(field.id, out) => {}
                HeaderId::To => self.write_to(field, out),
                HeaderId::Route | HeaderId::From | HeaderId::CallId | HeaderId::MaxForwards => {
                    out.extend_from_slice(invite.text(field.whole()));
                }
                _ => {}
            }
        }
        out.extend_from_slice(b"Content-Length: 0\r\n");
        if let HopByHop::CancelLike(other) = self.kind {
            for field in other.headers() {
                if !CONCERNS_A_HOP.contains(&field.id) {
                    out.extend_from_slice(other.text(field.whole()));
                }
            }
        }
        for piece in self.extra_headers {
            out.extend_from_slice(piece);
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Writes the header field of the CANCEL that came; false when there is none.
    fn write_like(&self, id: HeaderId, out: &mut Vec<u8>) -> bool {
        let HopByHop::CancelLike(other) = self.kind else {
            return false;
        };
        let Some(field) = other.header(id) else {
            return false;
        };
        out.extend_from_slice(other.text(field.whole()));
        true
    }

    /// The first value alone: exactly one Via, with the branch of the INVITE.
    fn write_top_via(&self, field: &HeaderField, out: &mut Vec<u8>) {
        let invite = self.invite;
        let first = crate::CommaList::within(invite.buffer(), field.value()).next();
        let end = first.map_or(field.value().end, |value| value.end);
        out.extend_from_slice(invite.text(Span::new(field.whole().start, end)));
        out.extend_from_slice(b"\r\n");
    }

    fn write_cseq(&self, field: &HeaderField, method: &[u8], out: &mut Vec<u8>) {
        let invite = self.invite;
        let end = invite
            .cseq()
            .map_or(field.value().start, |cseq| cseq.number_span.end);
        for part in [
            invite.text(Span::new(field.whole().start, end)),
            b" ",
            method,
            b"\r\n",
        ] {
            out.extend_from_slice(part);
        }
    }

    fn write_to(&self, field: &HeaderField, out: &mut Vec<u8>) {
        let of_response = match self.kind {
            HopByHop::Cancel | HopByHop::CancelLike(_) => None,
            HopByHop::Ack(response) => response
                .header(HeaderId::To)
                .map(|to| response.text(to.whole())),
        };
        out.extend_from_slice(of_response.unwrap_or_else(|| self.invite.text(field.whole())));
    }
}
