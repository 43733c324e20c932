//! Putting a transaction aside, and going on with it elsewhere.

use crate::cell::Cell;
use crate::requests::{self, Found, TakenBack, cancel_branches};
use crate::table::{self, Table};
use crate::work::Todo;
use crate::{Tm, reply, view, work};
use futures_channel::oneshot;
use module_api::{
    Call, LaneKey, RouteId, RouteJob, RouteKind, Runtime, Step, TransactionId, Verdict, Work,
};
use std::sync::Arc;

/// Somebody who wants a transaction to go on.
pub struct Resume {
    route: RouteId,
    /// Taken when the answer is given.
    told: Option<oneshot::Sender<bool>>,
}

impl Resume {
    fn new(route: RouteId) -> (Resume, oneshot::Receiver<bool>) {
        let (told, answer) = oneshot::channel();
        let told = Some(told);
        (Resume { route, told }, answer)
    }

    fn tell(&mut self, found: bool) {
        if let Some(told) = self.told.take() {
            // Who asked may have ended meanwhile.
            let _ = told.send(found);
        }
    }
}

/// What putting a request aside comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspended {
    /// Its transaction waits.
    Now,
    /// It has come before, and its transaction has not had a final response: that it waits has been seen to (observed on 5.6.3).
    Before,
    /// It does not wait: it is an ACK, or has been answered.
    No,
}

/// Makes a transaction for the request at hand if it has none, and tells the sender of an INVITE that it may take long.
pub fn begin_sleep(tm: &Tm, call: &mut Call) {
    if let Found::New(id) | Found::Own(id) = requests::make(tm, call) {
        reply::respond_trying(tm, call, id);
    }
}

/// Puts the transaction of the request aside, making it if need be: it waits until somebody goes on with it.
pub fn suspend(tm: &Tm, call: &mut Call) -> Suspended {
    let id = match requests::make(tm, call) {
        Found::Full | Found::Ack | Found::Acknowledged | Found::Unfit => return Suspended::No,
        Found::Again => {
            let is_answered = view::ask(call, |cell| cell.machine.status >= 200);
            return match is_answered {
                Some(false) => Suspended::Before,
                _ => Suspended::No,
            };
        }
        Found::New(id) | Found::Own(id) => id,
    };
    let is_later = matches!(call.route, RouteKind::Failure | RouteKind::BranchFailure);
    if !is_later {
        // Observed on 5.6.3: it may take long.
        reply::respond_trying(tm, call, id);
    }
    let most = usize::try_from(call.runtime.settings.max_branches).unwrap_or(12);
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        let open = table.get_mut(id).filter(|cell| cell.machine.status < 200);
        // Nobody is to be waited for again and again.
        let Some(cell) = open.filter(|cell| cell.legs.len() < most) else {
            return Suspended::No;
        };
        if is_later && cell.machine.is_cancelled {
            // Observed on 5.6.3: there is nothing left to wait for.
            return Suspended::Now;
        }
        cell.await_news(now);
        table.look_after(id);
        Suspended::Now
    })
}

/// Goes on with the transaction that the two numbers name, in `route`; true when it was there and had been put aside.
pub fn resume(call: &mut Call, index: i64, label: i64, route: RouteId) -> Step {
    let (resume, mut answer) = Resume::new(route);
    let Some(tm) = call.runtime.module::<Tm>() else {
        return Verdict::FALSE.into();
    };
    call.runtime.host.on_lane(
        LaneKey::Number(Table::lane_of(index)),
        Box::new(move |work| go_on(&tm, work, index, label, resume)),
    );
    let tell = move |call: &mut Call, found: bool| {
        if !found {
            call.warn(format_args!(
                "no transaction {index}:{label} is put aside: there is nothing to go on with"
            ));
        }
        Verdict::of(found)
    };
    match answer.try_recv() {
        Ok(None) => Step::wait("a transaction", answer, move |call, found| {
            tell(call, found.unwrap_or(false))
        }),
        known => tell(call, known.ok().flatten().unwrap_or(false)).into(),
    }
}

/// Goes on with a transaction, when its script has ended at the latest. Nobody waits for that: it may be the script that asks.
fn go_on(tm: &Arc<Tm>, work: &mut Work<'_>, index: i64, label: i64, mut resume: Resume) {
    table::in_work(work, |_, table| {
        if let Some(id) = table.named(index, label) {
            let is_put_aside = |cell: &Cell| cell.is_busy() && is_suspended(cell).is_some();
            if table.get(id).is_some_and(is_put_aside) {
                resume.tell(true);
            }
            table.todo.push_back(Todo::Resume { id, resume });
        }
    });
    work::run(tm, work);
}

fn is_suspended(cell: &Cell) -> Option<usize> {
    let branches = cell.machine.branches.iter();
    branches
        .enumerate()
        .position(|(_, branch)| branch.is_blind() && !branch.has_ended())
}

/// Goes on with a transaction that has no run; what waits for that run to end finds it so.
pub fn begin(tm: &Arc<Tm>, work: &mut Work<'_>, id: TransactionId, mut resume: Resume) {
    let call = table::in_work(work, |work, table| {
        let cell = table.get_mut(id)?;
        let blind = is_suspended(cell)?;
        if cell.machine.status >= 200 {
            return None;
        }
        cell.machine.end_blind(blind);
        cell.is_running = true;
        let mut call = cell.context(work);
        call.target_is_new = true;
        // Observed on 5.6.3: the flags of a branch are those of before.
        call.target.flags = 0;
        Some(call)
    });
    resume.tell(call.is_some());
    let Some(call) = call else { return };
    let tm = tm.clone();
    work.begin(RouteJob {
        call,
        route: resume.route,
        kind: RouteKind::Failure,
        then: Box::new(move |work, mut call, _| {
            ended(&tm, work, id, &mut call);
            work.give_back(call);
            work::run(&tm, work);
        }),
    });
}

fn ended(tm: &Tm, work: &mut Work<'_>, id: TransactionId, call: &mut Call) {
    table::in_work(work, |work, table| {
        let Some(cell) = table.get_mut(id) else {
            return;
        };
        // As after a failure route, what was done to the request here holds for what was sent here (observed on 5.6.3).
        cell.take_back(call);
        table.end_run(id);
        if call.notes.get::<TakenBack>().is_some() {
            let at = (work.now, &mut *work.outbox);
            cancel_branches(tm, table, id, requests::cancel_mode(tm), at, |_| true);
        }
        let Some(cell) = table.get(id) else {
            return;
        };
        let is_left = cell.machine.all_ended() && cell.machine.status < 200;
        if is_left && !cell.machine.branches.iter().any(|b| !b.is_blind()) {
            // Nobody will ever answer.
            work::answer_for_nobody(tm, work, table, id);
        } else if is_left {
            table.todo.push_back(Todo::Settle(id));
        }
        table.look_after(id);
    });
}

/// As [`resume`] from outside any run; what comes of it is not told.
pub fn resume_from_outside(runtime: &Arc<Runtime>, index: i64, label: i64, route: RouteId) {
    let (resume, _) = Resume::new(route);
    let Some(tm) = runtime.module::<Tm>() else {
        return;
    };
    runtime.host.on_lane(
        LaneKey::Number(Table::lane_of(index)),
        Box::new(move |work| go_on(&tm, work, index, label, resume)),
    );
}
