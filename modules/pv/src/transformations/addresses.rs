//! `{nameaddr.*}` and `{tobody.*}`: a display name with a URI, and parameters after it.

use super::support::{on_some_text, on_text};
use memchr::{memchr, memchr3};
use module_api::{Value, transformation};
use sip::{NameAddr, Scheme, Uri};

/// The parts of `display <uri>` as `{nameaddr.*}` sees them: nothing is trimmed, nothing but the brackets is looked at.
struct Parts<'a> {
    display: &'a [u8],
    uri: &'a [u8],
    /// Of all up to the closing bracket.
    length: usize,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a [u8]) -> Option<Parts<'a>> {
        let Some(open) = opening_bracket(text) else {
            return Some(Parts {
                display: b"",
                uri: text,
                length: text.len(),
            });
        };
        let (display, rest) = text.split_at_checked(open)?;
        let inside = rest.get(1..)?;
        let close = memchr(b'>', inside)?;
        Some(Parts {
            display,
            uri: inside.get(..close)?,
            length: open + close + 2,
        })
    }
}

/// The first `<` that is not within quotes.
fn opening_bracket(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut is_quoted = false;
    loop {
        at += memchr3(b'<', b'"', b'\\', text.get(at..)?)?;
        match text.get(at)? {
            b'<' if !is_quoted => return Some(at),
            b'"' => is_quoted = !is_quoted,
            b'\\' if is_quoted => at += 1,
            _ => {}
        }
        at += 1;
    }
}

fn of_parts(value: &Value, part: impl FnOnce(&Parts<'_>) -> Value) -> Value {
    on_some_text(value, |text| {
        Parts::parse(text).map_or(Value::Null, |parts| part(&parts))
    })
}

/// What stands before the `<`, with its quotes and blanks.
#[transformation("nameaddr.name")]
fn name(value: Value) -> Value {
    of_parts(&value, |parts| Value::from(parts.display))
}

/// What stands between `<` and `>`, or the whole text where there is no `<`.
#[transformation("nameaddr.uri")]
fn uri(value: Value) -> Value {
    of_parts(&value, |parts| Value::from(parts.uri))
}

/// The length of the text up to the `>`.
#[transformation("nameaddr.len")]
fn len(value: Value) -> Value {
    of_parts(&value, |parts| Value::Int(parts.length as i64))
}

/// What `part` finds in a header field's value as To has it.
fn of_body(value: &Value, part: impl FnOnce(&[u8], &NameAddr, &Uri<'_>) -> Value) -> Value {
    on_text(value, |text| {
        let Ok(address) = NameAddr::parse(text) else {
            return Value::Null;
        };
        match address.parse_uri(text) {
            Ok(uri) if uri.scheme() != Scheme::Other => part(text, &address, &uri),
            _ => Value::Null,
        }
    })
}

/// The URI of a To header field's value.
#[transformation("tobody.uri")]
fn body_uri(value: Value) -> Value {
    of_body(&value, |text, address, _| Value::from(address.uri.of(text)))
}

/// The display name of a To header field's value, with its quotes.
#[transformation("tobody.display")]
fn body_display(value: Value) -> Value {
    of_body(&value, |text, address, _| {
        Value::from(address.display.of(text))
    })
}

/// The tag of a To header field's value.
#[transformation("tobody.tag")]
fn body_tag(value: Value) -> Value {
    of_body(&value, |text, address, _| {
        Value::from(address.tag.map(|tag| tag.of(text)).unwrap_or_default())
    })
}

/// The user of the URI of a To header field's value.
#[transformation("tobody.user")]
fn body_user(value: Value) -> Value {
    of_body(&value, |_, _, uri| {
        Value::from(uri.user().unwrap_or_default())
    })
}

/// The host of the URI of a To header field's value.
#[transformation("tobody.host")]
fn body_host(value: Value) -> Value {
    of_body(&value, |_, _, uri| Value::from(uri.host()))
}

/// The parameters of a To header field's value.
#[transformation("tobody.params")]
fn body_params(value: Value) -> Value {
    of_body(&value, |text, address, _| {
        let params = text
            .get(address.params.start as usize..)
            .unwrap_or_default()
            .trim_ascii_start();
        Value::from(
            params
                .strip_prefix(b";")
                .unwrap_or_default()
                .trim_ascii_start(),
        )
    })
}
