//! Finding and making transactions.

use crate::requests::{self, Check, Found};
use crate::{Tm, refusals, table};
use module_api::{Call, Verdict, script_function};
use sip::Method;

/// Makes a transaction for the request; false when its Request-URI is none, as one of an unknown scheme, or the From of an INVITE cannot
/// be read. For a request that has come before, and for the ACK to a response of ours, the script ends; another ACK gets none, as it
/// is never answered.
///
/// ```cfg
/// if (t_newtran()) t_reply("200", "OK");
/// ```
#[script_function(t_newtran, routes = REQUEST)]
fn t_newtran(tm: &Tm, call: &mut Call) -> Verdict {
    match requests::make(tm, call) {
        Found::New(id) => {
            table::in_call(call, |call, table| {
                if let Some(cell) = table.get_mut(id) {
                    cell.fix_target(call);
                }
            });
            Verdict::TRUE
        }
        // Observed on 5.6.3.
        Found::Own(_) => Verdict(-10),
        Found::Again | Found::Acknowledged => Verdict::EXIT,
        Found::Ack => Verdict::TRUE,
        Found::Unfit => Verdict(requests::UNFIT),
        Found::Full => refusals::refuse(call),
    }
}

/// Deals with what belongs to a transaction there is: a repeated request gets its response again and an ACK ends the
/// sending of one of ours, which both end the script; so it is for a request that has got its transaction in this run.
/// True for a CANCEL, for an ACK to a 2xx that was relayed, and for a response that have one.
///
/// ```cfg
/// if (is_method("CANCEL")) {
///     if (t_check_trans()) t_relay();
///     exit;
/// }
/// t_check_trans();
/// ```
#[script_function(t_check_trans, routes = REQUEST | BRANCH | REPLY)]
fn t_check_trans(tm: &Tm, call: &mut Call) -> Verdict {
    match requests::check(tm, call) {
        Check::None => Verdict::FALSE,
        Check::Known(_) => Verdict::TRUE,
        Check::Absorbed | Check::Answered(_) => Verdict::EXIT,
    }
}

/// Whether there is a transaction for the request.
///
/// ```cfg
/// if (t_lookup_request()) xinfo("known\n");
/// ```
#[script_function(t_lookup_request, routes = REQUEST)]
fn t_lookup_request(call: &mut Call) -> Verdict {
    let message = call.message.clone();
    let found = call.transaction.is_some()
        || crate::table::look(call, |table| table.of_request(&message, false).is_some())
            .unwrap_or(false);
    Verdict::of(found)
}

/// Whether there is an INVITE that the CANCEL at hand is for. With `1`, its flags become those of the CANCEL. False for any other
/// request.
///
/// ```cfg
/// if (is_method("CANCEL") && t_lookup_cancel()) xinfo("known\n");
/// ```
#[script_function(t_lookup_cancel, routes = REQUEST)]
fn t_lookup_cancel(call: &mut Call, copy_flags: Option<i64>) -> Verdict {
    if call.message.method() != Method::Cancel {
        call.warn(format_args!("only a CANCEL has an INVITE to be found"));
        return Verdict::FALSE;
    }
    let Some(id) = requests::cancelled(call) else {
        return Verdict::FALSE;
    };
    if copy_flags == Some(1) {
        let flags = table::look(call, |table| table.get(id).map(|cell| cell.flags.message));
        if let Some(flags) = flags.flatten() {
            call.flags.message = flags;
        }
    }
    Verdict::TRUE
}

/// Whether the message belongs to a transaction there is; nothing is sent again.
///
/// ```cfg
/// if (t_exists()) xinfo("known\n");
/// ```
#[script_function(t_exists, routes = ANY)]
fn t_exists(call: &mut Call) -> Verdict {
    Verdict::of(crate::view::transaction(call).is_some())
}

/// Says that the script is done with the transaction although it has not answered the request.
///
/// ```cfg
/// t_newtran();
/// t_release();
/// ```
#[script_function(t_release, routes = REQUEST)]
fn t_release(call: &mut Call) -> Verdict {
    let Some(id) = call.transaction else {
        return Verdict::TRUE;
    };
    table::in_call(call, |call, table| {
        let now = table.tick(call.now);
        if let Some(cell) = table.get_mut(id) {
            cell.armed
                .options
                .set(crate::armed::Options::RELEASED, true);
            cell.machine.release(now);
        }
        table.look_after(id);
    });
    Verdict::TRUE
}

/// Forgets transactions that are over. They are forgotten by themselves, too.
///
/// ```cfg
/// t_clean();
/// ```
#[script_function(t_clean, routes = ANY)]
fn t_clean() -> Verdict {
    Verdict::TRUE
}

/// Keeps what was done to the request so far for failure routes, which do not see what is done to it later. Without it they see it
/// as it is relayed.
///
/// ```cfg
/// t_newtran();
/// t_save_lumps();
/// ```
#[script_function(t_save_lumps, routes = REQUEST)]
fn t_save_lumps(call: &mut Call) -> Verdict {
    let Some(id) = call.transaction else {
        return Verdict::FALSE;
    };
    table::in_call(call, |call, table| {
        if let Some(cell) = table.get_mut(id) {
            cell.save(call);
        }
    });
    Verdict::TRUE
}

/// Makes the changes of a branch route so far part of the branch's message: what is read in the route from here on is the changed one.
///
/// False unless the core parameter `msg_apply_changes_mode` is 1.
///
/// ```cfg
/// # in branch_route:
/// # append_hf("X-Branch: $T_branch_idx\r\n");
/// # t_msg_apply_changes();
/// t_on_branch("EACH");
/// ```
#[script_function(t_msg_apply_changes, routes = BRANCH)]
fn t_msg_apply_changes(call: &mut Call) -> Verdict {
    if call.runtime.settings.msg_apply_changes_mode == 0 {
        call.error(format_args!(
            "t_msg_apply_changes() needs msg_apply_changes_mode = 1"
        ));
        return Verdict::FALSE;
    }
    let is_applied = crate::relay::apply_in_branch(call);
    if !is_applied {
        call.error(format_args!("the changes make it no message any more"));
    }
    Verdict::of(is_applied)
}

/// Whether the script runs for a response that has been handled in parts before; that does not happen here.
///
/// ```cfg
/// t_on_reply("LOG");
/// ```
#[script_function(t_is_retr_async_reply, routes = TRANSACTION_REPLY)]
fn t_is_retr_async_reply() -> Verdict {
    Verdict::FALSE
}
