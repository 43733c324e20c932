//! Nonces that carry their own proof, in the form Kamailio gives them.
//!
//! COMPAT: the form was taken apart by observation on 5.6.3, so that nodes of both kinds that share a `secret` accept each
//! other's nonces. Base64 of: expiry and creation time (seconds since 1970, four octets each, big-endian); MD5 over these, the
//! index if there is one, and the secret; then, only where asked for, MD5 over facts of the message and the secret; then, only
//! where asked for, an index of four octets and one of flags. Where messages are checked the first half of the secret seals the
//! time and the second half the facts.

use super::hash::{md5_of, same_in_constant_time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The secret, as the two seals use it.
#[derive(Clone, Copy)]
pub struct NonceKeys<'a> {
    time: &'a [u8],
    facts: &'a [u8],
}

impl<'a> NonceKeys<'a> {
    /// For a server that checks no message facts: the whole secret seals the time.
    pub fn whole(secret: &'a [u8]) -> NonceKeys<'a> {
        NonceKeys {
            time: secret,
            facts: secret,
        }
    }

    /// For a server that checks facts of any kind of message (`auth_checks_*`).
    pub fn halves(secret: &'a [u8]) -> NonceKeys<'a> {
        let (time, facts) = secret.split_at(secret.len().div_ceil(2));
        NonceKeys { time, facts }
    }
}

/// The parts of a message that a nonce is bound to; those left empty are not checked.
#[derive(Clone, Copy, Default)]
pub struct MessageFacts<'a> {
    /// Request-URI.
    pub request_uri: &'a [u8],
    /// Call-ID.
    pub call_id: &'a [u8],
    /// Tag of From.
    pub from_tag: &'a [u8],
    /// Source address: 4 or 16 octets.
    pub source: &'a [u8],
}

impl MessageFacts<'_> {
    /// The hash that goes into [`Nonce::facts`].
    pub fn seal(&self, keys: &NonceKeys<'_>) -> [u8; 16] {
        md5_of(&[
            self.request_uri,
            self.call_id,
            self.from_tag,
            self.source,
            keys.facts,
        ])
    }
}

/// Where the server keeps what it knows about the use of a nonce.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NonceIndex {
    /// Number of the nonce.
    pub id: u32,
    /// [`NonceIndex::COUNTED`], [`NonceIndex::ONCE`], and the pool's number (0..=63) in the low bits.
    pub flags: u8,
}

impl NonceIndex {
    /// The nonce count is tracked (`nonce_count`).
    pub const COUNTED: u8 = 0x80;
    /// The nonce is good for one use (`one_time_nonce`).
    pub const ONCE: u8 = 0x40;

    fn octets(self) -> [u8; 5] {
        let [a, b, c, d] = self.id.to_be_bytes();
        [a, b, c, d, self.flags]
    }
}

/// What a nonce says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nonce {
    /// Seconds since 1970 after which it is stale.
    pub expires_at: u32,
    /// Seconds since 1970 at which it was made.
    pub created_at: u32,
    /// [`MessageFacts::seal`] of the message that was challenged.
    pub facts: Option<[u8; 16]>,
    /// Where its use is tracked.
    pub index: Option<NonceIndex>,
}

/// Why a text is no nonce of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NonceError {
    /// Not of the form.
    #[error("malformed nonce")]
    Malformed,
    /// Sealed with another secret, or tampered with.
    #[error("nonce has a wrong seal")]
    Forged,
}

impl Nonce {
    /// Appends the text that goes into a challenge: 32 to 60 characters.
    pub fn write(&self, keys: &NonceKeys<'_>, out: &mut Vec<u8>) {
        let mut octets = [0u8; LONGEST];
        let mut length = 0;
        let mut put = |part: &[u8]| {
            for (to, from) in octets.iter_mut().skip(length).zip(part) {
                *to = *from;
            }
            length += part.len();
        };
        put(&self.expires_at.to_be_bytes());
        put(&self.created_at.to_be_bytes());
        put(&self.time_seal(keys));
        if let Some(facts) = &self.facts {
            put(facts);
        }
        if let Some(index) = self.index {
            put(&index.octets());
        }
        let mut text = [0u8; LONGEST_TEXT];
        let octets = octets.get(..length).unwrap_or_default();
        // It has room for the longest form.
        let length = STANDARD.encode_slice(octets, &mut text).unwrap_or(0);
        out.extend_from_slice(text.get(..length).unwrap_or_default());
    }

