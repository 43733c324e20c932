//! The request that a script puts together in `$uac_req(…)`.

use module_api::Value;
use stdx::Text;

/// The request that a script puts together, and in `event_route[uac:reply]` what has become of it.
#[derive(Clone, Debug, Default)]
pub struct OwnRequest {
    texts: [Text; TEXTS],
    numbers: [i64; NUMBERS],
}

const TEXTS: usize = 15;
const NUMBERS: usize = 7;

/// A part that is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// The method.
    Method,
    /// The Request-URI.
    Uri,
    /// The URI of From.
    From,
    /// The tag of From.
    FromTag,
    /// The URI of To.
    To,
    /// The tag of To.
    ToTag,
    /// The next hop, when it is not the Request-URI.
    NextHop,
    /// Header lines.
    Headers,
    /// The body.
    Body,
    /// The socket it leaves from.
    Socket,
    /// The user who answers a challenge.
    User,
    /// That user's password.
    Password,
    /// The Call-ID.
    CallId,
    /// What the event route is told.
    EventParam,
    /// All parts together; never filled.
    All,
}

/// A part that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberPart {
    /// 1: the password is HA1.
    Flags,
    /// The number of the CSeq; 0 is the usual one.
    Sequence,
    /// Which responses run the event route: 0 none, 1 final ones, 2 negative ones.
    EventRoute,
    /// The status of the response.
    EventCode,
    /// 1: it was received; 2: it was made here.
    EventType,
    /// The milliseconds to wait for a response; 0 is as usual.
    Timeout,
    /// The milliseconds to wait for the final response to an INVITE; 0 is as usual.
    InviteTimeout,
}

/// A part by its name in the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One that is text.
    Text(TextPart),
    /// One that is a number.
    Number(NumberPart),
}

impl Part {
    /// The part of a name.
    pub fn named(name: &str) -> Option<Part> {
        Some(match name {
            "all" => Part::Text(TextPart::All),
            "method" => Part::Text(TextPart::Method),
            "ruri" => Part::Text(TextPart::Uri),
            "furi" => Part::Text(TextPart::From),
            "ftag" => Part::Text(TextPart::FromTag),
            "turi" => Part::Text(TextPart::To),
            "ttag" => Part::Text(TextPart::ToTag),
            "ouri" => Part::Text(TextPart::NextHop),
            "hdrs" => Part::Text(TextPart::Headers),
            "body" => Part::Text(TextPart::Body),
            "sock" => Part::Text(TextPart::Socket),
            "auser" => Part::Text(TextPart::User),
            "apasswd" => Part::Text(TextPart::Password),
            "callid" => Part::Text(TextPart::CallId),
            "evparam" => Part::Text(TextPart::EventParam),
            "flags" => Part::Number(NumberPart::Flags),
            "cseqno" => Part::Number(NumberPart::Sequence),
            "evroute" => Part::Number(NumberPart::EventRoute),
            "evcode" => Part::Number(NumberPart::EventCode),
            "evtype" => Part::Number(NumberPart::EventType),
            "fr_timeout" => Part::Number(NumberPart::Timeout),
            "fr_inv_timeout" => Part::Number(NumberPart::InviteTimeout),
            _ => return None,
        })
    }
}

impl OwnRequest {
    /// A part that is text; empty when it was not set.
    pub fn text(&self, part: TextPart) -> Text {
        self.texts.get(part as usize).cloned().unwrap_or_default()
    }

    /// A part that is a number; 0 when it was not set.
    pub fn number(&self, part: NumberPart) -> i64 {
        self.numbers.get(part as usize).copied().unwrap_or(0)
    }

    /// Sets a part that is text.
    pub fn set_text(&mut self, part: TextPart, text: Text) {
        if let Some(slot) = self.texts.get_mut(part as usize) {
            *slot = text;
        }
    }

    /// Sets a part that is a number.
    pub fn set_number(&mut self, part: NumberPart, number: i64) {
        if let Some(slot) = self.numbers.get_mut(part as usize) {
            *slot = number;
        }
    }

    /// A part as scripts see it: text that was not set is null (observed on 5.6.3).
    pub fn value(&self, part: Part) -> Value {
        match part {
            Part::Text(part) => Value::from_option(Some(self.text(part)).filter(|t| !t.is_empty())),
            Part::Number(part) => Value::Int(self.number(part)),
        }
    }

    /// A number that is there when it is above 0.
    pub fn positive(&self, part: NumberPart) -> Option<u32> {
        u32::try_from(self.number(part))
            .ok()
            .filter(|number| *number > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        let mut request = OwnRequest::default();
        request.set_text(TextPart::Method, Text::from("OPTIONS"));
        request.set_number(NumberPart::InviteTimeout, 7);
        assert_eq!(
            request.value(Part::Text(TextPart::Method)),
            Value::Str(Text::from("OPTIONS"))
        );
        assert_eq!(request.value(Part::Text(TextPart::All)), Value::Null);
        assert_eq!(request.positive(NumberPart::InviteTimeout), Some(7));
        assert_eq!(
            request.value(Part::Number(NumberPart::EventRoute)),
            Value::Int(0)
        );
    }
}
