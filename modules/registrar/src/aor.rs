//! From a URI to the name of an address-of-record.

use crate::params::Params;
use crate::refusal::Refusal;
use sip::Uri;
use smallvec::SmallVec;

/// The name of an address-of-record, in memory of its own.
pub type AorName = SmallVec<[u8; 64]>;

/// An address-of-record, and the contact of it that a GRUU means (RFC 5627).
#[derive(Debug, PartialEq, Eq)]
pub struct Aor<'a> {
    /// `user`, or `user@domain`.
    pub name: AorName,
    /// The instance of a public GRUU, without angle brackets.
    pub instance: Option<&'a [u8]>,
    /// The user of a temporary GRUU.
    pub temporary: Option<&'a [u8]>,
}

/// The address-of-record of a URI.
pub fn extract<'a>(params: &Params, has_domain: bool, uri: &Uri<'a>) -> Result<Aor<'a>, Refusal> {
    let user = uri.user().unwrap_or_default();
    let mut name = AorName::new();
    if user.contains(&b'%') {
        let mut plain = Vec::with_capacity(user.len());
        // COMPAT: an escape for anything but a printing character of ASCII is refused, a letter with an umlaut too (observed
        // on 5.6.3). So no name has a line end.
        if !sip::unescape(user, &mut plain) || unprintable(&plain) > unprintable(user) {
            return Err(Refusal::BadEscape);
        }
        name.extend_from_slice(&plain);
    } else {
        name.extend_from_slice(user);
    }
    if !params.case_sensitive.is_on() {
        name.make_ascii_lowercase();
    }
    if has_domain {
        name.push(b'@');
        // No domain has letters of a case.
        let domain = without_prefix(uri.host(), &params.realm_prefix);
        name.extend(domain.iter().map(u8::to_ascii_lowercase));
    }
    let (mut instance, mut temporary) = (None, None);
    // Those that were told stay good when `gruu_enabled` tells no more (observed on 5.6.3).
    if uri.has_param(b"gr") {
        match uri.param(b"gr").filter(|value| !value.is_empty()) {
            Some(value) => instance = Some(value),
            None => temporary = Some(user),
        }
    }
    Ok(Aor {
        name,
        instance,
        temporary,
    })
}

/// How many octets are no printing characters of ASCII.
fn unprintable(text: &[u8]) -> usize {
    let octets = text.iter();
    octets.filter(|octet| !matches!(octet, b' '..=b'~')).count()
}

fn without_prefix<'a>(host: &'a [u8], prefix: &[u8]) -> &'a [u8] {
    match host.split_at_checked(prefix.len()) {
        Some((start, rest)) if !rest.is_empty() && start.eq_ignore_ascii_case(prefix) => rest,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use module_api::Live;
    use module_api::Text;

    fn read(uri: &str) -> Uri<'_> {
        Uri::parse(uri.as_bytes()).unwrap()
    }

    #[test]
    fn names_are_those_of_5_6_3() {
        let plain = Params::default();
        let exact = Params {
            case_sensitive: Live::from(1),
            ..Params::default()
        };
        let prefixed = Params {
            realm_prefix: Text::from_static("sip."),
            ..Params::default()
        };
        for (params, has_domain, uri, name) in [
            (&plain, false, "sip:Alice@Example.org", "alice"),
            (&plain, false, "sip:Ali%20ce;x=1@Foo.ORG", "ali ce;x=1"),
            (&plain, false, "sip:example.org", ""),
            (&plain, false, "tel:+1234", "+1234"),
            (
                &plain,
                true,
                "sip:Alice@Example.org:5070",
                "alice@example.org",
            ),
            (&exact, true, "sip:Alice@Example.org", "Alice@example.org"),
            (&prefixed, true, "sip:a@sip.example.org", "a@example.org"),
            (&prefixed, true, "sip:a@sip.", "a@sip."),
        ] {
            let aor = extract(params, has_domain, &read(uri)).unwrap();
            assert_eq!(std::str::from_utf8(&aor.name), Ok(name), "{uri}");
        }
        for user in ["a%0", "a%", "a%zz", "a%00", "a%0d%0aX", "a%7F", "a%c3%a4"] {
            let uri = format!("sip:{user}@example.org");
            let aor = extract(&plain, false, &read(&uri));
            assert_eq!(aor, Err(Refusal::BadEscape), "{user}");
        }
    }

    #[test]
    fn gruus_say_which_contact_they_mean() {
        let params = Params::default();
        let public = extract(&params, false, &read("sip:a@b;gr=urn:uuid:1")).unwrap();
        assert_eq!(public.instance, Some(&b"urn:uuid:1"[..]));
        let temporary = extract(&params, false, &read("sip:uloc-1@b;gr")).unwrap();
        assert_eq!(temporary.temporary, Some(&b"uloc-1"[..]));
    }
}
