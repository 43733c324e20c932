//! URIs with a part changed.

use module_api::Text;
use sip::{Scheme, Uri};

/// The URI with another user; without a user before it gets one. The password was that of the other, and goes with it (observed on 5.6.3).
pub fn with_user(uri: &Uri<'_>, user: &[u8]) -> Text {
    let rest = uri.after_scheme().get(userinfo_length(uri)..);
    let rest = rest.unwrap_or_default();
    if user.is_empty() {
        return Text::concat(&[uri.scheme_name(), b":", rest]);
    }
    Text::concat(&[uri.scheme_name(), b":", user, b"@", rest])
}

/// The URI with another host; its port stays.
pub fn with_host(uri: &Uri<'_>, host: &[u8]) -> Text {
    let (before, after) = around_host(uri);
    let port = uri.host_port().get(uri.host().len()..).unwrap_or_default();
    Text::concat(&[before, host, port, after])
}

/// The URI with `param` (`name=value`) behind its parameters.
pub fn with_param(uri: &Uri<'_>, param: &[u8]) -> Text {
    let headers = uri.headers_text().map_or(0, |headers| headers.len() + 1);
    let text = uri.text();
    let (before, headers) = text
        .split_at_checked(text.len() - headers)
        .unwrap_or((text, b""));
    Text::concat(&[before, b";", param, headers])
}

/// The URI without its parameter of that name; `None` when it has none.
pub fn without_param(uri: &Uri<'_>, name: &[u8]) -> Option<Text> {
    let param = uri.params().find(|param| param.is(name))?;
    let text = uri.text();
    let before = text.get(..param.span.start as usize)?;
    let after = text.get(param.span.end as usize..)?;
    Some(Text::concat(&[before, after]))
}

/// The SIP URI at `host` for a `tel` URI (RFC 3261 §19.1.6); `None` for any other URI.
pub fn tel_to_sip(uri: &Uri<'_>, host: &[u8]) -> Option<Text> {
    let (scheme, number, params) = tel(uri)?;
    let params = params.to_ascii_lowercase();
    Some(sip_of(scheme, number, &params, host))
}

/// As [`tel_to_sip`], with the parameters as RFC 3966 §3 wants them to be compared: in its order, without a
/// `phone-context` that is a domain, and without visual separators in one that is a number.
pub fn tel_to_ordered_sip(uri: &Uri<'_>, host: &[u8]) -> Option<Text> {
    let (scheme, number, params) = tel(uri)?;
    let lower = params.to_ascii_lowercase();
    let mut params: Vec<(u8, Vec<u8>)> = lower
        .split(|octet| *octet == b';')
        .filter(|param| !param.is_empty())
        .filter_map(|param| {
            let (name, value) = stdx::ascii::split_once(param, b'=').unwrap_or((param, b""));
            let rank = match name {
                b"isub" | b"ext" => 0,
                b"phone-context" if !is_number(value) => return None,
                b"phone-context" => 1,
                _ => 2,
            };
            let keeps = |octet: &u8| rank != 1 || !is_separator(*octet);
            let value = value.iter().copied().filter(keeps);
            let written = match param.len() > name.len() {
                true => name.iter().copied().chain([b'=']).chain(value).collect(),
                false => name.to_vec(),
            };
            Some((rank, written))
        })
        .collect();
    params.sort();
    let mut written = Vec::with_capacity(lower.len());
    for (_, param) in params {
        written.push(b';');
        written.extend(param);
    }
    Some(sip_of(scheme, number, &written, host))
}

/// The scheme that a `tel` URI gets, its number and its parameters with the semicolon before them.
fn tel<'a>(uri: &Uri<'a>) -> Option<(&'static [u8], &'a [u8], &'a [u8])> {
    let scheme: &[u8] = match uri.scheme() {
        Scheme::Tel => b"sip:",
        Scheme::Tels => b"sips:",
        _ => return None,
    };
    let whole = uri.after_scheme();
    let end = whole.iter().position(|octet| *octet == b';');
    let end = end.unwrap_or(whole.len());
    let (number, params) = whole.split_at_checked(end)?;
    Some((scheme, number, params))
}

fn sip_of(scheme: &[u8], number: &[u8], params: &[u8], host: &[u8]) -> Text {
    let digits: Vec<u8> = number
        .iter()
        .copied()
        .filter(|octet| !is_separator(*octet))
        .collect();
    Text::concat(&[scheme, &digits, params, b"@", host, b";user=phone"])
}

