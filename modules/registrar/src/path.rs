//! Path (RFC 3327): collecting it from a REGISTER, reading it at lookup.

use sip::{HeaderId, Message, NameAddr, Uri};

/// Appends all Path values of the message, separated by commas.
pub fn collect(message: &Message, out: &mut Vec<u8>) {
    for field in message.headers_of(HeaderId::Path) {
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(message.value(field));
    }
}

/// How many octets of Path may be kept: what the database has room for. They are the Route of every request to the contact.
const LONGEST: usize = 512;

/// Whether a path can be followed: a list of URIs in angle brackets, the first of which has `lr` (observed on 5.6.3), and not
/// too long.
pub fn is_followable(path: &[u8]) -> bool {
    let mut values = sip::CommaList::new(path).peekable();
    let Some(first) = values.peek().copied() else {
        return path.is_empty();
    };
    let uri = |value: sip::Span| {
        let address = NameAddr::within(path, value).ok()?;
        let before = (address.uri.start as usize).checked_sub(1)?;
        (path.get(before) == Some(&b'<')).then_some(())?;
        Uri::parse(address.uri.of(path)).ok()
    };
    !path.ends_with(b",")
        && path.len() <= LONGEST
        && uri(first).is_some_and(|uri| uri.has_param(b"lr"))
        && values.all(|value| uri(value).is_some())
}

/// The URI of the first Path value, and where the values after it begin.
fn first(path: &[u8]) -> Option<(&[u8], usize)> {
    let value = sip::CommaList::new(path).next()?;
    let address = NameAddr::within(path, value).ok()?;
    let rest = path.get(value.end as usize..).unwrap_or_default();
    let blank = rest
        .iter()
        .take_while(|byte| matches!(byte, b',' | b' ' | b'\t'))
        .count();
    Some((address.uri.of(path), value.end as usize + blank))
}

/// The URI of the first Path value.
pub fn first_uri(path: &[u8]) -> Option<&[u8]> {
    first(path).map(|(uri, _)| uri)
}

/// The path without its first value.
pub fn after_first(path: &[u8]) -> &[u8] {
    first(path)
        .and_then(|(_, rest)| path.get(rest..))
        .unwrap_or_default()
}

/// What the `received` parameter of the first Path URI says, without escapes.
pub fn received(path: &[u8]) -> Option<Vec<u8>> {
    let uri = Uri::parse(first_uri(path)?).ok()?;
    let written = uri.param(b"received").filter(|value| !value.is_empty())?;
    let written = sip::unquoted(written);
    let mut plain = Vec::with_capacity(written.len());
    sip::unescape(written, &mut plain).then_some(plain)
}

/// Whether one of the proxies on the path follows RFC 5626.
pub fn has_outbound(path: &[u8]) -> bool {
    sip::CommaList::new(path).any(|value| {
        let address = NameAddr::within(path, value).ok();
        let uri = address.and_then(|address| Uri::parse(address.uri.of(path)).ok());
        uri.is_some_and(|uri| uri.has_param(b"ob"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &[u8] =
        b"<sip:192.0.2.1;lr;received=sip:192.0.2.8:88%3Btransport%3Dtcp>, <sip:192.0.2.2;lr;ob>,<sip:192.0.2.3>";

    #[test]
    fn the_first_value_is_where_requests_go() {
        assert_eq!(
            first_uri(PATH),
            Some(&b"sip:192.0.2.1;lr;received=sip:192.0.2.8:88%3Btransport%3Dtcp"[..])
        );
        assert_eq!(after_first(PATH), b"<sip:192.0.2.2;lr;ob>,<sip:192.0.2.3>");
        assert_eq!(after_first(b"<sip:192.0.2.3>"), b"");
        assert_eq!(first_uri(b""), None);
    }

    #[test]
    fn a_path_is_followed_when_its_first_uri_is_a_loose_router() {
        for (path, is_right) in [
            ("", true),
            ("<sip:192.0.2.1;lr>", true),
            ("<sip:192.0.2.1;lr=on>", true),
            ("\"x\" <sip:192.0.2.1;lr>;a=b", true),
            ("<sip:192.0.2.1;lr>, <sip:192.0.2.2>", true),
            ("foo", false),
            ("<>", false),
            ("sip:192.0.2.1;lr", false),
            ("<sip:192.0.2.1>", false),
            ("<sip:192.0.2.1>;lr", false),
            ("<tel:123>", false),
            ("<sip:192.0.2.1;lr>,", false),
            ("<sip:192.0.2.1;lr>,foo", false),
        ] {
            assert_eq!(is_followable(path.as_bytes()), is_right, "{path}");
        }
    }

    #[test]
    fn the_received_parameter_comes_without_escapes() {
        let expected = b"sip:192.0.2.8:88;transport=tcp";
        assert_eq!(received(PATH).as_deref(), Some(&expected[..]));
        assert_eq!(received(b"<sip:192.0.2.3;received=>"), None);
    }

    #[test]
    fn any_proxy_may_say_that_it_follows_outbound() {
        assert!(has_outbound(PATH));
        assert!(!has_outbound(b"<sip:192.0.2.3;lr>"));
    }
}
