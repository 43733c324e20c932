//! Changes of From and To: recorded as one edit each, which later changes build on.

use module_api::{Call, SetError, Value};
use sip::rewrite;
use sip::{EditedAddress, NameAddr, Uri};

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
    let message = call.message.clone();
    let mut current = EditedAddress::of(&message, &call.edits, &address);
    set(&mut current, part, text.as_deref().unwrap_or_default())?;
    current.record(&message, &mut call.edits, &address);
    Ok(())
}

fn set(address: &mut EditedAddress, part: PartyPart, text: &[u8]) -> Result<(), SetError> {
    match part {
        PartyPart::Display => address.display = text.to_vec(),
        PartyPart::Uri
            if text.iter().any(|byte| matches!(byte, b'<' | b'>' | b' ')) || text.is_empty() =>
        {
            return Err(SetError::refused("that is no URI"));
        }
        PartyPart::Uri => address.uri = text.to_vec(),
        PartyPart::User | PartyPart::Host => {
            let uri =
                Uri::parse(&address.uri).map_err(|error| SetError::refused(error.to_string()))?;
            if part == PartyPart::Host && uri.host().is_empty() {
                return Err(SetError::refused("the URI has no host"));
            }
            let changed = match part {
                PartyPart::User => rewrite::with_user(&uri, Some(text)),
                _ => rewrite::with_host(&uri, text),
            };
            address.uri = changed.map_err(|error| SetError::refused(error.to_string()))?;
        }
    }
    Ok(())
}
