//! Whole calls through a proxy that stays in their path. The caller is the near end, the callee the far end.
//!
//! ```text
//! caller              server              callee
//!   | INVITE --------> | INVITE --------> |
//!   | <------- 100     |                  |
//!   | <------- 180     | <------- 180     |
//!   |                  |                  | rings
//!   | <------- 200     | <------- 200     |
//!   | ACK -----------> | ACK -----------> |
//!   | talks            |                  |
//!   | BYE -----------> | BYE -----------> |
//!   | <------- 200     | <------- 200     |
//! ```

use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::time::Duration;

use super::load::Traffic;
use super::message::{
    Request, Response, Run, body, bracketed, first_fault, first_line_word, forwarded_fault, header,
    header_values, is_checked, length_of, parameter, status,
};
use super::tally::Tally;
use super::wire::{Arrived, End, Wire};

/// How long the callee rings before it answers.
const RINGING: Duration = Duration::from_millis(20);
/// How long a call lasts from the caller's ACK to its BYE.
const TALKING: Duration = Duration::from_millis(50);

/// Offer and answer alike.
const SDP: &str = "v=0\r\n\
    o=- 20518 20518 IN IP4 192.0.2.9\r\n\
    s=-\r\n\
    c=IN IP4 192.0.2.9\r\n\
    t=0 0\r\n\
    m=audio 40000 RTP/AVP 8 0 101\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\n\
    a=ptime:20\r\n\
    a=sendrecv\r\n";

/// A message that a call needs, as one end receives it.
#[derive(Clone, Copy)]
enum Step {
    Invited,
    Trying,
    Ringing,
    Answered,
    Acknowledged,
    HungUp,
}

/// All steps but the last, which ends the call, and what is said of a call without it.
const STEPS: [(Step, &str); 6] = [
    (Step::Invited, "a call without INVITE at the callee"),
    (Step::Trying, "a call without 100"),
    (Step::Ringing, "a call without 180"),
    (Step::Answered, "a call without 200"),
    (Step::Acknowledged, "a call without ACK at the callee"),
    (Step::HungUp, "a call without BYE at the callee"),
];

/// How far a call has come.
#[derive(Clone, Copy, Default)]
struct Progress {
    steps: u8,
    is_wrong: bool,
}

impl Progress {
    /// Takes a step; the fault is its message's, or that it came twice.
    fn take(&mut self, step: Step, fault: Option<&'static str>, tally: &mut Tally) {
        let bit = 1 << step as u8;
        let is_second = self.steps & bit != 0;
        let fault = fault.or(is_second.then_some("a message that came twice"));
        self.steps |= bit;
        self.is_wrong |= fault.is_some();
        tally.note(fault);
    }

    fn missing(self) -> Option<&'static str> {
        STEPS
            .map(|(step, what)| (self.steps & (1 << step as u8) == 0, what))
            .into_iter()
            .find_map(|(is_missing, what)| is_missing.then_some(what))
    }
}

/// One unit is a call.
pub struct Calls {
    run: Run,
    callee: SocketAddrV4,
    progress: Vec<Progress>,
}

impl Calls {
    /// `count` calls to the far end `callee`.
    pub fn new(run: Run, callee: SocketAddrV4, count: usize) -> Self {
        Self {
            run,
            callee,
            progress: vec![Progress::default(); count],
        }
    }

    fn callee_contact(&self, unit: usize) -> String {
        format!("sip:callee{unit}@{}", self.callee)
    }

    fn called_uri(&self, unit: usize) -> String {
        format!("sip:callee{unit}@{}", self.run.server)
    }

    fn write_invite(&self, out: &mut impl Write, unit: usize) -> io::Result<()> {
        let (uri, local) = (self.called_uri(unit), self.run.local);
        write!(out, "INVITE {uri} SIP/2.0\r\n")?;
        self.run.write_common(out, &invite(unit))?;
        let length = SDP.len();
        write!(
            out,
            "From: \"Caller {unit}\" <sip:caller{unit}@bench.invalid>;tag=f{unit}\r\n\
             To: <{uri}>\r\n\
             Contact: <sip:caller{unit}@{local}>\r\n\
             Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO\r\n\
             Supported: replaces, timer\r\n\
             Content-Type: application/sdp\r\n\
             Content-Length: {length}\r\n\r\n{SDP}"
        )
    }