/// A visual separator (RFC 3966 §3).
fn is_separator(octet: u8) -> bool {
    matches!(octet, b'-' | b'.' | b'(' | b')')
}

/// Whether a `phone-context` is a global number, and no domain.
fn is_number(value: &[u8]) -> bool {
    value.first() == Some(&b'+')
}

/// What stands before the host, and behind the port. The number of a `tel` URI is its host (observed on 5.6.3).
fn around_host<'a>(uri: &Uri<'a>) -> (&'a [u8], &'a [u8]) {
    let text = uri.text();
    let place = match is_tel(uri) {
        true => uri.user().unwrap_or_default(),
        false => uri.host_port(),
    };
    let start = (uri.scheme_name().len() + 1 + userinfo_length(uri)).min(text.len());
    let end = (start + place.len()).min(text.len());
    (
        text.get(..start).unwrap_or_default(),
        text.get(end..).unwrap_or_default(),
    )
}

/// The length of the user, of its password and of the `@`.
fn userinfo_length(uri: &Uri<'_>) -> usize {
    match (uri.user(), uri.password()) {
        _ if is_tel(uri) => 0,
        (Some(user), Some(password)) => user.len() + password.len() + 2,
        (Some(user), None) => user.len() + 1,
        (None, _) => 0,
    }
}

fn is_tel(uri: &Uri<'_>) -> bool {
    matches!(uri.scheme(), Scheme::Tel | Scheme::Tels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri<'_> {
        Uri::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn parts_are_changed_in_place() {
        // Results observed on 5.6.3, where there are any.
        assert_eq!(with_user(&uri("sip:a@b;x=1"), b"zed"), "sip:zed@b;x=1");
        assert_eq!(with_user(&uri("sip:b"), b"h.h"), "sip:h.h@b");
        assert_eq!(with_user(&uri("sip:a:pw@b"), b"z"), "sip:z@b");
        assert_eq!(with_user(&uri("sip:a@b"), b""), "sip:b");
        assert_eq!(
            with_host(&uri("sip:a@b:99;x=1"), b"h.h"),
            "sip:a@h.h:99;x=1"
        );
        assert_eq!(with_host(&uri("sip:a:p@b"), b"h"), "sip:a:p@h");
        assert_eq!(with_user(&uri("tel:+1;x=1"), b"z"), "tel:z@+1;x=1");
        assert_eq!(with_host(&uri("tel:+1;x=1"), b"h"), "tel:h;x=1");
        assert_eq!(
            with_param(&uri("sip:a@b;lr?h=1"), b"y=2"),
            "sip:a@b;lr;y=2?h=1"
        );
        assert_eq!(
            without_param(&uri("sip:a@b;lr;x=1;z"), b"X").unwrap(),
            "sip:a@b;lr;z"
        );
        assert_eq!(without_param(&uri("sip:a@b;lr"), b"x"), None);
    }

    #[test]
    fn a_tel_uri_becomes_a_sip_uri() {
        // As the manual shows.
        for (tel, sip) in [
            (
                "tel:+(34)-999-888-777",
                "sip:+34999888777@foo.com;user=phone",
            ),
            (
                "tel:+12-(34)-56-78;Ext=200;ISUB=+123-456",
                "sip:+12345678;ext=200;isub=+123-456@foo.com;user=phone",
            ),
        ] {
            assert_eq!(tel_to_sip(&uri(tel), b"foo.com").unwrap(), sip);
        }
        assert_eq!(tel_to_sip(&uri("sip:a@b"), b"foo.com"), None);
    }

    #[test]
    fn the_parameters_of_a_tel_uri_can_be_put_in_order() {
        for (tel, sip) in [
            ("tel:+(34)-999;B=2;a", "sip:+34999;a;b=2@h;user=phone"),
            (
                "tel:1-2;x=1;phone-context=+1-(5).6;ext=3",
                "sip:12;ext=3;phone-context=+156;x=1@h;user=phone",
            ),
            (
                "tel:12;phone-context=Example.org;isub=9",
                "sip:12;isub=9@h;user=phone",
            ),
            ("tels:12;;", "sips:12@h;user=phone"),
        ] {
            assert_eq!(tel_to_ordered_sip(&uri(tel), b"h").unwrap(), sip, "{tel}");
        }
        assert_eq!(tel_to_ordered_sip(&uri("sip:a@b"), b"h"), None);
    }
}
