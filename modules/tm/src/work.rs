//! What happens to transactions between runs: deadlines, branches that fail, the choice among responses, failure routes.

use crate::Tm;
use crate::armed::Options;
use crate::cell::{Cell, Leg};
use crate::observers::{Event, Finished};
use crate::reply::Added;
use crate::requests::{TakenBack, cancel_branches, cancel_mode};
use crate::suspend::Resume;
use crate::table::{self, Table};
use crate::{avoidance, observers, relay, reply, responses, send, suspend, uac};
use module_api::{Call, ResponseExtras, RouteId, RouteJob, RouteKind, Text, TransactionId, Work};
use sip::HeaderId;
use std::sync::Arc;
use transaction::{Drops, Effects, Ranking};

/// Something to be done when no run is going on.
pub enum Todo {
    /// A branch has had a negative final response, or none.
    Failed {
        /// The transaction.
        id: TransactionId,
        /// The branch.
        branch: usize,
    },
    /// All branches may have ended.
    Settle(TransactionId),
    /// Somebody goes on with what was put aside.
    Resume {
        /// The transaction.
        id: TransactionId,
        /// How.
        resume: Resume,
    },
    /// A response goes on that came while a run was going on.
    Respond {
        /// The transaction.
        id: TransactionId,
        /// The response.
        call: Box<Call>,
    },
    /// An event route is to see the CANCEL of a branch before it is sent.
    ShowCancel {
        /// The transaction.
        id: TransactionId,
        /// The branch.
        branch: usize,
        /// The CANCEL.
        cancel: Box<[u8]>,
    },
}

/// Called when a deadline has come, or something is to be done.
pub fn wake(tm: &Arc<Tm>, work: &mut Work<'_>) {
    table::in_work(work, |work, table| {
        let now = table.tick(work.now);
        while let Some(id) = table.pop_due(now) {
            let mut effects = Effects::new();
            if let Some(cell) = table.get_mut(id) {
                cell.machine.expire(now, &mut effects);
            }
            send::perform(tm, table, id, &effects, None, work.outbox);
            table.look_after(id);
        }
        table.want_next();
    });
    run(tm, work);
}

/// Does what is to be done.
pub fn run(tm: &Arc<Tm>, work: &mut Work<'_>) {
    while table::has_todo(work.state)
        && let Some(todo) = table::in_work(work, |_, table| next(table))
    {
        match todo {
            Todo::Failed { id, branch } => branch_failed(tm, work, id, branch),
            Todo::Settle(id) => settle(tm, work, id),
            Todo::Resume { id, resume } => suspend::begin(tm, work, id, resume),
            Todo::Respond { call, .. } => responses::own_or_forward(tm, work, call),
            Todo::ShowCancel { id, branch, cancel } => {
                uac::show_cancel(tm, work, id, branch, &cancel);
            }
        }
    }
}

/// The next thing to be done, unless it has to wait for a run to end.
fn next(table: &mut Table) -> Option<Todo> {
    while let Some(todo) = table.todo.pop_front() {
        let (Todo::Failed { id, .. }
        | Todo::Settle(id)
        | Todo::Resume { id, .. }
        | Todo::Respond { id, .. }) = todo
        else {
            // It is of no concern to the runs of the transaction.
            return Some(todo);
        };
        match table.get_mut(id) {
            Some(cell) if cell.is_busy() => cell.waiting.push(todo),
            _ => return Some(todo),
        }
    }
    None
}

/// A branch has failed: its branch-failure route is run, another place tried, and then all are looked at.
fn branch_failed(tm: &Arc<Tm>, work: &mut Work<'_>, id: TransactionId, branch: usize) {
    let route = table::in_work(work, |work, table| {
        avoidance::failed(tm, table, id, branch, work.now);
        if responses::fail_over(tm, work, table, id, branch) {
            return None;
        }
        let cell = table.get(id).filter(|cell| !cell.machine.is_own())?;
        let route = cell.legs.get(branch).and_then(|leg| leg.on_branch_failure);
        route.filter(|_| cell.machine.status < 200)
    });
    let Some(route) = route else {
        settle(tm, work, id);
        return;
    };
    begin(tm, work, id, route, RouteKind::BranchFailure, Some(branch));
}

