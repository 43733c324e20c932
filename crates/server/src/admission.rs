//! What a message must have for the script to see it. Others go no further than the event route before the script.

use sip::{HeaderId, Message};

/// Whether a message is of the version that is spoken (observed on 5.6.3); HTTP is, over streams.
pub fn is_spoken(message: &Message, is_stream: bool) -> bool {
    const SPOKEN: &[u8] = b"SIP/2.0";
    let version = message.version();
    let start = version.get(..SPOKEN.len()).unwrap_or_default();
    is_stream && message.is_http() || start.eq_ignore_ascii_case(SPOKEN)
}

/// What every message says once (RFC 3261 §8.1.1), as [`HeaderId::bit`].
const REQUIRED: u128 =
    HeaderId::From.bit() | HeaderId::To.bit() | HeaderId::CallId.bit() | HeaderId::CSeq.bit();

/// Why a message cannot be routed, if so; HTTP always can.
///
/// Observed on 5.6.3: what is required must stand before whatever cannot be read ([`Message::stumble`]), To must be
/// readable and CSeq have two words, while anything goes in From and Call-ID.
pub fn fault(message: &Message) -> Option<&'static str> {
    if message.is_http() {
        return None;
    }
    if !message.reads(REQUIRED) {
        Some("From, To, Call-ID or CSeq is missing, or stands behind what cannot be read")
    } else if message.to().is_err() {
        Some("To cannot be read")
    } else if !names_method(message) {
        Some("CSeq is no number and a method")
    } else {
        None
    }
}

fn names_method(message: &Message) -> bool {
    if message.cseq().is_ok() {
        return true;
    }
    let value = message.value_of(HeaderId::CSeq).unwrap_or_default();
    let words = value.split(|byte| stdx::ascii::is_space(*byte));
    words.filter(|word| !word.is_empty()).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx1\r\n\
        From: <sip:alice@a.org>;tag=1\r\nTo: <sip:bob@b.org>\r\nCall-ID: abc\r\nCSeq: 1 OPTIONS\r\n\r\n";

    fn is_fit(text: &str) -> bool {
        fault(&Message::parse(text.as_bytes().to_vec().into()).unwrap()).is_none()
    }

    #[test]
    fn what_5_6_3_lets_pass_is_let_in() {
        for (from, to) in [
            ("", ""),
            ("<sip:alice@a.org>;tag=1", ""),
            ("From: <sip:alice@a.org>;tag=1", "From: <sip:a"),
            ("Call-ID: abc", "Call-ID: a b"),
            ("Call-ID: abc", "i:"),
            ("1 OPTIONS", "x OPTIONS"),
            ("1 OPTIONS", "1 INVITE"),
            ("1 OPTIONS", "1 OPTIONS;x"),
            ("1 OPTIONS", "0009\r\n  OPTIONS"),
            ("\r\n\r\n", "\r\nno field\r\n\r\n"),
            ("\r\n\r\n", "\r\nContent-Length: abc\r\n\r\n"),
            ("\r\n\r\n", "\r\nTo: <sip:bob@b.org>\r\n\r\n"),
            ("To: <sip:bob@b.org>", "t: foo:bar"),
        ] {
            let text = GOOD.replace(from, to);
            assert!(is_fit(if from.is_empty() { GOOD } else { &text }), "{to}");
        }
    }

    #[test]
    fn what_every_message_has_must_be_there_once() {
        for line in [
            "From: <sip:alice@a.org>;tag=1\r\n",
            "To: <sip:bob@b.org>\r\n",
            "Call-ID: abc\r\n",
            "CSeq: 1 OPTIONS\r\n",
        ] {
            assert!(!is_fit(&GOOD.replace(line, "")), "no {line}");
            // The second CSeq stands behind all that is required.
            let is_last = line.starts_with("CSeq");
            assert_eq!(
                is_fit(&GOOD.replace(line, &line.repeat(2))),
                is_last,
                "two {line}"
            );
            let response = GOOD.replace("OPTIONS sip:bob@127.0.0.1 SIP/2.0", "SIP/2.0 200 OK");
            assert!(!is_fit(&response.replace(line, "")), "no {line}");
            assert!(is_fit(&response.replace(line, &line.repeat(2))), "{line}");
        }
        for (from, to) in [
            ("CSeq", "no field\r\nCSeq"),
            ("From", "l: -5\r\nFrom"),
            ("1 OPTIONS", "1 OPTIONS x"),
            ("<sip:bob@b.org>", ""),
            ("<sip:bob@b.org>", "<sip:"),
            ("<sip:bob@b.org>", "<>"),
            ("<sip:bob@b.org>", "<sip:b ob@b.org>"),
            ("<sip:bob@b.org>", "\"x <sip:bob@b.org>"),
            ("1 OPTIONS", ""),
            ("1 OPTIONS", "1"),
            ("1 OPTIONS", "abc"),
        ] {
            assert!(!is_fit(&GOOD.replace(from, to)), "{to}");
        }
    }
}
