//! The ends that scenarios call.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::time::Duration;

use super::caller::OVER_TCP;
use super::plan::{Answer, Manner, answers};
use crate::bench::message::{Response, first_line_word, header, parameter};

/// The realm that a callee asks for.
pub const REALM: &str = "far";
/// How many digits the response to its challenge has: MD5's (RFC 2617 §3.2.2).
const DIGITS: usize = 32;
/// What is in its challenge, and in the answer.
const NONCE: &str = "nonce=\"n0nce\"";

/// Names one branch: the identifier in its Via.
pub type BranchId = Vec<u8>;

/// Everybody who is called.
#[derive(Default)]
pub struct Callees {
    asked: BTreeMap<BranchId, Asked>,
    seen: BTreeSet<(BranchId, Vec<u8>)>,
}

/// A request that is answered bit by bit.
struct Asked {
    request: Vec<u8>,
    /// Where it came to, as URIs have it.
    address: String,
    user: String,
    is_over: bool,
}

/// What a request comes to.
#[derive(Default)]
pub struct Received {
    /// What the callee answers at once.
    pub responses: Vec<Vec<u8>>,
    /// The branch that the plan is for.
    pub branch: BranchId,
    /// What it answers later.
    pub plan: Vec<Answer>,
}

/// Who is called, by user and branch.
pub fn place(request: &[u8], name: &str) -> String {
    let branch = branch_id(request);
    let index = branch.rsplit(|&octet| octet == b'.').next();
    let index = String::from_utf8_lossy(index.unwrap_or_default()).into_owned();
    format!("{}@{name} branch {index}", user(request))
}

/// The identifier in the Via of a request.
pub fn branch_id(request: &[u8]) -> BranchId {
    let via = header(request, b"Via").unwrap_or_default();
    parameter(via, b"branch").unwrap_or_default().to_vec()
}

fn user(request: &[u8]) -> String {
    let uri = String::from_utf8_lossy(first_line_word(request, 1)).into_owned();
    let user = uri
        .strip_prefix("sip:")
        .and_then(|rest| rest.split_once('@'));
    user.map_or("", |(user, _)| user).to_owned()
}

impl Callees {
    /// Takes a request at `address`; `None` for a repetition.
    pub fn receive(
        &mut self,
        request: &[u8],
        address: SocketAddrV4,
        is_streamed: bool,
    ) -> Option<Received> {
        let branch = branch_id(request);
        let method = first_line_word(request, 0);
        if !self.seen.insert((branch.clone(), method.to_vec())) {
            return None;
        }
        match method {
            b"ACK" => Some(Received::default()),
            b"CANCEL" => {
                let mut responses = vec![response(request, 200, "cancel", "")];
                let refusal = Answer {
                    after: Duration::ZERO,
                    status: 487,
                    manner: Manner::Plain,
                };
                responses.extend(self.answer(&branch, refusal));
                Some(Received {
                    responses,
                    ..Received::default()
                })
            }
            _ => {
                let user = user(request);
                let over = if is_streamed { OVER_TCP } else { "" };
                let address = format!("{address}{over}");
                let plan = answers(&user);
                let asked = Asked {
                    request: request.to_vec(),
                    address,
                    user,
                    is_over: false,
                };
                self.asked.insert(branch.clone(), asked);
                Some(Received {
                    responses: Vec::new(),
                    branch,
                    plan,
                })
            }
        }
    }

