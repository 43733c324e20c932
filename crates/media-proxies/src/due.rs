//! What a message means for a media proxy.

use module_api::{Call, RouteKind};
use sip::{Message, Method};

/// What a message needs of a media proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Its description is an offer.
    Offer,
    /// Its description is an answer.
    Answer,
    /// The session is over.
    Delete,
}

/// What the message at hand needs of a media proxy (manuals of rtpproxy and rtpengine, `rtpproxy_manage`). `request_of` gives
/// the request that a response answers, as far as anybody keeps it.
pub fn due(call: &mut Call, request_of: impl FnOnce(&mut Call) -> Option<Message>) -> Option<Due> {
    if call.route == RouteKind::BranchFailure {
        return None;
    }
    let message = call.message.clone();
    let has_description = message.session_description().is_some();
    let method = match message.is_request() {
        true => message.method(),
        false => message.cseq().ok().map(|cseq| cseq.method)?,
    };
    if message.is_request() {
        let is_over = matches!(method, Method::Bye | Method::Cancel);
        return match method {
            _ if is_over || call.route == RouteKind::Failure => Some(Due::Delete),
            Method::Invite | Method::Update if has_description => Some(Due::Offer),
            Method::Ack | Method::Prack if has_description => Some(Due::Answer),
            _ => None,
        };
    }
    match method {
        Method::Invite if message.status() >= 300 => Some(Due::Delete),
        Method::Invite | Method::Update if has_description => {
            let request = request_of(call);
            let answers = request.is_none_or(|request| request.session_description().is_some());
            Some(if answers { Due::Answer } else { Due::Offer })
        }
        _ => None,
    }
}
