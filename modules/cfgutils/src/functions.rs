//! Script functions.

use crate::Cfgutils;
use module_api::{Call, LiteralInt, LogLevel, RunEnd, Step, Text, Verdict, script_function};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// True as often as the probability says, false otherwise.
///
/// ```cfg
/// rand_set_prob("100");
/// if (rand_event()) xinfo("always\n");   # log: always
/// ```
#[script_function(rand_event, routes = ANY)]
fn rand_event(cfgutils: &Cfgutils, call: &mut Call) -> Verdict {
    let drawn = (call.random() % 100) as i64;
    Verdict::of(drawn < cfgutils.probability.load(Ordering::Relaxed))
}

/// Sets the probability of `rand_event()`, in percent.
///
/// ```cfg
/// rand_set_prob("0");
/// if (!rand_event()) xinfo("never\n");   # log: never
/// ```
#[script_function(rand_set_prob, routes = ANY)]
fn rand_set_prob(cfgutils: &Cfgutils, call: &mut Call, percent: LiteralInt) -> Verdict {
    if !(0..=100).contains(&percent.0) {
        call.error(format_args!(
            "a probability is 0 to 100 percent, not {}",
            percent.0
        ));
        return Verdict::FALSE;
    }
    cfgutils.probability.store(percent.0, Ordering::Relaxed);
    Verdict::TRUE
}

/// Sets the probability of `rand_event()` back to `initial_probability`.
///
/// ```cfg
/// rand_reset_prob();
/// ```
#[script_function(rand_reset_prob, routes = ANY)]
fn rand_reset_prob(cfgutils: &Cfgutils, _call: &mut Call) -> Verdict {
    cfgutils
        .probability
        .store(cfgutils.initial_probability, Ordering::Relaxed);
    Verdict::TRUE
}

/// The probability of `rand_event()`, in percent, as the return code.
///
/// ```cfg
/// rand_set_prob("42");
/// $var(p) = rand_get_prob();
/// xinfo("$var(p)\n");   # log: 42
/// ```
#[script_function(rand_get_prob, routes = ANY)]
fn rand_get_prob(cfgutils: &Cfgutils, _call: &mut Call) -> Verdict {
    Verdict(cfgutils.probability.load(Ordering::Relaxed))
}

fn park(call: &mut Call, delay: Option<Duration>) -> Step {
    match delay {
        Some(delay) => Step::sleep(delay, |_| Verdict::TRUE),
        None => {
            call.error(format_args!("the time to wait is negative"));
            Verdict::FALSE.into()
        }
    }
}

/// Waits `seconds`. Only this run waits.
///
/// ```cfg
/// sleep("1");
/// xinfo("a second later\n");   # log: a second later
/// ```
#[script_function(sleep, routes = ANY, waits)]
fn sleep(call: &mut Call, seconds: i64) -> Step {
    park(call, u64::try_from(seconds).ok().map(Duration::from_secs))
}

/// Waits `microseconds`. Only this run waits.
///
/// ```cfg
/// usleep("5000");
/// xinfo("5 ms later\n");   # log: 5 ms later
/// ```
#[script_function(usleep, routes = ANY, waits)]
fn usleep(call: &mut Call, microseconds: i64) -> Step {
    park(
        call,
        u64::try_from(microseconds).ok().map(Duration::from_micros),
    )
}

/// Stops the server, for debugging.
///
/// ```cfg
/// if ($rm == "NOSUCH") abort();
/// ```
#[script_function(abort, routes = ANY, compat = partial("the server stops in order, without a core dump"))]
fn abort(call: &mut Call) -> Verdict {
    call.log(LogLevel::Critical, format_args!("abort() was called"));
    call.runtime.host.stop();
    Verdict::EXIT
}

/// Logs that there is no private memory to report on.
///
/// ```cfg
/// pkg_status();
/// ```
#[script_function(pkg_status, aliases(pkg_summary), routes = ANY, compat = partial("there is one heap; the system's tools show it"))]
fn pkg_status(call: &mut Call) -> Verdict {
    call.log(
        LogLevel::Info,
        format_args!("there is no private memory: the process has one heap"),
    );
    Verdict::TRUE
}

/// Logs that there is no shared memory to report on.
///
/// ```cfg
/// shm_status();
/// ```
#[script_function(shm_status, aliases(shm_summary), routes = ANY, compat = partial("there is one heap; the system's tools show it"))]
fn shm_status(call: &mut Call) -> Verdict {
    call.log(
        LogLevel::Info,
        format_args!("there is no shared memory: the process has one heap"),
    );
    Verdict::TRUE
}

fn bit(flag: &LiteralInt) -> Option<u32> {
    u32::try_from(flag.0)
        .ok()
        .and_then(|flag| 1u32.checked_shl(flag))
}

