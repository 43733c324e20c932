//! The end where scenarios begin.

use std::collections::BTreeSet;
use std::net::SocketAddrV4;

use super::call::{Call, DeedKind};
use super::script::NUMBER;
use crate::bench::message::{bracketed, header, header_values, status};

/// The domain of our Call-IDs.
const DOMAIN: &str = "differ.invalid";
/// What a URI has that is to be reached over a connection.
pub const OVER_TCP: &str = ";transport=tcp";
/// Whom everybody calls.
const CALLED: &str = "sip:callee@proxy.test";

/// One caller, with what it did and heard.
pub struct Caller {
    number: usize,
    call: Call,
    address: SocketAddrV4,
    has_final: bool,
    heard: BTreeSet<Vec<u8>>,
    /// Where requests in the call go, once somebody has answered.
    remote: Option<Remote>,
    /// The number of its last request in CSeq.
    cseq: u32,
    /// How many answers it has acknowledged.
    answers: u32,
}

/// What a caller knows of whom it talks to (RFC 3261 §12.1.2).
struct Remote {
    to: String,
    target: String,
    routes: Vec<String>,
}

/// What a response comes to.
#[derive(Default)]
pub struct Heard {
    /// Whether it is no repetition.
    pub is_new: bool,
    /// What the caller says to it.
    pub request: Option<Vec<u8>>,
}

/// What one request has of its own.
struct Request<'a> {
    method: &'a str,
    cseq: u32,
    /// Which request it belongs to the transaction of; itself but for a CANCEL and the ACK to a refusal.
    of: &'a str,
    remote: Option<&'a Remote>,
    headers: &'a str,
}

/// What the Call-ID of an INFO outside of a call begins with.
const POKE: &str = "poke";

/// Whether a response is to an INFO outside of a call.
pub fn is_to_poke(response: &[u8]) -> bool {
    header(response, b"Call-ID").is_some_and(|value| value.starts_with(POKE.as_bytes()))
}

/// The number of the scenario that a message belongs to.
pub fn number_of(message: &[u8]) -> Option<usize> {
    let call_id = std::str::from_utf8(header(message, b"Call-ID")?).ok()?;
    let (number, domain) = call_id.split_once('@')?;
    let number = number.trim_start_matches(POKE);
    (domain == DOMAIN).then(|| number.parse().ok())?
}

