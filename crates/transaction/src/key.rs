//! How a request finds the transaction it belongs to (RFC 3261 §17.2.3).

use sip::{Message, Method};
use stdx::hash::Seed;

/// A number that requests of one transaction share. Those of others may have it too.
pub type Key = u64;

/// How strictly requests are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matching {
    /// Sent-by of the topmost Via counts too (`via1_matching`).
    pub sent_by: bool,
    /// The Request-URI counts in requests without an RFC 3261 branch (`ruri_matching`).
    pub request_uri: bool,
}

impl Default for Matching {
    fn default() -> Matching {
        Matching {
            sent_by: true,
            request_uri: true,
        }
    }
}

/// Writes the identity of the transaction that `request` would make or belong to, in place of what is in `out`: two requests
/// belong to one transaction when theirs are the same. That of an ACK or a CANCEL is that of its INVITE if `of_invite`, else
/// that of its own.
///
/// COMPAT: Call-ID and CSeq number count besides the branch, as they do in the hash by which Kamailio finds transactions: many
/// user agents do not keep their branches apart, and behind NATs two of them may have the same sent-by.
pub fn identity(request: &Message, of_invite: bool, matching: Matching, out: &mut Vec<u8>) {
    out.clear();
    match request.method() {
        Method::Ack | Method::Cancel if of_invite => out.push(Method::Invite as u8),
        Method::Other => {
            out.push(Method::Other as u8);
            field(out, request.method_name());
        }
        method => out.push(method as u8),
    }
    field(out, request.call_id().unwrap_or_default());
    let number = request.cseq().map_or(0, |cseq| cseq.number);
    out.extend_from_slice(&number.to_be_bytes());
    let Ok(via) = request.top_via() else {
        return;
    };
    if via.has_rfc3261_branch(request.buffer()) {
        field(out, request.text(via.branch.unwrap_or_default()));
        if matching.sent_by {
            let start = out.len();
            out.extend_from_slice(request.text(via.host));
            if let Some(host) = out.get_mut(start..) {
                host.make_ascii_lowercase();
            }
            out.extend_from_slice(&via.port_or_default().to_be_bytes());
        }
        return;
    }
    // The To tag does not count: an ACK has that of the response.
    field(out, request.text(via.whole));
    field(out, request.from_tag().unwrap_or_default());
    if matching.request_uri {
        field(out, request.request_uri());
    }
}

/// Appends a text so that no two lists of texts become the same octets.
fn field(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&(text.len() as u32).to_be_bytes());
    out.extend_from_slice(text);
}

/// The key under which the ACK to a 2xx, and whoever knows only the dialog, finds an INVITE.
pub fn of_dialog(call_id: &[u8], cseq_number: u32, seed: Seed) -> Key {
    seed.hash_value(&(call_id, cseq_number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn request(method: &str, branch: &str, extra: &str) -> Message {
        numbered(method, branch, extra, "c", 1)
    }

    fn numbered(method: &str, branch: &str, extra: &str, call: &str, number: u32) -> Message {
        let text = format!(
            "{method} sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP host.example.org{branch}\r\n\
             From: <sip:a@example.org>;tag=a\r\nTo: <sip:bob@example.org>{extra}\r\nCall-ID: {call}\r\nCSeq: {number} {method}\r\n\r\n"
        );
        Message::parse(Bytes::from(text)).unwrap()
    }

    fn belongs(known: &Message, new: &Message, of_invite: bool) -> bool {
        let identity = |request, of_invite| {
            let mut out = b"of another".to_vec();
            identity(request, of_invite, Matching::default(), &mut out);
            out
        };
        identity(known, false) == identity(new, of_invite)
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

    #[test]
    fn a_branch_that_others_have_too_names_one_transaction_of_one_call() {
        for branch in [";branch=z9hG4bKx", ";branch=old", ""] {
            let invite = request("INVITE", branch, "");
            for method in ["INVITE", "ACK", "CANCEL"] {
                let of_another_call = numbered(method, branch, "", "d", 1);
                assert!(
                    !belongs(&invite, &of_another_call, true),
                    "{branch} {method}"
                );
                let next = numbered(method, branch, "", "c", 2);
                assert!(!belongs(&invite, &next, true), "{branch} {method}");
            }
        }
    }
}