/// Runs a failure or branch-failure route over the transaction's request.
fn begin(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    id: TransactionId,
    route: RouteId,
    kind: RouteKind,
    branch: Option<usize>,
) {
    let call = table::in_work(work, |work, table| {
        let cell = table.get_mut(id)?;
        cell.is_running = true;
        cell.picked = branch.or(cell.picked);
        let mut call = cell.context(work);
        let count = cell.machine.branches.len();
        cell.armed.drops = tm.params.drops();
        // Observed on 5.6.3: a branch that is added when another fails has the route that is asked for then.
        cell.armed.branch_failure = None;
        call.branch_index = Some(match (kind, branch) {
            (RouteKind::BranchFailure, Some(branch)) => branch,
            _ => count,
        });
        let about = match kind {
            RouteKind::BranchFailure => branch,
            _ => cell.picked,
        };
        if let Some(target) = about.and_then(|at| cell.legs.get(at)?.target.as_ref()) {
            // Observed on 5.6.3: the flags of the branch that the run is about.
            call.target.flags = target.flags;
        }
        Some((call, count))
    });
    let Some((call, count)) = call else { return };
    let tm = tm.clone();
    work.begin(RouteJob {
        call,
        route,
        kind,
        then: Box::new(move |work, mut call, _| {
            let next = table::in_work(work, |work, table| {
                let next = table.get_mut(id).map(|cell| {
                    cell.take_back(&mut call);
                    after(cell, kind, count)
                });
                table.end_run(id);
                if call.notes.get::<TakenBack>().is_some() {
                    let at = (work.now, &mut *work.outbox);
                    cancel_branches(&tm, table, id, cancel_mode(&tm), at, |_| true);
                }
                if let (RouteKind::BranchFailure, Some(branch)) = (kind, branch) {
                    // Observed on 5.6.3: also those that the route has added.
                    responses::decline_for_all(&tm, work, table, id, branch);
                }
                next
            });
            work.give_back(call);
            match next {
                Some(After::Settle) => settle(&tm, work, id),
                Some(After::Conclude) => conclude(&tm, work, id),
                Some(After::Nothing) => {
                    table::in_work(work, |work, table| {
                        answer_for_nobody(&tm, work, table, id);
                    });
                }
                None => {}
            }
            run(&tm, work);
        }),
    });
}

/// What follows a failure or branch-failure route.
enum After {
    /// Another look at the branches.
    Settle,
    /// The choice of a response.
    Conclude,
    /// No response is left to be chosen.
    Nothing,
}

fn after(cell: &mut Cell, kind: RouteKind, count: usize) -> After {
    if kind == RouteKind::BranchFailure {
        // Observed on 5.6.3: of a relay that failed here a failure route that follows at once knows, but not a later one.
        cell.error = cell.error.filter(|_| cell.machine.all_ended());
        return After::Settle;
    }
    let has_more = cell.machine.branches.len() > count;
    // Observed on 5.6.3: a branch that could not leave takes the place of those before it, as any other that was added.
    let is_superseded =
        cell.armed.drops == Drops::Superseded && cell.error == Some(relay::SEND_FAILED);
    if is_superseded && !has_more {
        return After::Nothing;
    }
    match cell.machine.drop_responses(cell.armed.drops, count) {
        // What the route has added may have failed while it waited, and may have asked for another.
        true if has_more => {
            cell.error = None;
            After::Settle
        }
        true => After::Conclude,
        false => After::Nothing,
    }
}

