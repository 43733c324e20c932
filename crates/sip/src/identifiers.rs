//! The texts by which peers recognise what is ours: Via branches and tags.
//!
//! They are computed from a secret that the caller hands in ([`Identifiers`]), so a test repeats them and a stranger cannot
//! guess or forge them. What binds a text to a request is SipHash-1-3 with 128 bits: a keyed function
//! made for short inputs, several times as fast as MD5 over the same fields and, unlike MD5 with a secret in front, made not to be
//! forged. The outer forms are those of Kamailio 5.6.3 (observed), which tools and people parse.

mod branch;
mod keyed_hash;

use std::fmt;

pub use branch::BranchId;
use keyed_hash::{Key, KeyedHash};
use stdx::hex;

use crate::BRANCH_COOKIE;

/// What a request is told apart by. All of it is the same in a retransmission, and all but `to_tag` in the ACK for a
/// response of 300 and above (RFC 3261 §17.1.1.3).
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestFacts<'a> {
    /// Call-ID.
    pub call_id: &'a [u8],
    /// Tag of From; empty without one.
    pub from_tag: &'a [u8],
    /// Tag of To; empty without one.
    pub to_tag: &'a [u8],
    /// Number of CSeq, without the method.
    pub cseq_number: u32,
    /// Branch of the topmost Via; empty without one.
    pub via_branch: &'a [u8],
    /// The whole topmost Via.
    pub top_via: &'a [u8],
    /// Request-URI.
    pub request_uri: &'a [u8],
}

/// Texts that follow from a request and a secret: the same request always gives the same text.
///
/// Nodes that share the secret recognise each other's.
#[derive(Clone)]
pub struct Identifiers {
    tags: Key,
    branches: Key,
    signature: [u8; 8],
}

impl Identifiers {
    /// `secret` must be unpredictable, and differ between servers that are not one cluster.
    pub fn new(secret: [u8; 16]) -> Identifiers {
        let root = Key::new(secret);
        let derive = |purpose: u64| {
            let mut hash = KeyedHash::new(&root);
            hash.word(purpose);
            hash.finish()
        };
        let [signature, _] = derive(3);
        Identifiers {
            tags: Key::from_words(derive(1)),
            branches: Key::from_words(derive(2)),
            signature: hex::digits_of_u32(signature as u32),
        }
    }

    /// To-tag for a response that is sent without a transaction (RFC 3261 §8.2.7 wants it the same for every retransmission).
    ///
    /// 32 hex digits bind it to the request; after a dot, 8 name the server.
    pub fn stateless_tag(&self, request: &RequestFacts<'_>) -> LocalTag {
        LocalTag::new(self.request_hash(request), b'.', self.signature)
    }

    /// To-tag for a response of a transaction: as [`Identifiers::stateless_tag`], with a dash in place of the dot.
    pub fn stateful_tag(&self, request: &RequestFacts<'_>) -> LocalTag {
        LocalTag::new(self.request_hash(request), b'-', self.signature)
    }

    /// Whether `tag`, the To-tag of an ACK with these facts, was given by [`Identifiers::stateless_tag`] to the request
    /// that the ACK is for. Tags of other servers cost one comparison.
    pub fn is_stateless_tag(&self, tag: &[u8], request: &RequestFacts<'_>) -> bool {
        match tag.split_last_chunk::<8>() {
            Some((_, signature)) if *signature == self.signature => {
                self.stateless_tag(request).is(tag)
            }
            _ => false,
        }
    }

    /// Branch for a request that is forwarded without a transaction: the same for its retransmissions, its CANCEL and its
    /// ACK for a response of 300 and above (RFC 3261 §16.11). `index` counts the destinations it is sent to.
    pub fn stateless_branch(&self, request: &RequestFacts<'_>, index: u16) -> BranchId {
        let mut hash = KeyedHash::new(&self.branches);
        let is_unique = request.via_branch.starts_with(BRANCH_COOKIE)
            && request.via_branch.len() > BRANCH_COOKIE.len();
        if is_unique {
            hash.field(request.via_branch);
        } else {
            hash.word(u64::from(request.cseq_number));
            hash.field(request.top_via);
            hash.field(request.to_tag);
            hash.field(request.from_tag);
            hash.field(request.call_id);
            hash.field(request.request_uri);
        }
        let [high, low] = hash.finish();
        BranchId {
            hash: (high ^ low) as u16,
            key: u128::from(high) << 64 | u128::from(low),
            index,
        }
    }

    fn request_hash(&self, request: &RequestFacts<'_>) -> [u64; 2] {
        let mut hash = KeyedHash::new(&self.tags);
        hash.word(u64::from(request.cseq_number));
        hash.field(request.call_id);
        hash.field(request.from_tag);
        hash.field(request.via_branch);
        hash.finish()
    }
}

impl fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifiers(secret)")
    }
}

/// A tag of ours: 32 hex digits, a separator, 8 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalTag {
    text: [u8; LocalTag::LENGTH],
}

impl LocalTag {
    /// Length of the text.
    pub const LENGTH: usize = 41;

    fn new([high, low]: [u64; 2], separator: u8, suffix: [u8; 8]) -> LocalTag {
        let mut text = [separator; LocalTag::LENGTH];
        let parts = [
            hex::digits_of_u32((high >> 32) as u32),
            hex::digits_of_u32(high as u32),
            hex::digits_of_u32((low >> 32) as u32),
            hex::digits_of_u32(low as u32),
        ];
        for (to, from) in text.as_chunks_mut::<8>().0.iter_mut().zip(parts) {
            *to = from;
        }
        if let Some(to) = text.last_chunk_mut::<8>() {
            *to = suffix;
        }
        LocalTag { text }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    fn is(&self, tag: &[u8]) -> bool {
        self.text == tag
    }
}

impl fmt::Debug for LocalTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
