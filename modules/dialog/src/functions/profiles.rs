//! Profiles.

use crate::Dialogs;
use crate::context::{self, PROFILES_MAX, Wished};
use diagnostics::codes::params::WRONG_ARGUMENT;
use module_api::{
    ArgError, ArgKind, ArgSource, Binder, Call, Diagnostic, PvarRef, RouteKind, ScriptArg, Text,
    Verdict, script_function,
};

/// A profile, by its name.
pub struct ProfileArg(pub u16);

impl ScriptArg for ProfileArg {
    type Bound = u16;
    const KIND: ArgKind = ArgKind::Literal;

    fn bind(source: ArgSource<'_>, binder: &mut Binder<'_>) -> Result<Self::Bound, Diagnostic> {
        let Some(name) = source.literal() else {
            return Err(source.error("the name of a profile is needed here"));
        };
        let dialogs = binder.module::<Dialogs>();
        let found = dialogs.and_then(|dialogs| dialogs.profiles().find(name.as_bytes()));
        found.ok_or_else(|| {
            let message = format!("there is no profile `{name}`");
            Diagnostic::error(WRONG_ARGUMENT, source.span(), message).help(format!(
                "name it: modparam(\"dialog\", \"profiles_with_value\", \"{name}\")"
            ))
        })
    }

    fn eval(bound: &Self::Bound, _: &mut Call) -> Result<Self, ArgError> {
        Ok(ProfileArg(*bound))
    }
}

/// Puts the dialog of the message into a profile, with `value` if the profile has values. While there is none, the dialog that the
/// message begins will be in it.
///
/// ```cfg
/// set_dlg_profile("caller", "$fU");
/// if (!is_in_profile("caller", "$fU")) xinfo("not yet\n");   # log: not yet
/// ```
#[script_function(set_dlg_profile, routes = ANY)]
fn set_dlg_profile(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Option<Text>,
) -> Verdict {
    let needs_value = dialogs
        .profiles()
        .get(profile.0)
        .is_some_and(|profile| profile.has_values);
    if needs_value && value.is_none() {
        call.error(format_args!("this profile needs a value"));
        return Verdict::FALSE;
    }
    // A copy: a dialog must not keep the message that a text was taken from.
    let value = Text::from(&*value.unwrap_or_default());
    match context::current(dialogs, call) {
        Some(dialog) => Verdict::of(dialogs.profiles().join(&dialog, profile.0, value)),
        None => Verdict::of(wish(call, profile.0, value)),
    }
}

/// Has the dialog to come in a profile. False when it would be in too many.
fn wish(call: &mut Call, profile: u16, value: Text) -> bool {
    let mut wished = call.notes.take::<Wished>().unwrap_or_default();
    let has_room = wished.0.len() < PROFILES_MAX;
    if has_room {
        wished.0.push((profile, value));
    }
    call.notes.set(wished);
    has_room
}

/// Takes the dialog of the message out of a profile. Not in request routes.
///
/// ```cfg
/// if (!unset_dlg_profile("caller", "$fU")) xinfo("not here\n");   # log: not here
/// ```
#[script_function(unset_dlg_profile, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn unset_dlg_profile(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Option<Text>,
) -> Verdict {
    // COMPAT: 5.6.3 refuses it there.
    if call.route == RouteKind::Request {
        call.error(format_args!(
            "a dialog cannot be taken out of a profile in a request route"
        ));
        return Verdict::FALSE;
    }
    let Some(dialog) = context::current(dialogs, call) else {
        return Verdict::FALSE;
    };
    let value = value.unwrap_or_default();
    Verdict::of(dialogs.profiles().leave(&dialog, profile.0, &value))
}

/// Whether the dialog of the message is in a profile, with `value` if one is given.
///
/// ```cfg
/// if (!is_in_profile("caller", "alice")) xinfo("not in it\n");   # log: not in it
/// ```
#[script_function(is_in_profile, routes = ANY)]
fn is_in_profile(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Option<Text>,
) -> Verdict {
    let dialog = context::current(dialogs, call);
    Verdict::of(dialog.is_some_and(|dialog| {
        let profiles = dialogs.profiles();
        profiles.has(&dialog, profile.0, value.as_deref())
    }))
}

/// Puts the number of dialogs in a profile into the variable `size`.
///
/// ```cfg
/// get_profile_size("caller", "$var(size)");
/// xinfo("$var(size)\n");   # log: 0
/// ```
#[script_function(get_profile_size, routes = ANY)]
fn get_profile_size(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    size: PvarRef,
) -> Verdict {
    put_size(dialogs, call, profile, None, size)
}

/// Puts the number of dialogs that are in a profile with `value` into the variable `size`.
///
/// ```cfg
/// get_profile_size("caller", "$fU", "$var(size)");
/// xinfo("$var(size)\n");   # log: 0
/// ```
#[script_function(get_profile_size, routes = ANY)]
fn get_profile_size_of(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Text,
    size: PvarRef,
) -> Verdict {
    put_size(dialogs, call, profile, Some(value), size)
}

fn put_size(
    dialogs: &Dialogs,
    call: &mut Call,
    profile: ProfileArg,
    value: Option<Text>,
    size: PvarRef,
) -> Verdict {
    let Some(profile) = dialogs.profiles().get(profile.0) else {
        return Verdict::FALSE;
    };
    let count = i64::from(profile.size(value.as_deref()));
    Verdict::of(size.set(call, count).is_ok())
}

/// Counts a dialog of another server in a profile: `cmd` is `add` or `rm`, `uid` tells it from others, and after `expires`, in
/// seconds since 1970, it counts no more.
///
/// ```cfg
/// $var(end) = $Ts + 60;
/// dlg_remote_profile("add", "caller", "test", "u1", "$var(end)");
/// get_profile_size("caller", "test", "$var(size)");
/// xinfo("$var(size)\n");   # log: 1
/// ```
#[script_function(dlg_remote_profile, routes = ANY)]
fn dlg_remote_profile(
    dialogs: &Dialogs,
    call: &mut Call,
    cmd: Text,
    profile: Text,
    value: Text,
    uid: Text,
    expires: i64,
) -> Verdict {
    let number = dialogs.profiles().find(&profile);
    let Some(found) = number.and_then(|number| dialogs.profiles().get(number)) else {
        call.error(format_args!("there is no profile `{profile}`"));
        return Verdict::FALSE;
    };
    match &*cmd {
        b"add" => {
            let end = u32::try_from(expires).unwrap_or(u32::MAX);
            let (uid, value) = (Text::from(&*uid), Text::from(&*value));
            Verdict::of(found.add_remote(uid, value, end))
        }
        b"rm" => Verdict::of(found.remove_remote(&uid)),
        _ => {
            call.error(format_args!("a profile can `add` and `rm`, not `{cmd}`"));
            Verdict::FALSE
        }
    }
}
