//! Codecs.

use super::{edit, kind};
use crate::codecs::{self, Codecs, Fate, Presence};
use crate::description;
use module_api::{Call, Text, Verdict, script_function};
use sip::sdp::Sdp;

/// Removes the formats with these numbers from all streams, or from those of the kind `mtype`.
///
/// ```cfg
/// sdp_remove_codecs_by_id("0,8", "audio");
/// ```
#[script_function(sdp_remove_codecs_by_id, routes = ANY)]
fn sdp_remove_codecs_by_id(call: &mut Call, list: Text, mtype: Option<Text>) -> Verdict {
    change(call, Codecs::Numbers(&list), Fate::Removed, mtype)
}

/// Removes these codecs from all streams, or from those of the kind `mtype`.
///
/// False when none of the names is that of a codec here.
///
/// ```cfg
/// sdp_remove_codecs_by_name("PCMU,GSM");
/// ```
#[script_function(sdp_remove_codecs_by_name, routes = ANY)]
fn sdp_remove_codecs_by_name(call: &mut Call, list: Text, mtype: Option<Text>) -> Verdict {
    change(call, Codecs::Names(&list), Fate::Removed, mtype)
}

/// Removes all formats but those with these numbers from all streams, or from those of the kind `mtype`.
///
/// ```cfg
/// sdp_keep_codecs_by_id("0,8", "audio");
/// ```
#[script_function(sdp_keep_codecs_by_id, routes = ANY)]
fn sdp_keep_codecs_by_id(call: &mut Call, list: Text, mtype: Option<Text>) -> Verdict {
    change(call, Codecs::Numbers(&list), Fate::Kept, mtype)
}

/// Removes all codecs but these from all streams, or from those of the kind `mtype`.
///
/// Key presses are a codec of their own, `telephone-event`. False when none of the names is that of a codec here.
///
/// ```cfg
/// sdp_keep_codecs_by_name("PCMA,telephone-event", "audio");
/// ```
#[script_function(sdp_keep_codecs_by_name, routes = ANY)]
fn sdp_keep_codecs_by_name(call: &mut Call, list: Text, mtype: Option<Text>) -> Verdict {
    change(call, Codecs::Names(&list), Fate::Kept, mtype)
}

fn change(call: &mut Call, codecs: Codecs<'_>, fate: Fate, mtype: Option<Text>) -> Verdict {
    edit(call, |sdp, edits| {
        let are_known = codecs.are_known(sdp);
        if are_known {
            codecs::edit(sdp, codecs, fate, kind(mtype.as_ref()), edits);
        }
        are_known
    })
}

/// Whether a stream has one of the codecs: 1 when each has all of them, 2 when one lacks one (observed on 5.6.3).
fn verdict(codecs: Codecs<'_>, sdp: &Sdp<'_>) -> Verdict {
    match codecs.presence(sdp) {
        Presence::Everywhere => Verdict(1),
        Presence::Somewhere => Verdict(2),
        Presence::Nowhere => Verdict::FALSE,
    }
}

/// Whether a stream has a format with one of these numbers.
///
/// The return code is 1 when each stream has all of them, and 2 when one lacks one. -2 when there is no description.
///
/// ```cfg
/// if (sdp_with_codecs_by_id("0,8")) xinfo("G.711\n");
/// ```
#[script_function(sdp_with_codecs_by_id, routes = ANY)]
fn sdp_with_codecs_by_id(call: &mut Call, list: Text) -> Verdict {
    match description::of(&call.message) {
        None => Verdict(-2),
        Some(sdp) => verdict(Codecs::Numbers(&list), &sdp),
    }
}

/// Whether a stream has one of these codecs.
///
/// The return code is 1 when each stream has all of them that are known in this description, and 2 when one lacks one.
///
/// ```cfg
/// if (sdp_with_codecs_by_name("PCMU,PCMA")) xinfo("G.711\n");
/// ```
#[script_function(sdp_with_codecs_by_name, routes = ANY)]
fn sdp_with_codecs_by_name(call: &mut Call, list: Text) -> Verdict {
    match description::of(&call.message) {
        None => Verdict::FALSE,
        Some(sdp) => verdict(Codecs::Names(&list), &sdp),
    }
}
