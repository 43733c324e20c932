//! The session description of a message.

use sip::Message;
use sip::sdp::{Media, Sdp};

/// It, when Kamailio's functions would look at it too.
pub fn of(message: &Message) -> Option<Sdp<'_>> {
    let span = message.session_description()?;
    let sdp = Sdp::parse(message.buffer(), span).ok()?;
    sdp.check().is_ok().then_some(sdp)
}

/// The streams of a kind, or all.
pub fn media<'s>(sdp: &'s Sdp<'_>, kind: Option<&'s [u8]>) -> impl Iterator<Item = &'s Media> {
    sdp.media().iter().filter(move |media| {
        kind.is_none_or(|kind| sdp.text(media.kind).eq_ignore_ascii_case(kind))
    })
}
