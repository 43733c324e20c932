//! How one transaction differs from the usual.

use crate::Tm;
use crate::armed::{self, Armed, Options};
use crate::table;
use module_api::{Call, Verdict, script_function};

/// Changes times, also of what waits already.
fn change_times(tm: &Tm, call: &mut Call, change: impl FnOnce(&mut Armed)) -> Verdict {
    armed::change(call, change);
    if let Some(id) = call.transaction {
        table::in_call(call, |call, table| {
            let now = table.tick(call.now);
            if let Some(cell) = table.get_mut(id) {
                let is_invite = cell.machine.is_invite();
                let times = cell.armed.times.over(tm.params.times(is_invite), is_invite);
                let lifetime =
                    (times.lifetime != cell.machine.times.lifetime).then_some(times.lifetime);
                cell.machine.times = times;
                if let Some(lifetime) = lifetime {
                    cell.machine.set_lifetime(lifetime, now);
                }
                cell.machine.restart(now);
            }
            table.look_after(id);
        });
    }
    Verdict::TRUE
}

fn millis(value: i64) -> Option<u32> {
    u32::try_from(value).ok().filter(|millis| *millis > 0)
}

/// Sets how long to wait for the final response after a provisional one, and for any response; in milliseconds, 0 leaves it.
///
/// ```cfg
/// t_set_fr("20000", "5000");
/// ```
#[script_function(t_set_fr, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_fr(tm: &Tm, call: &mut Call, fr_inv_timeout: i64, fr_timeout: Option<i64>) -> Verdict {
    change_times(tm, call, |armed| {
        let times = &mut armed.times;
        times.fr_inv = millis(fr_inv_timeout).or(times.fr_inv);
        times.fr = fr_timeout.and_then(millis).or(times.fr);
    })
}

/// Takes back what `t_set_fr` has set.
///
/// ```cfg
/// t_reset_fr();
/// ```
#[script_function(t_reset_fr, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_reset_fr(tm: &Tm, call: &mut Call) -> Verdict {
    change_times(tm, call, |armed| {
        armed.times.fr = None;
        armed.times.fr_inv = None;
    })
}

/// Sets the first and the longest interval between two transmissions, in milliseconds; 0 leaves it.
///
/// ```cfg
/// t_set_retr("300", "2000");
/// ```
#[script_function(t_set_retr, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_retr(tm: &Tm, call: &mut Call, retr_t1_interval: i64, retr_t2_interval: i64) -> Verdict {
    change_times(tm, call, |armed| {
        let times = &mut armed.times;
        times.t1 = millis(retr_t1_interval).or(times.t1);
        times.t2 = millis(retr_t2_interval).or(times.t2);
    })
}

/// Takes back what `t_set_retr` has set.
///
/// ```cfg
/// t_reset_retr();
/// ```
#[script_function(t_reset_retr, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_reset_retr(tm: &Tm, call: &mut Call) -> Verdict {
    change_times(tm, call, |armed| {
        armed.times.t1 = None;
        armed.times.t2 = None;
    })
}

/// Sets how long the transaction may go on, for an INVITE and for another request; in milliseconds, 0 leaves it.
///
/// ```cfg
/// t_set_max_lifetime("60000", "10000");
/// ```
#[script_function(t_set_max_lifetime, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_max_lifetime(
    tm: &Tm,
    call: &mut Call,
    inv_lifetime: i64,
    noninv_lifetime: i64,
) -> Verdict {
    change_times(tm, call, |armed| {
        let times = &mut armed.times;
        times.lifetime_invite = millis(inv_lifetime).or(times.lifetime_invite);
        times.lifetime_other = millis(noninv_lifetime).or(times.lifetime_other);
    })
}

/// Takes back what `t_set_max_lifetime` has set.
///
/// ```cfg
/// t_reset_max_lifetime();
/// ```
#[script_function(t_reset_max_lifetime, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_reset_max_lifetime(tm: &Tm, call: &mut Call) -> Verdict {
    change_times(tm, call, |armed| {
        armed.times.lifetime_invite = None;
        armed.times.lifetime_other = None;
    })
}

fn option(call: &mut Call, option: Options, on: bool) -> Verdict {
    armed::change(call, |armed| armed.options.set(option, on));
    Verdict::TRUE
}

/// Whether the INVITE gets a 100 when it is relayed.
///
/// ```cfg
/// t_set_auto_inv_100("0");
/// ```
#[script_function(t_set_auto_inv_100, routes = REQUEST)]
fn t_set_auto_inv_100(call: &mut Call, on: i64) -> Verdict {
    option(call, Options::WITH_100, on != 0);
    option(call, Options::NO_100, on == 0)
}

/// Whether a 6xx is handled as any other negative response.
///
/// ```cfg
/// t_set_disable_6xx("1");
/// ```
#[script_function(t_set_disable_6xx, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_disable_6xx(call: &mut Call, on: i64) -> Verdict {
    option(call, Options::NO_6XX, on != 0)
}

/// Whether no other place of a name is tried when one does not answer.
///
/// ```cfg
/// t_set_disable_failover("1");
/// ```
#[script_function(t_set_disable_failover, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_disable_failover(call: &mut Call, on: i64) -> Verdict {
    option(call, Options::NO_FAILOVER, on != 0)
}

/// Whether a relay that fails is left to the script to answer.
///
/// ```cfg
/// t_set_disable_internal_reply("1");
/// ```
#[script_function(t_set_disable_internal_reply, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_disable_internal_reply(call: &mut Call, on: i64) -> Verdict {
    option(call, Options::NO_INTERNAL_REPLY, on != 0)
}

/// Whether the 2xx to an INVITE of ours is left to others to acknowledge.
///
/// ```cfg
/// t_set_no_auto_ack("1");
/// ```
#[script_function(t_set_no_auto_ack, routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_no_auto_ack(call: &mut Call, on: i64) -> Verdict {
    option(call, Options::NO_ACK, on != 0)
}

/// Whether the reasons of a CANCEL are kept from the branches.
///
/// ```cfg
/// t_set_no_e2e_cancel_reason("1");
/// ```
#[script_function(t_set_no_e2e_cancel_reason, aliases(t_disable_e2e_cancel_reason), routes = REQUEST | FAILURE | BRANCH | TRANSACTION_REPLY)]
fn t_set_no_e2e_cancel_reason(call: &mut Call, on: i64) -> Verdict {
    option(call, Options::NO_CANCEL_REASON, on != 0)
}

/// Has the CANCEL of an INVITE, and the ACK to its negative response, take From and To of the INVITE as it was sent. They always do.
///
/// ```cfg
/// t_use_uac_headers();
/// ```
#[script_function(t_use_uac_headers, routes = ANY)]
fn t_use_uac_headers() -> Verdict {
    Verdict::TRUE
}
