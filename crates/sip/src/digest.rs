//! Digest authentication (RFC 7616, RFC 8760, RFC 2617): both the side that challenges and the side that answers.
//!
//! Everything here is a computation over its arguments: a nonce is made of a time, a secret and message facts that the
//! caller hands in ([`nonce::Nonce`]), a cnonce is the caller's. Read [`Credentials`] first when checking a request,
//! [`Challenge`] when answering a 401 or 407.
//!
//! Passwords and HA1 values pass through and are never formatted: [`HexDigest`]'s `Debug` hides its text.

mod algorithm;
mod challenge;
mod client;
mod credentials;
mod hash;
pub mod nonce;
mod response;
mod write;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use challenge::{Challenge, ChallengeError};
pub use client::{Answer, Secret};
pub use credentials::{Credentials, CredentialsError, CredentialsPlaces, Verification};
pub use hash::HexDigest;
pub use response::{Exchange, ha1, hash_username, response, response_auth};
