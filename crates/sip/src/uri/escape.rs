//! Percent escapes of URI parts (RFC 3261 §19.1.2).

use stdx::hex;

/// Appends `text` with `%HH` turned into the octets they stand for. False, with the part before the mistake appended, when an
/// escape is cut short or no hexadecimal number.
pub fn unescape(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let digits = (
            rest.get(at + 1).copied().and_then(hex::value_of),
            rest.get(at + 2).copied().and_then(hex::value_of),
        );
        let (Some(high), Some(low)) = digits else {
            return false;
        };
        out.push(high << 4 | low);
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    true
}

/// Appends `text` with everything escaped that may not stand in the user of a SIP URI.
pub fn escape_user(text: &[u8], out: &mut Vec<u8>) {
    escape(text, out, b"&=+$,;?");
}

/// Appends `text` with everything escaped that may not stand in a SIP URI parameter.
pub fn escape_param(text: &[u8], out: &mut Vec<u8>) {
    escape(text, out, b"[]/:&+$");
}

fn escape(text: &[u8], out: &mut Vec<u8>, allowed: &[u8]) {
    for byte in text {
        let is_unreserved = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
            );
        if is_unreserved || allowed.contains(byte) {
            out.push(*byte);
        } else {
            out.push(b'%');
            out.extend_from_slice(&hex::digits_of_octet(*byte));
        }
    }
}
