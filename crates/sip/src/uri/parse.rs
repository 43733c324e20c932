//! Finding the parts of a URI.

use memchr::{memchr, memchr3};

use super::{Scheme, UriSpans};
use crate::UriError;
use crate::scan::{
    Reader, find, is_forbidden_in_uri, is_host, is_mark_in_uri_tail, is_mark_in_user,
};

pub(super) fn parse(text: &[u8]) -> Result<UriSpans, UriError> {
    let Ok(end) = u16::try_from(text.len()) else {
        return Err(UriError::TooLong);
    };
    let (scheme, scheme_end) = parse_scheme(text)?;
    let after = scheme_end + 1;
    let empty = UriSpans {
        scheme,
        has_user: false,
        has_password: false,
        port: None,
        scheme_end,
        user_end: after,
        password_end: after,
        host_start: after,
        host_end: after,
        port_end: after,
        params_end: after,
        end,
    };
    match scheme {
        Scheme::Sip | Scheme::Sips => parse_sip(text, empty),
        Scheme::Tel | Scheme::Tels => parse_tel(text, empty),
        Scheme::Urn => parse_urn(text, empty),
        Scheme::Other if text.iter().any(|byte| is_forbidden_in_uri(*byte)) => {
            Err(UriError::Character)
        }
        Scheme::Other => Ok(UriSpans {
            port_end: end,
            params_end: end,
            ..empty
        }),
    }
}

/// The scheme and the offset of its colon.
fn parse_scheme(text: &[u8]) -> Result<(Scheme, u16), UriError> {
    // The case bit makes letters lower case and leaves the colon as it is.
    if let [a, b, c, d, ..] = text {
        match [a | 0x20, b | 0x20, c | 0x20, *d] {
            [b's', b'i', b'p', b':'] => return Ok((Scheme::Sip, 3)),
            [b't', b'e', b'l', b':'] => return Ok((Scheme::Tel, 3)),
            [b'u', b'r', b'n', b':'] => return Ok((Scheme::Urn, 3)),
            _ => {}
        }
    }
    if let [a, b, c, d, b':', ..] = text {
        match [a | 0x20, b | 0x20, c | 0x20, d | 0x20] {
            [b's', b'i', b'p', b's'] => return Ok((Scheme::Sips, 4)),
            [b't', b'e', b'l', b's'] => return Ok((Scheme::Tels, 4)),
            _ => {}
        }
    }
    let colon = memchr(b':', text).ok_or(UriError::Scheme)?;
    let name = text.get(..colon).unwrap_or_default();
    let is_scheme = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if is_scheme {
        Ok((Scheme::Other, colon as u16))
    } else {
        Err(UriError::Scheme)
    }
}

/// `[user[:password]@]host[:port][;params][?headers]`. The first `@` ends the user: no later part may hold one unescaped,
/// while a user may hold `;`, `?` and `/` (RFC 3261 §25.1).
fn parse_sip(text: &[u8], mut uri: UriSpans) -> Result<UriSpans, UriError> {
    let after = usize::from(uri.scheme_end) + 1;
    let rest = text.get(after..).unwrap_or_default();
    let mut at = after;
    if let Some(length) = find(rest, 0, b'@') {
        let user = rest.get(..length).unwrap_or_default();
        if user.is_empty() {
            return Err(UriError::User);
        }
        at = after + length;
        uri.has_user = true;
        uri.password_end = at as u16;
        uri.user_end = at as u16;
        if let Some(mark) = user.iter().position(|byte| is_mark_in_user(*byte)) {
            let marked = user.get(mark..).unwrap_or_default();
            if mark == 0 || marked.iter().any(|byte| is_forbidden_in_user(*byte)) {
                return Err(UriError::User);
            }
            uri.has_password = true;
            uri.user_end = (after + mark) as u16;
        }
        at += 1;
    }
    uri.host_start = at as u16;
    at += host_length(text.get(at..).unwrap_or_default())?;
    uri.host_end = at as u16;
    if text.get(at) == Some(&b':') {
        let mut reader = Reader {
            bytes: text,
            at: at + 1,
        };
        let (number, digits) = reader.take_number();
        if !digits.is_empty() {
            // Observed on 5.6.3: five digits are the most.
            let number = number.filter(|_| digits.len() <= 5);
            let port = number.and_then(|number| u16::try_from(number).ok());
            uri.port = Some(port.ok_or(UriError::Port)?);
        }
        at = reader.at;
    }
    uri.port_end = at as u16;
    uri.params_end = uri.port_end;
    match text.get(at) {
        None => Ok(uri),
        Some(b';' | b'?') => parse_tail(text, uri),
        Some(_) if usize::from(uri.host_end) < at => Err(UriError::Port),
        Some(_) => Err(UriError::Host),
    }
}

