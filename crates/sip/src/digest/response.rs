//! The hashes of RFC 7616 §3.4.

use super::hash::hex_of;
use super::{Algorithm, HexDigest};

/// What a response is computed over, apart from the secret. Texts are as on the wire: `nonce_count` and `qop` enter the
/// hash the way the client wrote them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange<'a> {
    /// Request method; empty when the server proves itself (`rspauth`).
    pub method: &'a [u8],
    /// The `uri` parameter, which need not be the Request-URI as it arrives.
    pub uri: &'a [u8],
    /// The challenge's nonce.
    pub nonce: &'a [u8],
    /// The client's nonce; needed with a `qop` and by session algorithms.
    pub cnonce: &'a [u8],
    /// Eight hex digits; only used with a `qop`.
    pub nonce_count: &'a [u8],
    /// `auth` or `auth-int`; empty for the form of RFC 2069, which has neither cnonce nor count.
    pub qop: &'a [u8],
    /// Message body, hashed for `auth-int`.
    pub body: &'a [u8],
}

impl Exchange<'_> {
    fn protects_body(&self) -> bool {
        self.qop.eq_ignore_ascii_case(b"auth-int")
    }
}

/// H(username:realm:password), without the session step: what is stored in place of a password.
pub fn ha1(algorithm: Algorithm, username: &[u8], realm: &[u8], password: &[u8]) -> HexDigest {
    hex_of(algorithm, &[username, b":", realm, b":", password])
}

/// H(username:realm), sent in place of the name when `userhash=true` (RFC 7616 §3.4.4).
pub fn hash_username(algorithm: Algorithm, username: &[u8], realm: &[u8]) -> HexDigest {
    hex_of(algorithm, &[username, b":", realm])
}

/// The `response` of a request. `ha1` is [`ha1`]'s, or the stored one; session algorithms add their step here.
pub fn response(algorithm: Algorithm, ha1: &HexDigest, exchange: &Exchange<'_>) -> HexDigest {
    let session;
    let mut secret = ha1.as_bytes();
    if algorithm.is_session() {
        session = hex_of(
            algorithm,
            &[secret, b":", exchange.nonce, b":", exchange.cnonce],
        );
        secret = session.as_bytes();
    }
    let request = if exchange.protects_body() {
        let body = hex_of(algorithm, &[exchange.body]);
        hex_of(
            algorithm,
            &[exchange.method, b":", exchange.uri, b":", body.as_bytes()],
        )
    } else {
        hex_of(algorithm, &[exchange.method, b":", exchange.uri])
    };
    let Exchange {
        nonce,
        nonce_count,
        cnonce,
        qop,
        ..
    } = *exchange;
    if qop.is_empty() {
        return hex_of(algorithm, &[secret, b":", nonce, b":", request.as_bytes()]);
    }
    let parts = [
        secret,
        b":",
        nonce,
        b":",
        nonce_count,
        b":",
        cnonce,
        b":",
        qop,
        b":",
        request.as_bytes(),
    ];
    hex_of(algorithm, &parts)
}

/// The `rspauth` of an Authentication-Info header field (RFC 7616 §3.5): the server's proof that it knows the secret.
/// `exchange.body` is the response's body.
pub fn response_auth(algorithm: Algorithm, ha1: &HexDigest, exchange: &Exchange<'_>) -> HexDigest {
    response(
        algorithm,
        ha1,
        &Exchange {
            method: b"",
            ..*exchange
        },
    )
}
