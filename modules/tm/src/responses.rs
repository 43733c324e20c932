//! Responses to what was relayed: from their arrival to what goes upstream.

use crate::Tm;
use crate::armed::Options;
use crate::cell::{Cell, Stored};
use crate::observers::{Event, Finished, Provisional, tell_between};
use crate::requests::{NOTHING_TO_CANCEL, answer_cancel, cancel_after, cancel_mode};
use crate::table::{self, Table};
use crate::work::{self, Todo};
use crate::{avoidance, failover, local_ack, send, uac};
use module_api::relay::{
    ChangedStatus, current_status, delimited, edits_with_via_params, fill, forward_response,
};
use module_api::{
    Call, LaneKey, RouteId, RouteJob, RouteKind, RouteOutcome, RunEnd, Text, TransactionId, Work,
};
use sip::identifiers::BranchId;
use sip::serialize::ForwardedResponse;
use sip::{Message, Method};
use std::borrow::Cow;
use std::sync::Arc;
use transaction::{CancelMode, Choice, Effects};

/// What is to be done with a response, as its machine has it.
enum Fate {
    /// It belongs to no transaction.
    Foreign,
    /// It belongs to none of this lane; perhaps to one of that.
    Elsewhere(usize),
    /// It is dealt with.
    Absorbed,
    /// A run of this transaction has to end first.
    Waits(TransactionId),
    /// It is news; its reply route is to be run first.
    News(News, Option<RouteId>),
}

/// A response that its transaction has not had before.
#[derive(Clone, Copy)]
struct News {
    /// Its transaction.
    id: TransactionId,
    /// Its branch.
    branch: usize,
    /// Whether it is for an INVITE whose responses nobody upstream learns of.
    is_of_replicated_call: bool,
}

/// How much waits for a run of one transaction at most. Responses beyond that are dropped and counted.
const WAITING_MAX: usize = 64;

/// What a route says that lets a response pass.
const PASSED: RouteOutcome = RouteOutcome {
    code: 1,
    end: RunEnd::Fell,
};

/// Takes a response that the core's reply route has let pass; one without a transaction is given back.
pub fn own(tm: &Arc<Tm>, work: &mut Work<'_>, mut call: Box<Call>) -> Option<Box<Call>> {
    match table::in_work(work, |work, table| receive(tm, work, table, &mut call)) {
        Fate::Foreign => match tm.stateless_replies.get() {
            None => return Some(call),
            Some(route) => work.begin(RouteJob {
                call,
                route: *route,
                kind: RouteKind::TransactionReply,
                then: Box::new(forward_without_state),
            }),
        },
        Fate::Elsewhere(lane) => {
            let (tm, host) = (tm.clone(), call.runtime.host.clone());
            let there = move |work: &mut Work<'_>| own_or_forward(&tm, work, call);
            host.on_lane(LaneKey::Number(lane), Box::new(there));
            return None;
        }
        Fate::Waits(id) => {
            acknowledge_waiting(tm, work, &call.message);
            table::in_work(work, |_, table| {
                table.todo.push_back(Todo::Respond { id, call });
            });
        }
        Fate::Absorbed => {
            tm.counters.replies_absorbed.increment();
            work.give_back(call);
        }
        Fate::News(news, None) => replied(tm, work, call, news, PASSED),
        Fate::News(news, Some(route)) => run_reply_route(tm, work, call, news, route),
    }
    work::run(tm, work);
    None
}

/// Takes a response that nobody waits to have back: without a transaction it goes on at once.
pub fn own_or_forward(tm: &Arc<Tm>, work: &mut Work<'_>, call: Box<Call>) {
    if let Some(call) = own(tm, work, call) {
        forward_without_state(work, call, PASSED);
    }
}

