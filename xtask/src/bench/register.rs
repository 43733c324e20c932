//! Phones that register, come back, or have to show a password first.

use std::io::{self, Write};

use super::digest::Challenge;
use super::load::Traffic;
use super::message::{
    Request, Run, bracketed, first_fault, header, header_values, is_checked, length_of, parameter,
    status,
};
use super::tally::Tally;
use super::wire::{Arrived, End, Wire};

/// The domain where everybody may register.
const OPEN: &str = "open.invalid";
/// The domain that asks for passwords.
pub const LOCKED: &str = "locked.invalid";
const EXPIRES_S: u32 = 3600;

/// The user of a unit of a run.
pub fn user(run: u32, unit: usize) -> String {
    format!("u{unit}-{run:08x}")
}

/// The password of `user` in the locked domain.
pub fn password(user: &str) -> String {
    format!("pass-{user}")
}

/// One unit is a contact that is registered, challenged before in the locked domain.
pub struct Registrations {
    run: Run,
    domain: &'static str,
    /// The number of the first request in CSeq; a refresh has a higher one than what it refreshes.
    first: u32,
}

impl Registrations {
    /// Without passwords; `first` is the first number in CSeq.
    pub fn open(run: Run, first: u32) -> Self {
        Self {
            run,
            domain: OPEN,
            first,
        }
    }

    /// With passwords.
    pub fn locked(run: Run) -> Self {
        Self {
            run,
            domain: LOCKED,
            first: 1,
        }
    }

    fn request(&self, unit: usize, number: u32) -> Request {
        Request {
            unit,
            method: "REGISTER",
            number,
        }
    }

    fn user(&self, unit: usize) -> String {
        user(self.run.number, unit)
    }

    /// The same in every request of a unit, wherever it is sent from: a refresh meets its binding.
    fn contact(&self, unit: usize) -> String {
        format!("sip:{}@192.0.2.9:5070", self.user(unit))
    }

    fn write(
        &self,
        out: &mut impl Write,
        request: &Request,
        authorization: &str,
    ) -> io::Result<()> {
        let (domain, unit) = (self.domain, request.unit);
        let (user, contact) = (self.user(unit), self.contact(unit));
        write!(out, "REGISTER sip:{domain} SIP/2.0\r\n")?;
        self.run.write_common(out, request)?;
        write!(
            out,
            "From: <sip:{user}@{domain}>;tag=f{unit}\r\n\
             To: <sip:{user}@{domain}>\r\n\
             Contact: <{contact}>\r\n\
             Expires: {EXPIRES_S}\r\n\
             Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO\r\n\
             {authorization}Content-Length: 0\r\n\r\n"
        )
    }

    fn send(&self, wire: &mut Wire, request: &Request, authorization: &str) {
        wire.send(End::Near, self.run.server, |buffer| {
            length_of(buffer, |out| self.write(out, request, authorization))
        });
    }

    fn answer(&self, message: &[u8], unit: usize, wire: &mut Wire, tally: &mut Tally) {
        let asked = self.request(unit, self.first);
        let challenge = header(message, b"WWW-Authenticate").and_then(Challenge::read);
        let Some(challenge) = challenge.filter(|challenge| challenge.realm == self.domain) else {
            tally.note(Some("a challenge that cannot be answered"));
            tally.end(unit, false);
            return;
        };
        if let Some(fault) = self.run.response_fault(message, &asked, 401) {
            tally.note(Some(fault));
            tally.end(unit, false);
            return;
        }
        let user = self.user(unit);
        let uri = format!("sip:{}", self.domain);
        let credentials = challenge.answer(&user, &password(&user), "REGISTER", &uri);
        let authorization = format!("Authorization: {credentials}\r\n");
        self.send(wire, &self.request(unit, self.first + 1), &authorization);
    }

    fn finish(&self, message: &[u8], unit: usize, tally: &mut Tally) {
        let number = self.first + u32::from(self.domain == LOCKED);
        let fault = self
            .run
            .response_fault(message, &self.request(unit, number), 200)
            .or_else(|| self.contact_fault(message, unit));
        tally.note(fault);
        tally.answered(unit);
        tally.end(unit, fault.is_none());
    }

