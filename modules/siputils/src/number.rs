//! Telephone numbers and kinds of texts.

/// Whether `text` is `+` and digits, of at most `length_max` characters with the `+`.
pub fn is_e164(text: &[u8], length_max: usize) -> bool {
    match text {
        [b'+', digits @ ..] => {
            digits.len() > 1 && text.len() <= length_max && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// Whether `text` is digits, with an optional `+` in front.
pub fn is_telephone_number(text: &[u8]) -> bool {
    is_digits(text.strip_prefix(b"+").unwrap_or(text))
}

/// Whether `text` is digits, at least one.
pub fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Whether `text` is ASCII letters, digits and characters of `others`, at least one.
pub fn is_alphanumeric_or(text: &[u8], others: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_recognised() {
        // Answers observed on 5.6.3.
        for (text, e164, telephone) in [
            ("+4930", true, true),
            ("4930", false, true),
            ("+", false, false),
            ("", false, false),
            ("+49301234567890123", false, true),
            ("+49a", false, false),
        ] {
            assert_eq!(is_e164(text.as_bytes(), 16), e164, "{text}");
            assert_eq!(is_telephone_number(text.as_bytes()), telephone, "{text}");
        }
    }
}
