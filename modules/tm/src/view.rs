//! What others may ask about the transaction of a run.

use crate::cell::Cell;
use crate::observers::BranchCount;
use crate::table;
use crate::work::reason_of;
use module_api::relay::current_status;
use module_api::{Call, Flags, Reception, RouteKind, Target, Text, TransactionId};
use sip::{HeaderId, Message, Method};

/// The response that a run is about.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Its status; 0 when there is none.
    pub status: u16,
    /// Its reason phrase.
    pub reason: Text,
    /// Whether it was made here.
    pub is_local: bool,
    /// The response, when one was received and is still there.
    pub message: Option<(Message, Option<Reception>)>,
}

/// The transaction that the message at hand belongs to.
pub fn transaction(call: &mut Call) -> Option<TransactionId> {
    if call.transaction.is_some() {
        return call.transaction;
    }
    let message = call.message.clone();
    table::look(call, |table| {
        if message.is_request() {
            table.of_request(&message, message.method() == Method::Ack)
        } else {
            let via = message.top_via().ok()?;
            let branch = sip::identifiers::BranchId::parse(message.text(via.branch?))?;
            table.of_branch(&branch)
        }
    })
    .flatten()
}

/// Asks something about the transaction of the run.
pub fn ask<T>(call: &mut Call, question: impl FnOnce(&Cell) -> T) -> Option<T> {
    let id = transaction(call)?;
    table::look(call, |table| table.get(id).map(question)).flatten()
}

/// The two numbers that name the transaction of the run.
pub fn shown(call: &mut Call) -> Option<(i64, i64)> {
    let id = transaction(call)?;
    table::look(call, |table| table.get(id).map(|_| table.shown(id))).flatten()
}

/// The response that the run is about: the one at hand, the chosen one in a failure route, else the last one sent.
pub fn reply(call: &mut Call) -> Option<Reply> {
    if !call.message.is_request() {
        return Some(Reply {
            status: current_status(call),
            reason: Text::from(call.message.reason()),
            is_local: false,
            message: Some((call.message.clone(), Some(call.reception))),
        });
    }
    // Whoever is told of a response sees it.
    if let Some(reply) = call.notes.get::<Reply>() {
        return Some(reply.clone());
    }
    let route = call.route;
    let index = call.branch_index;
    ask(call, |cell| {
        let picked = match route {
            RouteKind::Failure => cell.picked,
            RouteKind::BranchFailure => index,
            _ => None,
        };
        picked
            .and_then(|at| reply_of(cell, at))
            .unwrap_or_else(|| Reply {
                status: cell.machine.status,
                reason: Text::from(reason_in(&cell.response)),
                is_local: true,
                message: None,
            })
    })
}

/// The response of a branch.
pub fn reply_of(cell: &Cell, branch: usize) -> Option<Reply> {
    let stored = cell.legs.get(branch);
    let stored = stored.and_then(|leg| leg.response.as_deref());
    let branch = cell.machine.branches.get(branch)?;
    Some(Reply {
        status: branch.status,
        reason: match stored {
            Some(stored) => Text::from(stored.message.reason()),
            None => Text::from_static(reason_of(branch.status)),
        },
        is_local: branch.is_local,
        message: stored.map(|stored| (stored.message.clone(), Some(stored.reception))),
    })
}

/// The reason phrase of a response that was sent; nothing while there is none.
fn reason_in(response: &[u8]) -> &[u8] {
    let line = response.split(|byte| *byte == b'\r').next();
    let mut words = line.unwrap_or_default().splitn(3, |byte| *byte == b' ');
    words.nth(2).unwrap_or_default()
}

/// The branch that a run is about: in a failure route the one whose response was chosen.
fn branch_of(cell: &Cell, route: RouteKind, index: Option<usize>) -> Option<usize> {
    match route {
        RouteKind::Failure => cell.picked,
        _ => index,
    }
}

/// The status of the last response received.
pub fn last_received(call: &mut Call) -> Option<u16> {
    ask(call, |cell| cell.last_received)
}

/// What `$T_branch_idx` shows. Observed on 5.6.3: in the script of a request how many branches it has added, in a failure route
/// those of the transaction too, as for whoever is told of a failure; -1 in an event route that sees a request outside of any.
pub fn branch_index(call: &mut Call) -> i64 {
    let added = call.branches.list.len() as i64;
    match call.route {
        RouteKind::Event | RouteKind::Local
            if call.message.is_request() && call.transaction.is_none() =>
        {
            -1
        }
        RouteKind::Request => added,
        RouteKind::Failure => {
            let told = call.notes.get::<BranchCount>().map(|count| count.0);
            let count = told.or_else(|| ask(call, |cell| cell.machine.branches.len()));
            count.unwrap_or(0) as i64 + added
        }
        _ => match call.branch_index {
            Some(index) => index as i64,
            None => ask(call, |cell| cell.machine.branches.len() as i64).unwrap_or(0),
        },
    }
}

/// Where the branch that the run is about goes; none in a branch route, which has it at hand.
pub fn target(call: &mut Call) -> Option<Target> {
    if call.route == RouteKind::Branch {
        return None;
    }
    let (route, index) = (call.route, call.branch_index);
    ask(call, |cell| {
        let leg = cell.legs.get(branch_of(cell, route, index)?)?;
        leg.target.as_deref().cloned()
    })
    .flatten()
}

/// Lets `act` see another message of the transaction as the one at hand.
pub fn with_message<T>(
    call: &mut Call,
    mut message: Message,
    reception: Option<Reception>,
    act: impl FnOnce(&mut Call) -> T,
) -> T {
    let mut reception = reception.unwrap_or(call.reception);
    let mut target = Target::default();
    let mut swap = |call: &mut Call| {
        std::mem::swap(&mut call.message, &mut message);
        std::mem::swap(&mut call.reception, &mut reception);
        std::mem::swap(&mut call.target, &mut target);
    };
    swap(call);
    let result = act(call);
    swap(call);
    result
}

/// The request of the transaction, how it came in, and its flags.
pub fn request(call: &mut Call) -> Option<(Message, Reception, Flags)> {
    let of_cell = |cell: &Cell| {
        let is_there = cell.request.header(HeaderId::CallId).is_some();
        let flags = Flags {
            script: 0,
            ..cell.flags
        };
        is_there.then(|| (cell.request.clone(), cell.reception, flags))
    };
    ask(call, of_cell).flatten()
}

/// The INVITE that the CANCEL at hand is for, with its flags.
pub fn invite(call: &mut Call) -> Option<(Message, Reception, Flags)> {
    let message = call.message.clone();
    table::look(call, |table| {
        let id = table.of_request(&message, true)?;
        let cell = table.get(id)?;
        Some((cell.request.clone(), cell.reception, cell.flags))
    })
    .flatten()
}

/// What the run's branches have come to, for the checks of a failure route.
pub fn fate<T>(call: &mut Call, question: impl FnOnce(&Cell, Option<usize>) -> T) -> Option<T> {
    let (route, index) = (call.route, call.branch_index);
    ask(call, |cell| question(cell, branch_of(cell, route, index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_status_line_may_have_blanks() {
        let response = b"SIP/2.0 404 Not found here\r\nVia: x\r\n\r\n";
        assert_eq!(reason_in(response), b"Not found here");
        assert_eq!(reason_in(b"SIP/2.0 200 \r\n\r\n"), b"");
        assert_eq!(reason_in(b""), b"");
    }
}
