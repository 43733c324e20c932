//! Script functions.

use crate::Tmx;
use mod_tm::local_ack::{self, Extra};
use mod_tm::suspend::{self, Suspended};
use mod_tm::{CancelWhich, control, view};
use module_api::{Call, RouteArg, RouteKind, Step, Text, Value, Verdict, script_function};

/// Puts the transaction of the request aside, making it if need be. The script goes on; `t_continue` with `$T(id_index)` and
/// `$T(id_label)` goes on with the request. True also for one that has come before and was not answered; false for an ACK.
///
/// ```cfg
/// if (t_suspend()) xinfo("$T(id_index):$T(id_label)\n");
/// ```
#[script_function(t_suspend, routes = ANY)]
fn t_suspend(tmx: &Tmx, call: &mut Call) -> Verdict {
    Verdict::of(suspend::suspend(&tmx.tm, call) != Suspended::No)
}

/// Goes on with a transaction that was put aside, in `route[rtname]`; false when there is no such.
///
/// ```cfg
/// if (!t_continue("1", "2", "NEXT")) xinfo("not there\n");   # log: not there
/// ```
#[script_function(t_continue, routes = ANY, waits)]
fn t_continue(call: &mut Call, tindex: i64, tlabel: i64, rtname: RouteArg) -> Step {
    match rtname.id {
        Some(route) => suspend::resume(call, tindex, tlabel, route),
        None => {
            call.error(format_args!("there is no route[{}]", rtname.name));
            Verdict::FALSE.into()
        }
    }
}

/// Whether the request is being handled already; never, as the requests of a call are handled one after the other.
///
/// ```cfg
/// if (t_precheck_trans()) {
///     t_check_trans();
///     exit;
/// }
/// ```
#[script_function(t_precheck_trans, routes = REQUEST)]
fn t_precheck_trans() -> Verdict {
    Verdict::FALSE
}

/// Whether this is the request route, or a block called from it.
///
/// ```cfg
/// if (t_is_request_route()) xinfo("yes\n");   # log: yes
/// ```
#[script_function(t_is_request_route, routes = ANY)]
fn t_is_request_route(call: &mut Call) -> Verdict {
    Verdict::of(call.route == RouteKind::Request)
}

/// Whether this is a failure route, or a block called from it.
///
/// ```cfg
/// if (!t_is_failure_route()) xinfo("no\n");   # log: no
/// ```
#[script_function(t_is_failure_route, routes = ANY)]
fn t_is_failure_route(call: &mut Call) -> Verdict {
    Verdict::of(call.route == RouteKind::Failure)
}

/// Whether this is a branch route, or a block called from it.
///
/// ```cfg
/// if (!t_is_branch_route()) xinfo("no\n");   # log: no
/// ```
#[script_function(t_is_branch_route, routes = ANY)]
fn t_is_branch_route(call: &mut Call) -> Verdict {
    Verdict::of(call.route == RouteKind::Branch)
}

/// Whether this is a reply route, or a block called from it.
///
/// ```cfg
/// if (!t_is_reply_route()) xinfo("no\n");   # log: no
/// ```
#[script_function(t_is_reply_route, routes = ANY)]
fn t_is_reply_route(call: &mut Call) -> Verdict {
    let is_reply = matches!(
        call.route,
        RouteKind::CoreReply | RouteKind::TransactionReply
    );
    Verdict::of(is_reply)
}

/// Gives the transaction the message flags as they are.
///
/// ```cfg
/// t_newtran();
/// setflag(3);
/// t_flush_flags();
/// ```
#[script_function(t_flush_flags, routes = ANY)]
fn t_flush_flags(call: &mut Call) -> Verdict {
    Verdict::of(control::flush_flags(call))
}

/// Gives the transaction the extended flags as they are.
///
/// ```cfg
/// t_newtran();
/// t_flush_xflags();
/// ```
#[script_function(t_flush_xflags, routes = ANY)]
fn t_flush_xflags(call: &mut Call) -> Verdict {
    Verdict::of(control::flush_extended_flags(call))
}

/// In a branch-failure route: makes a new branch of the one that has failed, with its URI, path and flags.
///
/// ```cfg
/// if (!t_reuse_branch()) xinfo("no branch\n");
/// ```
#[script_function(t_reuse_branch, routes = REQUEST | EVENT | BRANCH_FAILURE)]
fn t_reuse_branch(call: &mut Call) -> Verdict {
    if call.route != RouteKind::BranchFailure {
        return Verdict::FALSE;
    }
    let Some(mut target) = view::target(call) else {
        return Verdict::FALSE;
    };
    target.q = None;
    call.target = target;
    call.target_is_new = true;
    Verdict::TRUE
}

/// Drops the transaction: its request is not answered, and its branches are sent nothing more. A CANCEL is the script's affair.
///
/// ```cfg
/// t_newtran();
/// t_drop("500");
/// ```
#[script_function(t_drop, routes = ANY)]
fn t_drop(call: &mut Call, rcode: Option<i64>) -> Verdict {
    let status = rcode
        .and_then(|code| u16::try_from(code).ok())
        .unwrap_or(500);
    if !control::drop_transaction(call, status) {
        return Verdict::FALSE;
    }
    // Observed on 5.6.3: there is nothing left to do.
    Verdict::EXIT
}

