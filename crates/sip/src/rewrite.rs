//! URIs with one part replaced, as scripts do it.
//!
//! COMPAT: what is put in is taken as it stands: a host may bring a port and parameters, and a result that is no URI is
//! written all the same and fails where it is used (observed on 5.6.3). Only a line end is refused, since it would
//! begin another header field.

use crate::{Scheme, Uri};

/// Why a URI cannot have that part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// It holds a line end or a NUL.
    #[error("a line end cannot be part of it")]
    LineEnd,
    /// A URI of that scheme cannot be without that part.
    #[error("the result would be no URI")]
    NotAUri,
    /// A URI of that scheme has no such part.
    #[error("a URI of that scheme has no such part")]
    NoSuchPart,
}

/// The URI with another user, or without one; an empty one counts as none. The password stays with a user and goes with it.
pub fn with_user(uri: &Uri<'_>, user: Option<&[u8]>) -> Result<Vec<u8>, RewriteError> {
    let user = user.filter(|user| !user.is_empty());
    let mut out = Vec::with_capacity(uri.text().len() + user.map_or(0, <[u8]>::len));
    // Observed on 5.6.3: the scheme is written small.
    out.extend(uri.scheme_name().to_ascii_lowercase());
    out.push(b':');
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips => {
            if let Some(user) = user {
                out.extend_from_slice(user);
                if let Some(password) = uri.password() {
                    out.push(b':');
                    out.extend_from_slice(password);
                }
                out.push(b'@');
            }
            out.extend_from_slice(from_host(uri));
        }
        Scheme::Tel | Scheme::Tels => {
            // COMPAT: a number can be taken away, which leaves no `tel` URI.
            out.extend_from_slice(user.unwrap_or_default());
            let number = uri.user().map_or(0, <[u8]>::len);
            out.extend_from_slice(uri.after_scheme().get(number..).unwrap_or_default());
        }
        Scheme::Urn => {
            out.extend_from_slice(user.ok_or(RewriteError::NotAUri)?);
            out.push(b':');
            out.extend_from_slice(from_host(uri));
        }
        Scheme::Other => return Err(RewriteError::NoSuchPart),
    }
    on_one_line(out)
}

/// The URI with another host; what the URI has behind its host stays. COMPAT: with one, a `tel` URI becomes a SIP URI whose user
/// is the number, as in Kamailio.
pub fn with_host(uri: &Uri<'_>, host: &[u8]) -> Result<Vec<u8>, RewriteError> {
    let behind = from_host(uri).get(uri.host().len()..);
    with_target(uri, host, behind.unwrap_or_default())
}

/// The URI with `host_port` for its host and port.
pub fn with_host_port(uri: &Uri<'_>, host_port: &[u8]) -> Result<Vec<u8>, RewriteError> {
    with_target(uri, host_port, after_port(uri))
}

/// The URI with `target`, a host with a port and a transport parameter, for those of its own.
pub fn with_host_port_transport(uri: &Uri<'_>, target: &[u8]) -> Result<Vec<u8>, RewriteError> {
    let mut behind = Vec::with_capacity(after_port(uri).len());
    for param in uri.params().filter(|param| !param.is(b"transport")) {
        behind.push(b';');
        behind.extend_from_slice(param.name);
        if let Some(value) = param.value {
            behind.push(b'=');
            behind.extend_from_slice(value);
        }
    }
    if let Some(headers) = uri.headers_text() {
        behind.push(b'?');
        behind.extend_from_slice(headers);
    }
    with_target(uri, target, &behind)
}

/// The URI with `target` where its host is and `behind` for all that follows, which only a SIP URI keeps.
fn with_target(uri: &Uri<'_>, target: &[u8], behind: &[u8]) -> Result<Vec<u8>, RewriteError> {
    let mut out = Vec::with_capacity(uri.text().len() + target.len() + 12);
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips => {
            push_before_host(uri, &mut out);
            out.extend_from_slice(target);
            out.extend_from_slice(behind);
        }
        Scheme::Tel | Scheme::Tels => {
            out.extend_from_slice(if uri.is_secure() { b"sips:" } else { b"sip:" });
            out.extend_from_slice(uri.after_scheme());
            out.push(b'@');
            out.extend_from_slice(target);
            out.extend_from_slice(b";user=phone");
        }
        Scheme::Urn => {
            out.extend_from_slice(b"sip:");
            out.extend_from_slice(uri.user().unwrap_or_default());
            out.push(b'@');
            out.extend_from_slice(target);
        }
        Scheme::Other => return Err(RewriteError::NoSuchPart),
    }
    on_one_line(out)
}

/// The URI with another port, or without one. A `tel` URI, which has none, stays as it is.
pub fn with_port(uri: &Uri<'_>, port: Option<&[u8]>) -> Result<Vec<u8>, RewriteError> {
    if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
        return Ok(uri.text().to_vec());
    }
    let mut out = Vec::with_capacity(uri.text().len() + 6);
    push_before_host(uri, &mut out);
    out.extend_from_slice(uri.host());
    if let Some(port) = port.filter(|port| !port.is_empty()) {
        out.push(b':');
        out.extend_from_slice(port);
    }
    out.extend_from_slice(after_port(uri));
    on_one_line(out)
}

fn on_one_line(out: Vec<u8>) -> Result<Vec<u8>, RewriteError> {
    if out.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(RewriteError::LineEnd);
    }
    Ok(out)
}

/// What follows host and port.
fn after_port<'a>(uri: &Uri<'a>) -> &'a [u8] {
    let behind = from_host(uri).get(uri.host_port().len()..);
    behind.unwrap_or_default()
}

