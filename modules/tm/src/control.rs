//! Acting on transactions from elsewhere: other calls, event routes, RPC.

use crate::armed::Options;
use crate::reply::Added;
use crate::table::{self, Table};
use crate::{Tm, reply, requests, view, work};
use futures_channel::oneshot;
use module_api::{Call, LaneKey, Step, Text, TransactionId, Verdict, Work};
use sip::Method;
use std::sync::Arc;
use transaction::{CancelMode, CancelState};

/// Which branches are cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelWhich {
    /// All.
    All,
    /// All but the one at hand.
    Others,
    /// The one at hand.
    This,
}

/// Gives the transaction of the run its message flags.
pub fn flush_flags(call: &mut Call) -> bool {
    let flags = call.flags.message;
    change(call, |cell| cell.flags.message = flags)
}

/// Gives the transaction of the run its extended flags.
pub fn flush_extended_flags(call: &mut Call) -> bool {
    let flags = call.flags.extended;
    change(call, |cell| cell.flags.extended = flags)
}

fn change(call: &mut Call, act: impl FnOnce(&mut crate::cell::Cell)) -> bool {
    let Some(id) = view::transaction(call) else {
        return false;
    };
    table::in_call(call, |_, table| table.get_mut(id).map(act).is_some())
}

/// Cancels branches of the transaction of the run.
pub fn cancel_branches(tm: &Tm, call: &mut Call, which: CancelWhich) -> bool {
    let Some(id) = view::transaction(call) else {
        return false;
    };
    if view::ask(call, |cell| cell.method == Method::Invite) != Some(true) {
        return false;
    }
    let at_hand = call.branch_index;
    table::in_call(call, |call, table| {
        let wanted = |index: usize| match which {
            CancelWhich::All => true,
            CancelWhich::Others => Some(index) != at_hand,
            CancelWhich::This => Some(index) == at_hand,
        };
        let at = (call.now, &mut call.outbox);
        requests::cancel_branches(tm, table, id, CancelMode::Hush, at, wanted);
    });
    true
}

/// Ends the transaction of the run without an answer: it counts as ended with `status`.
pub fn drop_transaction(call: &mut Call, status: u16) -> bool {
    let Some(id) = view::transaction(call) else {
        return false;
    };
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        if let Some(cell) = table.get_mut(id) {
            cell.armed.options.set(Options::RELEASED, true);
            cell.machine.abandon(status, now);
        }
        table.look_after(id);
    });
    true
}

/// Does something in the lane of a call and waits for what comes of it.
pub fn elsewhere(
    call: &mut Call,
    lane: LaneKey<'_>,
    act: impl FnOnce(&mut Work<'_>) -> bool + Send + 'static,
) -> Step {
    let (told, mut answer) = oneshot::channel();
    call.runtime.host.on_lane(
        lane,
        Box::new(move |work| {
            // Who asked may have ended meanwhile.
            let _ = told.send(act(work));
        }),
    );
    match answer.try_recv() {
        Ok(Some(done)) => done.into(),
        Ok(None) => Step::wait("a transaction", answer, |_, done| {
            Verdict::of(done.unwrap_or(false))
        }),
        Err(_) => Verdict::FALSE.into(),
    }
}

/// Cancels one branch of the transaction that the two numbers name.
pub fn cancel_branch(tm: &Arc<Tm>, call: &mut Call, index: i64, label: i64, branch: usize) -> Step {
    let tm = tm.clone();
    elsewhere(call, LaneKey::Number(Table::lane_of(index)), move |work| {
        let done = table::in_work(work, |work, table| {
            let Some(id) = table.named(index, label) else {
                return false;
            };
            let at = (work.now, &mut *work.outbox);
            requests::cancel_branches(&tm, table, id, requests::cancel_mode(&tm), at, |at| {
                at == branch
            });
            true
        });
        work::run(&tm, work);
        done
    })
}

/// Cancels the INVITE of a call: all branches, as if its sender had taken it back. How many of them may still answer and had
/// no CANCEL before; none when there is no such INVITE.
pub fn cancel_in(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    call_id: &[u8],
    cseq: u32,
    what: CancelCall,
) -> Option<usize> {
    let pending = table::in_work(work, |work, table| {
        let id = table.of_dialog(call_id, cseq)?;
        let cell = table.get_mut(id)?;
        let branches = cell.machine.branches.iter();
        let pending = branches
            .filter(|branch| !branch.has_ended() && !matches!(branch.cancel, CancelState::Sent(_)))
            .count();
        if let Some(flag) = what.flag {
            cell.flags.message |= 1 << flag;
        }
        if let Some(cause) = what.cause {
            cell.cancel_reason = Text::from(format!("Reason: SIP;cause={cause}\r\n"));
        }
        let at = (work.now, &mut *work.outbox);
        // Observed on 5.6.3: `cancel_b_method` is not for this.
        requests::cancel_branches(tm, table, id, CancelMode::Hush, at, |_| true);
        Some(pending)
    });
    work::run(tm, work);
    pending
}

/// How an INVITE is cancelled from elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct CancelCall {
    /// A flag to be set in it.
    pub flag: Option<u32>,
    /// The cause to be told.
    pub cause: Option<i64>,
}

/// As [`cancel_in`] from a run.
pub fn cancel_call(
    tm: &Arc<Tm>,
    call: &mut Call,
    call_id: Text,
    cseq: u32,
    flag: i64,
    cause: Option<i64>,
) -> Step {
    let tm = tm.clone();
    let what = CancelCall {
        flag: u32::try_from(flag)
            .ok()
            .filter(|flag| (1..32).contains(flag)),
        cause,
    };
    let key = call_id.clone();
    elsewhere(call, LaneKey::OfCall(&key), move |work| {
        cancel_in(&tm, work, &call_id, cseq, what).is_some()
    })
}

/// Answers a transaction between runs.
pub fn reply_in(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    find: impl FnOnce(&Table) -> Option<TransactionId>,
    status: u16,
    reason: &[u8],
) -> bool {
    reply_with(tm, work, find, (status, reason), Added::default())
}

/// As [`reply_in`], with more than the usual.
pub fn reply_with(
    tm: &Arc<Tm>,
    work: &mut Work<'_>,
    find: impl FnOnce(&Table) -> Option<TransactionId>,
    said: (u16, &[u8]),
    added: Added,
) -> bool {
    let done = table::in_work(work, |work, table| match find(table) {
        Some(id) => reply::respond_between_with(tm, work, table, id, said, added),
        None => false,
    });
    work::run(tm, work);
    done
}

/// Answers the request of a call from a run.
pub fn reply_to_call(
    tm: &Arc<Tm>,
    call: &mut Call,
    call_id: Text,
    cseq: u32,
    status: u16,
    reason: Text,
) -> Step {
    let tm = tm.clone();
    let key = call_id.clone();
    elsewhere(call, LaneKey::OfCall(&key), move |work| {
        let find = |table: &Table| table.of_call(&call_id, cseq);
        reply_in(&tm, work, find, status, &reason)
    })
}
