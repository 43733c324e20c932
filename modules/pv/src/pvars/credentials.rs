//! Digest credentials: of Proxy-Authorization when the request has it, else of Authorization.

use crate::party::Party;
use crate::pvars::part_of_message;
use mod_core::parts;
use mod_core::uri_parts;
use module_api::{Authenticated, Call, Text, Value, pvar};
use sip::HeaderId;
use sip::digest::Credentials;

/// A part of the credentials: null without credentials, empty when they lack it (observed on 5.6.3).
fn part(call: &Call, read: impl for<'a> Fn(&Credentials<'a>) -> Option<&'a [u8]>) -> Value {
    let message = &call.message;
    let field = message
        .header(HeaderId::ProxyAuthorization)
        .or_else(|| message.header(HeaderId::Authorization));
    let Some(Ok(credentials)) = field.map(|field| Credentials::parse(message.value(field))) else {
        return Value::Null;
    };
    Value::Str(parts::of_message(
        message,
        read(&credentials).unwrap_or_default(),
    ))
}

/// The user in the credentials' username, without `@domain`.
#[pvar("au")]
fn user(call: &mut Call) -> Value {
    part(call, |credentials| Some(credentials.user()))
}

/// The domain in the credentials' username; empty when it has none.
#[pvar("ad")]
fn domain(call: &mut Call) -> Value {
    part(call, |credentials| Some(credentials.domain()))
}

/// The credentials' username as it is.
#[pvar("aU")]
fn username(call: &mut Call) -> Value {
    part(call, |credentials| credentials.username)
}

/// The realm of the credentials.
#[pvar("ar")]
fn realm(call: &mut Call) -> Value {
    part(call, |credentials| credentials.realm)
}

/// The URI in the credentials; null when they have none.
#[pvar("adu")]
fn uri(call: &mut Call) -> Value {
    match part(call, |credentials| credentials.uri) {
        Value::Str(uri) if uri.is_empty() => Value::Null,
        uri => uri,
    }
}

/// The algorithm of the credentials; empty when they name none.
#[pvar("aa")]
fn algorithm(call: &mut Call) -> Value {
    part(call, |credentials| credentials.algorithm)
}

/// The nonce of the credentials.
#[pvar("adn")]
fn nonce(call: &mut Call) -> Value {
    part(call, |credentials| credentials.nonce)
}

/// The client's nonce of the credentials; empty when they have none.
#[pvar("adc")]
fn client_nonce(call: &mut Call) -> Value {
    part(call, |credentials| credentials.cnonce)
}

/// The response of the credentials.
#[pvar("adr")]
fn response(call: &mut Call) -> Value {
    part(call, |credentials| credentials.response)
}

/// The opaque value of the credentials; empty when they have none.
#[pvar("ado")]
fn opaque(call: &mut Call) -> Value {
    part(call, |credentials| credentials.opaque)
}

/// Who is charged: the credentials' user with realm or domain when they were found good, else user and host of From.
#[pvar("Au")]
fn account(call: &mut Call) -> Value {
    if let Some(proven) = call.notes.get::<Authenticated>() {
        return Value::Str(match memchr::memchr(b'@', &proven.username) {
            Some(_) => proven.username.clone(),
            None => Text::concat(&[&proven.username, b"@", &proven.realm]),
        });
    }
    let (user, host) = (
        from_part(call, uri_parts::user),
        from_part(call, uri_parts::host),
    );
    if user.is_null() && host.is_null() {
        return Value::Null;
    }
    Value::Str(Text::concat(&[&user.into_text(), b"@", &host.into_text()]))
}

/// Who is charged, without realm: the credentials' user when they were found good, else the user of From.
#[pvar("AU")]
fn account_user(call: &mut Call) -> Value {
    match call.notes.get::<Authenticated>() {
        Some(proven) => {
            let end = memchr::memchr(b'@', &proven.username).unwrap_or(proven.username.len());
            Value::Str(proven.username.slice(..end))
        }
        None => match from_part(call, uri_parts::whole) {
            Value::Null => Value::Null,
            _ => Value::Str(from_part(call, uri_parts::user).into_text()),
        },
    }
}

fn from_part(call: &Call, part: uri_parts::Part) -> Value {
    match Party::From.address(call) {
        Some(address) => part_of_message(call, call.message.text(address.uri), part),
        None => Value::Null,
    }
}
