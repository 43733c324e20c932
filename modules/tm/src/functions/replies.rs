//! Answering, and what the branches have come to.

use super::plain_text::PlainText;
use crate::requests::{self, Found};
use crate::{Tm, armed, reply, send, table, view};
use module_api::{Call, Regex, RouteKind, Text, Verdict, script_function};
use transaction::{Drops, Effects};

/// Answers in the transaction of the request; none when there is none.
pub fn reply_in_transaction(tm: &Tm, call: &mut Call, code: i64, reason: &[u8]) -> Option<Verdict> {
    call.transaction?;
    Some(reply_to(tm, call, code, reason))
}

pub(super) fn reply_to(tm: &Tm, call: &mut Call, code: i64, reason: &[u8]) -> Verdict {
    let Some(id) = call.transaction else {
        call.error(format_args!("there is no transaction to answer in"));
        return Verdict::FALSE;
    };
    if call.route == RouteKind::BranchFailure {
        // Observed on 5.6.3: other branches may still answer.
        call.error(format_args!(
            "a request cannot be answered for the sake of one branch"
        ));
        return Verdict::FALSE;
    }
    // Observed on 5.6.3: what is no status of an RFC is sent all the same.
    let Some(status) = u16::try_from(code).ok().filter(|code| *code < 1000) else {
        call.error(format_args!("{code} is no status of a response"));
        return Verdict::FALSE;
    };
    Verdict::of(reply::respond(tm, call, id, status, reason))
}

/// Answers the request in its transaction.
///
/// ```cfg
/// t_newtran();
/// t_reply("404", "Not found");
/// ```
#[script_function(t_reply, routes = REQUEST | FAILURE | REPLY | BRANCH_FAILURE, answers)]
fn t_reply(tm: &Tm, call: &mut Call, code: i64, reason: PlainText) -> Verdict {
    reply_to(tm, call, code, &reason.0)
}

/// Answers the request in its transaction, which is made when there is none.
///
/// ```cfg
/// t_send_reply("404", "Not found");
/// ```
#[script_function(t_send_reply, routes = REQUEST | FAILURE | REPLY, answers)]
fn t_send_reply(tm: &Tm, call: &mut Call, code: i64, reason: PlainText) -> Verdict {
    if call.transaction.is_none()
        && call.message.is_request()
        && requests::make(tm, call) == Found::Again
    {
        return Verdict::EXIT;
    }
    reply_to(tm, call, code, &reason.0)
}

/// Answers the request in its transaction with the status that fits the last error.
///
/// ```cfg
/// t_newtran();
/// t_reply_error();
/// ```
#[script_function(t_reply_error, routes = REQUEST | FAILURE | REPLY, answers)]
fn t_reply_error(tm: &Tm, call: &mut Call) -> Verdict {
    let reason = tm.params.default_reason.get();
    reply_to(tm, call, tm.params.default_code.get(), &reason)
}

/// Sends the last response again.
///
/// ```cfg
/// if (t_lookup_request()) t_retransmit_reply();
/// ```
#[script_function(t_retransmit_reply, routes = REQUEST)]
fn t_retransmit_reply(tm: &Tm, call: &mut Call) -> Verdict {
    let Some(id) = view::transaction(call) else {
        return Verdict::FALSE;
    };
    table::in_call(call, |call, table| {
        let has_one = table.get(id).is_some_and(|cell| !cell.response.is_empty());
        let effects: Effects = [transaction::Effect::Respond].into_iter().collect();
        send::perform(tm, table, id, &effects, None, &mut call.outbox);
        Verdict::of(has_one)
    })
}

/// Whether the status of the response at hand, or of the chosen one in a failure route, or of the last one sent, matches.
///
/// ```cfg
/// t_newtran();
/// t_reply("404", "Not found");
/// if (t_check_status("4[0-9][0-9]")) xinfo("no\n");
/// ```
#[script_function(t_check_status, routes = REQUEST | FAILURE | REPLY | BRANCH_FAILURE)]
fn t_check_status(call: &mut Call, re: Regex) -> Verdict {
    let status = view::reply(call).map_or(0, |reply| reply.status);
    Verdict::of(re.0.is_match(Text::from(i64::from(status)).as_bytes()))
}

/// The status of the response at hand, or of the chosen one in a failure route, or of the last one sent, as return code. False in
/// a branch route.
///
/// ```cfg
/// t_newtran();
/// t_reply("404", "Not found");
/// t_get_status_code();
/// xinfo("$rc\n");   # log: 404
/// ```
#[script_function(t_get_status_code, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn t_get_status_code(call: &mut Call) -> Verdict {
    if call.route == RouteKind::Branch {
        // Observed on 5.6.3.
        return Verdict::FALSE;
    }
    match view::reply(call).map_or(0, |reply| reply.status) {
        0 => Verdict::FALSE,
        status => Verdict(i64::from(status)),
    }
}

