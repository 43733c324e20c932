//! Writing `name=value` parameters.

/// Appends `name="text"`. `text` may hold escapes; a bare quote, a trailing backslash and line ends are made harmless.
pub(super) fn write_quoted(out: &mut Vec<u8>, name: &str, text: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    match text.iter().any(needs_care) {
        true => write_with_care(out, text),
        false => out.extend_from_slice(text),
    }
    out.push(b'"');
}

fn needs_care(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'\r' | b'\n' | 0)
}

fn write_with_care(out: &mut Vec<u8>, text: &[u8]) {
    let mut is_escaped = false;
    for byte in text {
        match byte {
            b'"' if !is_escaped => out.extend_from_slice(b"\\\""),
            b'\r' | b'\n' | 0 => out.push(b' '),
            _ => out.push(*byte),
        }
        is_escaped = *byte == b'\\' && !is_escaped;
    }
    if is_escaped {
        out.push(b'\\');
    }
}

/// Appends `name=token`, dropping whatever cannot be part of a token.
pub(super) fn write_token(out: &mut Vec<u8>, name: &str, token: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'=');
    out.extend(
        token
            .iter()
            .copied()
            .filter(|byte| crate::scan::is_token(*byte)),
    );
}
