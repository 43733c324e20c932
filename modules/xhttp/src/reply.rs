//! Answers to HTTP requests.

use module_api::{Call, Delivery};

/// Answers the HTTP request at hand over the connection that it came by. The answer to a HEAD tells the length of the body, and has
/// none (RFC 9110 §9.3.2).
pub fn send(call: &mut Call, status: i64, reason: &[u8], content_type: &[u8], body: &[u8]) {
    let reception = call.reception;
    let delivery = Delivery {
        transport: reception.transport,
        peer: reception.peer,
        socket: reception.socket,
        connection: reception.connection,
        no_connect: true,
        close_after: ends_connection(call),
        anew: None,
    };
    let mut outbox = std::mem::take(&mut call.outbox);
    outbox.push_with(delivery, |out| {
        out.extend_from_slice(call.message.version());
        out.push(b' ');
        stdx::number::push_decimal(out, status);
        out.push(b' ');
        push_line(out, reason);
        if !content_type.is_empty() {
            out.extend_from_slice(b"Content-Type: ");
            push_line(out, content_type);
        }
        out.extend_from_slice(&call.response_extras.headers);
        out.extend_from_slice(&call.runtime.settings.server_line);
        out.extend_from_slice(b"Content-Length: ");
        stdx::number::push_decimal(out, body.len() as i64);
        out.extend_from_slice(b"\r\n\r\n");
        if call.message.method_name() != b"HEAD" {
            out.extend_from_slice(body);
        }
    });
    call.outbox = outbox;
}

/// Appends text that must stay on its line.
fn push_line(out: &mut Vec<u8>, text: &[u8]) {
    let kept = text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    out.extend(kept);
    out.extend_from_slice(b"\r\n");
}

/// Whether the client wants nothing more after the answer (RFC 9112 §9.3), or the script (`set_reply_close()`).
fn ends_connection(call: &Call) -> bool {
    if call.flags.marks.reply_close {
        return true;
    }
    let message = &call.message;
    let mut options = message.headers_named(b"Connection");
    let asked = options.next().map(|field| message.value(field));
    match asked {
        Some(option) => option.eq_ignore_ascii_case(b"close"),
        None => message.version() == b"HTTP/1.0",
    }
}
