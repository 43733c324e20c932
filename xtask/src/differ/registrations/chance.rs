//! What no two runs have in common: unique names, and the seconds that are left, which depend on the instant.

/// Seconds that are left are told in steps of so many; what scenarios ask for is a multiple, and none lasts longer.
const STEP: u64 = 30;

/// What is done to the word or number that follows.
enum Fate {
    /// It is left out.
    Gone,
    /// It is told in steps.
    Rounded,
    /// It is told whether it is a number of something.
    Sign,
}

/// What stands before such a thing.
const BEFORE: &[(&str, Fate)] = &[
    ("uloc-", Fate::Gone),
    ("ulcx-", Fate::Gone),
    ("\"Last-Keepalive\":", Fate::Gone),
    ("\"Last-Modified\":", Fate::Gone),
    ("\"Tcpconn-Id\":", Fate::Sign),
    ("expires=", Fate::Rounded),
    ("\"Expires\":", Fate::Rounded),
];

/// A line without them.
pub fn without(line: &str) -> String {
    let mut text = line.to_owned();
    for (before, fate) in BEFORE {
        let mut parts = text.split(before);
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            told += before;
            let is_of_it = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
            let length = part.find(|letter| !is_of_it(letter)).unwrap_or(part.len());
            let (word, rest) = part.split_at(length);
            match (fate, word.parse::<u64>()) {
                (Fate::Gone, _) => {}
                (Fate::Rounded, Ok(seconds)) => {
                    told += &(seconds.div_ceil(STEP) * STEP).to_string();
                }
                (Fate::Sign, Ok(_)) => told += "1",
                (Fate::Rounded | Fate::Sign, Err(_)) => told += word,
            }
            told += rest;
        }
        text = told;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_registrations_are_told_equally() {
        let one = "Contact: <sip:a>;expires=58;temp-gruu=\"sip:uloc-6b03-5e85-1-0a91d6@h;gr\"";
        let other = "Contact: <sip:a>;expires=60;temp-gruu=\"sip:uloc-6b04-5ea5-1-6d19a0@h;gr\"";
        let told = "Contact: <sip:a>;expires=60;temp-gruu=\"sip:uloc-@h;gr\"";
        assert_eq!(without(one), told);
        assert_eq!(without(other), told);
        assert_eq!(
            without("expires=abc \"Expires\":\"expired\""),
            "expires=abc \"Expires\":\"expired\""
        );
    }
}
