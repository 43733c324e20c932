//! The phones of all scenarios: they do their steps, and answer what they are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

use super::chance;
use super::steps::{Request, Step, Steps};
use crate::bench::digest::Challenge;
use crate::bench::message::{Response, header, header_fields, parameter, status};
use crate::differ::play::Cast;
use crate::differ::record::{Shown, summary};
use crate::differ::scenario::{Scenario, numbered};
use crate::differ::stage::{Arrival, Stage};

/// Their names.
const ENDS: &[&str] = &["phone1", "phone2", "phone3"];
/// The names of the server's sockets.
const SOCKETS: &[&str] = &["server", "second"];
/// Whose password everybody has.
const PASSWORD: &str = "secret";
/// How long after one step the next one is done.
const PACE: Duration = Duration::from_millis(40);
/// What identifiers of transactions begin with.
const BRANCH: &str = "z9hG4bK";
/// What they end with in requests that answer a challenge.
const ANSWER: &str = "again";
/// The header field of a challenge.
const CHALLENGE: &str = "WWW-Authenticate";
/// As whom everybody answers one.
const USER: &str = "phone";
/// The domain of our Call-IDs.
const DOMAIN: &str = "differ.invalid";
/// Which header field carries a scenario's number.
pub const NUMBER: &str = "X-S";
/// Which carries a step's number.
pub const STEP: &str = "X-K";

/// What is told of a message.
const SHOWN: Shown = Shown {
    fields: &[
        "Contact",
        "Path",
        "Route",
        "Supported",
        "Require",
        "Unsupported",
        "Expires",
        "Min-Expires",
        "Retry-After",
        "Flow-Timer",
        "P-Registrar-Error",
        "X-A",
        "Sock-Info",
    ],
    compared: &[],
    counted: &[],
};

/// A step that is to be done.
pub struct Due {
    number: usize,
    step: usize,
}

/// All of them.
pub struct Phones {
    steps: BTreeMap<usize, Vec<Step>>,
    /// What has been answered, by the identifier of the branch.
    answered: BTreeSet<Vec<u8>>,
}

impl Cast for Phones {
    type Plot = Steps;
    type Due = Due;
    const SOCKETS: &'static [&'static str] = SOCKETS;
    const ENDS: &'static [&'static str] = ENDS;
    const QUIET: Duration = Duration::from_millis(3_500);

    fn new(scenarios: &[Scenario<Steps>], _: &Stage<Due>) -> Self {
        let steps = scenarios.iter().map(|it| (it.number, it.plot.0.clone()));
        Self {
            steps: steps.collect(),
            answered: BTreeSet::new(),
        }
    }

    fn begin(
        &self,
        scenario: &Scenario<Steps>,
        act: Option<usize>,
        time: Instant,
        stage: &mut Stage<Due>,
    ) {
        let mut time = time;
        let mut of_act = 0;
        for (step, what) in scenario.plot.0.iter().enumerate() {
            let number = scenario.number;
            of_act += usize::from(what.ends_act());
            if act.is_some_and(|act| act != of_act) {
                continue;
            }
            match what {
                Step::Wait(pause) => time += *pause,
                Step::Send(_) => stage.at(time, Due { number, step }),
                Step::Restart | Step::Swap => {}
            }
            time += PACE;
        }
    }

    fn act(&mut self, due: Due, stage: &mut Stage<Due>) {
        if let Some(request) = self.request(&due) {
            send(&request, &due, stage);
        }
    }

    fn receive(&mut self, arrival: &Arrival, stage: &mut Stage<Due>) {
        let Arrival { end, message } = arrival;
        let name = ENDS.get(*end).copied().unwrap_or_default();
        let told = chance::without(&summary(message, &stage.names, &SHOWN));
        if status(message).is_some() {
            let Some((number, step)) = step_of(message) else {
                return;
            };
            stage.note(number, name, format!("{step}: {told}"));
            self.authenticate(&Due { number, step }, message, stage);
            return;
        }
        let text = |name: &str| {
            let value = header(message, name.as_bytes()).unwrap_or_default();
            String::from_utf8_lossy(value).into_owned()
        };
        let (Ok(number), step) = (text(NUMBER).parse(), text(STEP)) else {
            return;
        };
        if self.answered.insert(branch(message).to_vec()) {
            stage.note(number, &format!("{name} asked"), format!("{step}: {told}"));
        }
        stage.send(*end, answer(message, name));
    }
}