    /// A request within the dialog that the response `answer` made.
    fn in_dialog(&self, request: &Request, answer: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(1024);
        let contact = header(answer, b"Contact").and_then(bracketed);
        write!(out, "{} ", request.method)?;
        out.extend(contact.unwrap_or_default());
        out.extend(b" SIP/2.0\r\n");
        self.run.write_common(&mut out, request)?;
        let routes: Vec<&[u8]> = header_values(answer, b"Record-Route").collect();
        for route in routes.into_iter().rev() {
            write_line(&mut out, "Route", route);
        }
        for name in ["From", "To"] {
            let value = header(answer, name.as_bytes()).unwrap_or_default();
            write_line(&mut out, name, value);
        }
        out.extend(b"Content-Length: 0\r\n\r\n");
        Ok(out)
    }

    /// The caller's side.
    fn receive_response(
        &mut self,
        message: &[u8],
        unit: usize,
        wire: &mut Wire,
        tally: &mut Tally,
    ) {
        let is_bye = header(message, b"CSeq").is_some_and(|cseq| cseq.ends_with(b"BYE"));
        match status(message) {
            Some(100) if !is_bye => {
                let fault = self.run.response_fault(message, &invite(unit), 100);
                self.progress[unit].take(Step::Trying, fault, tally);
            }
            Some(180) if !is_bye => {
                let fault = self.dialog_fault(message, unit, 180);
                self.progress[unit].take(Step::Ringing, fault, tally);
            }
            Some(200) if !is_bye => self.acknowledge(message, unit, wire, tally),
            _ => self.finish(message, unit, tally),
        }
    }

    /// ACK at once, BYE later; both on the route that the responses recorded.
    fn acknowledge(&mut self, answer: &[u8], unit: usize, wire: &mut Wire, tally: &mut Tally) {
        let fault = self.dialog_fault(answer, unit, 200);
        self.progress[unit].take(Step::Answered, fault, tally);
        tally.answered(unit);
        for (method, number, delay) in [("ACK", 1, Duration::ZERO), ("BYE", 2, TALKING)] {
            let request = Request {
                unit,
                method,
                number,
            };
            if let Ok(text) = self.in_dialog(&request, answer) {
                wire.send_at(tally.now + delay, End::Near, self.run.server, text);
            }
        }
    }

    /// The end of a call: the response to BYE, or one that refuses.
    fn finish(&mut self, message: &[u8], unit: usize, tally: &mut Tally) {
        let bye = Request {
            unit,
            method: "BYE",
            number: 2,
        };
        let progress = self.progress[unit];
        let fault = self
            .run
            .response_fault(message, &bye, 200)
            .or(progress.missing());
        tally.note(fault);
        tally.end(unit, fault.is_none() && !progress.is_wrong);
    }

