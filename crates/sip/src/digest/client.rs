//! Answering a challenge.

use super::write::{write_quoted, write_token};
use super::{
    Algorithm, Challenge, ChallengeError, Exchange, HexDigest, ha1, hash_username, response,
};

/// What the client shares with the server.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// In the clear; HA1 is computed for the challenge's realm and algorithm.
    Password(&'a [u8]),
    /// Stored for this user, realm and algorithm.
    Ha1(&'a HexDigest),
}

/// Everything that goes into the credentials of one request, apart from the challenge.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// Who answers.
    pub username: &'a [u8],
    /// What proves it.
    pub secret: Secret<'a>,
    /// Method of the request to be sent.
    pub method: &'a [u8],
    /// Its Request-URI.
    pub uri: &'a [u8],
    /// Its body; only looked at when the challenge offers `auth-int` and not `auth`.
    pub body: &'a [u8],
    /// Anything that does not repeat; only used when the challenge has a `qop` or a session algorithm.
    pub cnonce: &'a [u8],
    /// How often this nonce has been answered, this time included: 1 the first time.
    pub nonce_count: u32,
}

impl Answer<'_> {
    /// Appends the value of the Authorization or Proxy-Authorization header field that answers `challenge`.
    ///
    /// Fails with [`ChallengeError::Malformed`] (and appends nothing) when the algorithm is unknown or only unknown
    /// protections are on offer.
    pub fn write(
        &self,
        challenge: &Challenge<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ChallengeError> {
        let algorithm = challenge.algorithm().ok_or(ChallengeError::Malformed)?;
        let qop = choose_qop(challenge).ok_or(ChallengeError::Malformed)?;
        let count = stdx::hex::digits_of_u32(self.nonce_count);
        let exchange = Exchange {
            method: self.method,
            uri: self.uri,
            nonce: challenge.nonce,
            cnonce: self.cnonce,
            nonce_count: &count,
            qop: qop.as_bytes(),
            body: self.body,
        };
        let secret = match self.secret {
            Secret::Password(password) => ha1(algorithm, self.username, challenge.realm, password),
            Secret::Ha1(stored) => *stored,
        };
        let proof = response(algorithm, &secret, &exchange);
        self.write_name(challenge, algorithm, out);
        write_quoted(out, ", realm", challenge.realm);
        write_quoted(out, ", nonce", challenge.nonce);
        write_quoted(out, ", uri", self.uri);
        if !qop.is_empty() {
            write_token(out, ", qop", qop.as_bytes());
            write_token(out, ", nc", &count);
        }
        if !qop.is_empty() || algorithm.is_session() {
            write_quoted(out, ", cnonce", self.cnonce);
        }
        write_quoted(out, ", response", proof.as_bytes());
        if let Some(opaque) = challenge.opaque {
            write_quoted(out, ", opaque", opaque);
        }
        write_token(out, ", algorithm", algorithm.name().as_bytes());
        Ok(())
    }

    fn write_name(&self, challenge: &Challenge<'_>, algorithm: Algorithm, out: &mut Vec<u8>) {
        if challenge.userhash {
            let name = hash_username(algorithm, self.username, challenge.realm);
            write_quoted(out, "Digest username", name.as_bytes());
            out.extend_from_slice(b", userhash=true");
        } else {
            write_quoted(out, "Digest username", self.username);
        }
    }
}

/// `auth` before `auth-int`; empty when no protection is on offer, `None` when only unknown ones are.
fn choose_qop(challenge: &Challenge<'_>) -> Option<&'static str> {
    match challenge.qop {
        Some(offered) if !offered.trim_ascii().is_empty() => ["auth", "auth-int"]
            .into_iter()
            .find(|qop| challenge.offers(qop)),
        _ => Some(""),
    }
}
