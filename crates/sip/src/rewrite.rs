//! URIs with one part replaced, as scripts do it.

use crate::{Scheme, Uri};

/// Why a URI cannot have that part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// The result would be no URI.
    #[error("the result would be no URI")]
    NotAUri,
    /// A URI of that scheme has no such part.
    #[error("a URI of that scheme has no such part")]
    NoSuchPart,
    /// It is not a port.
    #[error("that is no port")]
    NotAPort,
}

/// The URI with another user, or without one; an empty one counts as none. The password stays with a user and goes with it.
pub fn with_user(uri: &Uri<'_>, user: Option<&[u8]>) -> Result<Vec<u8>, RewriteError> {
    let user = user.filter(|user| !user.is_empty());
    let mut out = Vec::with_capacity(uri.text().len() + user.map_or(0, <[u8]>::len));
    out.extend_from_slice(uri.scheme_name());
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
            out.extend_from_slice(user.unwrap_or_default());
            let number = uri.user().map_or(0, <[u8]>::len);
            out.extend_from_slice(uri.after_scheme().get(number..).unwrap_or_default());
            // COMPAT: a number can be taken away, which leaves no `tel` URI.
            return Ok(out);
        }
        Scheme::Urn => {
            out.extend_from_slice(user.ok_or(RewriteError::NotAUri)?);
            out.push(b':');
            out.extend_from_slice(from_host(uri));
        }
        Scheme::Other => return Err(RewriteError::NoSuchPart),
    }
    checked(out)
}

/// The URI with another host. COMPAT: with one, a `tel` URI becomes a SIP URI whose user is the number, as in Kamailio.
pub fn with_host(uri: &Uri<'_>, host: &[u8]) -> Result<Vec<u8>, RewriteError> {
    let mut out = Vec::with_capacity(uri.text().len() + host.len() + 12);
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips => {
            out.extend_from_slice(before_host(uri));
            out.extend_from_slice(host);
            out.extend_from_slice(from_host(uri).get(uri.host().len()..).unwrap_or_default());
        }
        Scheme::Tel | Scheme::Tels => {
            out.extend_from_slice(if uri.is_secure() { b"sips:" } else { b"sip:" });
            out.extend_from_slice(uri.after_scheme());
            out.push(b'@');
            out.extend_from_slice(host);
            out.extend_from_slice(b";user=phone");
        }
        Scheme::Urn => {
            out.extend_from_slice(b"sip:");
            out.extend_from_slice(uri.user().unwrap_or_default());
            out.push(b'@');
            out.extend_from_slice(host);
        }
        Scheme::Other => return Err(RewriteError::NoSuchPart),
    }
    let out = checked(out)?;
    match Uri::parse(&out) {
        // A host with a port in it would be read as another host.
        Ok(new) if new.host() == host => Ok(out),
        _ => Err(RewriteError::NotAUri),
    }
}

/// The URI with another port, or without one. A `tel` URI, which has none, stays as it is.
pub fn with_port(uri: &Uri<'_>, port: Option<&[u8]>) -> Result<Vec<u8>, RewriteError> {
    if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
        return Ok(uri.text().to_vec());
    }
    let port = port.filter(|port| !port.is_empty());
    if port.is_some_and(|port| stdx::number::parse_u64(port).is_none_or(|port| port > 65535)) {
        return Err(RewriteError::NotAPort);
    }
    let mut out = Vec::with_capacity(uri.text().len() + 6);
    out.extend_from_slice(before_host(uri));
    out.extend_from_slice(uri.host());
    if let Some(port) = port {
        out.push(b':');
        out.extend_from_slice(port);
    }
    out.extend_from_slice(
        from_host(uri)
            .get(uri.host_port().len()..)
            .unwrap_or_default(),
    );
    checked(out)
}

fn checked(out: Vec<u8>) -> Result<Vec<u8>, RewriteError> {
    match Uri::parse(&out) {
        Ok(_) => Ok(out),
        Err(_) => Err(RewriteError::NotAUri),
    }
}

/// Scheme, user and password with the `@`.
fn before_host<'a>(uri: &Uri<'a>) -> &'a [u8] {
    let text = uri.text();
    text.get(..text.len().saturating_sub(from_host(uri).len()))
        .unwrap_or_default()
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
        assert!(with_user(&parsed("sip:h"), Some(b"a b")).is_err());
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
        ] {
            assert_eq!(
                shown(with_host(&parsed(uri), host.as_bytes())).as_deref(),
                Ok(expected),
                "{uri}"
            );
        }
        for host in ["", "a:5", "a;b", "a b"] {
            assert!(
                with_host(&parsed("sip:u@h:1"), host.as_bytes()).is_err(),
                "{host}"
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
        for port in ["abc", "99999", "-1"] {
            assert_eq!(
                with_port(&parsed("sip:h"), Some(port.as_bytes())),
                Err(RewriteError::NotAPort)
            );
        }
    }
}
