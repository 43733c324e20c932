//! `{s.encode.*}` and `{s.decode.*}`: octets as text and back.

use super::support::{on_text, written};
use super::{base58, seven_bit};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use module_api::{Value, transformation};
use stdx::hex;

const PADDED: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// RFC 4648 §4 with padding.
static BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, PADDED);
/// RFC 4648 §4; padding is not written, and may be missing.
static BASE64_BARE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, LENIENT.with_encode_padding(false));
/// RFC 4648 §5; padding is written, and may be missing.
static BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
/// RFC 4648 §5; padding is not written, and may be missing.
static BASE64_URL_BARE: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, LENIENT.with_encode_padding(false));

fn encoded(value: &Value, engine: &GeneralPurpose) -> Value {
    on_text(value, |text| Value::from(engine.encode(text).into_bytes()))
}

fn decoded(value: &Value, engine: &GeneralPurpose) -> Value {
    on_text(value, |text| {
        engine.decode(text).map_or(Value::Null, Value::from)
    })
}

/// The text in base64.
#[transformation("s.encode.base64")]
fn encode_base64(value: Value) -> Value {
    encoded(&value, &BASE64)
}

/// What a text in base64 stands for; `$null` when it is not base64.
#[transformation("s.decode.base64")]
fn decode_base64(value: Value) -> Value {
    decoded(&value, &BASE64)
}

/// The text in base64 without padding.
#[transformation("s.encode.base64t")]
fn encode_base64t(value: Value) -> Value {
    encoded(&value, &BASE64_BARE)
}

/// What a text in base64, with or without padding, stands for; `$null` when it is not base64.
#[transformation("s.decode.base64t")]
fn decode_base64t(value: Value) -> Value {
    decoded(&value, &BASE64_BARE)
}

/// The text in base64 with characters that need no escape in URLs.
#[transformation("s.encode.base64url")]
fn encode_base64url(value: Value) -> Value {
    encoded(&value, &BASE64_URL)
}

/// What a text in base64 for URLs stands for; `$null` when it is not base64.
#[transformation("s.decode.base64url")]
fn decode_base64url(value: Value) -> Value {
    decoded(&value, &BASE64_URL)
}

/// The text in base64 for URLs, without padding.
#[transformation("s.encode.base64urlt")]
fn encode_base64urlt(value: Value) -> Value {
    encoded(&value, &BASE64_URL_BARE)
}

/// What a text in base64 for URLs, with or without padding, stands for; `$null` when it is not base64.
#[transformation("s.decode.base64urlt")]
fn decode_base64urlt(value: Value) -> Value {
    decoded(&value, &BASE64_URL_BARE)
}

/// The octets as hexadecimal numbers.
#[transformation("s.encode.hexa")]
fn encode_hexa(value: Value) -> Value {
    on_text(&value, |text| {
        written(text.len() * 2, |out| hex::push_octets(out, text))
    })
}

/// The octets that hexadecimal numbers stand for; `$null` when the text has anything else in it. A single digit at the
/// end is passed over.
#[transformation("s.decode.hexa")]
fn decode_hexa(value: Value) -> Value {
    on_text(&value, |text| {
        hex_octets(text).map_or(Value::Null, Value::from)
    })
}

/// The octets that pairs of hexadecimal digits stand for.
fn hex_octets(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, _) = text.as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| Some(hex::value_of(*high)? << 4 | hex::value_of(*low)?))
        .collect()
}

/// The text in base58, as Bitcoin has it.
#[transformation("s.encode.base58")]
fn encode_base58(value: Value) -> Value {
    on_text(&value, |text| {
        base58::encode(text).map_or(Value::Null, Value::from)
    })
}

/// What a text in base58 stands for; `$null` when it is not base58.
#[transformation("s.decode.base58")]
fn decode_base58(value: Value) -> Value {
    on_text(&value, |text| {
        base58::decode(text).map_or(Value::Null, Value::from)
    })
}

/// The characters packed to seven bits each as for short messages (3GPP TS 23.038 §6.1.2), as hexadecimal numbers.
#[transformation("s.encode.7bit")]
fn encode_7bit(value: Value) -> Value {
    on_text(&value, |text| Value::from(seven_bit::encode(text)))
}

/// The characters that octets, given as hexadecimal numbers, hold in seven bits each.
#[transformation("s.decode.7bit")]
fn decode_7bit(value: Value) -> Value {
    on_text(&value, |text| {
        hex_octets(text).map_or(Value::Null, |octets| {
            Value::from(seven_bit::unpack(&octets))
        })
    })
}
