//! Texts as JSON writes them (RFC 8259 §7).

use crate::hex;

/// Appends `text` as a JSON string, quotes included.
pub fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends `text` as it stands between the quotes of a JSON string. What is not UTF-8 stays what it is.
pub fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                hex::push_octets(out, &[byte]);
            }
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_control_characters_are_escaped() {
        let mut out = Vec::new();
        push_string(&mut out, b"a\"\\\n\r\t\x08\x0c\x00\x1f\x7f\xe9/");
        assert_eq!(out, b"\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001f\x7f\xe9/\"");
    }
}
