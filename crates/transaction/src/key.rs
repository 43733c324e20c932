//! How a request finds the transaction it belongs to (RFC 3261 §17.2.3).

use sip::{Message, Method};
use stdx::hash::Seed;

/// A number that requests of one transaction share. Requests of others may have it too: [`is_same`] tells.
pub type Key = u64;

/// How strictly requests are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matching {
    /// The Call-ID counts too (`callid_matching`).
    pub call_id: bool,
    /// Sent-by of the topmost Via counts too (`via1_matching`).
    pub sent_by: bool,
    /// The Request-URI counts in requests without an RFC 3261 branch (`ruri_matching`).
    pub request_uri: bool,
}

impl Default for Matching {
    fn default() -> Matching {
        Matching {
            call_id: false,
            sent_by: true,
            request_uri: true,
        }
    }
}

/// The key of the transaction that `request` would make or belong to. That of an ACK or a CANCEL is that of its INVITE if
/// `of_invite`, else that of its own.
pub fn of_request(request: &Message, of_invite: bool, seed: Seed) -> Key {
    let via = request.top_via().ok();
    let branch = via
        .and_then(|via| via.branch)
        .map_or(&[][..], |span| request.text(span));
    let method = method_number(request, of_invite);
    if via.is_some_and(|via| via.has_rfc3261_branch(request.buffer())) {
        return seed.hash_value(&(branch, method));
    }
    let number = request.cseq().map_or(0, |cseq| cseq.number);
    seed.hash_value(&(
        request.call_id().unwrap_or_default(),
        number,
        request.from_tag().unwrap_or_default(),
        method,
    ))
}

/// The key under which the ACK to a 2xx, and whoever knows only the dialog, finds an INVITE.
pub fn of_dialog(call_id: &[u8], cseq_number: u32, seed: Seed) -> Key {
    seed.hash_value(&(call_id, cseq_number))
}

/// Whether `new` belongs to the transaction that `known` made; an ACK or CANCEL to that of its INVITE if `of_invite`.
pub fn is_same(known: &Message, new: &Message, of_invite: bool, matching: Matching) -> bool {
    if method_number(known, false) != method_number(new, of_invite)
        || known.method() == Method::Other && known.method_name() != new.method_name()
    {
        return false;
    }
    let (Ok(old_via), Ok(new_via)) = (known.top_via(), new.top_via()) else {
        return false;
    };
    let branch = |message: &Message| {
        let via = message.top_via().ok()?;
        via.branch.map(|span| message.slice(span))
    };
    if branch(known) != branch(new)
        || matching.call_id && known.call_id().ok() != new.call_id().ok()
    {
        return false;
    }
    if new_via.has_rfc3261_branch(new.buffer()) {
        let same_host = known
            .text(old_via.host)
            .eq_ignore_ascii_case(new.text(new_via.host));
        return !matching.sent_by
            || same_host && old_via.port_or_default() == new_via.port_or_default();
    }
    is_same_of_old(known, new, matching)
}

/// As [`is_same`] for requests without an RFC 3261 branch. The To tag does not count: an ACK has that of the response.
fn is_same_of_old(known: &Message, new: &Message, matching: Matching) -> bool {
    let number = |message: &Message| message.cseq().map(|cseq| cseq.number);
    let via = |message: &Message| message.top_via().map(|via| message.slice(via.whole));
    known.call_id() == new.call_id()
        && known.from_tag() == new.from_tag()
        && number(known) == number(new)
        && via(known) == via(new)
        && (!matching.request_uri || known.request_uri() == new.request_uri())
}

fn method_number(request: &Message, of_invite: bool) -> u32 {
    match request.method() {
        Method::Ack | Method::Cancel if of_invite => Method::Invite.bit(),
        method => method.bit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn request(method: &str, branch: &str, extra: &str) -> Message {
        let text = format!(
            "{method} sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP host.example.org{branch}\r\n\
             From: <sip:a@example.org>;tag=a\r\nTo: <sip:bob@example.org>{extra}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).unwrap()
    }

    fn belongs(known: &Message, new: &Message, of_invite: bool) -> bool {
        let seed = Seed::default();
        of_request(known, false, seed) == of_request(new, of_invite, seed)
            && is_same(known, new, of_invite, Matching::default())
    }

    #[test]
    fn a_branch_names_the_transaction_and_ack_and_cancel_share_that_of_the_invite() {
        for branch in [";branch=z9hG4bKx", ";branch=old", ""] {
            let invite = request("INVITE", branch, "");
            assert!(
                belongs(&invite, &request("INVITE", branch, ""), false),
                "{branch}"
            );
            assert!(
                belongs(&invite, &request("ACK", branch, ";tag=b"), true),
                "{branch}"
            );
            assert!(
                belongs(&invite, &request("CANCEL", branch, ""), true),
                "{branch}"
            );
            assert!(
                !belongs(&invite, &request("CANCEL", branch, ""), false),
                "{branch}"
            );
            assert!(
                !belongs(&invite, &request("BYE", branch, ""), false),
                "{branch}"
            );
        }
        let invite = request("INVITE", ";branch=z9hG4bKx", "");
        assert!(!belongs(
            &invite,
            &request("INVITE", ";branch=z9hG4bKy", ""),
            false
        ));
        assert!(!belongs(
            &invite,
            &request("INVITE", ":5070;branch=z9hG4bKx", ""),
            false
        ));
    }
}
