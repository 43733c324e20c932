//! CSeq numbers towards the callee after an INVITE was sent once more with credentials (`track_cseq_updates`).
//!
//! Whoever challenges an INVITE wants a higher number in the next one (RFC 3261 §22.2), of which the caller knows nothing: from
//! then on the caller's requests are numbered higher on the callee's side, and responses get the caller's numbers back.

use crate::dialog::{Body, Dialog, Side};
use crate::{Dialogs, context};
use module_api::{Call, Text};
use sip::{HeaderId, Message};
use std::sync::Arc;

/// The variable that keeps by how much numbers are higher towards the callee (observed on 5.6.3).
const DIFFERENCE: &[u8] = b"cseq_diff";

impl Dialogs {
    /// Gives the request at hand, which is to answer a challenge, the number behind that of the `challenge`, when numbers are
    /// tracked and it comes from the caller of a dialog.
    pub fn raise_number(&self, call: &mut Call, challenge: &Message) {
        if self.params.track_cseq_updates == 0 {
            return;
        }
        let Some((dialog, Side::Caller)) = context::find(self, &call.message) else {
            return;
        };
        let (Ok(sent), Ok(own)) = (challenge.cseq(), call.message.cseq()) else {
            return;
        };
        let (raised, own) = (sent.number.saturating_add(1), own.number);
        keep(&dialog, raised.saturating_sub(own));
        number(call, raised);
    }
}

/// By how much numbers are higher towards the callee.
pub fn difference(body: &Body) -> u32 {
    let kept = body.variable(DIFFERENCE);
    kept.and_then(|kept| stdx::number::parse_u64(kept))
        .and_then(|kept| u32::try_from(kept).ok())
        .unwrap_or(0)
}

fn keep(dialog: &Dialog, wanted: u32) {
    let mut body = dialog.body();
    if difference(&body) != wanted {
        body.set_variable(DIFFERENCE, Some(Text::from(i64::from(wanted))));
    }
}

/// Gives the message at hand another CSeq number.
fn number(call: &mut Call, number: u32) {
    let message = call.message.clone();
    let (Ok(cseq), Some(field)) = (message.cseq(), message.header(HeaderId::CSeq)) else {
        return;
    };
    let mut value = Vec::with_capacity(24);
    stdx::number::push_decimal(&mut value, number);
    value.push(b' ');
    value.extend_from_slice(message.text(cseq.method_name));
    call.edits.replace_value(field, value);
}

/// A request within the dialog passes.
pub fn passes(dialogs: &Dialogs, call: &mut Call, dialog: &Arc<Dialog>, side: Side) {
    if dialogs.params.track_cseq_updates == 0 || side == Side::Callee {
        return;
    }
    let difference = difference(&dialog.body());
    if let (1.., Ok(cseq)) = (difference, call.message.cseq()) {
        number(call, cseq.number.saturating_add(difference));
    }
}

/// A response comes: it gets the number of the request, and tells by how much that was raised on the branch that answers.
pub fn answered(dialogs: &Dialogs, call: &mut Call, request: &Message) {
    let (Ok(ours), Ok(theirs)) = (request.cseq(), call.message.cseq()) else {
        return;
    };
    let (ours, theirs) = (ours.number, theirs.number);
    let status = call.message.status();
    if request.method() == sip::Method::Invite
        && (101..300).contains(&status)
        && let Some((dialog, Side::Caller)) = context::find(dialogs, request)
    {
        keep(&dialog, theirs.saturating_sub(ours));
    }
    if ours != theirs {
        number(call, ours);
    }
}