/// Runs the reply route of a branch on its response, with the attributes and flags of the transaction.
fn run_reply_route(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    mut call: Box<Call>,
    news: News,
    route: RouteId,
) {
    let News { id, branch, .. } = news;
    call.transaction = Some(id);
    call.branch_index = Some(branch);
    table::in_work(work, |_, table| {
        if let Some(cell) = table.get_mut(id) {
            cell.swap_attributes(&mut call);
            call.flags.message = cell.flags.message;
            call.flags.extended = cell.flags.extended;
            if let Some(leg) = cell.legs.get(branch) {
                // Those of the branch that the response belongs to, however late it comes.
                call.target.flags = leg.branch_flags();
            }
            cell.is_running = true;
        }
    });
    let tm = tm.clone();
    work.begin(RouteJob {
        call,
        route,
        kind: RouteKind::TransactionReply,
        then: Box::new(move |work, mut call, outcome| {
            table::in_work(work, |_, table| {
                if let Some(cell) = table.get_mut(id) {
                    cell.take_back(&mut call);
                    if let Some(leg) = cell.legs.get_mut(branch) {
                        leg.set_branch_flags(call.target.flags);
                    }
                }
                table.end_run(id);
            });
            replied(&tm, work, call, news, outcome);
        }),
    });
}

/// A response waits for a run of its call to end: its ACK does not wait (RFC 3261 §17.1.1.2).
pub fn acknowledge_waiting(tm: &Tm, work: &mut Work<'_>, response: &Message) {
    if response.status() < 300 || response.method() != Method::Invite {
        return;
    }
    let via = response.top_via().ok().and_then(|via| via.branch);
    let Some(branch_id) = via.and_then(|span| BranchId::parse(response.text(span))) else {
        return;
    };
    table::in_work(work, |work, table| {
        let Some(id) = table.of_branch(&branch_id) else {
            return;
        };
        let branch = usize::from(branch_id.index);
        let leg = table.get_mut(id).and_then(|cell| cell.legs.get_mut(branch));
        if let Some(leg) = leg {
            send::acknowledge(tm, leg, response, work.outbox);
            leg.early_acks = leg.early_acks.saturating_add(1);
        }
    });
}

/// Sends on a response without a transaction when its route has let it pass.
fn forward_without_state(work: &mut Work<'_>, mut call: Box<Call>, outcome: RouteOutcome) {
    if outcome.end != RunEnd::Drop {
        std::mem::swap(&mut call.outbox, work.outbox);
        // Nobody we can reach: there is nobody to tell.
        let _ = forward_response(&mut call);
        std::mem::swap(&mut call.outbox, work.outbox);
    }
    work.give_back(call);
}

fn receive(tm: &Tm, work: &mut Work<'_>, table: &mut Table, call: &mut Call) -> Fate {
    let message = call.message.clone();
    let via = message.top_via().ok().and_then(|via| via.branch);
    let Some(branch_id) = via.and_then(|span| BranchId::parse(message.text(span))) else {
        return Fate::Foreign;
    };
    let Some(id) = table.of_branch(&branch_id) else {
        // The script may have given the request another Call-ID.
        let lane = table.other_lane(&branch_id, call.runtime.host.lanes());
        return lane.map_or(Fate::Foreign, Fate::Elsewhere);
    };
    let now = table.tick(work.now);
    let branch = usize::from(branch_id.index);
    let status = message.status();
    let Some(cell) = table
        .get_mut(id)
        .filter(|cell| branch < cell.machine.branches.len())
    else {
        return Fate::Foreign;
    };
    if cell.is_busy() {
        // The call's responses wait for its runs before they come here, but for those that name another call.
        if cell.waiting.len() < WAITING_MAX {
            return Fate::Waits(id);
        }
        call.runtime.traffic.refused_messages.increment();
        return Fate::Absorbed;
    }
    tm.counters.replies_received.increment();
    if status < 100 {
        // Neither provisional nor final; nothing comes of it (observed on 5.6.3).
        return Fate::Absorbed;
    }
    let method = message.method();
    if method == Method::Cancel && cell.method != Method::Cancel {
        cell.machine.receive_for_cancel(branch, status, now);
        table.look_after(id);
        if status >= 200 {
            answer_cancel(tm, work, table, id, (status, message.reason()));
        }
        return Fate::Absorbed;
    }
    if method != cell.method {
        return Fate::Foreign;
    }
    let mut effects = Effects::new();
    cell.last_received = status;
    let known = cell.machine.branches.get(branch);
    cell.had_response = known.is_some_and(|known| known.is_replied);
    avoidance::answered(tm, call, cell.flags.marks.avoidance_ignored);
    cell.machine.receive(branch, status, now, &mut effects);
    let route = cell.legs.get(branch).and_then(|leg| leg.on_reply);
    let is_own = cell.machine.is_own();
    let is_of_replicated_call = cell.is(Options::LOCAL_ONLY) && cell.machine.is_invite();
    let leaves_cancel = cell.cancel.is_some() && !cell.machine.is_cancelling();
    let is_news = send::perform(tm, table, id, &effects, Some(&message), work.outbox);
    if leaves_cancel {
        answer_cancel(tm, work, table, id, NOTHING_TO_CANCEL);
    }
    if !is_news {
        table.look_after(id);
        return Fate::Absorbed;
    }
    if route.is_some() || is_own {
        // The run may take long. Without one, what is relayed is looked after when the response has been dealt with.
        table.look_after(id);
    }
    let news = News {
        id,
        branch,
        is_of_replicated_call,
    };
    Fate::News(news, route)
}

