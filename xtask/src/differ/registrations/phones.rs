//! The phones of all scenarios: they do their steps, and answer what they are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use super::chance;
use super::steps::{ALIAS, HELD, IN_PIECES, Request, Step, Steps};
use crate::bench::digest::Challenge;
use crate::bench::message::{Response, header, header_fields, parameter, status};
use crate::differ::play::Cast;
use crate::differ::record::{Shown, summary};
use crate::differ::scenario::{Scenario, numbered};
use crate::differ::stage::{Arrival, Stage};
use crate::differ::streams::{Client, Owner};

/// Their names.
const ENDS: &[&str] = &["phone1", "phone2", "phone3"];
/// The names of those that open connections of their own in each scenario.
pub const CLIENTS: [&str; 2] = ["conn1", "conn2"];
/// The names of addresses that clients give as theirs: nobody listens there.
const ALIASES: [&str; 2] = ["home1", "home2"];
/// The first port of those.
const ALIAS_PORT: u16 = 21_000;
/// Asks for a sign of life (RFC 5626 §3.5.1).
const PING: &[u8] = b"\r\n\r\n";
/// What a request has that says itself how long its body is.
const LENGTHS: [&str; 3] = ["Content-Length", "CONTENT-LENGTH", "l:"];
/// How long after the first piece of a message the other one is sent.
const PIECE: Duration = Duration::from_millis(12);
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
#[derive(Clone, Copy)]
pub struct Due {
    number: usize,
    step: usize,
    /// Whether all that is left to do is to send the other piece of its message.
    is_rest: bool,
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
                Step::Send(_) | Step::Close(_) | Step::Reset(_) | Step::Ping(_) => {
                    let is_rest = false;
                    stage.at(
                        time,
                        Due {
                            number,
                            step,
                            is_rest,
                        },
                    );
                }
                Step::Restart | Step::Swap => {}
            }
            time += PACE;
        }
    }

    fn act(&mut self, due: Due, stage: &mut Stage<Due>) {
        let steps = self.steps.get(&due.number);
        let client = |name: &String| {
            let client = CLIENTS.into_iter().find(|client| client == name);
            client.map(|client| (due.number, client))
        };
        match steps.and_then(|steps| steps.get(due.step)) {
            Some(Step::Send(request)) => send(request, due, stage),
            Some(Step::Close(name)) => {
                client(name).inspect(|client| stage.streams().close(*client, false));
            }
            Some(Step::Reset(name)) => {
                client(name).inspect(|client| stage.streams().close(*client, true));
            }
            Some(Step::Ping(name)) => {
                client(name).inspect(|client| stage.streams().say(*client, PING));
            }
            _ => {}
        }
    }

    fn receive(&mut self, arrival: &Arrival, stage: &mut Stage<Due>) {
        let message = &arrival.message;
        let name = match arrival.at {
            Owner::End(end) => ENDS.get(end).copied().unwrap_or_default(),
            Owner::Client((_, name)) => name,
        };
        let told = chance::without(&summary(message, &stage.names, &SHOWN));
        if status(message).is_some() {
            let Some((number, step)) = step_of(message) else {
                return;
            };
            stage.note(number, name, format!("{step}: {told}"));
            let is_rest = false;
            self.authenticate(
                Due {
                    number,
                    step,
                    is_rest,
                },
                message,
                stage,
            );
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
            let over = match (arrival.at, arrival.connection) {
                (Owner::End(_), Some(_)) => " over a connection",
                _ => "",
            };
            let place = format!("{name} asked{over}");
            stage.note(number, &place, format!("{step}: {told}"));
        }
        stage.answer(arrival, answer(message, name));
    }
}

impl Phones {
    fn request(&self, due: Due) -> Option<Request> {
        match self.steps.get(&due.number)?.get(due.step)? {
            Step::Send(request) => Some(request.clone()),
            _ => None,
        }
    }

    /// Answers a challenge, once.
    fn authenticate(&mut self, due: Due, response: &[u8], stage: &mut Stage<Due>) {
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
            request.manner = request.manner.replace(['+', '~'], "");
            send(&request, due, stage);
        }
    }
}

/// Whether a response is to a request that answered a challenge.
fn is_answer(response: &[u8]) -> bool {
    branch(response).ends_with(ANSWER.as_bytes())
}

