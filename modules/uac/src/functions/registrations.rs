//! Registrations at other registrars.

use crate::registrations::{Attribute, Registration, State};
use crate::{Uac, register, store};
use module_api::{Call, PvarRef, Step, Text, Value, Verdict, script_function};
use sip::Uri;

/// Puts the URI here of the account whose `l_uuid` is `uuid` into the variable `dst`.
///
/// ```cfg
/// if (!uac_reg_lookup("$rU", "$ru")) xinfo("none of ours\n");   # log: none of ours
/// ```
#[script_function(uac_reg_lookup, routes = ANY)]
fn uac_reg_lookup(uac: &Uac, call: &mut Call, uuid: Text, dst: PvarRef) -> Verdict {
    let found = uac.registrations.with(Attribute::Uuid, &uuid);
    put_uri(call, found, &dst)
}

/// Puts the URI here of the account that is `uri` elsewhere into the variable `dst`. With `reg_use_domain` the domain counts, too.
///
/// ```cfg
/// if (!uac_reg_lookup_uri("$ru", "$ru")) xinfo("none of ours\n");   # log: none of ours
/// ```
#[script_function(uac_reg_lookup_uri, routes = ANY)]
fn uac_reg_lookup_uri(uac: &Uac, call: &mut Call, uri: Text, dst: PvarRef) -> Verdict {
    let Ok(uri) = Uri::parse(&uri) else {
        call.error(format_args!("uac_reg_lookup_uri: this is no URI"));
        return Verdict::FALSE;
    };
    let found = uac.registrations.find(|registration| {
        let account = &registration.account;
        *account.remote_username == *uri.user().unwrap_or_default()
            && (!uac.params.reg_use_domain
                || account.remote_domain.eq_ignore_ascii_case(uri.host()))
    });
    put_uri(call, found, &dst)
}

fn put_uri(call: &mut Call, found: Option<Registration>, dst: &PvarRef) -> Verdict {
    let Some(registration) = found else {
        return Verdict::FALSE;
    };
    let account = &registration.account;
    let uri = Text::concat(&[b"sip:", &account.username, b"@", &account.domain]);
    match dst.set(call, Value::Str(uri)) {
        Ok(()) => Verdict::TRUE,
        Err(reason) => {
            call.error(format_args!("uac_reg_lookup: {reason}"));
            Verdict::FALSE
        }
    }
}

/// How the registration of the account whose `l_uuid` is `uuid` stands: 1 accepted, -1 no such account, -2 being asked
/// for, -3 turned off, -99 waiting for its next attempt.
///
/// ```cfg
/// $var(status) = uac_reg_status("nobody");
/// xinfo("$var(status)\n");   # log: -1
/// ```
#[script_function(uac_reg_status, routes = ANY)]
fn uac_reg_status(uac: &Uac, call: &mut Call, uuid: Text) -> Verdict {
    let Some(registration) = uac.registrations.with(Attribute::Uuid, &uuid) else {
        return Verdict::FALSE;
    };
    let state = registration.state;
    let now = register::seconds(&call.runtime);
    Verdict(if state.is(State::ONLINE) && registration.due > now {
        1
    } else if state.is(State::ONGOING) {
        -2
    } else if state.is(State::DISABLED) {
        -3
    } else {
        -99
    })
}

/// Makes the request one to an account elsewhere: Request-URI, next hop, and the variables that `uac_auth()` takes credentials from.
///
/// Bit 1 of `mode` looks the account up by user name, not by `l_uuid`; bit 2 takes HA1 in the place of the password.
///
/// ```cfg
/// if (!uac_reg_request_to("$fU", 0)) xinfo("no account\n");   # log: no account
/// ```
#[script_function(uac_reg_request_to, routes = REQUEST | FAILURE | BRANCH)]
fn uac_reg_request_to(uac: &Uac, call: &mut Call, user: Text, mode: i64) -> Verdict {
    let attribute = match mode & 1 {
        0 => Attribute::Uuid,
        _ => Attribute::Username,
    };
    let Some(registration) = uac.registrations.with(attribute, &user) else {
        return Verdict::FALSE;
    };
    let account = &registration.account;
    let Some(variables) = uac.variables.get() else {
        return Verdict::FALSE;
    };
    let (Some(realm), Some(username), Some(password)) =
        (&variables.realm, &variables.username, &variables.password)
    else {
        call.error(format_args!(
            "uac_reg_request_to needs the parameters auth_*_avp"
        ));
        return Verdict::FALSE;
    };
    let secret = match mode & 2 {
        0 => &account.auth_password,
        _ => &account.auth_ha1,
    };
    let all = [
        (realm, &account.realm),
        (username, &account.auth_username),
        (password, secret),
    ];
    for (variable, text) in all {
        if variable.set(call, Value::Str(text.clone())).is_err() {
            return Verdict::FALSE;
        }
    }
    let uri = Text::concat(&[
        b"sip:",
        &account.remote_username,
        b"@",
        &account.remote_domain,
    ]);
    call.set_request_uri(uri);
    if !account.proxy.is_empty() {
        call.set_next_hop(account.proxy.clone());
    }
    Verdict::TRUE
}

