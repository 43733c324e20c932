//! Changes of From and To: recorded as one edit each, which later changes build on.

use module_api::{Call, SetError, Value};
use sip::rewrite;
use sip::{Content, NameAddr, Span, Uri};

/// Whose address is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// From.
    From,
    /// To.
    To,
}

impl Party {
    /// The address as received.
    pub fn address(self, call: &Call) -> Option<&NameAddr> {
        match self {
            Party::From => call.message.from().ok(),
            Party::To => call.message.to().ok(),
        }
    }
}

/// What of an address is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyPart {
    /// The URI.
    Uri,
    /// The user of the URI.
    User,
    /// The host of the URI.
    Host,
    /// The display name, with its quotes if it has any.
    Display,
}

/// Records a change. The parameters of the header field stay; what scripts read stays as it was received.
///
/// Where Kamailio joins the values of two assignments, the later one counts here. An address without brackets gets them
/// where it needs them (RFC 3261 §20.10).
pub fn change(
    call: &mut Call,
    party: Party,
    part: PartyPart,
    value: Value,
) -> Result<(), SetError> {
    let Some(address) = party.address(call).copied() else {
        return Err(SetError::refused(
            "the header field is missing or malformed",
        ));
    };
    let text = match value {
        Value::Str(text) => Some(text),
        Value::Null if matches!(part, PartyPart::User | PartyPart::Display) => None,
        Value::Null => return Err(SetError::refused("it can be changed, but not removed")),
        Value::Int(_) => return Err(SetError::NeedsText),
    };
    if text
        .as_ref()
        .is_some_and(|text| text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)))
    {
        return Err(SetError::refused("a line end cannot be part of an address"));
    }
    let place = place_of(call, &address);
    let mut current = Current::of(call, &address, place);
    current.set(part, text.as_deref().unwrap_or_default())?;
    call.edits.replace(place, current.written());
    Ok(())
}

/// From the display name to the closing bracket.
fn place_of(call: &Call, address: &NameAddr) -> Span {
    let end = address.uri.end;
    if !address.is_bracketed {
        return address.uri;
    }
    let after = Span::new(end, address.whole.end);
    let bracket = memchr::memchr(b'>', call.message.text(after)).unwrap_or(0) as u32;
    Span::new(address.whole.start, end + bracket + 1)
}

/// An address with the changes so far.
struct Current {
    display: Vec<u8>,
    uri: Vec<u8>,
    is_bracketed: bool,
}

impl Current {
    fn of(call: &Call, address: &NameAddr, place: Span) -> Current {
        let changed = call.edits.iter().find_map(|edit| match &edit.content {
            Content::Literal(text) if edit.removed == place => Some(text),
            _ => None,
        });
        match changed {
            None => Current {
                display: call.message.text(address.display).to_vec(),
                uri: call.message.text(address.uri).to_vec(),
                is_bracketed: address.is_bracketed,
            },
            Some(text) => Current::read(text),
        }
    }

    /// Reads what [`Current::written`] wrote.
    fn read(text: &[u8]) -> Current {
        let brackets = text.strip_suffix(b">").and_then(|text| {
            // A display name may hold a bracket, a URI cannot.
            let open = memchr::memrchr(b'<', text)?;
            Some((text.get(..open)?, text.get(open + 1..)?))
        });
        match brackets {
            Some((display, uri)) => Current {
                display: stdx::ascii::trim(display).to_vec(),
                uri: uri.to_vec(),
                is_bracketed: true,
            },
            None => Current {
                display: Vec::new(),
                uri: text.to_vec(),
                is_bracketed: false,
            },
        }
    }

    fn set(&mut self, part: PartyPart, text: &[u8]) -> Result<(), SetError> {
        match part {
            PartyPart::Display => self.display = text.to_vec(),
            PartyPart::Uri
                if text.iter().any(|byte| matches!(byte, b'<' | b'>' | b' '))
                    || text.is_empty() =>
            {
                return Err(SetError::refused("that is no URI"));
            }
            PartyPart::Uri => self.uri = text.to_vec(),
            PartyPart::User | PartyPart::Host => {
                let uri =
                    Uri::parse(&self.uri).map_err(|error| SetError::refused(error.to_string()))?;
                if part == PartyPart::Host && uri.host().is_empty() {
                    return Err(SetError::refused("the URI has no host"));
                }
                let changed = match part {
                    PartyPart::User => rewrite::with_user(&uri, Some(text)),
                    _ => rewrite::with_host(&uri, text),
                };
                self.uri = changed.map_err(|error| SetError::refused(error.to_string()))?;
            }
        }
        Ok(())
    }

    fn written(&self) -> Vec<u8> {
        let needs_brackets = !self.display.is_empty()
            || self
                .uri
                .iter()
                .any(|byte| matches!(byte, b';' | b',' | b'?'));
        if !self.is_bracketed && !needs_brackets {
            return self.uri.clone();
        }
        let mut out = Vec::with_capacity(self.display.len() + self.uri.len() + 3);
        if !self.display.is_empty() {
            out.extend_from_slice(&self.display);
            out.push(b' ');
        }
        out.push(b'<');
        out.extend_from_slice(&self.uri);
        out.push(b'>');
        out
    }
}
