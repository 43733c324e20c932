//! Caller and callees of all scenarios.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::call::{Call, DeedKind};
use super::callee::{BranchId, Callees, place};
use super::caller::{Caller, is_to_poke, number_of};
use super::plan::{Answer, CLOSING};
use crate::bench::message::status;
use crate::differ::play::Cast;
use crate::differ::record::{Names, Shown, summary};
use crate::differ::scenario::Scenario;
use crate::differ::stage::{Arrival, Stage};
use crate::differ::streams::Owner;

/// The names of our ends; the caller's is the first.
const ENDS: &[&str] = &[CALLER, "callee1", "callee2", "callee3"];
/// What a message ends with that has been seen before.
pub const AGAIN: &str = " again";
/// What is told of a response that the server opened a connection for.
const ANEW: &str = " over another connection";
/// The place of what the caller sees.
pub const CALLER: &str = "caller";
/// The place of what it sees of its INFO outside of the call.
const POKER: &str = "poker";

/// What is told of a message.
const SHOWN: Shown = Shown {
    fields: &[],
    compared: &[
        "X-A",
        "X-B",
        "X-C",
        "X-Late",
        "Contact",
        "Diversion",
        "Reason",
        "Max-Forwards",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Retry-After",
        "RAck",
    ],
    counted: &[
        "Via",
        "Record-Route",
        "Route",
        "Authorization",
        "Proxy-Authorization",
    ],
};

/// How a callee was asked.
#[derive(Clone, Copy)]
pub struct Way {
    end: usize,
    connection: Option<u64>,
}

/// Something that happens later.
pub enum Due {
    Call(usize),
    Deed(usize, DeedKind),
    Answer(Way, BranchId, Answer),
}

/// All of them.
pub struct Ends {
    callers: BTreeMap<usize, Caller>,
    callees: Callees,
}

impl Cast for Ends {
    type Plot = Call;
    type Due = Due;
    const ENDS: &'static [&'static str] = ENDS;
    const QUIET: Duration = Duration::from_millis(3_500);

    fn new(scenarios: &[Scenario<Call>], stage: &Stage<Due>) -> Self {
        let mut callers = BTreeMap::new();
        if let Some(address) = stage.address(0) {
            for Scenario { number, plot, .. } in scenarios {
                callers.insert(*number, Caller::new(*number, plot, address));
            }
        }
        Self {
            callers,
            callees: Callees::default(),
        }
    }

    fn begin(
        &self,
        scenario: &Scenario<Call>,
        _: Option<usize>,
        time: Instant,
        stage: &mut Stage<Due>,
    ) {
        let Scenario { number, plot, .. } = scenario;
        stage.at(time, Due::Call(*number));
        for deed in &plot.deeds {
            stage.at(time + deed.after, Due::Deed(*number, deed.kind));
        }
    }

    fn act(&mut self, due: Due, stage: &mut Stage<Due>) {
        match due {
            Due::Call(number) => {
                let request = self.callers.get_mut(&number).map(Caller::request);
                self.send(number, request, stage);
            }
            Due::Deed(number, kind) => {
                match kind {
                    DeedKind::Close => stage.streams().close((number, CALLER), false),
                    DeedKind::Reset => stage.streams().close((number, CALLER), true),
                    _ => {}
                }
                let caller = self.callers.get_mut(&number);
                let request = caller.and_then(|caller| caller.deed(kind));
                self.send(number, request, stage);
            }
            Due::Answer(way, _, answer) if answer.status == CLOSING => {
                way.connection.inspect(|it| stage.streams().end(*it));
            }
            Due::Answer(way, branch, answer) => {
                let response = self.callees.answer(&branch, answer);
                stage.answer_from(way.end, way.connection, response);
            }
        }
    }

    fn receive(&mut self, arrival: &Arrival, stage: &mut Stage<Due>) {
        let Some(number) = number_of(&arrival.message) else {
            return;
        };
        if status(&arrival.message).is_some() {
            self.hear(number, arrival, stage);
        } else {
            self.ask(number, arrival, stage);
        }
    }
}

impl Ends {
    /// Sends what a caller says.
    fn send(&self, number: usize, request: Option<Vec<u8>>, stage: &mut Stage<Due>) {
        let is_streamed = |caller: &Caller| caller.is_streamed();
        let Some(request) = request else {
            return;
        };
        if !self.callers.get(&number).is_some_and(is_streamed) {
            stage.send(0, Some(request));
        } else if stage.client((number, CALLER)).is_some() {
            stage.streams().say((number, CALLER), &request);
        }
    }

    /// A response came back to the caller.
    fn hear(&mut self, number: usize, arrival: &Arrival, stage: &mut Stage<Due>) {
        let response = &arrival.message;
        let Some(caller) = self.callers.get_mut(&number) else {
            return;
        };
        let heard = caller.hear(response);
        let is_anew = arrival.connection.is_some() && arrival.at == Owner::End(0);
        let over = if is_anew { ANEW } else { "" };
        let mut text = summary(response, &stage.names, &SHOWN) + over;
        if !heard.is_new {
            text += AGAIN;
        }
        let place = if is_to_poke(response) { POKER } else { CALLER };
        stage.note(number, place, text);
        self.send(number, heard.request, stage);
    }

    /// A request came to a callee.
    fn ask(&mut self, number: usize, arrival: &Arrival, stage: &mut Stage<Due>) {
        let Owner::End(end) = arrival.at else {
            return;
        };
        let message = &arrival.message;
        let (Some(name), Some(address)) = (ENDS.get(end), stage.address(end)) else {
            return;
        };
        let connection = arrival.connection;
        let received = self.callees.receive(message, address, connection.is_some());
        let text = told(message, received.is_some(), &stage.names);
        let over = if connection.is_some() {
            " over tcp"
        } else {
            ""
        };
        stage.note(number, &format!("{}{over}", place(message, name)), text);
        let received = received.unwrap_or_default();
        for response in received.responses {
            stage.answer_from(end, connection, Some(response));
        }
        for answer in received.plan {
            let due = Due::Answer(Way { end, connection }, received.branch.clone(), answer);
            stage.at(Instant::now() + answer.after, due);
        }
    }
}

/// A message in one line.
fn told(message: &[u8], is_new: bool, names: &Names) -> String {
    let text = summary(message, names, &SHOWN);
    if is_new { text } else { text + AGAIN }
}
