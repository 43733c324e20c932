//! Responses of our own in a transaction.

use crate::Tm;
use crate::armed::Options;
use crate::events;
use crate::observers::{Event, Finished};
use crate::requests;
use crate::table::{self, Table};
use crate::view;
use module_api::relay::{self, Said};
use module_api::{
    Attached, Call, PlaceDetails, ResponseExtras, RouteKind, Text, TransactionId, Work,
};
use sip::Method;
use transaction::CancelMode;

/// Answers the request of a transaction; false when it has been answered already. The run may be one of its request or of a
/// response to it.
pub fn respond(tm: &Tm, call: &mut Call, id: TransactionId, status: u16, reason: &[u8]) -> bool {
    table::in_call(call, |call, table| {
        as_request(call, table, id, |call, table| {
            respond_in(tm, call, table, id, (status, reason), None)
        })
        .unwrap_or(false)
    })
}

/// Tells the sender of an INVITE that we are at work, if it is to be told and nobody has told it anything yet.
pub fn respond_trying(tm: &Tm, call: &mut Call, id: TransactionId) {
    let wants = table::look(call, |table| {
        let cell = table.get(id)?;
        let wanted = tm.params.auto_inv_100.is_on() && !cell.is(Options::NO_100);
        let wanted = wanted || cell.is(Options::WITH_100);
        Some(wanted && cell.method == Method::Invite && cell.machine.status < 100)
    });
    if wants.flatten() == Some(true) {
        let reason = tm.params.auto_inv_100_reason.get();
        respond(tm, call, id, 100, &reason);
    }
}

/// Lets `act` see the request of the transaction as the message at hand.
fn as_request<T>(
    call: &mut Call,
    table: &mut Table,
    id: TransactionId,
    act: impl FnOnce(&mut Call, &mut Table) -> T,
) -> Option<T> {
    let cell = table.get(id)?;
    if call.message.is_request() && call.message.method() == cell.method {
        return Some(act(call, table));
    }
    // The route of a response has the attributes already.
    let is_other = call.transaction != Some(id);
    let mut message = cell.request.clone();
    let mut reception = cell.reception;
    let mut flags = cell.flags;
    let mut swap = |call: &mut Call| {
        std::mem::swap(&mut call.message, &mut message);
        std::mem::swap(&mut call.reception, &mut reception);
        std::mem::swap(&mut call.flags, &mut flags);
    };
    let lend = |call: &mut Call, table: &mut Table| {
        if let Some(cell) = table.get_mut(id).filter(|_| is_other) {
            cell.swap_attributes(call);
        }
    };
    swap(call);
    lend(call, table);
    let result = act(call, table);
    lend(call, table);
    swap(call);
    Some(result)
}

/// As [`respond`], where the table is at hand and the message is the request.
fn respond_in(
    tm: &Tm,
    call: &mut Call,
    table: &mut Table,
    id: TransactionId,
    (status, reason): (u16, &[u8]),
    to_tag: Option<Text>,
) -> bool {
    let now = table.tick(call.now);
    let Some(cell) = table.get_mut(id) else {
        return false;
    };
    if cell.machine.is_own() {
        // Nobody is told but who has sent it.
        if status >= 200 {
            cell.machine.status = cell.machine.status.max(status);
        }
        return true;
    }
    let (status, reason) = relay::fitting_response(call, &cell.upstream, (status, reason));
    if !cell.machine.answer(status, now) {
        return false;
    }
    let wants_tag = status >= 180 && call.message.to_tag().is_none();
    let tag = wants_tag.then(|| {
        to_tag.unwrap_or_else(|| {
            let facts = relay::facts(&call.message);
            Text::from(call.runtime.identifiers.stateful_tag(&facts).as_bytes())
        })
    });
    if (200..300).contains(&status) && cell.machine.is_invite() {
        cell.to_tags.add(tag.as_deref().or(call.message.to_tag()));
    }
    let mut outbox = std::mem::take(&mut call.outbox);
    let start = outbox.buffer.len();
    outbox.push_with(cell.upstream, |out| {
        let said = Said {
            status,
            reason,
            to_tag: tag.as_deref(),
            places: PlaceDetails::from_param(tm.params.rich_redirect),
        };
        relay::write_response(call, said, out);
    });
    cell.response = outbox.buffer.get(start..).unwrap_or_default().into();
    cell.last_relayed = None;
    tm.counters.decided(&mut cell.is_undecided);
    call.outbox = outbox;
    tm.counters.generated();
    if status >= 200 {
        finish(tm, call, table, id, (status, reason));
    }
    if let Some(cell) = table.get(id) {
        events::sent(
            &call.runtime,
            &events::RESPONSE,
            &cell.response,
            call.reception,
            || Attached::of(call),
        );
    }
    table.look_after(id);
    true
}

/// What follows a final response of our own.
fn finish(
    tm: &Tm,
    call: &mut Call,
    table: &mut Table,
    id: TransactionId,
    (status, reason): (u16, &[u8]),
) {
    tm.counters.finished(status);
    if !tm.observers.is_empty() {
        let finished = Finished {
            status,
            reason: Text::from(reason),
            response: None,
            reception: None,
        };
        let (target, flags) = (call.target.clone(), call.flags.message);
        let mut shown = Some(finished.reply());
        if let Some(cell) = table.get(id) {
            if call.route == RouteKind::Failure {
                // Observed on 5.6.3: what a failure route answers shows the response that it follows.
                shown = cell
                    .picked
                    .and_then(|at| view::reply_of(cell, at))
                    .or(shown);
            }
            cell.retarget(call, cell.picked);
            // COMPAT: flags that the run has changed since are not those of the transaction yet (observed on 5.6.3).
            call.flags.message = cell.flags.message;
        }
        let event = Event::Finished(finished);
        tm.observers.tell_showing(call, &event, shown);
        (call.target, call.flags.message) = (target, flags);
    }
    // RFC 3261 §16.10: whoever answers by itself has no use for what the branches may still bring.
    let at = (call.now, &mut call.outbox);
    requests::cancel_after(tm, table, id, (status, CancelMode::Hush), at, |_| true);
    if let Some(cell) = table.get_mut(id) {
        cell.shed(tm);
    }
}

/// Answers the request of a transaction when no run is going on.
pub fn respond_between(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    status: u16,
    reason: &[u8],
) -> bool {
    respond_between_with(tm, work, table, id, (status, reason), Added::default())
}

/// What an answer has beyond the usual.
#[derive(Default)]
pub struct Added {
    /// Header lines and body.
    pub extras: ResponseExtras,
    /// The tag that To gets in place of ours.
    pub to_tag: Option<Text>,
}

/// As [`respond_between`], with more than the usual.
pub fn respond_between_with(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    (status, reason): (u16, &[u8]),
    added: Added,
) -> bool {
    let Some(cell) = table.get_mut(id) else {
        return false;
    };
    let mut call = cell.context(work);
    call.route = RouteKind::Request;
    let own = &mut call.response_extras;
    own.headers.extend_from_slice(&added.extras.headers);
    own.body = added.extras.body.or(own.body.take());
    std::mem::swap(&mut call.outbox, work.outbox);
    let sent = respond_in(tm, &mut call, table, id, (status, reason), added.to_tag);
    std::mem::swap(&mut call.outbox, work.outbox);
    if let Some(cell) = table.get_mut(id) {
        cell.swap_attributes(&mut call);
    }
    work.give_back(call);
    sent
}
