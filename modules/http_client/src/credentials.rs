//! A name and a password, and how a server is shown that one knows them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sip::digest::{Answer, Challenge, Secret};
use std::fmt;

/// The bit of `authmethod` for Basic.
const BASIC: i64 = 1;
/// The bits for Digest, and for Digest as an old browser spoke it.
const DIGEST: i64 = 2 | 16;

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The password. Never shown.
    pub password: String,
    /// The sum of the ways in which they may be shown, as `authmethod` has it.
    pub methods: i64,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.username)
    }
}

impl Credentials {
    /// What is sent before anybody asks: Basic, when there is no other way.
    pub fn unasked(&self) -> Option<String> {
        (self.methods == BASIC).then(|| self.basic())
    }

    /// What answers a challenge: Digest before Basic.
    pub fn answer(
        &self,
        challenges: &[&[u8]],
        method: &[u8],
        uri: &[u8],
        body: &[u8],
        nonce: u64,
    ) -> Option<String> {
        if self.methods & DIGEST != 0 {
            let cnonce = format!("{nonce:016x}");
            let answer = Answer {
                username: self.username.as_bytes(),
                secret: Secret::Password(self.password.as_bytes()),
                method,
                uri,
                body,
                cnonce: cnonce.as_bytes(),
                nonce_count: 1,
            };
            let written = challenges.iter().find_map(|value| {
                let challenge = Challenge::parse(value).ok()?;
                let mut out = Vec::new();
                answer.write(&challenge, &mut out).ok()?;
                String::from_utf8(out).ok()
            });
            if written.is_some() {
                return written;
            }
        }
        let is_basic = |value: &&[u8]| {
            let scheme = value.split(|byte| *byte == b' ').next();
            scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Basic"))
        };
        let may = self.methods & BASIC != 0 && self.methods != BASIC;
        (may && challenges.iter().any(is_basic)).then(|| self.basic())
    }

    fn basic(&self) -> String {
        let both = format!("{}:{}", self.username, self.password);
        format!("Basic {}", STANDARD.encode(both))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann(methods: i64) -> Credentials {
        Credentials {
            username: "ann".to_owned(),
            password: "secret".to_owned(),
            methods,
        }
    }

    #[test]
    fn basic_alone_is_not_waited_for() {
        assert_eq!(ann(1).unasked().unwrap(), "Basic YW5uOnNlY3JldA==");
        assert_eq!(ann(3).unasked(), None);
        assert_eq!(
            ann(1).answer(&[b"Basic realm=\"r\""], b"GET", b"/", b"", 1),
            None
        );
    }

    #[test]
    fn digest_goes_before_basic() {
        let digest: &[u8] = b"Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
        let both: [&[u8]; 2] = [b"Basic realm=\"r\"", digest];
        let answer = ann(3).answer(&both, b"GET", b"/auth", b"", 1).unwrap();
        assert!(
            answer.starts_with("Digest username=\"ann\", realm=\"r\", nonce=\"n\", uri=\"/auth\"")
        );
        let answer = ann(3).answer(&both[..1], b"GET", b"/auth", b"", 1);
        assert_eq!(answer.unwrap(), "Basic YW5uOnNlY3JldA==");
        assert_eq!(ann(2).answer(&both[..1], b"GET", b"/", b"", 1), None);
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(format!("{:?}", ann(3)), "Credentials(ann)");
    }
}