/// Appends scheme, user and password with the `@`.
fn push_before_host(uri: &Uri<'_>, out: &mut Vec<u8>) {
    let scheme = uri.scheme_name();
    out.extend(scheme.to_ascii_lowercase());
    let text = uri.text();
    let end = text.len().saturating_sub(from_host(uri).len());
    out.extend_from_slice(text.get(scheme.len()..end).unwrap_or_default());
}

/// The host and what follows.
fn from_host<'a>(uri: &Uri<'a>) -> &'a [u8] {
    let text = uri.text();
    let start = uri
        .host()
        .as_ptr()
        .addr()
        .wrapping_sub(text.as_ptr().addr());
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap()
    }

    fn shown(result: Result<Vec<u8>, RewriteError>) -> Result<String, RewriteError> {
        result.map(|out| String::from_utf8(out).unwrap())
    }

    const FULL: &str =
        "sip:+4930123:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi";

    #[test]
    fn another_user_keeps_the_password() {
        for (uri, user, expected) in [
            (
                FULL,
                Some("other"),
                "sip:other:secret@test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
            ),
            (
                FULL,
                None,
                "sip:test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
            ),
            (
                FULL,
                Some(""),
                "sip:test.example.net:5080;transport=udp;foo=bar;lr?Subject=hi",
            ),
            ("sip:host:5070", Some("u"), "sip:u@host:5070"),
            (
                "sip:h;transport=tcp?a=b",
                Some("q"),
                "sip:q@h;transport=tcp?a=b",
            ),
            ("tel:+1;phone-context=x", Some("x"), "tel:x;phone-context=x"),
            ("tel:+1;phone-context=x", None, "tel:;phone-context=x"),
            ("sips:u:p@h:1", None, "sips:h:1"),
        ] {
            assert_eq!(
                shown(with_user(&parsed(uri), user.map(str::as_bytes))).as_deref(),
                Ok(expected),
                "{uri}"
            );
        }
        assert_eq!(
            with_user(&parsed("sip:h"), Some(b"a\r\nb")),
            Err(RewriteError::LineEnd)
        );
    }

    #[test]
    fn another_host_keeps_the_port() {
        for (uri, host, expected) in [
            (
                FULL,
                "d.org",
                "sip:+4930123:secret@d.org:5080;transport=udp;foo=bar;lr?Subject=hi",
            ),
            ("sip:u;a=b@h;user=phone", "zz", "sip:u;a=b@zz;user=phone"),
            ("tel:+1;ext=5", "d", "sip:+1;ext=5@d;user=phone"),
            ("urn:service:sos", "x.y", "sip:service@x.y"),
            ("sip:h", "[::1]", "sip:[::1]"),
            (
                "sip:u@h;x=9?a=b",
                "10.0.0.1:5070",
                "sip:u@10.0.0.1:5070;x=9?a=b",
            ),
            (
                "sip:u@h;x=9",
                "d;transport=tcp",
                "sip:u@d;transport=tcp;x=9",
            ),
            ("sip:u@h:1", "a:5", "sip:u@a:5:1"),
            ("sip:u@h:1", "", "sip:u@:1"),
        ] {
            assert_eq!(
                shown(with_host(&parsed(uri), host.as_bytes())).as_deref(),
                Ok(expected),
                "{uri}"
            );
        }
        assert_eq!(
            with_host(&parsed("sip:u@h:1"), b"a\nb"),
            Err(RewriteError::LineEnd)
        );
        assert_eq!(
            with_host(&parsed("foo:u@h"), b"a"),
            Err(RewriteError::NoSuchPart)
        );
    }

    #[test]
    fn another_target_takes_the_place_of_host_port_and_transport() {
        for (uri, target, host_port, transport) in [
            (
                FULL,
                "d.org:7;transport=tcp",
                "sip:+4930123:secret@d.org:7;transport=tcp;transport=udp;foo=bar;lr?Subject=hi",
                "sip:+4930123:secret@d.org:7;transport=tcp;foo=bar;lr?Subject=hi",
            ),
            ("sip:h:5;transport=udp", "d", "sip:d;transport=udp", "sip:d"),
            (
                "tel:+1",
                "d:5",
                "sip:+1@d:5;user=phone",
                "sip:+1@d:5;user=phone",
            ),
            ("sip:u@h:5;x", ":5", "sip:u@:5;x", "sip:u@:5;x"),
        ] {
            let (uri, target) = (parsed(uri), target.as_bytes());
            assert_eq!(
                shown(with_host_port(&uri, target)).as_deref(),
                Ok(host_port)
            );
            assert_eq!(
                shown(with_host_port_transport(&uri, target)).as_deref(),
                Ok(transport)
            );
        }
    }

    #[test]
    fn another_port_keeps_the_rest() {
        for (uri, port, expected) in [
            (
                FULL,
                Some("7"),
                "sip:+4930123:secret@test.example.net:7;transport=udp;foo=bar;lr?Subject=hi",
            ),
            (
                FULL,
                None,
                "sip:+4930123:secret@test.example.net;transport=udp;foo=bar;lr?Subject=hi",
            ),
            ("sip:u@host", Some("5"), "sip:u@host:5"),
            ("sip:h?a=b", Some("7"), "sip:h:7?a=b"),
            ("sip:h;x=y", Some("7"), "sip:h:7;x=y"),
            (
                "tel:+1;phone-context=x",
                Some("5"),
                "tel:+1;phone-context=x",
            ),
        ] {
            assert_eq!(
                shown(with_port(&parsed(uri), port.map(str::as_bytes))).as_deref(),
                Ok(expected),
                "{uri}"
            );
        }
        assert_eq!(
            shown(with_port(&parsed("sip:h"), Some(b"99999"))).as_deref(),
            Ok("sip:h:99999")
        );
    }
}
