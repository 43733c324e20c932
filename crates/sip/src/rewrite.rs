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
mod tests;
