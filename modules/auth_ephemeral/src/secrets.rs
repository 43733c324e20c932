//! Shared secrets, names with a time in them, and the passwords that follow from both.

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use module_api::Text;
use parking_lot::RwLock;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// The secrets, the one to be tried first in front.
pub struct Secrets {
    list: RwLock<Vec<Text>>,
}

/// Secrets at most.
const SECRETS_MAX: usize = 1_000;

impl Secrets {
    /// Secrets in the order in which they were set.
    pub fn new(set: &[Text]) -> Secrets {
        let secrets = Secrets {
            list: RwLock::default(),
        };
        for secret in set {
            secrets.add(secret.clone());
        }
        secrets
    }

    /// Adds a secret in front; false when there are too many.
    pub fn add(&self, secret: Text) -> bool {
        let mut list = self.list.write();
        if list.len() >= SECRETS_MAX {
            return false;
        }
        list.insert(0, secret);
        true
    }

    /// Takes the secret in that place away, the first is 0; whether there is one.
    pub fn remove(&self, place: i64) -> bool {
        let mut list = self.list.write();
        let place = usize::try_from(place).ok();
        let found = place.filter(|place| *place < list.len());
        found.map(|place| list.remove(place)).is_some()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Text> {
        self.list.read().clone()
    }
}

/// The password that belongs to a name: `base64(hmac(secret, name))`.
pub fn password(sha_algorithm: i64, secret: &[u8], username: &[u8]) -> String {
    fn code<M: Mac + KeyInit>(secret: &[u8], username: &[u8]) -> Vec<u8> {
        // A key of any length is taken.
        let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret) else {
            return Vec::new();
        };
        mac.update(username);
        mac.finalize().into_bytes().to_vec()
    }
    let octets = match sha_algorithm {
        1 => code::<Hmac<Sha256>>(secret, username),
        2 => code::<Hmac<Sha384>>(secret, username),
        3 => code::<Hmac<Sha512>>(secret, username),
        _ => code::<Hmac<Sha1>>(secret, username),
    };
    base64::engine::general_purpose::STANDARD.encode(octets)
}

/// A name taken apart: when it expires, in seconds since 1970, and whose it is.
pub fn parts(username: &[u8], username_format: i64) -> Option<(u64, &[u8])> {
    let is_colon = |byte: &u8| *byte == b':';
    let (time, user) = match username_format {
        0 => {
            let colon = username.iter().rposition(is_colon)?;
            (username.get(colon + 1..)?, username.get(..colon)?)
        }
        _ => match username.iter().position(is_colon) {
            Some(colon) => (username.get(..colon)?, username.get(colon + 1..)?),
            // The service need not have been told a user.
            None => (username, &b""[..]),
        },
    };
    Some((stdx::number::parse_u64(time)?, user))
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    one.len() == other.len() && std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_those_that_services_make() {
        // RFC 2202 §3, case 2; RFC 4231 §4.3.
        let data = b"what do ya want for nothing?";
        assert_eq!(password(0, b"Jefe", data), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
        assert_eq!(
            password(1, b"Jefe", data),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
        );
    }

    #[test]
    fn names_are_taken_apart_in_both_forms() {
        assert_eq!(parts(b"12:a@b:c", 1), Some((12, &b"a@b:c"[..])));
        assert_eq!(parts(b"a:b:12", 0), Some((12, &b"a:b"[..])));
        assert_eq!(parts(b"12", 1), Some((12, &b""[..])));
        assert_eq!(parts(b"x:a", 1), None);
        assert_eq!(parts(b"12", 0), None);
    }

    #[test]
    fn the_secret_set_last_is_tried_first() {
        let secrets = Secrets::new(&[Text::from("old"), Text::from("new")]);
        assert!(secrets.add(Text::from("newest")));
        assert!(secrets.remove(1));
        assert!(!secrets.remove(2) && !secrets.remove(-1));
        assert_eq!(secrets.all(), [Text::from("newest"), Text::from("old")]);
    }
}