    /// Reads and authenticates the text that came back.
    ///
    /// The facts are not compared: seal those of the message at hand and hand both to [`Nonce::is_for`].
    pub fn open(text: &[u8], keys: &NonceKeys<'_>) -> Result<Nonce, NonceError> {
        SealedNonce::read(text)?.open(keys)
    }

    /// Whether it is too old at `now` (seconds since 1970), or was made more than `drift_max` seconds in the future.
    pub fn is_stale(&self, now: u32, drift_max: u32) -> bool {
        now > self.expires_at || self.created_at > now.saturating_add(drift_max)
    }

    /// Whether it was made for a message with these sealed facts. A nonce without facts is for no such message.
    pub fn is_for(&self, facts: &[u8; 16]) -> bool {
        self.facts
            .is_some_and(|own| same_in_constant_time(&own, facts))
    }

    fn time_seal(&self, keys: &NonceKeys<'_>) -> [u8; 16] {
        let (expires, created) = (self.expires_at.to_be_bytes(), self.created_at.to_be_bytes());
        match self.index {
            Some(index) => md5_of(&[&expires, &created, &index.octets(), keys.time]),
            None => md5_of(&[&expires, &created, keys.time]),
        }
    }
}

/// What a text says that has the form of a nonce; whether it is one of ours is not known yet.
#[derive(Clone, Copy, Debug)]
pub struct SealedNonce {
    nonce: Nonce,
    seal: [u8; 16],
}

impl SealedNonce {
    /// Reads the text that came back.
    pub fn read(text: &[u8]) -> Result<SealedNonce, NonceError> {
        let mut octets = [0u8; LONGEST];
        let malformed = NonceError::Malformed;
        let length = STANDARD
            .decode_slice(text, &mut octets)
            .map_err(|_| malformed)?;
        let (has_facts, has_index) = match length {
            24 => (false, false),
            29 => (false, true),
            40 => (true, false),
            45 => (true, true),
            _ => return Err(malformed),
        };
        let mut rest = octets.get(..length).unwrap_or_default();
        let expires_at = u32::from_be_bytes(take(&mut rest).ok_or(malformed)?);
        let created_at = u32::from_be_bytes(take(&mut rest).ok_or(malformed)?);
        let seal = take(&mut rest).ok_or(malformed)?;
        let facts = if has_facts {
            Some(take(&mut rest).ok_or(malformed)?)
        } else {
            None
        };
        let index = if has_index {
            let id = u32::from_be_bytes(take(&mut rest).ok_or(malformed)?);
            let [flags] = take(&mut rest).ok_or(malformed)?;
            Some(NonceIndex { id, flags })
        } else {
            None
        };
        let nonce = Nonce {
            expires_at,
            created_at,
            facts,
            index,
        };
        Ok(SealedNonce { nonce, seal })
    }

    /// When it says that it was made, in seconds since 1970.
    pub fn created_at(&self) -> u32 {
        self.nonce.created_at
    }

    /// Whether it is bound to facts of a message.
    pub fn is_bound(&self) -> bool {
        self.nonce.facts.is_some()
    }

    /// The nonce, if its seal is ours.
    pub fn open(&self, keys: &NonceKeys<'_>) -> Result<Nonce, NonceError> {
        if same_in_constant_time(&self.seal, &self.nonce.time_seal(keys)) {
            Ok(self.nonce)
        } else {
            Err(NonceError::Forged)
        }
    }
}

/// Octets of the longest form.
const LONGEST: usize = 45;

/// Characters of the longest form.
const LONGEST_TEXT: usize = LONGEST / 3 * 4;

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}
