//! The end where scenarios begin.

use std::collections::BTreeSet;
use std::net::SocketAddrV4;

use super::scenario::{Call, DeedKind};
use super::script::NUMBER;
use crate::bench::message::{header, status};

/// The domain of our Call-IDs.
const DOMAIN: &str = "differ.invalid";

/// One caller, with what it did and heard.
pub struct Caller {
    number: usize,
    call: Call,
    address: SocketAddrV4,
    has_final: bool,
    heard: BTreeSet<Vec<u8>>,
}

/// What a response comes to.
#[derive(Default)]
pub struct Heard {
    /// Whether it is no repetition.
    pub is_new: bool,
    /// What the caller says to it.
    pub request: Option<Vec<u8>>,
}

/// The number of the scenario that a message belongs to.
pub fn number_of(message: &[u8]) -> Option<usize> {
    let call_id = std::str::from_utf8(header(message, b"Call-ID")?).ok()?;
    let (number, domain) = call_id.split_once('@')?;
    (domain == DOMAIN).then(|| number.parse().ok())?
}

impl Caller {
    /// The caller of the scenario with this number, at `address`.
    pub fn new(number: usize, call: &Call, address: SocketAddrV4) -> Self {
        Self {
            number,
            call: call.clone(),
            address,
            has_final: false,
            heard: BTreeSet::new(),
        }
    }

    /// The request that the scenario is about.
    pub fn request(&self) -> Vec<u8> {
        let (number, address) = (self.number, self.address);
        let headers =
            format!("Contact: <sip:caller@{address}>\r\n{NUMBER}: {number}\r\nX-C: c\r\n");
        self.message(&self.call.method, "<sip:callee@proxy.test>", &headers)
    }

    /// What it sends when it does something by itself.
    pub fn deed(&self, kind: DeedKind) -> Option<Vec<u8>> {
        match kind {
            DeedKind::Again => Some(self.request()),
            DeedKind::Cancel if self.has_final => None,
            DeedKind::Cancel => {
                let reason = "Reason: SIP;cause=200;text=\"elsewhere\"\r\n";
                Some(self.message("CANCEL", "<sip:callee@proxy.test>", reason))
            }
        }
    }

    /// Takes a response.
    pub fn hear(&mut self, response: &[u8]) -> Heard {
        let is_new = self.heard.insert(response.to_vec());
        let status = status(response).unwrap_or_default();
        let cseq = header(response, b"CSeq").unwrap_or_default();
        let is_of_request = cseq.ends_with(self.call.method.as_bytes());
        if !is_of_request || status < 200 {
            return Heard {
                is_new,
                request: None,
            };
        }
        self.has_final = true;
        let is_refused_invite = self.call.method == "INVITE" && status >= 300;
        let to = String::from_utf8_lossy(header(response, b"To").unwrap_or_default());
        Heard {
            is_new,
            request: is_refused_invite.then(|| self.message("ACK", &to, "")),
        }
    }

    /// A request of the transaction.
    fn message(&self, method: &str, to: &str, headers: &str) -> Vec<u8> {
        let (number, address) = (self.number, self.address);
        let branch_method = match method {
            "CANCEL" | "ACK" => &self.call.method,
            other => other,
        };
        format!(
            "{method} sip:callee@proxy.test SIP/2.0\r\n\
             Via: SIP/2.0/UDP {address};branch=z9hG4bK{number}{branch_method}\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:caller@proxy.test>;tag=f{number}\r\n\
             To: {to}\r\n\
             Call-ID: {number}@{DOMAIN}\r\n\
             CSeq: 1 {method}\r\n\
             {headers}Content-Length: 0\r\n\r\n"
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &[u8] =
        b"SIP/2.0 486 Busy\r\nTo: <sip:callee@proxy.test>;tag=x\r\nCSeq: 1 INVITE\r\n\r\n";

    #[test]
    fn a_refused_invite_is_acknowledged_and_no_longer_cancelled() {
        let mut caller = Caller::new(4, &Call::default(), "127.0.0.1:4000".parse().unwrap());
        assert_eq!(number_of(&caller.request()), Some(4));
        assert!(caller.deed(DeedKind::Cancel).is_some());
        let heard = caller.hear(REFUSED);
        assert!(heard.is_new);
        let ack = heard.request.unwrap();
        assert!(ack.starts_with(b"ACK "));
        assert_eq!(
            header(&ack, b"To").unwrap(),
            b"<sip:callee@proxy.test>;tag=x"
        );
        assert!(!caller.hear(REFUSED).is_new);
        assert!(caller.deed(DeedKind::Cancel).is_none());
    }
}
