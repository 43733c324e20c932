//! What a URI was, kept in a parameter of Record-Route beside what it has become.
//!
//! The parameter is one URI over the other, exclusive or, octet by octet, so that either gives the other: each end of the dialog
//! brings back the one it knows. The password, if any, is laid over it once more. The text is base64 with `-` for padding.
//! (Observed on 5.6.3.)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The parameter for a URI that is replaced.
pub fn conceal(was: &[u8], is: &[u8], password: &[u8]) -> String {
    let length = was.len().max(is.len());
    let at = |uri: &[u8], position: usize| uri.get(position).copied().unwrap_or(0);
    let mut octets: Vec<u8> = (0..length).map(|i| at(was, i) ^ at(is, i)).collect();
    lay_over(&mut octets, password);
    let mut text = STANDARD_NO_PAD.encode(&octets);
    while !text.len().is_multiple_of(4) {
        text.push('-');
    }
    text
}

/// The other URI. None when the parameter is none of ours, or does not fit.
pub fn reveal(known: &[u8], param: &[u8], password: &[u8]) -> Option<Vec<u8>> {
    let end = param.iter().rposition(|byte| *byte != b'-')? + 1;
    let mut octets = STANDARD_NO_PAD.decode(param.get(..end)?).ok()?;
    lay_over(&mut octets, password);
    if known.len() > octets.len() {
        return None;
    }
    octets
        .iter_mut()
        .zip(known)
        .for_each(|(octet, known)| *octet ^= known);
    let end = octets.iter().rposition(|octet| *octet != 0)? + 1;
    octets.truncate(end);
    let is_text = octets.iter().all(u8::is_ascii_graphic);
    is_text.then_some(octets)
}

fn lay_over(octets: &mut [u8], password: &[u8]) {
    octets
        .iter_mut()
        .zip(password.iter().cycle())
        .for_each(|(octet, key)| *octet ^= key);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As 5.6.3 was seen to write it.
    #[test]
    fn either_uri_gives_the_other() {
        for (was, is, password, text) in [
            (
                "sip:alice@example.org",
                "sip:bat@gotham.org",
                "",
                "AAAAAAMNHSMCLxEQAABeAxdJb3Jn",
            ),
            (
                "sip:alice@example.org",
                "sip:batman@gotham.example.net",
                "",
                "AAAAAAMNHQ4ELiUfDhkYDQgACgoGbXBsZS5uZXQ-",
            ),
            (
                "sip:bob@example.com",
                "sip:robin@cave.org",
                "",
                "AAAAABAAACkLOAIMBglLQREIbQ--",
            ),
            (
                "sip:alice@example.org",
                "sip:bat@gotham.org",
                "secret",
                "c2VjcmZ5bkZhXXRkc2U9cXI9HBcE",
            ),
        ] {
            let (was, is) = (was.as_bytes(), is.as_bytes());
            let password = password.as_bytes();
            assert_eq!(conceal(was, is, password), text);
            assert_eq!(reveal(was, text.as_bytes(), password).as_deref(), Some(is));
            assert_eq!(reveal(is, text.as_bytes(), password).as_deref(), Some(was));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for param in [
            "",
            "-",
            "----",
            "!!",
            "AAAA",
            "AAAAAAMNHSMCLxEQAABeAxdJb3Jn",
        ] {
            assert_eq!(
                reveal(b"sip:a-much-longer-uri@example.org", param.as_bytes(), b""),
                None
            );
        }
    }
}
