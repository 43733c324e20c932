//! OPTIONS that the server answers, or forwards to a far end that does.

use std::io::{self, Write};
use std::net::SocketAddrV4;

use super::load::Traffic;
use super::message::{Request, Response, Run, forwarded_fault, is_checked, length_of, status};
use super::tally::Tally;
use super::wire::{Arrived, End, Wire};

/// One unit is a request and its response.
pub struct Options {
    run: Run,
    request_uri: String,
    far_contact: String,
}

impl Options {
    /// The traffic of `run`; `far_end` is where the server forwards to, if it does.
    pub fn new(run: Run, far_end: SocketAddrV4) -> Self {
        Self {
            run,
            request_uri: format!("sip:{}", run.server),
            far_contact: format!("Contact: <sip:far@{far_end}>\r\n"),
        }
    }

    fn write(&self, out: &mut impl Write, unit: usize) -> io::Result<()> {
        let (uri, local) = (&self.request_uri, self.run.local);
        write!(out, "OPTIONS {uri} SIP/2.0\r\n")?;
        self.run.write_common(out, &request(unit))?;
        write!(
            out,
            "From: <sip:caller{unit}@bench.invalid>;tag=f{unit}\r\n\
             To: <{uri}>\r\n\
             Contact: <sip:caller@{local}>\r\n\
             Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO\r\n\
             Supported: replaces, timer\r\n\
             Content-Length: 0\r\n\r\n"
        )
    }

    fn receive_response(&self, message: &[u8], tally: &mut Tally) {
        match (status(message), self.run.unit_of(message)) {
            (Some(100..=199), _) => {}
            (Some(_), Some(unit)) => {
                let fault = self.run.response_fault(message, &request(unit), 200);
                tally.note(fault);
                tally.answered(unit);
                tally.end(unit, fault.is_none());
            }
            _ => tally.note(Some("a message nobody asked for")),
        }
    }

    fn answer(&self, request: &[u8], peer: SocketAddrV4, wire: &mut Wire, tally: &mut Tally) {
        if status(request).is_some() {
            return;
        }
        if is_checked(tally.forwarded()) {
            tally.note(forwarded_fault(request, peer));
        }
        let response = Response {
            status: "200 Far End",
            headers: &self.far_contact,
            body: "",
        };
        wire.send(End::Far, peer, |buffer| {
            length_of(buffer, |out| response.write(out, request, "far"))
        });
    }
}

fn request(unit: usize) -> Request {
    Request {
        unit,
        method: "OPTIONS",
        number: 1,
    }
}

impl Traffic for Options {
    fn begin(&mut self, unit: usize, wire: &mut Wire) {
        wire.send(End::Near, self.run.server, |buffer| {
            length_of(buffer, |out| self.write(out, unit))
        });
    }

    fn receive(&mut self, arrived: &Arrived<'_>, wire: &mut Wire, tally: &mut Tally) {
        match arrived.end {
            End::Near => self.receive_response(arrived.message, tally),
            End::Far => self.answer(arrived.message, arrived.peer, wire, tally),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bench::fake_server::{free_address, load};
    use crate::bench::load;
    use crate::bench::workload::Exchange;

    #[test]
    fn a_far_end_alone_is_a_server_that_adds_no_via() {
        let address = free_address();
        let outcome = load::run(load(Exchange::Forward, address, Some(address))).unwrap();
        assert_eq!(
            (outcome.sent, outcome.answered, outcome.forwarded),
            (20, 20, 20)
        );
        assert_eq!(
            outcome.faults["a forwarded request without a second Via"],
            20
        );
    }
}
