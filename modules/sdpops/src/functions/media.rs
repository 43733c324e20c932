//! Streams.

use super::{ask, edit};
use crate::description;
use module_api::{Call, PvarRef, Text, Verdict, script_function};
use sip::sdp::{Direction, Media, Sdp};

/// Whether there is a stream of the kind `media`: `audio`, `video` and so on.
///
/// ```cfg
/// if (sdp_with_media("video")) xinfo("a video call\n");
/// ```
#[script_function(sdp_with_media, routes = ANY)]
fn sdp_with_media(call: &mut Call, media: Text) -> Verdict {
    ask(call, |sdp| sdp.media_of(&media).next().is_some())
}

/// Whether there is a stream of the kind `media` that has a port and is not `inactive`.
///
/// ```cfg
/// if (sdp_with_active_media("audio")) xinfo("somebody talks\n");
/// ```
#[script_function(sdp_with_active_media, routes = ANY)]
fn sdp_with_active_media(call: &mut Call, media: Text) -> Verdict {
    ask(call, |sdp| {
        sdp.media_of(&media).any(|stream| {
            sdp.port(stream) != Some(0) && sdp.direction(stream) != Direction::Inactive
        })
    })
}

/// Removes the streams of the kind `media`. False when there is none.
///
/// ```cfg
/// sdp_remove_media("video");
/// ```
#[script_function(sdp_remove_media, routes = ANY)]
fn sdp_remove_media(call: &mut Call, media: Text) -> Verdict {
    remove(call, |sdp, stream| {
        sdp.text(stream.kind).eq_ignore_ascii_case(&media)
    })
}

/// Whether there is a stream over `transport`, such as `RTP/SAVP`.
///
/// ```cfg
/// if (sdp_with_transport("RTP/SAVP")) xinfo("encrypted\n");
/// ```
#[script_function(sdp_with_transport, routes = ANY)]
fn sdp_with_transport(call: &mut Call, transport: Text) -> Verdict {
    ask(call, |sdp| {
        let mut streams = sdp.media().iter();
        streams.any(|stream| sdp.text(stream.transport).eq_ignore_ascii_case(&transport))
    })
}

/// Whether there is a stream over a transport that has `part` in its name.
///
/// ```cfg
/// if (sdp_with_transport_like("SAVP")) xinfo("encrypted\n");
/// ```
#[script_function(sdp_with_transport_like, routes = ANY)]
fn sdp_with_transport_like(call: &mut Call, part: Text) -> Verdict {
    ask(call, |sdp| {
        let mut streams = sdp.media().iter();
        streams.any(|stream| stdx::ascii::find(sdp.text(stream.transport), &part).is_some())
    })
}

/// Puts the transport that all streams have in common into `target`. -2 when they have none in common.
///
/// ```cfg
/// if (sdp_transport("$avp(transport)")) xinfo("$avp(transport)\n");
/// ```
#[script_function(sdp_transport, routes = ANY)]
fn sdp_transport(call: &mut Call, target: PvarRef) -> Verdict {
    let message = call.message.clone();
    let Some(sdp) = description::of(&message) else {
        return Verdict::FALSE;
    };
    let mut transports = sdp.media().iter().map(|stream| stream.transport);
    let Some(first) = transports.next() else {
        return Verdict(-2);
    };
    let is_common = |span| sdp.text(span).eq_ignore_ascii_case(sdp.text(first));
    if !transports.all(is_common) {
        return Verdict(-2);
    }
    Verdict::of(target.set(call, Text::from(message.slice(first))).is_ok())
}

/// Removes the streams over `transport`. False when there is none.
///
/// ```cfg
/// sdp_remove_transport("RTP/SAVP");
/// ```
#[script_function(sdp_remove_transport, routes = ANY)]
fn sdp_remove_transport(call: &mut Call, transport: Text) -> Verdict {
    remove(call, |sdp, stream| {
        sdp.text(stream.transport).eq_ignore_ascii_case(&transport)
    })
}

fn remove(call: &mut Call, goes: impl Fn(&Sdp<'_>, &Media) -> bool) -> Verdict {
    edit(call, |sdp, edits| {
        let mut is_removed = false;
        for stream in sdp.media().iter().filter(|stream| goes(sdp, stream)) {
            edits.remove(stream.whole);
            is_removed = true;
        }
        is_removed
    })
}
