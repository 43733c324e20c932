//! The answer to a Digest challenge (RFC 2617 §3.2.2), with MD5.

use md5::{Digest as _, Md5};

/// A challenge as the server sent it.
#[derive(Debug, PartialEq)]
pub struct Challenge<'a> {
    /// The realm.
    pub realm: &'a str,
    nonce: &'a str,
    with_qop: bool,
}

impl<'a> Challenge<'a> {
    /// Reads the value of WWW-Authenticate. A challenge that asks for something other than MD5 is none.
    pub fn read(value: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?.strip_prefix("Digest ")?;
        let field = |name| quoted_or_token(text, name);
        if field("algorithm").is_some_and(|algorithm| !algorithm.eq_ignore_ascii_case("MD5")) {
            return None;
        }
        let qop = field("qop");
        if qop.is_some_and(|qop| !qop.split(',').any(|one| one.trim() == "auth")) {
            return None;
        }
        Some(Self {
            realm: field("realm")?,
            nonce: field("nonce").filter(|nonce| !nonce.is_empty())?,
            with_qop: qop.is_some(),
        })
    }

    /// The value of Authorization with which `user` answers for a request of `method` to `uri`.
    pub fn answer(&self, user: &str, password: &str, method: &str, uri: &str) -> String {
        /// That of the example in RFC 2617 §3.5: nobody depends on its being secret.
        const CNONCE: &str = "0a4f113b";
        let Self { realm, nonce, .. } = self;
        let secret = hex(&format!("{user}:{realm}:{password}"));
        let request = hex(&format!("{method}:{uri}"));
        let (middle, qop) = match self.with_qop {
            true => (
                format!("{nonce}:00000001:{CNONCE}:auth"),
                format!(", qop=auth, nc=00000001, cnonce=\"{CNONCE}\""),
            ),
            false => ((*nonce).to_owned(), String::new()),
        };
        let response = hex(&format!("{secret}:{middle}:{request}"));
        format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm=MD5{qop}"
        )
    }
}

/// The value of field `name`, without its quotes.
fn quoted_or_token<'a>(mut rest: &'a str, name: &str) -> Option<&'a str> {
    loop {
        let (found, after) = rest.trim_start_matches([',', ' ']).split_once('=')?;
        let value = match after.strip_prefix('"') {
            Some(quoted) => {
                let (value, next) = quoted.split_once('"')?;
                rest = next;
                value
            }
            None => {
                let (value, next) = after.split_once(',').unwrap_or((after, ""));
                rest = next;
                value.trim()
            }
        };
        if found.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
    }
}

fn hex(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    let digest = Md5::digest(text);
    digest
        .iter()
        .flat_map(|octet| [digit(octet >> 4), digit(*octet)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_that_of_the_rfc() {
        // RFC 2617 §3.5, whose cnonce is ours.
        let challenge = Challenge::read(
            b"Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
              nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5c\"",
        )
        .unwrap();
        let answer = challenge.answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html");
        assert!(
            answer.contains("response=\"6629fae49393a05397450978507c4ef1\""),
            "{answer}"
        );
        assert!(answer.contains("qop=auth, nc=00000001"), "{answer}");
    }

    #[test]
    fn without_qop_the_answer_is_that_of_rfc_2069() {
        let text =
            b"Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let answer = Challenge::read(text).unwrap().answer(
            "Mufasa",
            "Circle Of Life",
            "GET",
            "/dir/index.html",
        );
        assert!(
            answer.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""),
            "{answer}"
        );
        assert!(!answer.contains("qop"), "{answer}");
    }

    #[test]
    fn what_cannot_be_answered_is_no_challenge() {
        for text in [
            &b"Basic realm=\"x\""[..],
            b"Digest realm=\"x\"",
            b"Digest realm=\"x\", nonce=\"\"",
            b"Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256",
            b"Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"",
        ] {
            assert_eq!(Challenge::read(text), None);
        }
    }
}