/// Answers a request whose script has left no response to be chosen (observed on 5.6.3).
pub fn answer_for_nobody(tm: &Tm, work: &mut Work<'_>, table: &mut Table, id: TransactionId) {
    let is_done = |cell: &Cell| cell.machine.status >= 200 || cell.is(Options::LOCAL_ONLY);
    let open = table.get(id).filter(|cell| !is_done(cell));
    if let Some(error) = open.map(|cell| cell.error) {
        let (status, reason) = meant_by(error);
        reply::respond_between(tm, work, table, id, status, reason.as_bytes());
    }
    table.look_after(id);
}

/// Looks whether all branches have ended, and runs the failure route if so.
pub fn settle(tm: &Arc<Tm>, work: &mut Work<'_>, id: TransactionId) {
    enum Next {
        Nothing,
        Own,
        Failure(RouteId),
        Conclude,
    }
    let next = table::in_work(work, |work, table| {
        let Some(cell) = table.get_mut(id) else {
            return Next::Nothing;
        };
        let count = cell.machine.branches.len();
        if !cell.machine.all_ended() || count == 0 || (count > 1 && table.has_failure_to_come(id)) {
            table.look_after(id);
            return Next::Nothing;
        }
        let Some(cell) = table.get_mut(id) else {
            return Next::Nothing;
        };
        if cell.machine.is_own() && !uac::may_try_again(cell) {
            return Next::Own;
        }
        if cell.machine.status >= 200 {
            cell.shed(tm);
            table.look_after(id);
            return Next::Nothing;
        }
        let best = cell.machine.best(ranking(tm));
        cell.picked = best;
        if let Some(best) = best
            && !cell.machine.is_own()
            && !tm.observers.is_empty()
        {
            let event = failing(cell, best);
            observers::tell_of(&tm.observers, work, table, (id, best), &event);
        }
        let Some(cell) = table.get_mut(id) else {
            return Next::Nothing;
        };
        // Observed on 5.6.3: a branch keeps its route, which is run again when its response is chosen again.
        let route = best.and_then(|best| cell.legs.get(best)?.on_failure);
        let armed = &mut cell.armed;
        match route {
            // Observed on 5.6.3: a failure route that was asked for holds for one.
            Some(route) => {
                armed.failure = None;
                Next::Failure(route)
            }
            None if cell.machine.is_own() => Next::Own,
            None => Next::Conclude,
        }
    });
    match next {
        Next::Nothing => {}
        Next::Own => uac::failed(tm, work, id),
        Next::Failure(route) => begin(tm, work, id, route, RouteKind::Failure, None),
        Next::Conclude => conclude(tm, work, id),
    }
}

/// What observers are told before the failure route.
fn failing(cell: &Cell, best: usize) -> Event {
    let status = cell.machine.branches.get(best).map_or(500, |b| b.status);
    let stored = cell.legs.get(best).and_then(|leg| leg.response.as_ref());
    Event::Failing(Finished {
        status,
        reason: match stored {
            Some(stored) => Text::from(stored.message.reason()),
            None => Text::from_static(reason_of(status)),
        },
        response: stored.map(|stored| stored.message.clone()),
        reception: stored.map(|stored| stored.reception),
    })
}

/// How negative responses are compared.
pub fn ranking(tm: &Tm) -> Ranking {
    Ranking {
        faked: tm.params.faked_reply_prio,
    }
}

/// Sends the best response upstream, unless the failure route has done something about it.
fn conclude(tm: &Arc<Tm>, work: &mut Work<'_>, id: TransactionId) {
    let is_own = |table: &mut Table| table.get(id).is_some_and(|cell| cell.machine.is_own());
    if table::in_work(work, |_, table| is_own(table)) {
        uac::failed(tm, work, id);
        return;
    }
    table::in_work(work, |work, table| {
        let Some(cell) = table.get_mut(id) else {
            return;
        };
        if cell.machine.status >= 200 {
            cell.shed(tm);
            table.look_after(id);
            return;
        }
        if cell.is(Options::LOCAL_ONLY) {
            // What becomes of a copy is nothing to its sender.
            let best = cell.machine.best(ranking(tm));
            if let Some(best) = best
                && !std::mem::replace(&mut cell.has_result, true)
            {
                tm.counters.ended(&cell.machine, best);
            }
            cell.shed(tm);
            cell.machine.release(tick(work));
            table.look_after(id);
            return;
        }
        let Some(best) = cell.machine.best(ranking(tm)) else {
            answer_for_nobody(tm, work, table, id);
            return;
        };
        send_best(tm, work, table, id, best);
        table.look_after(id);
    });
}

