//! Answers to challenges (RFC 3261 §22.2, RFC 8760).

use sip::digest::{Answer, Challenge, HexDigest, Secret};
use sip::{HeaderId, Message};
use stdx::Text;

/// What a challenge is answered with.
#[derive(Clone, Default)]
pub struct Credential {
    /// The user.
    pub username: Text,
    /// The realm; empty answers any.
    pub realm: Text,
    /// The password, or HA1 in hex.
    pub password: Text,
    /// Whether it is HA1.
    pub is_ha1: bool,
}

/// The request that is to carry the answer.
#[derive(Clone, Copy)]
pub struct Challenged<'a> {
    /// Its method.
    pub method: &'a [u8],
    /// Its Request-URI.
    pub uri: &'a [u8],
    /// Its body.
    pub body: &'a [u8],
}

impl Credential {
    /// Reads `user:realm:password`; only the password may have colons.
    pub fn parse(text: &[u8]) -> Option<Credential> {
        let mut parts = text.splitn(3, |byte| *byte == b':');
        let mut next = || parts.next().map(|part| Text::from(part.trim_ascii()));
        let (username, realm, password) = (next()?, next()?, next()?);
        (!username.is_empty() && !realm.is_empty()).then_some(Credential {
            username,
            realm,
            password,
            is_ha1: false,
        })
    }

    fn answers(&self, realm: &[u8]) -> bool {
        self.realm.is_empty() || *self.realm == *realm
    }
}

/// The header field, with its line end, that answers the first challenge of `response` that one of `credentials` is for.
/// None when there is no such challenge.
pub fn answer(
    response: &Message,
    credentials: &[Credential],
    request: Challenged<'_>,
    cnonce: &[u8],
) -> Option<Vec<u8>> {
    let (asks, name): (_, &[u8]) = match response.status() {
        401 => (HeaderId::WwwAuthenticate, b"Authorization: "),
        407 => (HeaderId::ProxyAuthenticate, b"Proxy-Authorization: "),
        _ => return None,
    };
    for field in response.headers_of(asks) {
        let Ok(challenge) = Challenge::parse(response.value(field)) else {
            continue;
        };
        let fitting = credentials
            .iter()
            .filter(|credential| credential.answers(challenge.realm));
        for credential in fitting {
            let mut line = name.to_vec();
            if write(credential, &challenge, request, cnonce, &mut line).is_some() {
                line.extend_from_slice(b"\r\n");
                return Some(line);
            }
        }
    }
    None
}

fn write(
    credential: &Credential,
    challenge: &Challenge<'_>,
    request: Challenged<'_>,
    cnonce: &[u8],
    out: &mut Vec<u8>,
) -> Option<()> {
    let ha1 = match credential.is_ha1 {
        true => Some(HexDigest::from_hex(&credential.password)?),
        false => None,
    };
    let answer = Answer {
        username: &credential.username,
        secret: match &ha1 {
            Some(ha1) => Secret::Ha1(ha1),
            None => Secret::Password(&credential.password),
        },
        method: request.method,
        uri: request.uri,
        body: request.body,
        cnonce,
        nonce_count: 1,
    };
    answer.write(challenge, out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Challenged<'_> = Challenged {
        method: b"OPTIONS",
        uri: b"sip:bob@127.0.0.1:38998",
        body: b"",
    };

    fn response(status: &str, challenges: &str) -> Message {
        let text = format!("SIP/2.0 {status} X\r\n{challenges}\r\n");
        Message::parse(text.into_bytes().into()).unwrap()
    }

    /// The digest is the one that 5.6.3 was seen to send.
    #[test]
    fn a_challenge_is_answered() {
        let response = response(
            "401",
            "WWW-Authenticate: Digest realm=\"arealm\", nonce=\"abcd\", qop=\"auth,auth-int\", opaque=\"oo\", algorithm=MD5\r\n",
        );
        let known = [Credential::parse(b"auser:arealm:apass").unwrap()];
        let line = answer(&response, &known, REQUEST, b"1834959896").unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(line.starts_with("Authorization: Digest username=\"auser\", realm=\"arealm\""));
        assert!(
            line.contains("response=\"b6f19feb83ae0acc2e6553ead5c8eb47\""),
            "{line}"
        );
        assert!(line.ends_with("\r\n"));
    }

    #[test]
    fn the_first_challenge_that_can_be_answered_is() {
        let response = response(
            "407",
            "Proxy-Authenticate: Digest realm=\"other\", nonce=\"1\"\r\n\
             Proxy-Authenticate: Digest realm=\"mine\", nonce=\"2\", algorithm=SHA-999\r\n\
             Proxy-Authenticate: Digest realm=\"mine\", nonce=\"3\", algorithm=SHA-256\r\n",
        );
        let known = [Credential::parse(b"u:mine:p:with:colons").unwrap()];
        let line = String::from_utf8(answer(&response, &known, REQUEST, b"c").unwrap()).unwrap();
        assert!(line.starts_with("Proxy-Authorization: ") && line.contains("nonce=\"3\""));
        assert!(answer(&response, &[], REQUEST, b"c").is_none());
    }

    #[test]
    fn a_credential_has_three_parts() {
        for text in ["", "u", "u:r", ":r:p", "u::p"] {
            assert!(Credential::parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
