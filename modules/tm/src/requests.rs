//! Requests and their transactions: finding them, making them, what comes again.

use crate::Tm;
use crate::armed::Armed;
use crate::cell::{Cancel, Cell, ToTags};
use crate::local_ack::SentAcks;
use crate::observers::Began;
use crate::table::{self, Table};
use crate::{refusals, reply, send};
use module_api::{Call, Delivery, RouteKind, Text, TransactionId, Work, relay};
use sip::{HeaderId, Message, Method};
use smallvec::SmallVec;
use transaction::{CancelMode, Effects, Kind, Transaction};

/// A note on an INVITE whose CANCEL came while its run was parked.
pub struct TakenBack;

/// What a CANCEL is answered with when no branch needs one.
pub const NOTHING_TO_CANCEL: (u16, &[u8]) = (200, b"ok -- no more pending branches");

/// The verdict on a request of which no transaction can come.
pub const UNFIT: i64 = -400;

/// What a request is to the transactions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A transaction was made for it.
    New(TransactionId),
    /// It had one in this run already.
    Own(TransactionId),
    /// It has come before; its last response was sent again.
    Again,
    /// It is an ACK that belonged to one and is dealt with.
    Acknowledged,
    /// It is an ACK that belongs to none. It is never answered (RFC 3261 §17), so there is nothing to be kept of it.
    Ack,
    /// There are too many transactions already.
    Full,
    /// No transaction can come of it.
    Unfit,
}

/// The transaction of the request at hand; a new one when it has none.
pub fn make(tm: &Tm, call: &mut Call) -> Found {
    if let Some(id) = call.transaction {
        return Found::Own(id);
    }
    if call.message.method() == Method::Ack {
        return match check(tm, call) {
            Check::Absorbed | Check::Answered(_) => Found::Acknowledged,
            Check::Known(_) | Check::None => Found::Ack,
        };
    }
    if call.message.stumble().is_some() {
        call.error(format_args!(
            "no transaction comes of a request whose header fields cannot all be read"
        ));
        return Found::Unfit;
    }
    let (fr, fr_inv) = tm.times_of(call);
    let found = table::in_call(call, |call, table| {
        table.with_identity(tm, call, |call, table, identity, known| {
            if let Some(id) = known {
                again(tm, call, table, id);
                return Found::Again;
            }
            if is_unfit(call) {
                return Found::Unfit;
            }
            if table.is_full(tm) {
                return Found::Full;
            }
            if call.runtime.settings.msg_apply_changes_mode != 0
                && !call.edits.is_empty()
                && !relay::apply_edits(call)
            {
                call.error(format_args!("the changes make it no message any more"));
            }
            let mut armed = call.notes.take::<Armed>().unwrap_or_default();
            armed.times.fr = armed.times.fr.or(fr);
            armed.times.fr_inv = armed.times.fr_inv.or(fr_inv);
            Found::New(insert(tm, call, table, armed, identity))
        })
    });
    match found {
        Found::New(id) => {
            call.transaction = Some(id);
            if !tm.beginnings.is_empty() {
                tm.beginnings.tell(call, &Began);
                // What observers have marked belongs to the transaction, also where nothing is relayed.
                let marks = call.flags.marks;
                table::in_call(call, |_, table| {
                    if let Some(cell) = table.get_mut(id) {
                        cell.flags.marks = marks;
                    }
                });
            }
        }
        Found::Full => tm.refusals.count(call),
        _ => {}
    }
    found
}

/// Whether no transaction comes of the request, which nothing is said of to the sender (observed on 5.6.3).
fn is_unfit(call: &mut Call) -> bool {
    if call.message.method() == Method::Invite && call.message.from().is_err() {
        call.error(format_args!(
            "no transaction comes of an INVITE whose From cannot be read"
        ));
        return true;
    }
    let uri = sip::Uri::parse(call.request_uri());
    let is_known = uri.is_ok_and(|uri| uri.scheme() != sip::Scheme::Other);
    if !is_known {
        let uri = Text::from(call.request_uri());
        call.error(format_args!(
            "the Request-URI is no URI of a scheme that is known: {uri}"
        ));
        call.notes.set(relay::NotForwarded(relay::NO_URI));
    }
    !is_known
}