/// Sets a global flag, 0 to 31.
///
/// ```cfg
/// set_gflag("4");
/// if (is_gflag("4")) xinfo("set\n");   # log: set
/// ```
#[script_function(set_gflag, routes = ANY)]
fn set_gflag(cfgutils: &Cfgutils, _call: &mut Call, flag: LiteralInt) -> Verdict {
    let Some(bit) = bit(&flag) else {
        return Verdict::FALSE;
    };
    cfgutils.flags.fetch_or(bit, Ordering::Relaxed);
    Verdict::TRUE
}

/// Clears a global flag, 0 to 31.
///
/// ```cfg
/// set_gflag("4");
/// reset_gflag("4");
/// if (!is_gflag("4")) xinfo("clear\n");   # log: clear
/// ```
#[script_function(reset_gflag, routes = ANY)]
fn reset_gflag(cfgutils: &Cfgutils, _call: &mut Call, flag: LiteralInt) -> Verdict {
    let Some(bit) = bit(&flag) else {
        return Verdict::FALSE;
    };
    cfgutils.flags.fetch_and(!bit, Ordering::Relaxed);
    Verdict::TRUE
}

/// Whether a global flag is set.
///
/// ```cfg
/// if (!is_gflag("9")) xinfo("clear\n");   # log: clear
/// ```
#[script_function(is_gflag, routes = ANY)]
fn is_gflag(cfgutils: &Cfgutils, _call: &mut Call, flag: LiteralInt) -> Verdict {
    let flags = cfgutils.flags.load(Ordering::Relaxed);
    Verdict::of(bit(&flag).is_some_and(|bit| flags & bit != 0))
}

/// The name of a lock: that of `key`, or of both keys together.
fn lock_name(key: Text, key2: Option<Text>) -> Text {
    match key2 {
        Some(second) => Text::concat(&[&key, b"\0", &second]),
        None => key,
    }
}

/// Locks a name for this run; waits while another run has it. With `key2` both together are the name.
///
/// The lock is given back by `unlock()`, or at the end of the run.
///
/// ```cfg
/// lock("$rU");
/// unlock("$rU");
/// ```
#[script_function(lock, routes = ANY, waits)]
fn lock(cfgutils: &Cfgutils, call: &mut Call, key: Text, key2: Option<Text>) -> Step {
    cfgutils.locks.take(call, lock_name(key, key2))
}

/// Locks a name, as `lock()` does, if no other run has it; false if one has.
///
/// ```cfg
/// if (trylock("$rU")) {
///     xinfo("mine\n");   # log: mine
///     unlock("$rU");
/// }
/// ```
#[script_function(trylock, routes = ANY)]
fn trylock(cfgutils: &Cfgutils, call: &mut Call, key: Text, key2: Option<Text>) -> Verdict {
    Verdict::of(cfgutils.locks.try_take(call, lock_name(key, key2)))
}

/// Gives the lock of a name back. True also when it was not held.
///
/// ```cfg
/// lock("$rU");
/// unlock("$rU");
/// ```
#[script_function(unlock, routes = ANY)]
fn unlock(cfgutils: &Cfgutils, call: &mut Call, key: Text, key2: Option<Text>) -> Verdict {
    cfgutils.locks.give_back(call, &lock_name(key, key2));
    Verdict::TRUE
}

/// Whether `route[NAME]` exists.
///
/// ```cfg
/// if (!check_route_exists("NO_SUCH_ROUTE")) xinfo("none\n");   # log: none
/// ```
#[script_function(check_route_exists, routes = ANY)]
fn check_route_exists(call: &mut Call, name: Text) -> Verdict {
    Verdict::of(call.runtime.routes.route(&name).is_some())
}

/// Runs `route[NAME]` if it exists; its return code becomes this function's. False if it does not.
///
/// ```cfg
/// if (!route_if_exists("NO_SUCH_ROUTE")) xinfo("none\n");   # log: none
/// ```
#[script_function(route_if_exists, routes = ANY, waits)]
fn route_if_exists(call: &mut Call, name: Text) -> Step {
    match call.runtime.routes.route(&name) {
        Some(route) => {
            let kind = call.route;
            Step::enter(route, kind, |_, outcome| match outcome.end {
                RunEnd::Fell => Verdict(outcome.code),
                RunEnd::Exit | RunEnd::Drop => Verdict(0),
            })
        }
        None => Verdict::FALSE.into(),
    }
}

/// A hash of two texts in 2 to the power of `size` slots, plus 1, as the return code; a `size` below 1 counts as 1.
///
/// ```cfg
/// $var(slot) = core_hash("$fu", "$ci", 8);
/// if ($var(slot) > 0) xinfo("hashed\n");   # log: hashed
/// ```
#[script_function(core_hash, routes = ANY)]
fn core_hash(call: &mut Call, first: Text, second: Text, size: i64) -> Verdict {
    let slots = u32::try_from(size.max(1))
        .ok()
        .and_then(|bits| 1u64.checked_shl(bits));
    let Some(slots) = slots else {
        call.error(format_args!("{size} is no size of a table"));
        return Verdict::FALSE;
    };
    let hash = u64::from(stdx::hash::core_hash_of(&[&first, &second]));
    Verdict((hash % slots) as i64 + 1)
}
