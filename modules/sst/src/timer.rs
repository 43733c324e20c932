//! What messages say of the length of a session (RFC 4028 §4, §5).

use sip::{HeaderId, Message};

/// What a message says of the length of a session, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// How long it lasts without a refresh.
    pub expires: Option<u32>,
    /// The shortest that all on the way agree to.
    pub least: Option<u32>,
}

impl Wish {
    /// What a message says.
    pub fn of(message: &Message) -> Wish {
        let seconds = |id| {
            let value = message.value_of(id)?;
            let digits = value.split(|byte| matches!(byte, b';' | b' ')).next()?;
            sip::parse_expires(digits)
        };
        Wish {
            expires: seconds(HeaderId::SessionExpires),
            least: seconds(HeaderId::MinSe),
        }
    }

    /// How long a session of somebody with this wish lasts when nobody shortens it, and those on the way want `least` seconds of it.
    pub fn asked(self, least: u32) -> u32 {
        let unsaid = || self.least.unwrap_or(least).max(least);
        self.expires.unwrap_or_else(unsaid)
    }

    /// Whether the session, or what it may become on the way, is shorter than `least`.
    pub fn is_below(self, least: u32) -> bool {
        match (self.expires, self.least) {
            (Some(expires), _) => expires < least,
            (None, Some(wanted)) => wanted < least,
            (None, None) => false,
        }
    }
}

/// Whether the sender of a message knows of session timers.
pub fn is_supported(message: &Message) -> bool {
    message.headers_of(HeaderId::Supported).any(|field| {
        let mut tokens = message.text(field.value()).split(|byte| *byte == b',');
        tokens.any(|token| token.trim_ascii().eq_ignore_ascii_case(b"timer"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_too_short_when_it_is_below_the_least() {
        for (lines, below) in [
            ("", false),
            ("Session-Expires: 30\r\n", true),
            ("x: 1800;refresher=uac\r\n", false),
            ("Session-Expires: 90\r\n", false),
            ("Min-SE: 60\r\n", true),
            ("Session-Expires: 1800\r\nMin-SE: 60\r\n", false),
            ("Session-Expires: soon\r\n", false),
        ] {
            let text = format!("INVITE sip:a SIP/2.0\r\n{lines}\r\n");
            let message = Message::parse(text.into_bytes().into()).unwrap();
            assert_eq!(Wish::of(&message).is_below(90), below, "{lines}");
        }
    }
}
