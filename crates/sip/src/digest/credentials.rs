//! The value of an Authorization or Proxy-Authorization header field.

use stdx::hex;

use super::{Algorithm, Exchange, HexDigest, response};
use crate::{AuthParams, Span};

/// Digest credentials, as slices of the header field's value. Texts of quoted strings are without the quotes and with their
/// escapes untouched, which is how they enter the hashes. Where a parameter comes twice the last counts (observed on 5.6.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Credentials<'a> {
    /// The user's name, with whatever `sip:` or `@domain` the phone put around it.
    pub username: Option<&'a [u8]>,
    /// Which of the user's secrets.
    pub realm: Option<&'a [u8]>,
    /// From the challenge.
    pub nonce: Option<&'a [u8]>,
    /// What the client thinks it asks for.
    pub uri: Option<&'a [u8]>,
    /// The proof: hex.
    pub response: Option<&'a [u8]>,
    /// As written; [`Algorithm::from_name`] reads it.
    pub algorithm: Option<&'a [u8]>,
    /// The client's nonce.
    pub cnonce: Option<&'a [u8]>,
    /// Echoed from the challenge.
    pub opaque: Option<&'a [u8]>,
    /// As written; `auth` or `auth-int`.
    pub qop: Option<&'a [u8]>,
    /// `nc`, as written.
    pub nonce_count: Option<&'a [u8]>,
    /// Resynchronisation token of RFC 3310.
    pub auts: Option<&'a [u8]>,
    /// Whether `username` is a hash ([`super::hash_username`]).
    pub userhash: bool,
}

/// Where the parts of credentials stand in the value that they were read from: it can be kept beside the value, and makes a second
/// reading needless.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CredentialsPlaces {
    parts: [Span; 11],
    userhash: bool,
}

impl CredentialsPlaces {
    /// The place of a part that is not there: outside every value.
    const NOWHERE: Span = Span::point(u32::MAX);

    /// The credentials in `value`, which is the one that they were read from.
    pub fn in_value<'a>(&self, value: &'a [u8]) -> Credentials<'a> {
        let [
            username,
            realm,
            nonce,
            uri,
            response,
            algorithm,
            cnonce,
            opaque,
            qop,
            nonce_count,
            auts,
        ] = self.parts.map(|part| value.get(part.range()));
        Credentials {
            username,
            realm,
            nonce,
            uri,
            response,
            algorithm,
            cnonce,
            opaque,
            qop,
            nonce_count,
            auts,
            userhash: self.userhash,
        }
    }
}

/// Why a value holds no Digest credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Another scheme (`Basic` ...), or nothing.
    #[error("credentials are not of the Digest scheme")]
    NotDigest,
    /// No parameter at all.
    #[error("empty credentials")]
    Empty,
}

/// Outcome of [`Credentials::verify`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verification {
    /// The client knows the secret.
    Matches,
    /// It does not.
    Differs,
    /// A parameter that the computation needs is missing, or the response has the wrong length.
    Incomplete,
}

impl<'a> Credentials<'a> {
    /// Reads a header field's value (folds allowed), up to the first mistake.
    pub fn parse(value: &'a [u8]) -> Result<Credentials<'a>, CredentialsError> {
        let params = AuthParams::parse(value).filter(|params| params.is(b"Digest"));
        let params = params.ok_or(CredentialsError::NotDigest)?;
        let mut credentials = Credentials::default();
        let mut is_empty = true;
        for param in params {
            credentials.set(param.name, param.value);
            is_empty = false;
        }
        if is_empty {
            Err(CredentialsError::Empty)
        } else {
            Ok(credentials)
        }
    }

    /// Where the parts stand in `value`, which is the one that they were read from.
    pub fn places(&self, value: &'a [u8]) -> CredentialsPlaces {
        let parts = [
            self.username,
            self.realm,
            self.nonce,
            self.uri,
            self.response,
            self.algorithm,
            self.cnonce,
            self.opaque,
            self.qop,
            self.nonce_count,
            self.auts,
        ];
        let first = value.as_ptr().addr();
        let place = |part: Option<&[u8]>| {
            let part = part?;
            let start = part.as_ptr().addr().checked_sub(first)?;
            (start + part.len() <= value.len())
                .then(|| Span::from_offsets(start, start + part.len()))
        };
        CredentialsPlaces {
            parts: parts.map(|part| place(part).unwrap_or(CredentialsPlaces::NOWHERE)),
            userhash: self.userhash,
        }
    }

    fn set(&mut self, name: &[u8], value: &'a [u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        // The length alone leaves at most three names to compare with.
        let field = match name.len() {
            2 if is("nc") => &mut self.nonce_count,
            3 if is("uri") => &mut self.uri,
            3 if is("qop") => &mut self.qop,
            4 if is("auts") => &mut self.auts,
            5 if is("realm") => &mut self.realm,
            5 if is("nonce") => &mut self.nonce,
            6 if is("cnonce") => &mut self.cnonce,
            6 if is("opaque") => &mut self.opaque,
            8 if is("username") => &mut self.username,
            8 if is("response") => &mut self.response,
            8 if is("userhash") => {
                self.userhash = value.eq_ignore_ascii_case(b"true");
                return;
            }
            9 if is("algorithm") => &mut self.algorithm,
            _ => return,
        };
        *field = Some(value);
    }

    /// The name without `sip:` and without `@domain`; empty when there is none.
    pub fn user(&self) -> &'a [u8] {
        self.user_and_domain().0
    }

    /// What stands after the `@` of the name; empty when there is none.
    pub fn domain(&self) -> &'a [u8] {
        self.user_and_domain().1
    }

    fn user_and_domain(&self) -> (&'a [u8], &'a [u8]) {
        let name = self.username.unwrap_or_default();
        let name = match name.split_at_checked(4) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"sip:") => rest,
            _ => name,
        };
        match memchr::memchr(b'@', name) {
            Some(at) => (
                name.get(..at).unwrap_or_default(),
                name.get(at + 1..).unwrap_or_default(),
            ),
            None => (name, b""),
        }
    }

    /// `nc` as a number; `None` when missing or no hex number of 32 bits.
    pub fn count(&self) -> Option<u32> {
        u32::try_from(hex::parse(self.nonce_count?)?).ok()
    }

    /// What the response was computed over; `None` when a parameter that it takes is missing.
    pub fn exchange(&self, method: &'a [u8], body: &'a [u8]) -> Option<Exchange<'a>> {
        self.username?;
        self.realm?;
        let qop = self.qop.unwrap_or_default();
        let (nonce_count, cnonce) = if qop.is_empty() {
            (b"".as_slice(), self.cnonce.unwrap_or_default())
        } else {
            (self.nonce_count?, self.cnonce?)
        };
        Some(Exchange {
            method,
            uri: self.uri?,
            nonce: self.nonce?,
            cnonce,
            nonce_count,
            qop,
            body,
        })
    }

    /// Whether the client proved to know the secret behind `ha1`. `algorithm` is the one that was asked for: a client must not
    /// choose a weaker one, so what the credentials name is not looked at. The nonce's age and count are the caller's business.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        ha1: &HexDigest,
        method: &[u8],
        body: &[u8],
    ) -> Verification {
        let (Some(exchange), Some(given)) = (self.exchange(method, body), self.response) else {
            return Verification::Incomplete;
        };
        if given.len() != algorithm.hex_length() {
            return Verification::Incomplete;
        }
        match response(algorithm, ha1, &exchange).matches(given) {
            true => Verification::Matches,
            false => Verification::Differs,
        }
    }
}