    /// What is wrong with the bindings that a 200 lists, if anything.
    fn contact_fault(&self, message: &[u8], unit: usize) -> Option<&'static str> {
        if !is_checked(unit) {
            return None;
        }
        let contact = header(message, b"Contact").unwrap_or_default();
        let expires = EXPIRES_S.to_string();
        first_fault([
            (
                header_values(message, b"Contact").count() != 1,
                "an address of record without exactly one contact",
            ),
            (
                bracketed(contact) != Some(self.contact(unit).as_bytes()),
                "a 200 with another's contact",
            ),
            (
                parameter(contact, b"expires") != Some(expires.as_bytes()),
                "a contact that does not last as long as asked",
            ),
        ])
    }

    fn is_first_challenge(&self, message: &[u8]) -> bool {
        let cseq = header(message, b"CSeq").unwrap_or_default();
        let first = format!("{} ", self.first);
        self.domain == LOCKED && status(message) == Some(401) && cseq.starts_with(first.as_bytes())
    }
}

impl Traffic for Registrations {
    fn begin(&mut self, unit: usize, wire: &mut Wire) {
        self.send(wire, &self.request(unit, self.first), "");
    }

    fn receive(&mut self, arrived: &Arrived<'_>, wire: &mut Wire, tally: &mut Tally) {
        let message = arrived.message;
        match (status(message), self.run.unit_of(message)) {
            (Some(100..=199), _) => {}
            (Some(_), Some(unit)) if self.is_first_challenge(message) => {
                self.answer(message, unit, wire, tally);
            }
            (Some(_), Some(unit)) => self.finish(message, unit, tally),
            _ => tally.note(Some("a message nobody asked for")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::fake_server::{FakeServer, load, reply};
    use crate::bench::load;
    use crate::bench::tally::Outcome;
    use crate::bench::workload::Exchange;

    fn outcome(exchange: Exchange, expires: &'static str) -> Outcome {
        let server = FakeServer::start(move |request, peer| {
            let contact = header(request, b"Contact").unwrap_or_default();
            let contact = String::from_utf8_lossy(contact);
            let is_locked = header(request, b"To")
                .unwrap()
                .ends_with(b"@locked.invalid>");
            let answer = match header(request, b"Authorization") {
                None if is_locked => reply(
                    request,
                    "401 Unauthorized",
                    "WWW-Authenticate: Digest realm=\"locked.invalid\", nonce=\"n\", qop=\"auth\"\r\n",
                ),
                _ => reply(
                    request,
                    "200 OK",
                    &format!("Contact: {contact};expires={expires}\r\n"),
                ),
            };
            vec![(answer, peer)]
        });
        load::run(load(exchange, server.address, None)).unwrap()
    }

    #[test]
    fn every_contact_is_one_unit_challenged_or_not() {
        for exchange in [
            Exchange::Register,
            Exchange::Refresh,
            Exchange::RegisterAuth,
        ] {
            let outcome = outcome(exchange, "3600");
            assert_eq!((outcome.sent, outcome.answered), (20, 20), "{exchange:?}");
            assert_eq!(outcome.latencies_us.len(), 20);
            assert!(outcome.faults.is_empty(), "{:?}", outcome.faults);
        }
    }

    #[test]
    fn a_contact_that_is_not_what_was_asked_for_is_a_fault() {
        let outcome = outcome(Exchange::Register, "60");
        assert_eq!(outcome.answered, 0);
        assert_eq!(
            outcome.faults["a contact that does not last as long as asked"],
            20
        );
    }

    #[test]
    fn a_challenge_nobody_expects_is_a_fault() {
        let server = FakeServer::start(|request, peer| {
            let answer = reply(request, "401 Unauthorized", "");
            vec![(answer, peer)]
        });
        for exchange in [Exchange::Register, Exchange::RegisterAuth] {
            let outcome = load::run(load(exchange, server.address, None)).unwrap();
            assert_eq!(outcome.answered, 0, "{exchange:?}");
            assert_eq!(outcome.faults.values().sum::<usize>(), 20);
        }
    }
}