/// Goes on with a response when its reply route has ended.
fn replied(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    mut call: Box<Call>,
    news: News,
    outcome: RouteOutcome,
) {
    let News { id, branch, .. } = news;
    let status = call.message.status();
    // Observed on 5.6.3: a final response goes on although its reply route drops it.
    if outcome.end == RunEnd::Drop && status < 200 {
        tm.counters.replies_absorbed.increment();
        work.give_back(call);
        table::in_work(work, |_, table| settle_if_ended(table, id));
        work::run(tm, work);
        return;
    }
    if news.is_of_replicated_call && (200..300).contains(&status) {
        // Nobody upstream learns of it (observed on 5.6.3).
        local_ack::answered(tm, work, &call, id, branch);
    }
    let is_own = table::in_work(work, |work, table| {
        let is_own = table.get(id).is_some_and(|cell| cell.machine.is_own());
        if !is_own {
            show(tm, table, id, branch, &mut call);
            deal(tm, work, table, id, branch, &mut call);
        }
        settle_if_ended(table, id);
        is_own
    });
    if is_own {
        uac::received(tm, work, &call, id, branch);
    }
    work.give_back(call);
    work::run(tm, work);
}

/// A deadline may have come while the reply route ran. What has failed is looked at first, and settles the rest.
fn settle_if_ended(table: &mut Table, id: TransactionId) {
    let has_ended = table
        .get(id)
        .is_some_and(|cell| cell.machine.all_ended() && cell.machine.status < 200);
    if has_ended && !table.has_failure_to_come(id) {
        table.todo.push_back(Todo::Settle(id));
    }
}

/// Shows a response to who wants to see it before it goes on, with the attributes of its transaction.
fn show(tm: &Tm, table: &mut Table, id: TransactionId, branch: usize, call: &mut Call) {
    let Some(hook) = tm.response_hooks.get() else {
        return;
    };
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    cell.swap_attributes(call);
    let sent = cell.legs.get(branch).map_or(&[][..], |leg| &leg.sent);
    hook(call, &cell.request, sent);
    cell.swap_attributes(call);
}

/// Puts what its reply routes have chosen for the Via of a response into its edits. The attributes that it is made of are those of the
/// response, or else of its transaction.
fn add_via_params(cell: &mut Cell, call: &mut Call) {
    let add = |call: &mut Call| {
        if let Cow::Owned(edits) = edits_with_via_params(call) {
            call.edits = edits;
            return true;
        }
        false
    };
    if call.runtime.hooks.response_via_params.is_empty() || add(call) {
        return;
    }
    cell.swap_attributes(call);
    add(call);
    cell.swap_attributes(call);
}

