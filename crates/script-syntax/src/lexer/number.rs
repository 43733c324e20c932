//! Numbers, addresses, and words that begin with a letter an address could begin with.

use std::net::Ipv6Addr;

use crate::token::{Sign, TokenKind};

use super::{Lexeme, sign, token, word_length};

/// Longest text of an IPv6 address.
const IPV6_LENGTH_MAX: usize = 45;

pub(super) fn lexeme(text: &str, at: usize) -> Lexeme {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    if let Some(length) = ipv6_length(text, at, rest) {
        return token(TokenKind::Address, at + length);
    }
    let length = word_length(rest);
    match rest.first() {
        Some(b'0'..=b'9') => match ipv4_length(rest) {
            Some(length) => token(TokenKind::Address, at + length),
            None => token(
                number_kind(rest.get(..length).unwrap_or_default()),
                at + length,
            ),
        },
        Some(b':') => sign(Sign::Colon, at + 1),
        _ => token(TokenKind::Word, at + length),
    }
}

/// `0x1F`, `017`, `101b`, `42`; whether the digits fit the base is seen when the value is made.
fn number_kind(word: &[u8]) -> TokenKind {
    let is_number = match word {
        [b'0', b'x' | b'X', digits @ ..] => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
        }
        [digits @ .., b'b'] => digits.iter().all(|digit| matches!(digit, b'0' | b'1')),
        digits => digits.iter().all(u8::is_ascii_digit),
    };
    if is_number {
        TokenKind::Number
    } else {
        TokenKind::NumberWord
    }
}

/// Four groups of digits with dots between; whether each is below 256 is seen when the address is made.
fn ipv4_length(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    for group in 0..4 {
        if group > 0 {
            if rest.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let digits = rest
            .get(at..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 {
            return None;
        }
        at += digits;
    }
    match rest.get(at) {
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => None,
        _ => Some(at),
    }
}

fn ipv6_length(text: &str, at: usize, rest: &[u8]) -> Option<usize> {
    // Cheap refusal first: words are far more frequent than addresses.
    let colon = rest.iter().take(5).position(|byte| *byte == b':')?;
    if !matches!(rest.get(colon + 1), Some(byte) if byte.is_ascii_hexdigit() || *byte == b':') {
        return None;
    }
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let length = rest
        .iter()
        .take(IPV6_LENGTH_MAX + 1)
        .take_while(is_part)
        .count();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if rest.get(length).is_some_and(is_word) {
        return None;
    }
    text.get(at..at + length)?
        .parse::<Ipv6Addr>()
        .ok()
        .map(|_| length)
}
