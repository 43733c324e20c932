//! Transformations of socket addresses, `proto:host:port`.

use module_api::{SocketAddress, Text, Value, transformation};

/// What `part` makes of the address in `value`; empty for what is no address.
fn read(value: Value, part: impl Fn(SocketAddress<'_>) -> Value) -> Value {
    let text = value.into_text();
    SocketAddress::parse(&text).map_or(Value::from_static(""), part)
}

/// The host.
#[transformation("sock.host")]
fn host(value: Value) -> Value {
    read(value, |address| Value::from(address.host))
}

/// The port as written; empty when there is none.
#[transformation("sock.port")]
fn port(value: Value) -> Value {
    read(value, |address| match address.port {
        Some(port) => Value::Str(Text::from(i64::from(port))),
        None => Value::from_static(""),
    })
}

/// The transport; empty when there is none.
#[transformation("sock.proto")]
fn proto(value: Value) -> Value {
    read(value, |address| {
        Value::from_static(address.transport.map_or("", |transport| transport.name()))
    })
}

/// The SIP URI of the address.
#[transformation("sock.touri")]
fn to_uri(value: Value) -> Value {
    read(value, |address| Value::Str(address.to_uri()))
}
