//! Header fields by name.

use module_api::{ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, ScriptArg, Text};
use sip::{HeaderField, HeaderId, Message};

/// The name of a header field, recognised once: in any case, and a compact form stands for its full name.
#[derive(Clone, Debug)]
pub struct HeaderName {
    id: HeaderId,
    name: Text,
}

impl HeaderName {
    /// Recognises `name`; blanks around it and a colon behind it do not count.
    pub fn new(name: &[u8]) -> HeaderName {
        let name = stdx::ascii::trim(name);
        let name = stdx::ascii::trim_end(name.strip_suffix(b":").unwrap_or(name));
        HeaderName {
            id: HeaderId::from_name(name),
            name: Text::from(name),
        }
    }

    /// The header fields of that name, in order.
    pub fn fields<'a>(
        &'a self,
        message: &'a Message,
    ) -> impl DoubleEndedIterator<Item = &'a HeaderField> + Clone {
        message.headers_of(self.id).filter(move |field| {
            self.id != HeaderId::Other || message.name(field).eq_ignore_ascii_case(&self.name)
        })
    }

    /// Whether no header field can have that name: it is empty, or there are blanks in it.
    pub fn is_none(&self) -> bool {
        self.name.is_empty() || self.name.as_bytes().iter().any(u8::is_ascii_whitespace)
    }

    /// Whether there is one.
    pub fn is_in(&self, message: &Message) -> bool {
        match self.id {
            HeaderId::Other => self.fields(message).next().is_some(),
            known => message.has(known),
        }
    }
}

/// Constant text; variables are not expanded.
impl ScriptArg for HeaderName {
    type Bound = HeaderName;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        match source.literal() {
            Some(name) if !name.trim().is_empty() => Ok(HeaderName::new(name.as_bytes())),
            _ => Err(source.error("the name of a header field is needed here")),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(bound.clone())
    }
}

/// Which of the header fields of one name: `a` all, `f` the first, `l` the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `a`, and anything that is not one of the others.
    All,
    /// `f`
    First,
    /// `l`
    Last,
}

impl Which {
    /// Reads the first letter of `text`.
    pub fn parse(text: &[u8]) -> Which {
        match text.first() {
            Some(b'f' | b'F') => Which::First,
            Some(b'l' | b'L') => Which::Last,
            _ => Which::All,
        }
    }

    /// The fields of that name that are meant.
    pub fn of<'a>(
        self,
        name: &'a HeaderName,
        message: &'a Message,
    ) -> impl Iterator<Item = &'a HeaderField> {
        let mut fields = name.fields(message);
        let one = match self {
            Which::All => None,
            Which::First => fields.next(),
            Which::Last => fields.next_back(),
        };
        let rest = (self == Which::All).then_some(fields);
        one.into_iter().chain(rest.into_iter().flatten())
    }
}

/// Constant text.
impl ScriptArg for Which {
    type Bound = Which;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, _: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        match source.literal() {
            Some(text) => Ok(Which::parse(text.as_bytes())),
            None => Err(source.error("one of \"a\", \"f\" and \"l\" is needed here")),
        }
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(*bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let text = "OPTIONS sip:a@b SIP/2.0\r\nX-A: 1\r\nf: <sip:a@b>\r\nx-a: 2\r\nX-A: 3\r\n\r\n";
        Message::parse(text.as_bytes().to_vec().into()).unwrap()
    }

    #[test]
    fn names_match_in_any_case_and_in_compact_form() {
        let message = message();
        for (name, count) in [
            ("x-A", 3),
            ("From", 1),
            ("F", 1),
            (" X-A : ", 3),
            ("X-B", 0),
            ("To", 0),
        ] {
            let name = HeaderName::new(name.as_bytes());
            assert_eq!(name.fields(&message).count(), count, "{name:?}");
            assert_eq!(name.is_in(&message), count > 0);
        }
    }

    #[test]
    fn which_picks_all_first_or_last() {
        let message = message();
        let name = HeaderName::new(b"X-A");
        for (flags, expected) in [("a", "123"), ("f", "1"), ("l", "3"), ("", "123")] {
            let picked = Which::parse(flags.as_bytes()).of(&name, &message);
            let values: Vec<u8> = picked
                .flat_map(|field| message.value(field).to_vec())
                .collect();
            assert_eq!(values, expected.as_bytes(), "{flags}");
        }
    }
}
