//! How messages leave: responses to the request at hand, requests sent on without a transaction.
//!
//! The pieces are public because transactions send in the same way.

mod edits;
mod length;
mod request;
mod response;
mod via;

use crate::call::Call;
use crate::outbox::Delivery;
pub use edits::{apply_edits, with_rewritten_contacts};
pub use length::{DATAGRAM_MAX, TransportForLength, fitting_response, hop_for_length, is_too_long};
pub use request::{
    ArrivedAt, ForwardAs, NO_URI, NotForwarded, RelayError, forward_request, forward_request_as,
    numeric_hop, outgoing_socket,
};
pub use response::{
    ChangedStatus, Said, answer_statelessly, current_status, edits_with_via_params,
    forward_response, response_delivery, write_response,
};
use sip::identifiers::RequestFacts;
use sip::serialize::Delimited;
use sip::{Deferred, Message, Transport};
use std::net::IpAddr;
use stdx::Text;
pub use via::{
    AdvertisedAddress, ViaFromXavp, via_stamp, write_shown_address, write_socket_name, write_via,
};

/// Fills in text that depends on the socket a message leaves by; registered by the module that recorded it.
pub type Fill = Box<dyn Fn(&Call, &Deferred, &Delivery, &mut Vec<u8>) + Send + Sync>;

/// What tells a request apart, for tags and branches.
pub fn facts(message: &Message) -> RequestFacts<'_> {
    let via = message.top_via().ok();
    RequestFacts {
        call_id: message.call_id().unwrap_or_default(),
        from_tag: message.from_tag().unwrap_or_default(),
        to_tag: message.to_tag().unwrap_or_default(),
        cseq_number: message.cseq().map(|cseq| cseq.number).unwrap_or_default(),
        via_branch: via
            .and_then(|via| via.branch)
            .map_or(&[], |span| message.text(span)),
        top_via: via.map_or(&[], |via| message.text(via.whole)),
        request_uri: message.request_uri(),
    }
}

/// How a message over a transport is delimited.
pub fn delimited(transport: Transport) -> Delimited {
    match transport {
        Transport::Tcp | Transport::Tls => Delimited::ByContentLength,
        _ => Delimited::ByTransport,
    }
}

/// Fills in a deferred piece of text by asking the modules.
pub fn fill(call: &Call, deferred: &Deferred, delivery: &Delivery, out: &mut Vec<u8>) {
    for fill in &call.runtime.hooks.fills {
        fill(call, deferred, delivery, out);
    }
}

/// An address as the script shows it: IPv6 without brackets.
pub fn address_text(address: IpAddr) -> Text {
    let mut out = Vec::with_capacity(40);
    sip::serialize::push_address(&mut out, address);
    Text::from(out)
}
