//! `{sock.*}` and `{urialias.*}`: other forms of a socket address.

use super::support::{on_some_text, written};
use mod_core::addresses::transport_id;
use module_api::{Value, transformation};
use sip::{Transport, Uri};
use stdx::number::{parse_u64, push_decimal};

/// `[proto:]host[:port]` in parts; none when it is none of that form.
struct SocketText<'a> {
    proto: &'a [u8],
    host: &'a [u8],
    port: &'a [u8],
}

impl<'a> SocketText<'a> {
    fn parse(text: &'a [u8]) -> Option<SocketText<'a>> {
        let (proto, rest) = match stdx::ascii::split_once(text, b':') {
            Some((word, rest)) if !word.starts_with(b"[") => match Transport::from_name(word) {
                Some(_) => (word, rest),
                None => (&b""[..], text),
            },
            _ => (&b""[..], text),
        };
        let host_end = match rest.first()? {
            b'[' => memchr::memchr(b']', rest)? + 1,
            _ => memchr::memchr(b':', rest).unwrap_or(rest.len()),
        };
        let (host, port) = rest.split_at_checked(host_end)?;
        let port = match port {
            [] => port,
            [b':', port @ ..] if parse_u64(port).is_some_and(|port| port <= 0xffff) => port,
            _ => return None,
        };
        (!host.is_empty()).then_some(SocketText { proto, host, port })
    }
}

fn of_socket(value: &Value, part: impl FnOnce(&SocketText<'_>) -> Value) -> Value {
    on_some_text(value, |text| {
        SocketText::parse(text).map_or(Value::Null, |socket| part(&socket))
    })
}

/// The host of a socket address `proto:host:port`.
#[transformation("sock.host")]
fn host(value: Value) -> Value {
    of_socket(&value, |socket| Value::from(socket.host))
}

/// The port of a socket address.
#[transformation("sock.port")]
fn port(value: Value) -> Value {
    of_socket(&value, |socket| Value::from(socket.port))
}

/// The transport of a socket address.
#[transformation("sock.proto")]
fn proto(value: Value) -> Value {
    of_socket(&value, |socket| Value::from(socket.proto))
}

/// The SIP URI of a socket address.
#[transformation("sock.touri")]
fn touri(value: Value) -> Value {
    of_socket(&value, |socket| {
        written(48, |out| {
            out.extend_from_slice(b"sip:");
            out.extend_from_slice(socket.host);
            if !socket.port.is_empty() {
                out.push(b':');
                out.extend_from_slice(socket.port);
            }
            if !socket.proto.is_empty() {
                out.extend_from_slice(b";transport=");
                out.extend_from_slice(socket.proto);
            }
        })
    })
}

/// A URI as `host~port~proto`, the form of `alias` parameters.
#[transformation("urialias.encode")]
fn encode(value: Value) -> Value {
    on_some_text(&value, |text| match Uri::parse(text) {
        Ok(uri) if !uri.host().is_empty() => written(32, |out| {
            let transport = uri.transport().unwrap_or(Transport::Udp);
            out.extend_from_slice(uri.host());
            out.push(b'~');
            push_decimal(out, uri.port().unwrap_or(5060));
            out.push(b'~');
            push_decimal(out, transport_id(transport).unsigned_abs());
        }),
        _ => Value::from(""),
    })
}

/// The URI that `host~port~proto` stands for; empty for what has no such form.
#[transformation("urialias.decode")]
fn decode(value: Value) -> Value {
    on_some_text(&value, |text| {
        let mut parts = text.splitn(3, |byte| *byte == b'~');
        let (Some(host), Some(port), Some(proto)) = (parts.next(), parts.next(), parts.next())
        else {
            return Value::from("");
        };
        let transport = match proto {
            b"1" => &b""[..],
            b"2" => b";transport=tcp",
            b"3" => b";transport=tls",
            b"4" => b";transport=sctp",
            // The URI parameter of a secure WebSocket is `ws` (RFC 7118 §5.2.2).
            b"5" | b"6" => b";transport=ws",
            _ => return Value::from(""),
        };
        written(48, |out| {
            out.extend_from_slice(b"sip:");
            out.extend_from_slice(host);
            out.push(b':');
            out.extend_from_slice(port);
            out.extend_from_slice(transport);
        })
    })
}