fn send_best(tm: &Tm, work: &mut Work<'_>, table: &mut Table, id: TransactionId, best: usize) {
    let Some(cell) = table.get_mut(id) else {
        return;
    };
    let branch = cell.machine.branches.get(best);
    let (status, is_local, is_quiet) = branch.map_or((500, true, false), |branch| {
        let is_quiet = !tm.params.noisy_ctimer.is_on()
            && cell.machine.branches.len() == 1
            && !branch.is_replied
            && branch.is_timed_out
            && cell.machine.is_invite();
        (branch.status, branch.is_local, is_quiet)
    });
    if is_quiet {
        cell.machine.release(tick(work));
        return;
    }
    if is_local {
        let cancelled = cell.machine.is_cancelled;
        let (status, reason) = local_status(tm, status, cancelled);
        reply::respond_between(tm, work, table, id, status, &reason);
        return;
    }
    if matches!(status, 401 | 407)
        && tm.params.aggregate_challenges.is_on()
        && let Some(challenges) = challenges(cell)
    {
        let reason = reason_of(status).as_bytes();
        let extras = ResponseExtras {
            headers: challenges,
            body: None,
        };
        let added = Added {
            extras,
            to_tag: None,
        };
        reply::respond_between_with(tm, work, table, id, (status, reason), added);
        return;
    }
    let is_changed = |leg: &Leg| {
        leg.response
            .as_ref()
            .is_some_and(|stored| stored.changed.is_some())
    };
    if status == 503 && tm.params.remap_503_500 != 0 && !cell.legs.get(best).is_some_and(is_changed)
    {
        // Observed on 5.6.3: the one that goes on is ours, as only who has sent it is overloaded (RFC 3261 §16.7 point 6).
        reply::respond_between(tm, work, table, id, 500, b"Service Unavailable");
        return;
    }
    let Some(stored) = cell.legs.get_mut(best).and_then(|leg| leg.response.take()) else {
        let reason = reason_of(status);
        reply::respond_between(tm, work, table, id, status, reason.as_bytes());
        return;
    };
    let mut call = work.context(&cell.runtime, stored.message, stored.reception);
    call.edits = stored.edits;
    cell.last_relayed = u16::try_from(best).ok();
    responses::forward(tm, work, cell, &call, stored.changed);
    if !tm.observers.is_empty() {
        let finished = responses::finished(&call, cell.machine.status);
        observers::tell_between(&tm.observers, work, table, id, &Event::Finished(finished));
    }
    if let Some(cell) = table.get_mut(id) {
        cell.shed(tm);
    }
    work.give_back(call);
}

/// The present, for who has the transaction but not its table.
pub fn tick(work: &Work<'_>) -> transaction::Tick {
    let start = work.state.start.unwrap_or(work.now);
    transaction::Tick::at(work.now.saturating_duration_since(start))
}

/// The status and reason that go upstream when nobody has answered.
fn local_status(tm: &Tm, status: u16, is_cancelled: bool) -> (u16, Text) {
    match status {
        // Observed on 5.6.3.
        408 if is_cancelled => (487, Text::from_static("Request Terminated")),
        408 => (
            u16::try_from(tm.params.reply_408_code).unwrap_or(408),
            tm.params.reply_408_reason.clone(),
        ),
        status => (status, Text::from_static(reason_of(status))),
    }
}

/// The usual reason phrase of a status that is made here.
pub fn reason_of(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        477 => "Unfortunately error on sending to next hop occurred (477/TM)",
        478 => "Unresolvable destination (478/TM)",
        487 => "Request Terminated",
        503 => "Service Unavailable",
        _ => "Server Internal Error",
    }
}

