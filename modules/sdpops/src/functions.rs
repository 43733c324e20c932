//! Script functions.

pub mod codecs;
pub mod lines;
pub mod media;
pub mod whole;

use crate::description;
use module_api::{Call, Verdict};
use sip::Edits;
use sip::sdp::Sdp;

/// Edits the description; false without one.
fn edit(call: &mut Call, change: impl FnOnce(&Sdp<'_>, &mut Edits) -> bool) -> Verdict {
    let message = call.message.clone();
    match description::of(&message) {
        Some(sdp) => Verdict::of(change(&sdp, &mut call.edits)),
        None => Verdict::FALSE,
    }
}

/// Asks the description; false without one.
fn ask(call: &mut Call, question: impl FnOnce(&Sdp<'_>) -> bool) -> Verdict {
    Verdict::of(description::of(&call.message).is_some_and(|sdp| question(&sdp)))
}