/// The account with a value of an attribute, which is `l_uuid`, `l_username`, `r_username` or `auth_username`.
fn wanted(uac: &Uac, call: &mut Call, attribute: &Text, value: &Text) -> Option<Registration> {
    let Some(known) = Attribute::named(attribute) else {
        call.error(format_args!(
            "an account has no attribute `{attribute}` to be found by"
        ));
        return None;
    };
    uac.registrations.with(known, value)
}

/// Turns the registration of an account on; `attr` is `l_uuid`, `l_username`, `r_username` or `auth_username`.
///
/// ```cfg
/// if (!uac_reg_enable("l_uuid", "nobody")) xinfo("no account\n");   # log: no account
/// ```
#[script_function(uac_reg_enable, routes = ANY)]
fn uac_reg_enable(uac: &Uac, call: &mut Call, attr: Text, val: Text) -> Verdict {
    let now = register::seconds(&call.runtime);
    let Some(registration) = wanted(uac, call, &attr, &val) else {
        return Verdict::FALSE;
    };
    Verdict::of(uac.enable(&registration, now))
}

/// Turns the registration of an account off; `attr` is `l_uuid`, `l_username`, `r_username` or `auth_username`.
///
/// ```cfg
/// if (!uac_reg_disable("l_uuid", "nobody")) xinfo("no account\n");   # log: no account
/// ```
#[script_function(uac_reg_disable, routes = ANY)]
fn uac_reg_disable(uac: &Uac, call: &mut Call, attr: Text, val: Text) -> Verdict {
    let Some(registration) = wanted(uac, call, &attr, &val) else {
        return Verdict::FALSE;
    };
    Verdict::of(uac.disable(&registration))
}

/// Reads the account whose `l_uuid` is given from the database again, and registers it anew.
///
/// ```cfg
/// if (!uac_reg_refresh("nobody")) xinfo("no account\n");   # log: no account
/// ```
#[script_function(uac_reg_refresh, routes = ANY, waits)]
fn uac_reg_refresh(uac: &Uac, call: &mut Call, luuid: Text) -> Step {
    let Some(table) = uac.store.get() else {
        call.error(format_args!(
            "uac_reg_refresh needs the parameter reg_db_url"
        ));
        return Verdict::FALSE.into();
    };
    let pending = table.ask_one(&luuid);
    Step::answered(
        call,
        "database of registrations",
        pending,
        |call, answer| {
            let uac = call.runtime.module::<Uac>();
            let accounts = match answer {
                Ok(answer) => store::accounts(&answer.rows),
                Err(reason) => {
                    call.error(format_args!("uac_reg_refresh: {reason}"));
                    Vec::new()
                }
            };
            let found = accounts.into_iter().next().zip(uac);
            Verdict::of(
                found
                    .map(|(account, uac)| uac.registrations.renew(account))
                    .is_some(),
            )
        },
    )
}

/// Registers an account at once; `attr` is `l_uuid`, `l_username`, `r_username` or `auth_username`.
///
/// ```cfg
/// if (!uac_reg_send_register("l_uuid", "nobody")) xinfo("no account\n");   # log: no account
/// ```
#[script_function(uac_reg_send_register, routes = ANY)]
fn uac_reg_send_register(uac: &Uac, call: &mut Call, attr: Text, val: Text) -> Verdict {
    let found = wanted(uac, call, &attr, &val);
    send(call, found, |registration| registration.expires)
}

/// Takes the registration of an account away at once, and turns it off.
///
/// ```cfg
/// if (!uac_reg_send_unregister("l_uuid", "nobody")) xinfo("no account\n");   # log: no account
/// ```
#[script_function(uac_reg_send_unregister, routes = ANY)]
fn uac_reg_send_unregister(uac: &Uac, call: &mut Call, attr: Text, val: Text) -> Verdict {
    let found = wanted(uac, call, &attr, &val);
    send(call, found, |_| 0)
}

fn send(
    call: &mut Call,
    found: Option<Registration>,
    expires: impl FnOnce(&Registration) -> i64,
) -> Verdict {
    let runtime = call.runtime.clone();
    let found = found.zip(runtime.module::<Uac>());
    let is_found = found.is_some();
    if let Some((registration, uac)) = found {
        let expires = expires(&registration);
        register::send_now(&uac, &runtime, &registration, expires);
    }
    Verdict::of(is_found)
}

impl Uac {
    /// Turns a registration on; it is made when the timer comes next.
    pub(crate) fn enable(&self, registration: &Registration, now: i64) -> bool {
        self.registrations
            .change(&registration.account.uuid, |registration| {
                if registration.state.is(State::DISABLED) {
                    registration.state = State(State::INITIAL);
                    registration.due = now;
                }
            })
    }

    /// Turns a registration off; the registrar forgets it when its time is over.
    pub(crate) fn disable(&self, registration: &Registration) -> bool {
        self.registrations
            .change(&registration.account.uuid, |registration| {
                registration.state = State(State::INITIAL | State::DISABLED);
            })
    }
}