    /// What is wrong with a response to INVITE that makes a dialog, if anything.
    fn dialog_fault(&self, message: &[u8], unit: usize, expected: u16) -> Option<&'static str> {
        let fault = self.run.response_fault(message, &invite(unit), expected);
        if fault.is_some() || !is_checked(unit) {
            return fault;
        }
        let contact = header(message, b"Contact").and_then(bracketed);
        let has_body = expected == 200;
        route_fault(message, self.run.server).or(first_fault([
            (
                contact != Some(self.callee_contact(unit).as_bytes()),
                "a response with another's contact",
            ),
            (
                body(message) != if has_body { SDP.as_bytes() } else { b"" },
                "a response with another body",
            ),
        ]))
    }

    /// The callee's side.
    fn receive_request(
        &mut self,
        arrived: &Arrived<'_>,
        unit: usize,
        wire: &mut Wire,
        tally: &mut Tally,
    ) {
        let (request, server) = (arrived.message, arrived.peer);
        let fault = self.request_fault(request, unit, server);
        let progress = &mut self.progress[unit];
        match first_line_word(request, 0) {
            b"INVITE" => {
                progress.take(Step::Invited, fault, tally);
                self.ring_and_answer(request, unit, server, wire, tally);
            }
            b"ACK" => progress.take(Step::Acknowledged, fault, tally),
            b"BYE" => {
                progress.take(Step::HungUp, fault, tally);
                respond(request, server, "200 Goodbye", wire);
            }
            _ => tally.note(Some("a request nobody sent")),
        }
    }

    fn ring_and_answer(
        &self,
        request: &[u8],
        unit: usize,
        server: SocketAddrV4,
        wire: &mut Wire,
        tally: &Tally,
    ) {
        let tag = format!("c{unit}");
        let contact = format!("Contact: <{}>\r\n", self.callee_contact(unit));
        let with_body = format!("{contact}Content-Type: application/sdp\r\n");
        let ringing = Response {
            status: "180 Ringing",
            headers: &contact,
            body: "",
        };
        wire.send(End::Far, server, |buffer| {
            length_of(buffer, |out| ringing.write(out, request, &tag))
        });
        let answer = Response {
            status: "200 Here",
            headers: &with_body,
            body: SDP,
        };
        let mut text = Vec::with_capacity(2048);
        if answer.write(&mut text, request, &tag).is_ok() {
            wire.send_at(tally.now + RINGING, End::Far, server, text);
        }
    }

    /// What is wrong with a request of the call as the server forwarded it, if anything.
    fn request_fault(
        &self,
        request: &[u8],
        unit: usize,
        server: SocketAddrV4,
    ) -> Option<&'static str> {
        if !is_checked(unit) {
            return None;
        }
        forwarded_fault(request, server).or_else(|| match first_line_word(request, 0) {
            b"INVITE" => self.invite_fault(request, unit),
            _ => self.in_dialog_fault(request, unit),
        })
    }

    fn invite_fault(&self, request: &[u8], unit: usize) -> Option<&'static str> {
        route_fault(request, self.run.server).or(first_fault([
            (
                first_line_word(request, 1) != self.called_uri(unit).as_bytes(),
                "an INVITE with another request URI",
            ),
            (
                body(request) != SDP.as_bytes(),
                "an INVITE with another body",
            ),
        ]))
    }

    /// What is wrong with an ACK or BYE.
    fn in_dialog_fault(&self, request: &[u8], unit: usize) -> Option<&'static str> {
        let has_tag = |name: &[u8], tag: String| {
            let value = header(request, name).unwrap_or_default();
            parameter(value, b"tag") == Some(tag.as_bytes())
        };
        first_fault([
            (
                header(request, b"Route").is_some(),
                "a request whose Route was not taken off",
            ),
            (
                first_line_word(request, 1) != self.callee_contact(unit).as_bytes(),
                "a request in the dialog with another request URI",
            ),
            (
                !has_tag(b"From", format!("f{unit}")) || !has_tag(b"To", format!("c{unit}")),
                "a request in the dialog with other tags",
            ),
        ])
    }
}

fn invite(unit: usize) -> Request {
    Request {
        unit,
        method: "INVITE",
        number: 1,
    }
}

fn write_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        out.extend(part);
    }
}

fn respond(request: &[u8], server: SocketAddrV4, status: &str, wire: &mut Wire) {
    let response = Response {
        status,
        headers: "",
        body: "",
    };
    wire.send(End::Far, server, |buffer| {
        length_of(buffer, |out| response.write(out, request, "far"))
    });
}

/// Says what is wrong unless the server, and nobody else, has recorded itself as a loose router.
fn route_fault(message: &[u8], server: SocketAddrV4) -> Option<&'static str> {
    let mut routes = header_values(message, b"Record-Route");
    let (first, second) = (routes.next(), routes.next());
    let uri = first.and_then(bracketed).unwrap_or_default();
    let mut parts = uri.split(|&byte| byte == b';');
    let is_server = parts.next() == Some(format!("sip:{server}").as_bytes());
    let is_loose = parts.any(|part| part == b"lr" || part.starts_with(b"lr="));
    first_fault([
        (
            first.is_none() || second.is_some(),
            "a call without exactly one Record-Route",
        ),
        (
            !is_server || !is_loose,
            "a Record-Route other than the server's",
        ),
    ])
}

impl Traffic for Calls {
    fn begin(&mut self, unit: usize, wire: &mut Wire) {
        wire.send(End::Near, self.run.server, |buffer| {
            length_of(buffer, |out| self.write_invite(out, unit))
        });
    }

    fn receive(&mut self, arrived: &Arrived<'_>, wire: &mut Wire, tally: &mut Tally) {
        let (message, is_response) = (arrived.message, status(arrived.message).is_some());
        let unit = self.run.unit_of(message);
        match (arrived.end, unit.filter(|&unit| unit < self.progress.len())) {
            (End::Near, Some(unit)) if is_response => {
                self.receive_response(message, unit, wire, tally);
            }
            (End::Far, Some(unit)) if !is_response => {
                tally.forwarded();
                self.receive_request(arrived, unit, wire, tally);
            }
            // Left over from another run: an answer keeps the server from sending it again.
            (End::Far, None) if !is_response => {
                if first_line_word(message, 0) != b"ACK" {
                    respond(message, arrived.peer, "481 Of Another Run", wire);
                }
            }
            _ => tally.note(Some("a message nobody asked for")),
        }
    }
}

#[cfg(test)]
mod tests;
