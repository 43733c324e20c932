//! Flags, properties, lifetimes and variables of a dialog.

use super::profiles::ProfileArg;
use crate::context::{self, Promised};
use crate::dialog::{Dialog, Properties};
use crate::pvars::tell_variable;
use crate::table::Names;
use crate::timers;
use crate::track::seconds;
use crate::{Dialogs, creation};
use module_api::{Call, PvarRef, Text, Value, Verdict, script_function};
use std::sync::Arc;

fn change(dialogs: &Dialogs, call: &mut Call, change: impl FnOnce(&mut crate::Body)) -> Verdict {
    let Some(dialog) = context::current(dialogs, call) else {
        return Verdict::FALSE;
    };
    change(&mut dialog.body());
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &call.runtime, &dialog);
    }
    Verdict::TRUE
}

fn bit(call: &mut Call, flag: i64) -> Option<u32> {
    let bit = u32::try_from(flag).ok().filter(|flag| *flag < 32);
    if bit.is_none() {
        call.error(format_args!("a flag is a number from 0 to 31, not {flag}"));
    }
    bit.map(|bit| 1 << bit)
}

/// Sets a flag of the dialog.
///
/// ```cfg
/// if (!dlg_setflag("1")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_setflag, routes = ANY)]
fn dlg_setflag(dialogs: &Dialogs, call: &mut Call, flag: i64) -> Verdict {
    let Some(bit) = bit(call, flag) else {
        return Verdict::FALSE;
    };
    change(dialogs, call, |body| body.flags |= bit)
}

/// Resets a flag of the dialog.
///
/// ```cfg
/// if (!dlg_resetflag("1")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_resetflag, routes = ANY)]
fn dlg_resetflag(dialogs: &Dialogs, call: &mut Call, flag: i64) -> Verdict {
    let Some(bit) = bit(call, flag) else {
        return Verdict::FALSE;
    };
    change(dialogs, call, |body| body.flags &= !bit)
}

/// Whether a flag of the dialog is set.
///
/// ```cfg
/// if (!dlg_isflagset("1")) xinfo("not set\n");   # log: not set
/// ```
#[script_function(dlg_isflagset, routes = ANY)]
fn dlg_isflagset(dialogs: &Dialogs, call: &mut Call, flag: i64) -> Verdict {
    let Some(bit) = bit(call, flag) else {
        return Verdict::FALSE;
    };
    let dialog = context::current(dialogs, call);
    Verdict::of(dialog.is_some_and(|dialog| dialog.body().flags & bit != 0))
}

/// Gives the dialog a property: `ka-src` and `ka-dst` keep caller and callee alive, `timeout-noreset` leaves its lifetime as it is.
///
/// ```cfg
/// if (!dlg_set_property("ka-src")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_set_property, routes = ANY)]
fn dlg_set_property(dialogs: &Dialogs, call: &mut Call, attr: Text) -> Verdict {
    set_property(dialogs, call, &attr, true)
}

/// Takes a property from the dialog.
///
/// ```cfg
/// if (!dlg_reset_property("ka-src")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_reset_property, routes = ANY)]
fn dlg_reset_property(dialogs: &Dialogs, call: &mut Call, attr: Text) -> Verdict {
    set_property(dialogs, call, &attr, false)
}

fn set_property(dialogs: &Dialogs, call: &mut Call, name: &Text, on: bool) -> Verdict {
    let Some(property) = Properties::named(name) else {
        call.error(format_args!("a dialog has no property `{name}`"));
        return Verdict::FALSE;
    };
    if context::current(dialogs, call).is_none() && creation::is_initial(&call.message) {
        // Observed on 5.6.3: the dialog that is made for the request has it.
        let mut promised = call.notes.take::<Promised>().unwrap_or_default();
        promised.0.set(property, on);
        call.notes.set(promised);
        return Verdict::TRUE;
    }
    change(dialogs, call, |body| body.properties.set(property, on))
}

fn lifetime(call: &mut Call, timeout: i64) -> Option<u32> {
    let seconds = u32::try_from(timeout).ok();
    if seconds.is_none() {
        call.error(format_args!("{timeout} seconds are no lifetime"));
    }
    seconds
}

fn set_timeout_of(dialogs: &Dialogs, call: &Call, dialog: &Arc<Dialog>, timeout: u32) {
    let now = seconds(call.unix_time);
    timers::set_lifetime(dialogs, dialog, &mut dialog.body(), timeout, now);
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &call.runtime, dialog);
    }
}