fn insert(
    tm: &Tm,
    call: &mut Call,
    table: &mut Table,
    armed: Armed,
    identity: &[u8],
) -> TransactionId {
    let is_invite = call.message.method() == Method::Invite;
    let kind = if is_invite { Kind::Invite } else { Kind::Other };
    let times = armed.times.over(tm.params.times(is_invite), is_invite);
    let now = table.tick(call.now);
    let is_reliable = call.reception.transport.is_stream();
    let mut machine = Transaction::new(kind, is_reliable, times, now);
    machine.is_cancelled = call.notes.get::<TakenBack>().is_some();
    let upstream = relay::response_delivery(call);
    let cell = Box::new(blank(call, machine, upstream, armed));
    tm.counters.received_requests.increment();
    tm.counters.created.increment();
    let id = table.insert(tm, cell, is_invite, identity);
    name(call, table, id);
    table.look_after(id);
    id
}

/// A transaction that has no place yet, with the message at hand as its request.
pub fn blank(call: &Call, machine: Transaction, upstream: Delivery, armed: Armed) -> Cell {
    Cell {
        id: TransactionId {
            slot: 0,
            generation: 0,
        },
        machine,
        legs: SmallVec::new(),
        request: call.message.clone(),
        method: call.message.method(),
        reception: call.reception,
        upstream,
        response: Box::default(),
        runtime: call.runtime.clone(),
        identity: Box::default(),
        key: 0,
        dialog_key: 0,
        to_tags: ToTags::default(),
        branch_key: 0,
        breadth: 0,
        label: 0,
        flags: call.flags,
        armed,
        kept: None,
        picked: None,
        last_received: 0,
        had_response: false,
        last_relayed: None,
        error: None,
        cancel_reason: Text::default(),
        cancel: None,
        is_running: false,
        is_held: true,
        is_counted: false,
        has_result: false,
        is_undecided: false,
        waiting: Vec::new(),
        finish: None,
        local_acks: SentAcks::default(),
    }
}

/// Gives a transaction the texts by which others name it.
pub fn name(call: &mut Call, table: &mut Table, id: TransactionId) {
    let (high, label) = (call.random(), call.random() as u32 & 0x7fff_ffff);
    let high = table.with_lane(high);
    if let Some(cell) = table.get_mut(id) {
        let low = u64::from(id.generation) << 32 | u64::from(id.slot);
        cell.branch_key = u128::from(high) << 64 | u128::from(low);
        cell.label = label.max(1);
    }
}

/// A request that has a transaction has come again.
pub fn again(tm: &Tm, call: &mut Call, table: &mut Table, id: TransactionId) {
    let now = table.tick(call.now);
    let mut effects = Effects::new();
    if let Some(cell) = table.get_mut(id) {
        cell.machine.request_again(now, &mut effects);
    }
    send::perform(tm, table, id, &effects, None, &mut call.outbox);
}

/// What `t_check_trans` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It belongs to none.
    None,
    /// It belongs to this one, and is for the script.
    Known(TransactionId),
    /// It belonged to one and is dealt with.
    Absorbed,
    /// It is the ACK to a 2xx that was made here, and is dealt with.
    Answered(TransactionId),
}

/// A note: the request as it was when its transaction was looked for first. Observed on 5.6.3: that one it makes, whatever the script
/// changes meanwhile.
pub struct LookedFor(pub Message);