/// Sends a response upstream, or keeps it for the choice.
fn deal(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    branch: usize,
    call: &mut Call,
) {
    let status = current_status(call);
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    tm.counters.decided(&mut cell.is_undecided);
    add_via_params(cell, call);
    let choice = choose(tm, cell, branch, (status, call.message.status()));
    let is_copy = cell.is(Options::LOCAL_ONLY);
    let is_for_nobody = is_copy && choice == Choice::Forward;
    if is_for_nobody {
        tm.counters.relayed();
        if status >= 200 && !std::mem::replace(&mut cell.has_result, true) {
            tm.counters.finished(status);
        }
    }
    match choice {
        Choice::Forward if !is_for_nobody => {
            let is_first_final = status >= 200 && cell.machine.status < 200;
            cell.last_relayed = u16::try_from(branch).ok();
            forward(tm, work, cell, call, None);
            if is_first_final && !tm.observers.is_empty() {
                let event = Event::Finished(finished(call, status));
                tell_between(&tm.observers, work, table, id, &event);
            }
            after_sending_on(tm, work, table, (id, branch), call);
        }
        Choice::Keep | Choice::Decide => {
            store(cell, branch, call);
            match choice {
                Choice::Decide => cell.is_undecided = true,
                _ => tm.counters.replies_absorbed.increment(),
            }
            let leg = cell.legs.get(branch);
            if leg.is_none_or(|leg| leg.on_branch_failure.is_none()) {
                decline_for_all(tm, work, table, id, branch);
            }
            table.todo.push_back(Todo::Failed { id, branch });
        }
        Choice::Forward | Choice::Absorb => {
            if !is_for_nobody {
                tm.counters.replies_absorbed.increment();
            }
            if is_copy {
                end_copy(tm, work, table, id, (branch, status));
            } else if let Some(cell) = table.get_mut(id)
                && cell.machine.status >= 200
            {
                cell.shed(tm);
            }
            table.look_after(id);
        }
    }
}

/// What is done with a response: its status is what its reply route has made of the one that it came with.
#[inline]
fn choose(tm: &Tm, cell: &mut Cell, branch: usize, (status, came_with): (u16, u16)) -> Choice {
    // Observed on 5.6.3: what its reply route has made of a refusal counts from then on.
    if status >= 300
        && let Some(known) = cell.machine.branches.get_mut(branch)
        && !known.is_local
        && known.status == came_with
    {
        known.status = status;
    }
    let mut choice = cell.machine.choose(branch, status);
    if status == 100 && tm.params.relay_100.is_on() && cell.machine.status < 200 {
        choice = Choice::Forward;
    }
    let known = cell.machine.branches.get(branch);
    if status >= 300 && known.is_some_and(|known| known.is_local) {
        // It was given up already.
        choice = Choice::Absorb;
    }
    choice
}

/// What follows from a response that was sent upstream: whoever wants to hear of provisional ones is told, and a 2xx ends the other
/// branches.
#[inline]
fn after_sending_on(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    (id, branch): (TransactionId, usize),
    call: &Call,
) {
    let status = current_status(call);
    if (101..200).contains(&status) && !tm.provisional.is_empty() {
        let event = Provisional(finished(call, status));
        tell_between(&tm.provisional, work, table, id, &event);
    }
    if (200..300).contains(&status) {
        cancel_others(tm, work, table, id, branch, (status, CancelMode::Hush));
        if let Some(cell) = table.get_mut(id) {
            cell.shed(tm);
        }
    }
    table.look_after(id);
}

/// What observers are told of a response that was sent on.
pub fn finished(call: &Call, status: u16) -> Finished {
    Finished {
        status,
        reason: Text::from(call.message.reason()),
        response: Some(call.message.clone()),
        reception: Some(call.reception),
    }
}

/// What a response does to a copy, for which nobody upstream waits: a 2xx ends the other branches, and the copy ends with
/// the last of them.
fn end_copy(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    (branch, status): (usize, u16),
) {
    if (200..300).contains(&status) {
        cancel_others(tm, work, table, id, branch, (status, CancelMode::Hush));
    }
    let now = table.tick(work.now);
    if let Some(cell) = table.get_mut(id) {
        if cell.machine.status < 200 && cell.machine.all_ended() {
            cell.machine.release(now);
        }
        cell.shed(tm);
    }
}