/// Gives the dialog of the message another lifetime from now on, in seconds.
///
/// ```cfg
/// if (!dlg_set_timeout("180")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_set_timeout, routes = ANY)]
fn dlg_set_timeout(dialogs: &Dialogs, call: &mut Call, timeout: i64) -> Verdict {
    let (Some(timeout), Some(dialog)) = (lifetime(call, timeout), context::current(dialogs, call))
    else {
        return Verdict::FALSE;
    };
    set_timeout_of(dialogs, call, &dialog, timeout);
    Verdict::TRUE
}

/// Gives the dialog of these two numbers another lifetime from now on, in seconds.
///
/// ```cfg
/// if (!dlg_set_timeout("180", "123", "456")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_set_timeout, routes = ANY)]
fn dlg_set_timeout_of(
    dialogs: &Dialogs,
    call: &mut Call,
    timeout: i64,
    h_entry: i64,
    h_id: i64,
) -> Verdict {
    let place = (u32::try_from(h_entry), u32::try_from(h_id));
    let (Some(timeout), (Ok(entry), Ok(id))) = (lifetime(call, timeout), place) else {
        return Verdict::FALSE;
    };
    let Some(dialog) = dialogs.table().get(entry, id) else {
        return Verdict::FALSE;
    };
    set_timeout_of(dialogs, call, &dialog, timeout);
    Verdict::TRUE
}

/// Gives all dialogs of a profile another lifetime from now on, in seconds.
///
/// ```cfg
/// dlg_set_timeout_by_profile("caller", "180");
/// ```
#[script_function(dlg_set_timeout_by_profile, routes = ANY)]
fn dlg_set_timeout_by_profile(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    timeout: i64,
) -> Verdict {
    set_timeouts(dialogs, call, profile, None, timeout)
}

/// Gives all dialogs that are in a profile with `value` another lifetime from now on, in seconds.
///
/// ```cfg
/// dlg_set_timeout_by_profile("caller", "alice", "180");
/// ```
#[script_function(dlg_set_timeout_by_profile, routes = ANY)]
fn dlg_set_timeout_by_value(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Text,
    timeout: i64,
) -> Verdict {
    set_timeouts(dialogs, call, profile, Some(value), timeout)
}

fn set_timeouts(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Option<Text>,
    timeout: i64,
) -> Verdict {
    let Some(timeout) = lifetime(call, timeout) else {
        return Verdict::FALSE;
    };
    dialogs.table().for_each(|dialog| {
        if dialogs.profiles().has(dialog, profile.0, value.as_deref()) {
            set_timeout_of(dialogs, call, dialog, timeout);
        }
        true
    });
    Verdict::TRUE
}

fn named(dialogs: &Dialogs, callid: &Text, ftag: &Text, ttag: &Text) -> Option<Arc<Dialog>> {
    let names = Names {
        call_id: callid,
        from_tag: ftag,
        to_tag: ttag,
    };
    dialogs.table().named(names).map(|(dialog, _)| dialog)
}

/// Reads the variable `name` of the dialog of these names into `dst`.
///
/// ```cfg
/// if (!dlg_get_var("abc", "123", "456", "color", "$var(color)")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_get_var, routes = ANY)]
fn dlg_get_var(
    dialogs: &Dialogs,
    call: &mut Call,
    callid: Text,
    ftag: Text,
    ttag: Text,
    name: Text,
    dst: PvarRef,
) -> Verdict {
    let Some(dialog) = named(dialogs, &callid, &ftag, &ttag) else {
        return Verdict::FALSE;
    };
    let value = dialog.variable(&name);
    let is_there = value.is_some();
    let written = dst.set(call, value.map_or(Value::Null, Value::Str));
    Verdict::of(is_there && written.is_ok())
}

/// Sets the variable `name` of the dialog of these names.
///
/// ```cfg
/// if (!dlg_set_var("abc", "123", "456", "color", "blue")) xinfo("unknown\n");   # log: unknown
/// ```
#[script_function(dlg_set_var, routes = ANY)]
fn dlg_set_var(
    dialogs: &Dialogs,
    call: &mut Call,
    callid: Text,
    ftag: Text,
    ttag: Text,
    name: Text,
    value: Text,
) -> Verdict {
    let Some(dialog) = named(dialogs, &callid, &ftag, &ttag) else {
        return Verdict::FALSE;
    };
    if dialogs.params.debug_variables != 0 {
        tell_variable(call, &name, Some(&value));
    }
    let is_set = dialog.set_variable(&name, Some(Text::from(&*value)));
    if let Some(storage) = dialogs.storage.get() {
        storage.changed(dialogs, &call.runtime, &dialog);
    }
    Verdict::of(is_set)
}