impl Phones {
    fn request(&self, due: &Due) -> Option<Request> {
        match self.steps.get(&due.number)?.get(due.step)? {
            Step::Send(request) => Some(request.clone()),
            Step::Wait(_) | Step::Restart | Step::Swap => None,
        }
    }

    /// Answers a challenge, once.
    fn authenticate(&mut self, due: &Due, response: &[u8], stage: &Stage<Due>) {
        let challenge = header(response, CHALLENGE.as_bytes()).and_then(Challenge::read);
        let (Some(challenge), Some(mut request)) = (challenge, self.request(due)) else {
            return;
        };
        if self.answered.insert(branch(response).to_vec()) && !is_answer(response) {
            let domain = request.to.split('@').next_back().unwrap_or_default();
            let uri = format!("sip:{domain}");
            let answer = challenge.answer(USER, PASSWORD, &request.method, &uri);
            request.headers.push(format!("Authorization: {answer}"));
            request.cseq += 1;
            send(&request, due, stage);
        }
    }
}

/// Whether a response is to a request that answered a challenge.
fn is_answer(response: &[u8]) -> bool {
    branch(response).ends_with(ANSWER.as_bytes())
}

fn send(request: &Request, due: &Due, stage: &Stage<Due>) {
    let end = ENDS.iter().position(|name| *name == request.phone);
    let end = end.unwrap_or_default();
    let socket = request.socket.as_ref();
    let socket = socket.and_then(|name| SOCKETS.iter().position(|known| known == name));
    if let Some(address) = stage.address(end) {
        let text = stage.names.resolve(&written(request, due, address));
        stage.send_to(end, socket.unwrap_or_default(), text.as_bytes());
    }
}

/// A request as it is sent, with names in the place of addresses.
fn written(request: &Request, due: &Due, address: SocketAddrV4) -> String {
    let Request {
        method,
        to,
        call_id,
        cseq,
        headers,
        ..
    } = request;
    let Due { number, step } = due;
    let uri = match (method.as_str(), to.split_once('@')) {
        ("REGISTER", Some((_, domain))) => domain,
        _ => to,
    };
    let is_answer = headers.iter().any(|it| it.starts_with("Authorization: "));
    let suffix = if is_answer { ANSWER } else { "" };
    let headers: String = headers.iter().map(|it| format!("{it}\r\n")).collect();
    let text = format!(
        "{method} sip:{uri} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {address};branch={BRANCH}{number}.{step}.{suffix}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:{to}>;tag=f{number}\r\n\
         To: <sip:{to}>\r\n\
         Call-ID: {call_id}.{number}@{DOMAIN}\r\n\
         CSeq: {cseq} {method}\r\n\
         {NUMBER}: {number}\r\n\
         {STEP}: {step}\r\n\
         {headers}Content-Length: 0\r\n\r\n"
    );
    numbered(&text, *number)
}

fn branch(message: &[u8]) -> &[u8] {
    let via = header(message, b"Via").unwrap_or_default();
    parameter(via, b"branch").unwrap_or_default()
}

/// The scenario and the step that a response belongs to.
fn step_of(response: &[u8]) -> Option<(usize, usize)> {
    let branch = std::str::from_utf8(branch(response)).ok()?;
    let mut numbers = branch.strip_prefix(BRANCH)?.split('.');
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

fn answer(request: &[u8], tag: &str) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    // A REGISTER gets what it asks for.
    let contacts: String = header_fields(request, b"Contact")
        .map(|field| format!("Contact: {}\r\n", String::from_utf8_lossy(field)))
        .collect();
    let response = Response {
        status: "200 OK",
        headers: &contacts,
        body: "",
    };
    response.write(&mut message, request, tag).ok()?;
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_belongs_to_the_step_of_its_request() {
        let request = Request {
            phone: "phone2".to_owned(),
            socket: None,
            method: "REGISTER".to_owned(),
            to: "a-%n@one.test".to_owned(),
            call_id: "x".to_owned(),
            cseq: 4,
            headers: vec!["Expires: 60".to_owned()],
        };
        let due = Due { number: 7, step: 3 };
        let text = written(&request, &due, "127.0.0.1:4000".parse().unwrap());
        assert!(
            text.starts_with("REGISTER sip:one.test SIP/2.0\r\n"),
            "{text}"
        );
        assert!(text.contains("To: <sip:a-7@one.test>\r\n"), "{text}");
        let response = answer(text.as_bytes(), "t").unwrap();
        assert_eq!(step_of(&response), Some((7, 3)));
    }
}