/// Whether a branch has that status; the first response of one does not count in the reply route that is run for it.
///
/// ```cfg
/// t_newtran();
/// if (t_grep_status("486")) xinfo("busy\n");
/// ```
#[script_function(t_grep_status, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_grep_status(call: &mut Call, code: i64) -> Verdict {
    ask_replied(call, |branch| i64::from(branch.status) == code)
}

fn ask_branches(call: &mut Call, wanted: impl Fn(&transaction::Branch) -> bool) -> Verdict {
    let answer = view::ask(call, |cell| cell.machine.branches.iter().any(wanted));
    Verdict::of(answer.unwrap_or(false))
}

/// As [`ask_branches`]; the response that a reply route is run for does not count.
fn ask_replied(call: &mut Call, wanted: impl Fn(&transaction::Branch) -> bool) -> Verdict {
    let current = call
        .branch_index
        .filter(|_| call.route == RouteKind::TransactionReply);
    let answer = view::ask(call, |cell| {
        let mut branches = cell.machine.branches.iter().enumerate();
        branches
            .any(|(index, branch)| wanted(branch) && (current != Some(index) || cell.had_response))
    });
    Verdict::of(answer.unwrap_or(false))
}

fn ask_branch(call: &mut Call, wanted: impl Fn(&transaction::Branch) -> bool) -> Verdict {
    let answer = view::fate(call, |cell, at| {
        at.and_then(|at| cell.machine.branches.get(at))
            .is_some_and(wanted)
    });
    Verdict::of(answer.unwrap_or(false))
}

/// Whether a branch has had a response; the one that a reply route is run for does not count, nor does that of a failure route.
///
/// ```cfg
/// t_newtran();
/// if (t_any_replied()) xinfo("ringing\n");
/// ```
#[script_function(t_any_replied, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_any_replied(call: &mut Call) -> Verdict {
    ask_replied(call, |branch| branch.is_replied)
}

/// Whether a branch has ended because nobody answered.
///
/// ```cfg
/// t_newtran();
/// if (t_any_timeout()) xinfo("too late\n");
/// ```
#[script_function(t_any_timeout, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_any_timeout(call: &mut Call) -> Verdict {
    ask_branches(call, |branch| branch.is_timed_out)
}

/// Whether the chosen branch has had a response; the one that the route is run for counts only if it is provisional.
///
/// ```cfg
/// t_on_failure("BUSY");
/// ```
#[script_function(t_branch_replied, routes = REQUEST | FAILURE | EVENT | BRANCH_FAILURE)]
fn t_branch_replied(call: &mut Call) -> Verdict {
    ask_branch(call, |branch| branch.is_replied)
}

/// Whether the chosen branch has ended because nobody answered.
///
/// ```cfg
/// t_on_failure("BUSY");
/// ```
#[script_function(t_branch_timeout, routes = REQUEST | FAILURE | EVENT | BRANCH_FAILURE)]
fn t_branch_timeout(call: &mut Call) -> Verdict {
    ask_branch(call, |branch| branch.is_timed_out)
}

/// Whether the sender has taken the request back.
///
/// ```cfg
/// t_newtran();
/// if (t_is_canceled()) exit;
/// ```
#[script_function(t_is_canceled, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY | BRANCH_FAILURE)]
fn t_is_canceled(call: &mut Call) -> Verdict {
    Verdict::of(view::ask(call, |cell| cell.machine.is_cancelled).unwrap_or(false))
}

/// Whether the transaction has lasted for as long as it may.
///
/// ```cfg
/// t_newtran();
/// if (t_is_expired()) exit;
/// ```
#[script_function(t_is_expired, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_is_expired(call: &mut Call) -> Verdict {
    let Some(id) = view::transaction(call) else {
        return Verdict::FALSE;
    };
    let now = call.now;
    let expired = table::look(call, |table| {
        let tick = table.tick(now);
        table
            .get(id)
            .is_some_and(|cell| cell.machine.is_expired(tick))
    });
    Verdict::of(expired.unwrap_or(false))
}

/// Takes the responses so far out of the choice at the end of the failure route: all (`a`, the default), those of the last
/// attempt (`l`), or none (`n`). When nothing is left to be chosen and nobody else was tried, the request is answered with 500.
///
/// ```cfg
/// t_on_failure("BUSY");
/// ```
#[script_function(t_drop_replies, routes = FAILURE)]
fn t_drop_replies(call: &mut Call, mode: Option<Text>) -> Verdict {
    let drops = match mode.as_deref().and_then(|mode| mode.first()) {
        Some(b'n') => Drops::Nothing,
        Some(b'l') => Drops::LastAttempt,
        _ => Drops::All,
    };
    armed::change(call, |armed| armed.drops = drops);
    Verdict::TRUE
}
