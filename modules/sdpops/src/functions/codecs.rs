//! Codecs.

use super::{ask, edit};
use crate::codecs::{self, Codecs, Fate};
use crate::description;
use module_api::{Call, Text, Verdict, script_function};

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
            codecs::edit(sdp, codecs, fate, mtype.as_deref(), edits);
        }
        are_known
    })
}

/// The return code when a codec was found (observed on 5.6.3).
const FOUND: Verdict = Verdict(2);

/// Whether a stream has a format with one of these numbers. -2 when there is no description.
///
/// ```cfg
/// if (sdp_with_codecs_by_id("0,8")) xinfo("G.711\n");
/// ```
#[script_function(sdp_with_codecs_by_id, routes = ANY)]
fn sdp_with_codecs_by_id(call: &mut Call, list: Text) -> Verdict {
    match description::of(&call.message) {
        None => Verdict(-2),
        Some(sdp) if Codecs::Numbers(&list).are_in(&sdp) => FOUND,
        Some(_) => Verdict::FALSE,
    }
}

/// Whether a stream has one of these codecs.
///
/// ```cfg
/// if (sdp_with_codecs_by_name("PCMU,PCMA")) xinfo("G.711\n");
/// ```
#[script_function(sdp_with_codecs_by_name, routes = ANY)]
fn sdp_with_codecs_by_name(call: &mut Call, list: Text) -> Verdict {
    match ask(call, |sdp| Codecs::Names(&list).are_in(sdp)) {
        Verdict::TRUE => FOUND,
        other => other,
    }
}
