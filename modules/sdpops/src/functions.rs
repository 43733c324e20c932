//! Script functions.

pub mod codecs;
pub mod lines;
pub mod media;
pub mod whole;

use crate::description;
use module_api::{Call, Text, Verdict};
use sip::Edits;
use sip::sdp::Sdp;

/// The kind of streams that is asked for, unless it is empty, which stands for all.
fn kind(mtype: Option<&Text>) -> Option<&[u8]> {
    mtype.map(|kind| &kind[..]).filter(|kind| !kind.is_empty())
}

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