/// Finds the transaction that the message at hand belongs to, and deals with what needs no script.
pub fn check(tm: &Tm, call: &mut Call) -> Check {
    if let Some(id) = call.transaction {
        let is_request = call.message.is_request() && call.route == RouteKind::Request;
        if !is_request || call.message.method() == Method::Cancel {
            return Check::Known(id);
        }
        // Observed on 5.6.3: what the script has made a transaction of itself is one that has come before, too.
        table::in_call(call, |call, table| again(tm, call, table, id));
        return Check::Absorbed;
    }
    table::in_call(call, |call, table| {
        if !call.message.is_request() {
            return match of_response(call, table) {
                Some(id) => Check::Known(id),
                None => Check::None,
            };
        }
        match call.message.method() {
            Method::Ack => check_ack(call, table),
            method => {
                // Observed on 5.6.3: the script is told of a CANCEL that comes again, which `t_relay` then absorbs.
                if method == Method::Cancel
                    && let Some(id) = table.of_cancelled(&call.message)
                {
                    return Check::Known(id);
                }
                if let Some(id) = table.of_request(&call.message, false) {
                    again(tm, call, table, id);
                    return Check::Absorbed;
                }
                if call.notes.get::<LookedFor>().is_none() {
                    call.notes.set(LookedFor(call.message.clone()));
                }
                Check::None
            }
        }
    })
}

/// The transaction that the response at hand belongs to.
pub fn of_response(call: &Call, table: &Table) -> Option<TransactionId> {
    let via = call.message.top_via().ok()?;
    let branch = sip::identifiers::BranchId::parse(call.message.text(via.branch?))?;
    table.of_branch(&branch)
}

fn check_ack(call: &mut Call, table: &mut Table) -> Check {
    let now = table.tick(call.now);
    if let Some(id) = table.of_request(&call.message, true)
        && let Some(cell) = table.get_mut(id)
        && cell.machine.status >= 300
    {
        cell.machine.acknowledged(now);
        table.look_after(id);
        return Check::Absorbed;
    }
    let number = call.message.cseq().map_or(0, |cseq| cseq.number);
    let call_id = call.message.call_id().unwrap_or_default();
    let Some(id) = table.of_dialog(call_id, number) else {
        return Check::None;
    };
    let Some(cell) = table.get_mut(id).filter(|cell| is_of_2xx(cell, call)) else {
        return Check::None;
    };
    if !cell.machine.is_answered {
        return Check::Known(id);
    }
    cell.machine.acknowledged(now);
    table.look_after(id);
    Check::Answered(id)
}

/// Whether the ACK at hand is one to a 2xx of the transaction. With another To tag it is one to that of somebody else.
fn is_of_2xx(cell: &Cell, call: &Call) -> bool {
    (200..300).contains(&cell.machine.status)
        && cell.request.from_tag() == call.message.from_tag()
        && cell.to_tags.has(call.message.to_tag())
}

/// The transaction that the CANCEL at hand is for.
pub fn cancelled(call: &mut Call) -> Option<TransactionId> {
    let message = call.message.clone();
    table::look(call, |table| table.of_cancelled(&message)).flatten()
}

/// Carries out the CANCEL at hand: answers it, and cancels the branches of its INVITE.
pub fn cancel(tm: &Tm, call: &mut Call, invite: TransactionId) -> bool {
    let reason = if tm.params.e2e_cancel_reason.is_on() {
        reasons(call)
    } else {
        Text::default()
    };
    let found = make(tm, call);
    if matches!(found, Found::Again | Found::Unfit) {
        return found == Found::Again;
    }
    let fate = table::look(call, |table| {
        let machine = &table.get(invite)?.machine;
        let is_refused = machine.refuses_cancel(cancel_mode(tm));
        let is_passed_on = machine.takes_cancel(cancel_mode(tm));
        Some((
            machine.is_awaiting(),
            machine.status,
            is_refused,
            is_passed_on,
        ))
    });
    let (is_awaiting, status, is_refused, is_passed_on) = fate.flatten().unwrap_or_default();
    if !is_awaiting && status < 200 {
        // Observed on 5.6.3: nobody else will answer it, and no failure route is run.
        reply::respond(tm, call, invite, 487, b"Request canceled");
    }
    let (code, phrase): (u16, &[u8]) = match is_awaiting {
        // Observed on 5.6.3: the sender of what cannot be cancelled is told so.
        true if is_refused => (500, b"cancel error"),
        true => (200, b"canceling"),
        false => NOTHING_TO_CANCEL,
    };
    let is_end_to_end = tm.params.e2e_cancel_hop_by_hop == 0;
    let mut waiting = None;
    match found {
        // What ends a transaction is never refused.
        Found::Full => refusals::respond(call, code, phrase),
        // The branches answer it.
        Found::New(id) | Found::Own(id) if is_end_to_end && is_passed_on => waiting = Some(id),
        Found::New(id) | Found::Own(id) => {
            reply::respond(tm, call, id, code, phrase);
        }
        Found::Again | Found::Acknowledged | Found::Ack | Found::Unfit => {}
    }
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        if let Some(id) = waiting
            && let Some(cell) = table.get_mut(id)
        {
            cell.await_news(now);
            table.look_after(id);
        }
        if let Some(cell) = table.get_mut(invite) {
            cell.machine.is_cancelled = true;
            cell.machine.note_replied();
            if tm.params.headers_mode & 1 != 0 || is_end_to_end {
                cell.cancel = Some(Box::new(Cancel {
                    message: call.message.clone(),
                    waiting,
                }));
            }
            if !cell.is(crate::armed::Options::NO_CANCEL_REASON) {
                cell.cancel_reason = reason;
            }
        }
        let at = (call.now, &mut call.outbox);
        cancel_branches(tm, table, invite, cancel_mode(tm), at, |_| true);
    });
    true
}