/// Where a branch has declined with 6xx, the others are cancelled, unless the operator or the script wants them to go on.
pub fn decline_for_all(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    branch: usize,
) {
    let Some(cell) = table.get(id) else { return };
    let Some((status, attempt)) = cell
        .machine
        .branches
        .get(branch)
        .map(|it| (it.status, it.attempt))
    else {
        return;
    };
    let mut others = cell.machine.branches.iter().enumerate();
    if others
        .any(|(other, known)| other != branch && known.status >= 600 && known.attempt == attempt)
    {
        // Observed on 5.6.3: only the first of an attempt does so; what was added since goes on.
        return;
    }
    if status >= 600 && !tm.params.disable_6xx_block.is_on() && !cell.is(Options::NO_6XX) {
        cancel_others(tm, work, table, id, branch, (status, cancel_mode(tm)));
    }
}

/// A branch has had a final response of that status that ends the others.
fn cancel_others(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    branch: usize,
    how: (u16, CancelMode),
) {
    let has_others = |cell: &Cell| cell.machine.branches.len() > 1;
    if !table.get(id).is_some_and(has_others) {
        return;
    }
    let at = (work.now, &mut *work.outbox);
    cancel_after(tm, table, id, how, at, |other| other != branch);
}

fn store(cell: &mut Cell, branch: usize, call: &mut Call) {
    let changed = call.notes.get::<ChangedStatus>().cloned();
    if let Some(leg) = cell.legs.get_mut(branch) {
        leg.response = Some(Box::new(Stored {
            message: call.message.clone(),
            edits: std::mem::take(&mut call.edits),
            changed,
            reception: call.reception,
        }));
    }
}

/// Sends a response upstream, with another status if one is given.
pub fn forward(
    tm: &Tm,
    work: &mut Work<'_>,
    cell: &mut Cell,
    call: &Call,
    changed: Option<ChangedStatus>,
) {
    let changed = changed.or_else(|| call.notes.get::<ChangedStatus>().cloned());
    let status = changed
        .as_ref()
        .map_or(call.message.status(), |changed| changed.status);
    let delivery = cell.upstream;
    let start = work.outbox.buffer.len();
    work.outbox.push_with(delivery, |out| {
        ForwardedResponse {
            message: &call.message,
            edits: &call.edits,
            status: changed
                .as_ref()
                .map(|changed| (changed.status, &*changed.reason)),
            delimited: delimited(delivery.transport),
        }
        .write(out, &mut |id, out| fill(call, id, &delivery, out));
    });
    tm.counters.relayed();
    cell.is_undecided = false;
    let had_final = cell.machine.status >= 200;
    let now = work::tick(work);
    if cell.machine.respond(status, now) {
        // One of our own is still to be sent again.
        if !(cell.machine.is_answered && cell.machine.awaits_ack()) {
            cell.response = work.outbox.buffer.get(start..).unwrap_or_default().into();
        }
        if (200..300).contains(&status) && cell.machine.is_invite() {
            cell.to_tags.add(call.message.to_tag());
        }
        if status >= 200 && !had_final {
            tm.counters.finished(status);
        }
    }
}

/// Whether another place is to be tried after a response of that status.
fn is_failover_status(tm: &Tm, status: u16) -> bool {
    status == 503 || tm.params.failover_reply_codes.has(status)
}

/// Tries the next place of a branch that has failed.
pub fn fail_over(
    tm: &Tm,
    work: &mut Work<'_>,
    table: &mut Table,
    id: TransactionId,
    branch: usize,
) -> bool {
    let wants = table.get(id).is_some_and(|cell| {
        let known = cell.machine.branches.get(branch);
        known.is_some_and(|known| {
            (known.is_local && !known.is_replied) || is_failover_status(tm, known.status)
        })
    });
    wants && failover::fail_over(work, table, id, branch)
}