/// In a reply route: cancels `all` branches, the `others`, or `this` one.
///
/// ```cfg
/// t_on_reply("LOG");
/// ```
#[script_function(t_cancel_branches, routes = REPLY)]
fn t_cancel_branches(tmx: &Tmx, call: &mut Call, which: Text) -> Verdict {
    let which = match which.as_bytes() {
        b"all" => CancelWhich::All,
        b"others" => CancelWhich::Others,
        b"this" => CancelWhich::This,
        _ => {
            call.error(format_args!("`{which}` is none of all, others, this"));
            return Verdict::FALSE;
        }
    };
    Verdict::of(control::cancel_branches(&tmx.tm, call, which))
}

/// Cancels one branch of the transaction that the two numbers name.
///
/// ```cfg
/// t_cancel_branch_idx("1", "2", "0");
/// ```
#[script_function(t_cancel_branch_idx, routes = ANY, waits)]
fn t_cancel_branch_idx(tmx: &Tmx, call: &mut Call, tindex: i64, tlabel: i64, bindex: i64) -> Step {
    let index = usize::try_from(bindex).unwrap_or(usize::MAX);
    control::cancel_branch(&tmx.tm, call, tindex, tlabel, index)
}

/// Cancels the INVITE with that Call-ID and CSeq number; `flag` is set in it, `rcode` becomes the cause in the Reason header field.
///
/// ```cfg
/// if (!t_cancel_callid("1@host", "5", "-1")) xinfo("not there\n");   # log: not there
/// ```
#[script_function(t_cancel_callid, routes = ANY, waits)]
fn t_cancel_callid(
    tmx: &Tmx,
    call: &mut Call,
    callid: Text,
    cseq: Value,
    flag: i64,
    rcode: Option<i64>,
) -> Step {
    let number = number(&cseq);
    control::cancel_call(&tmx.tm, call, callid, number, flag, rcode)
}

fn number(cseq: &Value) -> u32 {
    cseq.to_int()
        .ok()
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(0)
}

/// Answers the request with that Call-ID and CSeq number.
///
/// ```cfg
/// if (!t_reply_callid("1@host", "5", "458", "Replied")) xinfo("not there\n");   # log: not there
/// ```
#[script_function(t_reply_callid, routes = ANY, waits)]
fn t_reply_callid(
    tmx: &Tmx,
    call: &mut Call,
    callid: Text,
    cseq: Value,
    code: i64,
    reason: Text,
) -> Step {
    let Some(status) = u16::try_from(code).ok().filter(|c| (100..700).contains(c)) else {
        return Verdict::FALSE.into();
    };
    control::reply_to_call(&tmx.tm, call, callid, number(&cseq), status, reason)
}

/// Sends the ACK for the 2xx to the INVITE of ours with that Call-ID and CSeq number, when that was left to the script
/// (`t_set_no_auto_ack` in `event_route[tm:local-request]`). False when there is no such INVITE, or no 2xx to it that waits for its
/// ACK. `headers` are lines of the ACK; of a `body` they tell the Content-Type.
///
/// ```cfg
/// if (!t_uac_ack_local("1@host", "5")) xinfo("no\n");   # log: no
/// ```
#[script_function(t_uac_ack_local, routes = ANY, waits)]
fn t_uac_ack_local(
    tmx: &Tmx,
    call: &mut Call,
    callid: Text,
    cseq: Value,
    headers: Option<Text>,
    body: Option<Text>,
) -> Step {
    let extra = Extra {
        headers: headers.unwrap_or_default(),
        body: body.unwrap_or_default(),
    };
    local_ack::of_call(&tmx.tm, call, callid, number(&cseq), extra)
}

/// A note: the via-body flags.
struct ViaBodyFlags(u32);

fn via_flags(call: &Call) -> u32 {
    call.notes.get::<ViaBodyFlags>().map_or(0, |flags| flags.0)
}

fn via_flag(call: &mut Call, flag: i64) -> Option<u32> {
    let bit = u32::try_from(flag).ok().filter(|flag| *flag < 32);
    if bit.is_none() {
        call.error(format_args!("{flag} is no flag"));
    }
    bit.map(|bit| 1 << bit)
}

/// Sets a via-body flag of the transaction, 0 to 31.
///
/// ```cfg
/// t_vbflag_set("1");
/// ```
#[script_function(t_vbflag_set, routes = ANY, compat = partial("the flags are kept with the run; nothing acts on them"))]
fn t_vbflag_set(call: &mut Call, flag: i64) -> Verdict {
    match via_flag(call, flag) {
        Some(bit) => {
            let before = via_flags(call);
            call.notes.set(ViaBodyFlags(before | bit));
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

/// Takes back a via-body flag of the transaction, 0 to 31.
///
/// ```cfg
/// t_vbflag_reset("1");
/// ```
#[script_function(t_vbflag_reset, routes = ANY, compat = partial("the flags are kept with the run; nothing acts on them"))]
fn t_vbflag_reset(call: &mut Call, flag: i64) -> Verdict {
    match via_flag(call, flag) {
        Some(bit) => {
            let before = via_flags(call);
            call.notes.set(ViaBodyFlags(before & !bit));
            Verdict::TRUE
        }
        None => Verdict::FALSE,
    }
}

/// Whether a via-body flag of the transaction, 0 to 31, is set.
///
/// ```cfg
/// t_vbflag_set("1");
/// if (t_vbflag_is_set("1")) xinfo("set\n");   # log: set
/// ```
#[script_function(t_vbflag_is_set, routes = ANY, compat = partial("the flags are kept with the run; nothing acts on them"))]
fn t_vbflag_is_set(call: &mut Call, flag: i64) -> Verdict {
    let set = via_flag(call, flag).is_some_and(|bit| via_flags(call) & bit != 0);
    Verdict::of(set)
}
