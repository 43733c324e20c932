//! The message as it would leave.

use crate::call::Call;
use sip::{Content, Edits, HeaderId, Message, Span};

/// Makes the edits so far part of the message: what the script reads from here on is the changed one
/// (`msg_apply_changes`). False when the result is no message any more.
///
/// What is deferred stays so: it depends on the socket that the message will leave by.
pub fn apply_edits(call: &mut Call) -> bool {
    let mut out = Vec::with_capacity(call.message.buffer().len() + 256);
    sip::serialize::write_edited(
        &call.message,
        &call.edits,
        call.target.uri.as_deref(),
        &mut out,
        &mut sip::serialize::nothing_deferred,
    );
    match Message::parse(out.into()) {
        Ok(message) => {
            let mut edits = Edits::new();
            for edit in call.edits.iter() {
                if let Content::Deferred(deferred) = &edit.content {
                    edits.insert_header_first(&message, deferred.clone());
                }
            }
            call.message = message;
            call.edits = edits;
            call.target.uri = None;
            true
        }
        Err(_) => false,
    }
}

/// The message with the Contact URIs that the script has put in the place of those received (`fix_nated_contact`): whoever keeps
/// Contacts takes them from there, though others read the message as received.
pub fn with_rewritten_contacts(call: &Call) -> Message {
    let message = &call.message;
    let mut fields = message.headers_of(HeaderId::Contact);
    let is_edited = |span: Span| {
        let mut edits = call.edits.iter();
        edits.any(|edit| edit.removed.start < span.end && span.start < edit.removed.end)
    };
    if !fields.any(|field| is_edited(field.value())) {
        return message.clone();
    }
    let mut edits = Edits::new();
    for contact in message.contacts().filter_map(Result::ok) {
        let uri = contact.address().map(|address| address.uri);
        if let Some(span) = uri
            && let Some(changed) = call.edits.replacement(span)
        {
            edits.replace(span, changed.clone());
        }
    }
    if edits.is_empty() {
        return message.clone();
    }
    let mut out = Vec::with_capacity(message.buffer().len() + 64);
    let nothing = &mut sip::serialize::nothing_deferred;
    sip::serialize::write_edited(message, &edits, None, &mut out, nothing);
    match Message::parse(out.into()) {
        Ok(changed) => changed,
        Err(_) => message.clone(),
    }
}
