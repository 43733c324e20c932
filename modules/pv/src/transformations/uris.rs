//! `{uri.*}`: parts of a URI. `$null` for what is no URI; empty for a part that is not there.

use super::support::{on_some_text, on_text, written};
use module_api::{Text, Value, transformation};
use sip::{Scheme, Uri};
use stdx::number::push_decimal;

/// What `part` finds in the URI.
#[inline]
fn of_uri(value: &Value, part: impl FnOnce(&Uri<'_>) -> Value) -> Value {
    on_text(value, |text| match Uri::parse(text) {
        Ok(uri) if uri.scheme() != Scheme::Other => part(&uri),
        _ => Value::Null,
    })
}

/// The parameters of a SIP URI; of others only those that have a transformation of their own are looked at (observed on 5.6.3).
#[inline]
fn of_params(value: &Value, part: impl FnOnce(&Uri<'_>) -> Value) -> Value {
    of_uri(value, |uri| match uri.scheme() {
        Scheme::Sip | Scheme::Sips => part(uri),
        _ => Value::from(""),
    })
}

/// A parameter that has a transformation of its own.
fn parameter(value: &Value, name: &[u8]) -> Value {
    of_uri(value, |uri| named(uri, name))
}

fn named(uri: &Uri<'_>, name: &[u8]) -> Value {
    Value::from(unquoted(uri.param(name).unwrap_or_default()))
}

fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => text,
    }
}

/// The user.
#[transformation("uri.user")]
fn user(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.user().unwrap_or_default()))
}

/// The password.
#[transformation("uri.passwd")]
fn passwd(value: Value) -> Value {
    of_uri(&value, |uri| {
        Value::from(uri.password().unwrap_or_default())
    })
}

/// The host; an IPv6 address with its brackets.
#[transformation("uri.host")]
fn host(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.host()))
}

/// The same as `uri.host`.
#[transformation("uri.domain")]
fn domain(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.host()))
}

/// The port as a number; `$null` when there is none.
#[transformation("uri.port")]
fn port(value: Value) -> Value {
    of_uri(&value, |uri| {
        uri.port()
            .map_or(Value::Null, |port| Value::Int(i64::from(port)))
    })
}

/// All parameters.
#[transformation("uri.params")]
fn params(value: Value) -> Value {
    of_params(&value, |uri| Value::from(uri.params_text()))
}

/// The value of a parameter.
#[transformation("uri.param")]
fn param(value: Value, name: Text) -> Value {
    of_params(&value, |uri| named(uri, &name))
}

/// The URI without a parameter.
#[transformation("uri.rmparam")]
fn rmparam(value: Value, name: Text) -> Value {
    on_some_text(&value, |text| {
        let Ok(uri) = Uri::parse(text) else {
            return Value::Null;
        };
        written(text.len(), |out| {
            let mut copied = 0;
            for param in uri.params().filter(|param| param.is(&name)) {
                let span = param.span;
                out.extend_from_slice(text.get(copied..span.start as usize).unwrap_or_default());
                copied = span.end as usize;
            }
            out.extend_from_slice(text.get(copied..).unwrap_or_default());
        })
    })
}

/// What stands after the `?`.
#[transformation("uri.headers")]
fn headers(value: Value) -> Value {
    of_uri(&value, |uri| {
        Value::from(uri.headers_text().unwrap_or_default())
    })
}

/// The value of the parameter `transport`.
#[transformation("uri.transport")]
fn transport(value: Value) -> Value {
    parameter(&value, b"transport")
}

/// The value of the parameter `ttl`.
#[transformation("uri.ttl")]
fn ttl(value: Value) -> Value {
    parameter(&value, b"ttl")
}

/// The value of the parameter `user`.
#[transformation("uri.uparam")]
fn uparam(value: Value) -> Value {
    parameter(&value, b"user")
}

/// The value of the parameter `maddr`.
#[transformation("uri.maddr")]
fn maddr(value: Value) -> Value {
    parameter(&value, b"maddr")
}

/// The value of the parameter `method`.
#[transformation("uri.method")]
fn method(value: Value) -> Value {
    parameter(&value, b"method")
}

/// The value of the parameter `lr`.
#[transformation("uri.lr")]
fn lr(value: Value) -> Value {
    parameter(&value, b"lr")
}

/// The value of the parameter `r2`.
#[transformation("uri.r2")]
fn r2(value: Value) -> Value {
    parameter(&value, b"r2")
}

/// The scheme as it is written: `sip`, `sips`, `tel`, `tels` or `urn`.
#[transformation("uri.scheme")]
fn scheme(value: Value) -> Value {
    of_uri(&value, |uri| Value::from(uri.scheme_name()))
}

/// The socket address `proto:host:port` that a URI with a `transport` parameter names; empty without one.
#[transformation("uri.tosocket")]
fn tosocket(value: Value) -> Value {
    of_params(&value, |uri| {
        let Some(transport) = uri.transport() else {
            return Value::from("");
        };
        written(32, |out| {
            out.extend_from_slice(transport.name().as_bytes());
            out.push(b':');
            out.extend_from_slice(uri.host());
            out.push(b':');
            push_decimal(out, uri.port().unwrap_or(transport.default_port()));
        })
    })
}

/// What a URI needs to be sent to: scheme, host, port and transport.
#[transformation("uri.duri")]
fn duri(value: Value) -> Value {
    of_uri(&value, |uri| {
        shortened(
            uri,
            Keep {
                user: false,
                place: true,
            },
        )
    })
}

/// The address of record: scheme, user and host.
#[transformation("uri.saor")]
fn saor(value: Value) -> Value {
    of_uri(&value, |uri| {
        shortened(
            uri,
            Keep {
                user: true,
                place: false,
            },
        )
    })
}

/// The URI without parameters and headers, except `transport`.
#[transformation("uri.suri")]
fn suri(value: Value) -> Value {
    of_uri(&value, |uri| {
        shortened(
            uri,
            Keep {
                user: true,
                place: true,
            },
        )
    })
}

/// What of a URI is kept besides scheme and host.
struct Keep {
    user: bool,
    /// Port and transport.
    place: bool,
}

fn shortened(uri: &Uri<'_>, keep: Keep) -> Value {
    written(uri.text().len(), |out| {
        out.extend_from_slice(uri.scheme_name());
        out.push(b':');
        if keep.user
            && let Some(user) = uri.user()
        {
            out.extend_from_slice(user);
            if !uri.host().is_empty() {
                out.push(b'@');
            }
        }
        if !keep.place {
            out.extend_from_slice(uri.host());
            return;
        }
        out.extend_from_slice(uri.host_port());
        if let Some(transport) = uri
            .param(b"transport")
            .filter(|transport| !transport.is_empty())
        {
            out.extend_from_slice(b";transport=");
            out.extend_from_slice(transport);
        }
    })
}