/// The challenges of all branches, when there is more than one that has any (RFC 3261 §16.7 point 7).
fn challenges(cell: &Cell) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut count = 0;
    for (leg, branch) in cell.legs.iter().zip(&cell.machine.branches) {
        let Some(stored) = leg.response.as_ref().filter(|_| !branch.is_left_out) else {
            continue;
        };
        // Observed on 5.6.3: what a reply route has made something else of is none.
        if !matches!(branch.status, 401 | 407) {
            continue;
        }
        count += 1;
        for id in [HeaderId::WwwAuthenticate, HeaderId::ProxyAuthenticate] {
            for field in stored.message.headers_of(id) {
                out.extend_from_slice(stored.message.text(field.whole()));
            }
        }
    }
    (count > 1).then_some(out)
}

/// What a caller is told whose request a script could not relay, or has left without an answer (observed on 5.6.3).
pub fn meant_by(error: Option<i64>) -> (u16, &'static str) {
    match error {
        Some(relay::UNRESOLVABLE) => (478, reason_of(478)),
        Some(relay::SEND_FAILED) => (477, reason_of(477)),
        Some(relay::CANCELLED) => (487, "Transaction canceled (487/TM)"),
        Some(relay::TOO_MANY) => (500, "Forking capacity exceeded (12/TM)"),
        Some(relay::NO_SOCKET) => (500, "I'm terribly sorry, server error occurred (7/TM)"),
        Some(_) => (500, "I'm terribly sorry, server error occurred (6/TM)"),
        None => (500, "I'm terribly sorry, server error occurred (1/TM)"),
    }
}

/// Exchanges the attributes of a run with those of its transaction.
fn lend_attributes(call: &mut Call, id: TransactionId) {
    table::in_call(call, |call, table| {
        if let Some(cell) = table.get_mut(id) {
            cell.swap_attributes(call);
        }
    });
}

/// What follows the end of a request's script: what later routes need is kept, and what the script has left undone is done.
pub fn request_ended(tm: &Tm, call: &mut Call) {
    let Some(id) = call.transaction else { return };
    let taken_back = call.notes.get::<TakenBack>().is_some();
    let left = table::in_call(call, |call, table| {
        table.get_mut(id)?.keep(call);
        table.end_run(id);
        let cell = table.get_mut(id)?;
        if taken_back && !cell.machine.branches.is_empty() {
            cell.machine.is_cancelled = true;
            let at = (call.now, &mut call.outbox);
            cancel_branches(tm, table, id, cancel_mode(tm), at, |_| true);
        }
        let cell = table.get_mut(id)?;
        let needs_end = cell.machine.branches.is_empty()
            && cell.machine.status < 200
            && !cell.is(crate::armed::Options::RELEASED);
        let end = (
            cell.error.take(),
            cell.machine.is_cancelled,
            cell.is(crate::armed::Options::NO_INTERNAL_REPLY),
        );
        if cell.machine.status >= 200 {
            cell.shed(tm);
        }
        table.look_after(id);
        needs_end.then_some(end)
    });
    let Some((error, is_cancelled, is_quiet)) = left else {
        return;
    };
    let (status, reason) = match error {
        _ if is_cancelled => (487, "Request Terminated"),
        Some(_) => meant_by(error),
        None => (0, ""),
    };
    if status > 0 && !is_quiet {
        // Whoever is told of it sees the attributes of the run, which the transaction has by now.
        lend_attributes(call, id);
        reply::respond(tm, call, id, status, reason.as_bytes());
        lend_attributes(call, id);
        return;
    }
    if error.is_none() {
        call.warn(format_args!(
            "the script has made a transaction and neither relayed nor answered the request"
        ));
    }
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        if let Some(cell) = table.get_mut(id) {
            cell.machine.release(now);
        }
        table.look_after(id);
    });
}
