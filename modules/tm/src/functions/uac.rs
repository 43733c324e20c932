//! Requests of our own.

use crate::uac::{self, LocalRequest};
use module_api::{Call, Runtime, SocketAddress, SocketId, Text, Verdict, script_function};

/// Sends a request of our own. `headers` has at least To and From; of `nexthop`, `socket` and `body` those that are empty or
/// `.` are not there. With a dot behind its `method` the 2xx to an INVITE is left to others to acknowledge.
///
/// ```cfg
/// t_uac_send("OPTIONS", "sip:bob@127.0.0.1:5090", "", "", "From: <sip:a@b>\r\nTo: <sip:bob@c>\r\n", "");
/// ```
#[script_function(t_uac_send, routes = ANY)]
fn t_uac_send(
    call: &mut Call,
    method: Text,
    ruri: Text,
    nexthop: Text,
    socket: Text,
    headers: Text,
    body: Text,
) -> Verdict {
    let without_ack = method.strip_suffix(b".").map(Text::from);
    let mut request = LocalRequest {
        no_ack: without_ack.is_some(),
        method: without_ack.unwrap_or(method),
        uri: ruri,
        next_hop: Some(nexthop).filter(|hop| !is_nothing(hop)),
        socket: socket_named(&call.runtime, &socket),
        ..LocalRequest::default()
    };
    if !is_nothing(&body) {
        request.body = body;
    }
    take_headers(&mut request, &headers);
    if request.from.is_empty() || request.to.is_empty() {
        call.error(format_args!("t_uac_send: the headers need To and From"));
        return Verdict::FALSE;
    }
    let runtime = call.runtime.clone();
    Verdict::of(uac::send(&runtime, &request, None))
}

fn is_nothing(text: &[u8]) -> bool {
    matches!(text, b"" | b".")
}

/// The socket of ours that a text names: `udp:127.0.0.1:5060`, `127.0.0.1`.
pub fn socket_named(runtime: &Runtime, text: &[u8]) -> Option<SocketId> {
    let address = SocketAddress::parse(text)?;
    address.find(&runtime.sockets).map(|socket| socket.id)
}

/// Takes From, To, Call-ID and CSeq out of header lines; the rest goes into the request as it is.
pub fn take_headers(request: &mut LocalRequest, headers: &[u8]) {
    let mut rest = Vec::with_capacity(headers.len());
    for line in headers.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = Text::from(value.get(1..).unwrap_or_default().trim_ascii());
        match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"from" | b"f" => request.from = value,
            b"to" | b"t" => request.to = value,
            b"call-id" | b"i" => request.call_id = value,
            b"cseq" => {
                let number = value.split(|byte| *byte == b' ').next().unwrap_or_default();
                request.cseq = stdx::number::parse_u64(number)
                    .and_then(|number| u32::try_from(number).ok())
                    .unwrap_or(0);
            }
            b"content-length" | b"l" | b"via" | b"v" => {}
            _ => {
                rest.extend_from_slice(line);
                rest.extend_from_slice(b"\r\n");
            }
        }
    }
    request.headers = Text::from(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_a_request_is_taken_out_of_its_headers() {
        let mut request = LocalRequest::default();
        take_headers(
            &mut request,
            b"From: <sip:a@b>;tag=1\r\nTo:<sip:c@d>\r\nX-A: 1\r\nCSeq: 7 INFO\r\n",
        );
        assert_eq!(request.from, "<sip:a@b>;tag=1");
        assert_eq!((request.to, request.cseq), (Text::from("<sip:c@d>"), 7));
        assert_eq!(request.headers, "X-A: 1\r\n");
    }
}
