//! The value of a WWW-Authenticate or Proxy-Authenticate header field.

use super::Algorithm;
use super::write::{write_quoted, write_token};
use crate::AuthParams;

/// A Digest challenge: read from a response, or filled in to be written into one. Texts of quoted strings are without quotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Challenge<'a> {
    /// Which secret is asked for.
    pub realm: &'a [u8],
    /// To be hashed into the answer.
    pub nonce: &'a [u8],
    /// The protections on offer, comma separated: `auth`, `auth-int` or both; none for the form of RFC 2069.
    pub qop: Option<&'a [u8]>,
    /// Whether only the nonce was too old: the client may answer without asking its user again.
    pub stale: bool,
    /// As written; [`Challenge::algorithm`] reads it.
    pub algorithm: Option<&'a [u8]>,
    /// To be echoed.
    pub opaque: Option<&'a [u8]>,
    /// The URIs that the secret is good for.
    pub domain: Option<&'a [u8]>,
    /// Whether the client may send a hash of its name.
    pub userhash: bool,
}

/// Why a value is no Digest challenge.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChallengeError {
    /// Another scheme, or nothing.
    #[error("challenge is not of the Digest scheme")]
    NotDigest,
    /// Realm or nonce is missing.
    #[error("malformed challenge")]
    Malformed,
}

impl<'a> Challenge<'a> {
    /// Reads a header field's value. Of several challenges in one value the first is read (RFC 3261 §20.44 forbids combining
    /// them; RFC 8760 §2.4 has a server send one header field for each, in its order of preference).
    pub fn parse(value: &'a [u8]) -> Result<Challenge<'a>, ChallengeError> {
        let params = AuthParams::parse(value).filter(|params| params.is(b"Digest"));
        let params = params.ok_or(ChallengeError::NotDigest)?;
        let mut challenge = Challenge::default();
        let (mut has_realm, mut has_nonce) = (false, false);
        for param in params {
            let value = param.value;
            let is = |name: &str| param.name.eq_ignore_ascii_case(name.as_bytes());
            if is("realm") {
                (challenge.realm, has_realm) = (value, true);
            } else if is("nonce") {
                (challenge.nonce, has_nonce) = (value, true);
            } else if is("qop") {
                challenge.qop = Some(value);
            } else if is("stale") {
                challenge.stale = value.eq_ignore_ascii_case(b"true");
            } else if is("algorithm") {
                challenge.algorithm = Some(value);
            } else if is("opaque") {
                challenge.opaque = Some(value);
            } else if is("domain") {
                challenge.domain = Some(value);
            } else if is("userhash") {
                challenge.userhash = value.eq_ignore_ascii_case(b"true");
            }
        }
        if has_realm && has_nonce {
            Ok(challenge)
        } else {
            Err(ChallengeError::Malformed)
        }
    }

    /// The algorithm asked for, MD5 when none is named; `None` for one that is not in [`Algorithm::ALL`].
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
            .map_or(Some(Algorithm::Md5), Algorithm::from_name)
    }

    /// Whether `qop` (in any case) is on offer.
    pub fn offers(&self, qop: &str) -> bool {
        let offered = self.qop.unwrap_or_default();
        offered
            .split(|byte| *byte == b',')
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(qop.as_bytes()))
    }

    /// Appends the header field's value, parameters in the order in which Kamailio 5.6.3 writes them.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_quoted(out, "Digest realm", self.realm);
        write_quoted(out, ", nonce", self.nonce);
        if let Some(opaque) = self.opaque {
            write_quoted(out, ", opaque", opaque);
        }
        if let Some(domain) = self.domain {
            write_quoted(out, ", domain", domain);
        }
        if let Some(qop) = self.qop {
            write_quoted(out, ", qop", qop);
        }
        if self.stale {
            out.extend_from_slice(b", stale=true");
        }
        if let Some(algorithm) = self.algorithm {
            write_token(out, ", algorithm", algorithm);
        }
        if self.userhash {
            out.extend_from_slice(b", userhash=true");
        }
    }
}