/// `tel:number[;params]`: the number is kept as the user.
fn parse_tel(text: &[u8], mut uri: UriSpans) -> Result<UriSpans, UriError> {
    let after = usize::from(uri.scheme_end) + 1;
    let rest = text.get(after..).unwrap_or_default();
    let length = rest
        .iter()
        .position(|byte| matches!(byte, b';' | b'?'))
        .unwrap_or(rest.len());
    let at = (after + length) as u16;
    uri.has_user = true;
    (
        uri.user_end,
        uri.password_end,
        uri.host_start,
        uri.host_end,
        uri.port_end,
    ) = (at, at, at, at, at);
    let number = rest.get(..length).unwrap_or_default();
    if number.is_empty() || number.iter().any(|byte| is_forbidden_in_user(*byte)) {
        return Err(UriError::User);
    }
    parse_tail(text, uri)
}

/// `urn:namespace:name[;params]`. COMPAT: the namespace is kept as the user and the name as the host.
fn parse_urn(text: &[u8], mut uri: UriSpans) -> Result<UriSpans, UriError> {
    let after = usize::from(uri.scheme_end) + 1;
    let rest = text.get(after..).unwrap_or_default();
    let mut at = after;
    if let Some(colon) = memchr(b':', rest) {
        let user_end = (after + colon) as u16;
        (uri.has_user, uri.user_end, uri.password_end) = (true, user_end, user_end);
        at = after + colon + 1;
    }
    let name = text.get(at..).unwrap_or_default();
    let length = name
        .iter()
        .position(|byte| matches!(byte, b';' | b'?'))
        .unwrap_or(name.len());
    if length == 0 || text.iter().any(|byte| is_forbidden_in_uri(*byte)) {
        return Err(UriError::Host);
    }
    uri.host_start = at as u16;
    uri.host_end = (at + length) as u16;
    uri.port_end = uri.host_end;
    parse_tail(text, uri)
}

/// COMPAT: 5.6.3 accepts everything in a user; we refuse what would end a line.
fn is_forbidden_in_user(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Parameters and headers.
fn parse_tail(text: &[u8], mut uri: UriSpans) -> Result<UriSpans, UriError> {
    let tail = text.get(usize::from(uri.port_end)..).unwrap_or_default();
    let params = match tail.iter().position(|byte| is_mark_in_uri_tail(*byte)) {
        None => tail.len(),
        Some(mark) => {
            let marked = tail.get(mark..).unwrap_or_default();
            match marked.iter().any(|byte| is_forbidden_in_uri(*byte)) {
                true => quoting_params_length(tail).ok_or(UriError::Character)?,
                false => mark,
            }
        }
    };
    uri.params_end = uri.port_end + params as u16;
    Ok(uri)
}

/// Length of parameters some of whose values are quoted; none when a character has no place where it stands.
///
/// COMPAT: RFC 3261 has no quotes in URI parameters; 5.6.3 accepts them, and what they hold.
fn quoting_params_length(tail: &[u8]) -> Option<usize> {
    let mut length = None;
    let mut at = 0;
    while let Some(byte) = tail.get(at).copied() {
        match byte {
            b'"' if length.is_none() && at > 0 && tail.get(at - 1) == Some(&b'=') => {
                let inside = tail.get(at + 1..)?;
                let close = memchr(b'"', inside)?;
                let behind = inside.get(close + 1);
                let has_line_end = inside.get(..close)?.iter().any(|byte| *byte < b' ');
                if has_line_end || !matches!(behind, None | Some(b';' | b'?')) {
                    return None;
                }
                at += close + 2;
                continue;
            }
            b'?' => length = length.or(Some(at)),
            byte if is_forbidden_in_uri(byte) => return None,
            _ => {}
        }
        at += 1;
    }
    Some(length.unwrap_or(tail.len()))
}

/// Length of the host that `text` begins with.
fn host_length(text: &[u8]) -> Result<usize, UriError> {
    if text.first() == Some(&b'[') {
        let close = memchr3(b']', b';', b'?', text).ok_or(UriError::Host)?;
        let inside = text.get(1..close).unwrap_or_default();
        let is_address = inside.contains(&b':')
            && inside
                .iter()
                .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'%'));
        return if text.get(close) == Some(&b']') && is_address {
            Ok(close + 1)
        } else {
            Err(UriError::Host)
        };
    }
    let length = text
        .iter()
        .position(|byte| !is_host(*byte))
        .unwrap_or(text.len());
    if length == 0 {
        Err(UriError::Host)
    } else {
        Ok(length)
    }
}