fn send(request: &Request, due: Due, stage: &mut Stage<Due>) {
    if let Some(client) = CLIENTS.iter().find(|name| **name == request.phone) {
        say(request, due, (due.number, client), stage);
        return;
    }
    let end = ENDS.iter().position(|name| *name == request.phone);
    let end = end.unwrap_or_default();
    let socket = request.socket.as_ref();
    let socket = socket.and_then(|name| SOCKETS.iter().position(|known| known == name));
    if let Some(address) = stage.address(end) {
        let text = written(request, due, &format!("UDP {address}"));
        let text = resolved(&text, due.number, stage);
        stage.send_to(end, socket.unwrap_or_default(), text.as_bytes());
    }
}

/// Sends a request over a client's connection: at once, in two pieces, or with the next one.
fn say(request: &Request, due: Due, client: Client, stage: &mut Stage<Due>) {
    let Some(address) = stage.client(client) else {
        return;
    };
    let by = if request.manner.contains(ALIAS) {
        let alias = alias(client.0, CLIENTS.iter().position(|it| *it == client.1));
        format!("TCP {alias};{ALIAS}")
    } else {
        format!("TCP {address}")
    };
    let text = resolved(&written(request, due, &by), due.number, stage);
    let octets = text.as_bytes();
    let (one, other) = octets.split_at(octets.len() / 2);
    match (request.manner.contains(IN_PIECES), due.is_rest) {
        _ if request.manner.contains(HELD) => stage.streams().hold(client, octets),
        (false, _) => stage.streams().say(client, octets),
        (true, true) => stage.streams().say(client, other),
        (true, false) => {
            stage.streams().say(client, one);
            let is_rest = true;
            stage.at(Instant::now() + PIECE, Due { is_rest, ..due });
        }
    }
}

/// The address that a client of a scenario says it has.
fn alias(number: usize, client: Option<usize>) -> SocketAddrV4 {
    let place = number * CLIENTS.len() + client.unwrap_or_default();
    let port = u16::try_from(place).map_or(ALIAS_PORT, |place| ALIAS_PORT.saturating_add(place));
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

/// Text with addresses in the place of names; a client that is named in it is connected.
fn resolved(text: &str, number: usize, stage: &mut Stage<Due>) -> String {
    let mut text = text.to_owned();
    for (place, name) in CLIENTS.into_iter().enumerate() {
        let named = format!("@{name}");
        if text.contains(&named)
            && let Some(address) = stage.client((number, name))
        {
            text = text.replace(&named, &format!("@{address}"));
        }
        if let Some(called) = ALIASES.get(place) {
            let address = alias(number, Some(place));
            stage.names.see(called, address);
            text = text.replace(&format!("@{called}"), &format!("@{address}"));
        }
    }
    stage.names.resolve(&text)
}

/// A request as it is sent, with names in the place of addresses.
fn written(request: &Request, due: Due, by: &str) -> String {
    let Request {
        method,
        to,
        call_id,
        cseq,
        headers,
        ..
    } = request;
    let Due { number, step, .. } = due;
    let uri = match (method.as_str(), to.split_once('@')) {
        ("REGISTER", Some((_, domain))) => domain,
        _ => to,
    };
    let is_answer = headers.iter().any(|it| it.starts_with("Authorization: "));
    let suffix = if is_answer { ANSWER } else { "" };
    let is_long = headers
        .iter()
        .any(|it| LENGTHS.iter().any(|name| it.starts_with(name)));
    let length = if is_long { "" } else { "Content-Length: 0\r\n" };
    let headers: String = headers.iter().map(|it| format!("{it}\r\n")).collect();
    let text = format!(
        "{method} sip:{uri} SIP/2.0\r\n\
         Via: SIP/2.0/{by};branch={BRANCH}{number}.{step}.{suffix}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:{to}>;tag=f{number}\r\n\
         To: <sip:{to}>\r\n\
         Call-ID: {call_id}.{number}@{DOMAIN}\r\n\
         CSeq: {cseq} {method}\r\n\
         {NUMBER}: {number}\r\n\
         {STEP}: {step}\r\n\
         {headers}{length}\r\n"
    );
    numbered(&text, number)
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
            manner: String::new(),
            socket: None,
            method: "REGISTER".to_owned(),
            to: "a-%n@one.test".to_owned(),
            call_id: "x".to_owned(),
            cseq: 4,
            headers: vec!["Expires: 60".to_owned()],
        };
        let due = Due {
            number: 7,
            step: 3,
            is_rest: false,
        };
        let text = written(&request, due, "UDP 127.0.0.1:4000");
        assert!(
            text.starts_with("REGISTER sip:one.test SIP/2.0\r\n"),
            "{text}"
        );
        assert!(text.contains("To: <sip:a-7@one.test>\r\n"), "{text}");
        let response = answer(text.as_bytes(), "t").unwrap();
        assert_eq!(step_of(&response), Some((7, 3)));
    }
}
