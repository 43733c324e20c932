//! Octets in hexadecimal digits.

/// The octets that pairs of digits stand for; blanks are passed over. `None` for anything else.
pub fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(digits.len() / 2);
    let mut high = None;
    for byte in digits.iter().filter(|byte| !stdx::ascii::is_space(**byte)) {
        let digit = char::from(*byte).to_digit(16)? as u8;
        match high.take() {
            None => high = Some(digit),
            Some(high) => octets.push(high << 4 | digit),
        }
    }
    high.is_none().then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_and_blanks_passed_over() {
        for (digits, octets) in [
            ("", Some(&b""[..])),
            ("6b 61\t6D", Some(b"kam")),
            ("6b6", None),
            ("6g", None),
        ] {
            assert_eq!(decode(digits.as_bytes()).as_deref(), octets, "{digits}");
        }
    }
}