impl Remote {
    fn of(response: &[u8]) -> Self {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let contact = header(response, b"Contact").unwrap_or_default();
        let mut routes: Vec<String> = header_values(response, b"Record-Route").map(text).collect();
        routes.reverse();
        Self {
            to: text(header(response, b"To").unwrap_or_default()),
            target: bracketed(contact).map_or_else(|| CALLED.to_owned(), text),
            routes,
        }
    }
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
            remote: None,
            cseq: 1,
            answers: 0,
        }
    }

    /// The request that the scenario is about.
    pub fn request(&mut self) -> Vec<u8> {
        let headers = format!("{}X-C: c\r\n", self.contact());
        self.write(&self.first(&self.call.method, &headers))
    }

    /// What it sends when it does something by itself.
    pub fn deed(&mut self, kind: DeedKind) -> Option<Vec<u8>> {
        match kind {
            DeedKind::Again => Some(self.request()),
            DeedKind::Cancel if self.has_final => None,
            DeedKind::Cancel => {
                let reason = "Reason: SIP;cause=200;text=\"elsewhere\"\r\n";
                Some(self.write(&self.first("CANCEL", reason)))
            }
            DeedKind::Poke => Some(self.poke()),
            DeedKind::Reinvite => self.follow("INVITE"),
            DeedKind::Bye => self.follow("BYE"),
            DeedKind::Close | DeedKind::Reset => None,
        }
    }

    /// Takes a response.
    pub fn hear(&mut self, response: &[u8]) -> Heard {
        let is_new = self.heard.insert(response.to_vec());
        let status = status(response).unwrap_or_default();
        let cseq = String::from_utf8_lossy(header(response, b"CSeq").unwrap_or_default());
        let (number, method) = cseq.split_once(' ').unwrap_or_default();
        let number = number.parse().unwrap_or_default();
        if number == 1 && method == self.call.method && status >= 200 {
            self.has_final = true;
        }
        let request = match (method, status) {
            ("INVITE", 101..200) if is_new => self.acknowledge_early(response),
            ("INVITE", 200..300) => Some(self.acknowledge(response, number)),
            ("INVITE", 300..) => Some(self.acknowledge_refusal(response, number)),
            _ => None,
        };
        Heard { is_new, request }
    }

    /// The PRACK to a provisional response that asks for one.
    fn acknowledge_early(&mut self, response: &[u8]) -> Option<Vec<u8>> {
        let number = String::from_utf8_lossy(header(response, b"RSeq")?).into_owned();
        self.cseq += 1;
        Some(self.write(&Request {
            method: "PRACK",
            cseq: self.cseq,
            of: "PRACK",
            remote: Some(&Remote::of(response)),
            headers: &format!("RAck: {number} 1 INVITE\r\n"),
        }))
    }

    /// The ACK to an answer, which begins the call.
    fn acknowledge(&mut self, response: &[u8], cseq: u32) -> Vec<u8> {
        let mut remote = Remote::of(response);
        if let Some(known) = self.remote.take_if(|_| cseq > 1) {
            // The way of a call stays as it is (RFC 3261 §12.2).
            remote.routes = known.routes;
        }
        self.answers += 1;
        let ack = self.write(&Request {
            method: "ACK",
            cseq,
            of: &format!("ACK{}", self.answers),
            remote: Some(&remote),
            headers: "",
        });
        self.remote = Some(remote);
        ack
    }

    /// The ACK to a refusal, which is of its transaction.
    fn acknowledge_refusal(&self, response: &[u8], cseq: u32) -> Vec<u8> {
        let remote = self.remote.as_ref().filter(|_| cseq > 1);
        let refusal = Remote {
            to: Remote::of(response).to,
            target: remote.map_or_else(|| CALLED.to_owned(), |remote| remote.target.clone()),
            routes: remote.map_or_else(Vec::new, |remote| remote.routes.clone()),
        };
        self.write(&Request {
            method: "ACK",
            cseq,
            of: "INVITE",
            remote: Some(&refusal),
            headers: "",
        })
    }

    /// A request in the call.
    fn follow(&mut self, method: &str) -> Option<Vec<u8>> {
        self.cseq += 1;
        let headers = if method == "INVITE" {
            self.contact()
        } else {
            String::new()
        };
        Some(self.write(&Request {
            method,
            cseq: self.cseq,
            of: method,
            remote: Some(self.remote.as_ref()?),
            headers: &headers,
        }))
    }

    /// A request of the first transaction.
    fn first<'a>(&'a self, method: &'a str, headers: &'a str) -> Request<'a> {
        Request {
            method,
            cseq: 1,
            of: &self.call.method,
            remote: None,
            headers,
        }
    }

    fn contact(&self) -> String {
        let over = if self.is_streamed() { OVER_TCP } else { "" };
        format!("Contact: <sip:caller@{}{over}>\r\n", self.address)
    }

    /// Whether it sends over a connection.
    pub fn is_streamed(&self) -> bool {
        self.call.is_streamed
    }

    /// What stands in its Via.
    fn transport(&self) -> &'static str {
        if self.is_streamed() { "TCP" } else { "UDP" }
    }

    fn poke(&mut self) -> Vec<u8> {
        let (number, address, transport) = (self.number, self.address, self.transport());
        self.cseq += 1;
        let cseq = self.cseq;
        format!(
            "INFO {CALLED} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {address};branch=z9hG4bKpoke{number}.{cseq}\r\n\
             From: <sip:poke@proxy.test>;tag=p{number}\r\n\
             To: <{CALLED}>\r\n\
             Call-ID: {POKE}{number}@{DOMAIN}\r\n\
             CSeq: {cseq} INFO\r\n\
             {NUMBER}: {number}\r\n\
             Content-Length: 0\r\n\r\n"
        )
        .into_bytes()
    }

    fn write(&self, request: &Request<'_>) -> Vec<u8> {
        let (number, address, transport) = (self.number, self.address, self.transport());
        let Request {
            method,
            cseq,
            of,
            remote,
            headers,
        } = request;
        let called = Remote {
            to: format!("<{CALLED}>"),
            target: CALLED.to_owned(),
            routes: Vec::new(),
        };
        let Remote { to, target, routes } = remote.unwrap_or(&called);
        let routes: String = routes
            .iter()
            .map(|uri| format!("Route: {uri}\r\n"))
            .collect();
        format!(
            "{method} {target} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {address};branch=z9hG4bK{number}.{cseq}{of}\r\n\
             Max-Forwards: 70\r\n\
             {routes}From: <sip:caller@proxy.test>;tag=f{number}\r\n\
             To: {to}\r\n\
             Call-ID: {number}@{DOMAIN}\r\n\
             CSeq: {cseq} {method}\r\n\
             {NUMBER}: {number}\r\n\
             {headers}Content-Length: 0\r\n\r\n"
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Caller {
        Caller::new(4, &Call::default(), "127.0.0.1:4000".parse().unwrap())
    }

    fn response(status: &str) -> Vec<u8> {
        let fields = "To: <sip:callee@proxy.test>;tag=x\r\nCSeq: 1 INVITE\r\n";
        let way = "Record-Route: <sip:b;lr>, <sip:a;lr>\r\nContact: <sip:c@d>\r\n";
        format!("SIP/2.0 {status}\r\n{fields}{way}\r\n").into_bytes()
    }

    #[test]
    fn a_refused_invite_is_acknowledged_and_no_longer_cancelled() {
        let mut caller = caller();
        let invite = caller.request();
        assert_eq!(number_of(&invite), Some(4));
        assert!(caller.deed(DeedKind::Cancel).is_some());
        let refused = response("486 Busy");
        let heard = caller.hear(&refused);
        assert!(heard.is_new);
        let ack = heard.request.unwrap();
        assert!(ack.starts_with(b"ACK sip:callee@proxy.test "));
        assert_eq!(header(&ack, b"Via"), header(&invite, b"Via"));
        assert_eq!(
            header(&ack, b"To").unwrap(),
            b"<sip:callee@proxy.test>;tag=x"
        );
        assert!(!caller.hear(&refused).is_new);
        assert!(caller.deed(DeedKind::Cancel).is_none());
        assert!(caller.deed(DeedKind::Bye).is_none());
    }

    #[test]
    fn an_answered_call_goes_on_by_its_routes() {
        let mut caller = caller();
        let ack = caller.hear(&response("200 OK")).request.unwrap();
        assert!(ack.starts_with(b"ACK sip:c@d "));
        let bye = caller.deed(DeedKind::Bye).unwrap();
        assert!(bye.starts_with(b"BYE sip:c@d "));
        let routes: Vec<&[u8]> = header_values(&bye, b"Route").collect();
        assert_eq!(routes, [b"<sip:a;lr>", b"<sip:b;lr>"]);
        assert_eq!(header(&bye, b"CSeq").unwrap(), b"2 BYE");
    }
}