/// The branches have said what the CANCEL that waits for them is answered with: that is the first 2xx, or what came last.
pub fn answer_cancel(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    invite: TransactionId,
    (status, reason): (u16, &[u8]),
) {
    let waiting = table.get_mut(invite).and_then(|cell| {
        let is_known = status < 300 || !cell.machine.is_cancelling();
        cell.cancel.as_mut().filter(|_| is_known)?.waiting.take()
    });
    if let Some(id) = waiting {
        reply::respond_between(tm, work, table, id, status, reason);
    }
}

/// What becomes of branches without any response when the caller takes the request back, or one of them has declined it for all.
///
/// COMPAT: otherwise they send nothing again, and their CANCEL waits for a response, whatever `cancel_b_method` says (observed on
/// 5.6.3).
pub fn cancel_mode(tm: &Tm) -> CancelMode {
    match tm.params.cancel_b_method.get() {
        0 => CancelMode::Fake,
        2 => CancelMode::Send,
        _ => CancelMode::Wait,
    }
}

/// The Reason header fields of the message at hand.
fn reasons(call: &Call) -> Text {
    let mut out = Vec::new();
    for field in call.message.headers_of(HeaderId::Reason) {
        out.extend_from_slice(call.message.text(field.whole()));
    }
    Text::from(out)
}

/// When something is done, and where what is sent goes.
pub type At<'a> = (std::time::Instant, &'a mut module_api::Outbox);

/// Cancels branches after a final response of that status, and says so in the CANCELs (RFC 3326).
pub fn cancel_after(
    tm: &Tm,
    table: &mut Table,
    id: TransactionId,
    (status, mode): (u16, CancelMode),
    at: At<'_>,
    wanted: impl Fn(usize) -> bool,
) {
    let swap = |table: &mut Table, reason: &mut Text| {
        if let Some(cell) = table.get_mut(id) {
            std::mem::swap(&mut cell.cancel_reason, reason);
        }
    };
    let has_other = table
        .get(id)
        .is_none_or(|cell| !cell.cancel_reason.is_empty());
    if has_other || !tm.params.local_cancel_reason.is_on() {
        cancel_branches(tm, table, id, mode, at, wanted);
        return;
    }
    let mut reason = if status < 300 {
        Text::from_static("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n")
    } else {
        send::reason_of(status)
    };
    swap(table, &mut reason);
    cancel_branches(tm, table, id, mode, at, wanted);
    swap(table, &mut reason);
}

/// Cancels those branches of a transaction that `wanted` chooses.
pub fn cancel_branches(
    tm: &Tm,
    table: &mut Table,
    id: TransactionId,
    mode: CancelMode,
    (now, outbox): At<'_>,
    wanted: impl Fn(usize) -> bool,
) {
    let now = table.tick(now);
    let mut effects = Effects::new();
    if let Some(cell) = table.get_mut(id) {
        cell.machine.cancel(wanted, mode, now, &mut effects);
    }
    send::perform(tm, table, id, &effects, None, outbox);
    table.look_after(id);
}