    /// The response, unless the branch has had a final one.
    pub fn answer(&mut self, branch: &BranchId, answer: Answer) -> Option<Vec<u8>> {
        let asked = self.asked.get_mut(branch).filter(|asked| !asked.is_over)?;
        let status = after_challenge(&asked.request, answer.status);
        asked.is_over = status >= 200;
        let address = &asked.address;
        let mut headers = match status {
            // What is sent in the call is answered with 200.
            180 | 183 | 200 => format!("Contact: <sip:p0-200.d@{address}>\r\n"),
            302 => {
                let others = match answer.manner {
                    Manner::Fuller => format!(
                        ";q=0.3, <sip:p28-486.first@{address}>;q=0.7\r\nContact: <sip:p66-404.last@{address}>;q=0.1"
                    ),
                    _ => String::new(),
                };
                format!("Contact: <sip:p0-480.moved@{address}>{others}\r\n")
            }
            401 => format!("WWW-Authenticate: {}\r\n", challenge(answer.manner)),
            407 => format!("Proxy-Authenticate: {}\r\n", challenge(answer.manner)),
            _ => String::new(),
        };
        if answer.manner == Manner::Reliable {
            headers += "Require: 100rel\r\nRSeq: 1\r\n";
        }
        Some(response(&asked.request, status, &asked.user, &headers))
    }
}

fn challenge(manner: Manner) -> String {
    let more = match manner {
        Manner::Fuller => ", qop=\"auth\"",
        Manner::Plain | Manner::Reliable => "",
    };
    format!("Digest realm=\"{REALM}\", {NONCE}{more}")
}

/// What a callee says in the place of a challenge to who has answered one. What the answer was computed from is not looked at.
fn after_challenge(request: &[u8], status: u16) -> u16 {
    let field: &[u8] = match status {
        401 => b"Authorization",
        407 => b"Proxy-Authorization",
        _ => return status,
    };
    let Some(credentials) = header(request, field) else {
        return status;
    };
    let credentials = String::from_utf8_lossy(credentials);
    let response = credentials.split_once("response=\"");
    let length = response.and_then(|(_, rest)| rest.find('"'));
    let is_answer = credentials.contains(NONCE) && length == Some(DIGITS);
    if is_answer { 200 } else { 403 }
}

fn response(request: &[u8], status: u16, tag: &str, headers: &str) -> Vec<u8> {
    let mut message = Vec::new();
    let response = Response {
        status: &format!("{status} Says {status}"),
        headers,
        body: "",
    };
    // Nothing can go wrong in memory.
    let _ = response.write(&mut message, request, tag);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::message::status;

    #[test]
    fn a_callee_keeps_to_its_plan_until_it_is_cancelled() {
        let request = |method: &str| {
            let via = "Via: SIP/2.0/UDP 127.0.0.1:4000;branch=z9hG4bKx.2\r\n";
            let line = format!("{method} sip:p0-180.300-486.1@127.0.0.1:4001 SIP/2.0\r\n");
            format!("{line}{via}To: <sip:b>\r\n\r\n").into_bytes()
        };
        let address = "127.0.0.1:4001".parse().unwrap();
        let mut callees = Callees::default();
        let invite = request("INVITE");
        assert_eq!(
            place(&invite, "callee1"),
            "p0-180.300-486.1@callee1 branch 2"
        );
        let received = callees.receive(&invite, address, false).unwrap();
        let [ringing, busy] = received.plan[..] else {
            panic!("{:?}", received.plan)
        };
        assert!(callees.receive(&invite, address, false).is_none());
        assert!(callees.answer(&received.branch, ringing).is_some());
        let cancelled = callees.receive(&request("CANCEL"), address, false).unwrap();
        let statuses: Vec<_> = cancelled.responses.iter().map(|r| status(r)).collect();
        assert_eq!(statuses, [Some(200), Some(487)]);
        assert!(callees.answer(&received.branch, busy).is_none());
    }

    #[test]
    fn who_answers_a_challenge_gets_through() {
        let credentials = |response: &str| {
            format!(
                "OPTIONS sip:a SIP/2.0\r\nAuthorization: Digest {NONCE}, response=\"{response}\"\r\n\r\n"
            )
        };
        let after = |request: &str| after_challenge(request.as_bytes(), 401);
        assert_eq!(after("OPTIONS sip:a SIP/2.0\r\n\r\n"), 401);
        assert_eq!(after(&credentials(&"0".repeat(DIGITS))), 200);
        assert_eq!(after(&credentials("0")), 403);
    }
}
