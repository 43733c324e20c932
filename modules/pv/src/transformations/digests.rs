//! `{s.md5}` and the other digests, checksums and hashes.

use super::support::{on_text, written};
use md5::Md5;
use module_api::{Text, Value, transformation};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use sha3::{Keccak224, Keccak256, Keccak384, Keccak512, Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use stdx::hash::core_hash;
use stdx::hex::push_octets;

fn hex(octets: &[u8]) -> Value {
    written(octets.len() * 2, |out| push_octets(out, octets))
}

/// The MD5 digest in hexadecimal digits.
#[transformation("s.md5")]
fn digest_md5(value: Value) -> Value {
    on_text(&value, |text| hex(&Md5::digest(text)))
}

/// The SHA-1 digest in hexadecimal digits.
#[transformation("s.sha1")]
fn digest_sha1(value: Value) -> Value {
    on_text(&value, |text| hex(&Sha1::digest(text)))
}

/// The SHA-256 digest in hexadecimal digits.
#[transformation("s.sha256")]
fn digest_sha256(value: Value) -> Value {
    on_text(&value, |text| hex(&Sha256::digest(text)))
}

/// The SHA-384 digest in hexadecimal digits.
#[transformation("s.sha384")]
fn digest_sha384(value: Value) -> Value {
    on_text(&value, |text| hex(&Sha384::digest(text)))
}

/// The SHA-512 digest in hexadecimal digits.
#[transformation("s.sha512")]
fn digest_sha512(value: Value) -> Value {
    on_text(&value, |text| hex(&Sha512::digest(text)))
}

/// The SHA-3 digest of 256 bits, or of 224, 384 or 512, in hexadecimal digits.
#[transformation("s.sha3")]
fn digest_sha3(value: Value, bits: Option<i64>) -> Value {
    on_text(&value, |text| match bits.unwrap_or(256) {
        224 => hex(&Sha3_224::digest(text)),
        256 => hex(&Sha3_256::digest(text)),
        384 => hex(&Sha3_384::digest(text)),
        512 => hex(&Sha3_512::digest(text)),
        _ => Value::Null,
    })
}

/// The Keccak digest of 256 bits, or of 224, 384 or 512, in hexadecimal digits.
#[transformation("s.keccak")]
fn digest_keccak(value: Value, bits: Option<i64>) -> Value {
    on_text(&value, |text| match bits.unwrap_or(256) {
        224 => hex(&Keccak224::digest(text)),
        256 => hex(&Keccak256::digest(text)),
        384 => hex(&Keccak384::digest(text)),
        512 => hex(&Keccak512::digest(text)),
        _ => Value::Null,
    })
}

/// The hash that Kamailio distributes by, as text; with a number of slots, which should be a power of two, the slot.
#[transformation("s.corehash")]
fn corehash(value: Value, slots: Option<i64>) -> Value {
    on_text(&value, |text| {
        let hash = i64::from(core_hash(text));
        let slot = match slots {
            Some(slots) if slots > 0 => hash & (slots - 1),
            _ => hash,
        };
        Value::Str(Text::from(slot))
    })
}

/// The CRC-32 of ISO 3309, as a number.
#[transformation("s.crc32")]
fn crc32(value: Value) -> Value {
    on_text(&value, |text| {
        Value::Int(i64::from(stdx::hash::crc32(text)))
    })
}
