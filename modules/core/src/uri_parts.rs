//! Parts of URIs as scripts see them.

use crate::parts;
use module_api::{Call, Text};
use sip::{Scheme, Uri};

/// How URIs are read: whether `sip:…;user=phone` stands for a telephone number (`phone2tel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The user of such a URI ends at its first `;`, and its scheme reads `tel`.
    pub phone_as_tel: bool,
}

impl Reading {
    /// How the call's configuration has URIs read.
    pub fn of(call: &Call) -> Reading {
        Reading {
            phone_as_tel: call.runtime.settings.phone2tel,
        }
    }
}

/// Reads one part of a URI; none when it has none.
pub type Part = for<'a> fn(&Uri<'a>, Reading) -> Option<&'a [u8]>;

/// A part of a URI that is itself a part of the message; none when the URI cannot be read.
pub fn of_message(call: &Call, uri: &[u8], part: Part) -> Option<Text> {
    let uri = Uri::parse(uri).ok()?;
    part(&uri, Reading::of(call)).map(|part| parts::of_message(&call.message, part))
}

/// A part of a URI; none when the URI cannot be read.
pub fn of_text(call: &Call, uri: &Text, part: Part) -> Option<Text> {
    let parsed = Uri::parse(uri).ok()?;
    part(&parsed, Reading::of(call)).map(|part| parts::of_text(uri, part))
}

/// A part of the Request-URI as it stands; none in responses.
pub fn of_request_uri(call: &Call, part: Part) -> Option<Text> {
    match &call.target.uri {
        Some(uri) if call.message.is_request() => of_text(call, uri, part),
        _ => of_received_request_uri(call, part),
    }
}

/// A part of the Request-URI as it was received; none in responses.
pub fn of_received_request_uri(call: &Call, part: Part) -> Option<Text> {
    let uri = call.message.uri().ok()?;
    part(&uri, Reading::of(call)).map(|part| parts::of_message(&call.message, part))
}

/// The whole URI. One of a scheme that is none of SIP's does not count (observed on 5.6.3).
pub fn whole<'a>(uri: &Uri<'a>, _: Reading) -> Option<&'a [u8]> {
    (uri.scheme() != Scheme::Other).then(|| uri.text())
}

/// The user; the namespace of a URN.
pub fn user<'a>(uri: &Uri<'a>, reading: Reading) -> Option<&'a [u8]> {
    let user = uri.user().filter(|user| !user.is_empty())?;
    if reading.phone_as_tel
        && let Some(end) = memchr::memchr(b';', user)
        && is_phone(uri)
    {
        return user.get(..end);
    }
    Some(user)
}

/// The host; the name within a URN's namespace. A `tel` URI has none.
pub fn host<'a>(uri: &Uri<'a>, _: Reading) -> Option<&'a [u8]> {
    Some(uri.host()).filter(|host| !host.is_empty())
}

/// The port as written; 5060, or 5061 for `transport=tls`, when there is none. The scheme does not matter
/// (observed on 5.6.3: `sips:h` has port 5060).
pub fn port<'a>(uri: &Uri<'a>, reading: Reading) -> Option<&'a [u8]> {
    whole(uri, reading)?;
    let written = uri.host_port().get(uri.host().len()..).unwrap_or_default();
    match written {
        [b':', digits @ ..] => Some(digits),
        _ if uri
            .param(b"transport")
            .is_some_and(|name| name.eq_ignore_ascii_case(b"tls")) =>
        {
            Some(b"5061")
        }
        _ => Some(b"5060"),
    }
}

/// The `transport` parameter as written; `UDP` when there is none.
pub fn transport<'a>(uri: &Uri<'a>, reading: Reading) -> Option<&'a [u8]> {
    whole(uri, reading)?;
    Some(
        uri.param(b"transport")
            .filter(|name| !name.is_empty())
            .unwrap_or(b"UDP"),
    )
}

/// The scheme in lower case.
pub fn scheme<'a>(uri: &Uri<'a>, reading: Reading) -> Option<&'a [u8]> {
    Some(match uri.scheme() {
        Scheme::Sip | Scheme::Sips if reading.phone_as_tel && is_phone(uri) => b"tel",
        Scheme::Sip => b"sip",
        Scheme::Sips => b"sips",
        Scheme::Tel => b"tel",
        Scheme::Tels => b"tels",
        Scheme::Urn => b"urn",
        Scheme::Other => return None,
    })
}

/// Whether a SIP URI says that its user is a telephone number. COMPAT: in small letters, while RFC 3261 §7.3.1 knows no case.
pub fn is_phone(uri: &Uri<'_>) -> bool {
    matches!(uri.scheme(), Scheme::Sip | Scheme::Sips)
        && uri.param(b"user").is_some_and(|value| value == b"phone")
}

#[cfg(test)]
mod tests;
