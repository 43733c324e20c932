//! Selects about the transaction of a run: `@tm.uac[0].status`.

use crate::cell::{Ack, Cell, Leg};
use crate::view;
use module_api::{Call, SelectIndex, SelectReader, SelectStep, Text, UnknownStep};

/// Finds those that begin with `@tm`, as observed on 5.6.3.
pub fn find(steps: &[SelectStep]) -> Result<SelectReader, UnknownStep> {
    match steps.split_first() {
        Some((first, rest)) if &*first.name == "tm" && first.indexes.is_empty() => {
            of_transaction(rest).ok_or(UnknownStep(1))
        }
        _ => Err(UnknownStep(0)),
    }
}

fn of_transaction(steps: &[SelectStep]) -> Option<SelectReader> {
    let names: Vec<&str> = steps.iter().map(|step| &*step.name).collect();
    let indexes: Vec<&SelectIndex> = steps.iter().flat_map(|step| &step.indexes).collect();
    let branch = match indexes[..] {
        [] => None,
        [SelectIndex::Int(branch)] => Some(*branch),
        _ => return None,
    };
    let read = match branch {
        None => whole(&names)?,
        // Only `uac` is counted.
        Some(_) if steps.first()?.indexes.is_empty() => return None,
        Some(branch) => of_branch(&names, usize::try_from(branch).unwrap_or(usize::MAX))?,
    };
    Some(read)
}

/// Reads something of a transaction.
fn of_cell(read: fn(&Cell) -> Option<Text>) -> Option<SelectReader> {
    Some(Box::new(move |call| view::ask(call, read).flatten()))
}

fn number(number: impl Into<i64>) -> Option<Text> {
    Some(Text::from(number.into()))
}

fn text(bytes: &[u8]) -> Option<Text> {
    (!bytes.is_empty()).then(|| Text::from(bytes))
}

/// What is asked of the transaction as a whole.
fn whole(names: &[&str]) -> Option<SelectReader> {
    match names {
        [] => Some(Box::new(|call| number(view::transaction(call).is_some()))),
        ["method"] => of_cell(|cell| text(method(cell))),
        ["uac", "count"] => of_cell(|cell| number(cell.machine.branches.len() as u32)),
        ["uac", "last_status"] => Some(Box::new(|call| of_response(call, |status| status.into()))),
        // That it has come already is what 5.6.3 says of every response.
        ["uac", "response_retransmission"] => Some(Box::new(|call| of_response(call, |_| 1))),
        ["uac", "relayed"] => of_cell(|cell| match cell.last_relayed {
            Some(branch) => number(branch),
            None if cell.machine.status > 0 => number(-2),
            None => number(-1),
        }),
        ["uas", "req" | "request"] => of_cell(|cell| text(cell.request.buffer())),
        ["uas", "req" | "request", "neg_ack_retransmission"] => of_cell(|_| number(-1)),
        ["uas", "resp" | "response"] => of_cell(|cell| text(&cell.response)),
        ["uas", "status"] => of_cell(|cell| number(cell.machine.status)),
        ["uas", "local_to_tag"] => of_cell(local_to_tag),
        _ => None,
    }
}

/// What is asked of one branch.
fn of_branch(names: &[&str], branch: usize) -> Option<SelectReader> {
    let of_leg = |read: fn(&Leg) -> Option<Text>| -> Option<SelectReader> {
        Some(Box::new(move |call| {
            view::ask(call, |cell| cell.legs.get(branch).and_then(read)).flatten()
        }))
    };
    match names {
        ["uac", "req" | "request"] => of_leg(|leg| text(&leg.sent)),
        ["uac", "resp" | "response"] => of_leg(|leg| text(leg.response.as_ref()?.message.buffer())),
        ["uac", "uri"] => of_leg(|leg| text(uri(leg))),
        ["uac", "status"] => Some(Box::new(move |call| {
            let status = |cell: &Cell| Some(cell.machine.branches.get(branch)?.status);
            number(view::ask(call, status).flatten()?)
        })),
        _ => None,
    }
}

/// Something about the status of the branch that the response at hand belongs to.
fn of_response(call: &mut Call, read: fn(u16) -> i64) -> Option<Text> {
    if call.message.is_request() {
        return None;
    }
    let branch = call.branch_index?;
    let status = view::ask(call, |cell| {
        let branch = cell.machine.branches.get(branch);
        branch.map(|branch| branch.status)
    });
    number(read(status.flatten()?))
}

fn method(cell: &Cell) -> &[u8] {
    match cell.method {
        sip::Method::Other => cell.request.method_name(),
        known => known.name().as_bytes(),
    }
}

/// The Request-URI that a branch was sent with.
fn uri(leg: &Leg) -> &[u8] {
    let sent: &[u8] = match &leg.ack {
        Ack::Kept(rest) => rest,
        _ => &leg.sent,
    };
    sent.split(|byte| *byte == b' ').nth(1).unwrap_or_default()
}

/// The To tag of the last response of our own.
fn local_to_tag(cell: &Cell) -> Option<Text> {
    if cell.last_relayed.is_some() || cell.machine.status < 101 {
        return None;
    }
    let response = sip::Message::parse(cell.response.to_vec().into()).ok()?;
    text(response.to_tag().unwrap_or_default())
}
