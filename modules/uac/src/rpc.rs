//! RPC commands.

use crate::Uac;
use crate::register;
use crate::registrations::{Account, Attribute, Registration};
use module_api::{Fault, RpcCall, RpcStruct, Text, rpc};

/// Shows all registrations: `uac.reg_dump`.
#[rpc("uac.reg_dump", list)]
fn reg_dump(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let now = register::seconds(&call.runtime);
    for registration in uac.registrations.all() {
        call.add(shown(uac, &registration, now));
    }
    Ok(())
}

/// Shows a registration: `uac.reg_info ATTRIBUTE VALUE`.
#[rpc("uac.reg_info")]
fn reg_info(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let registration = wanted(uac, call)?;
    let now = register::seconds(&call.runtime);
    call.add(shown(uac, &registration, now));
    Ok(())
}

/// Turns a registration on: `uac.reg_enable ATTRIBUTE VALUE`.
#[rpc("uac.reg_enable")]
fn reg_enable(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let registration = wanted(uac, call)?;
    let now = register::seconds(&call.runtime);
    uac.enable(&registration, now);
    Ok(())
}

/// Turns a registration off: `uac.reg_disable ATTRIBUTE VALUE`.
#[rpc("uac.reg_disable")]
fn reg_disable(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let registration = wanted(uac, call)?;
    uac.disable(&registration);
    Ok(())
}

/// Registers at once: `uac.reg_register ATTRIBUTE VALUE`.
#[rpc("uac.reg_register")]
fn reg_register(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let registration = wanted(uac, call)?;
    let expires = registration.expires;
    send(call, &registration, expires)
}

/// Takes a registration away at once and turns it off: `uac.reg_unregister ATTRIBUTE VALUE`.
#[rpc("uac.reg_unregister")]
fn reg_unregister(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let registration = wanted(uac, call)?;
    send(call, &registration, 0)
}

fn send(call: &RpcCall, registration: &Registration, expires: i64) -> Result<(), Fault> {
    let uac = call.runtime.module::<Uac>();
    let uac = uac.ok_or_else(|| Fault::new(500, "uac is not loaded"))?;
    register::send_now(&uac, &call.runtime, registration, expires);
    Ok(())
}

/// Reads the table again: `uac.reg_reload`. Accounts that have not changed keep their registration.
#[rpc("uac.reg_reload")]
fn reg_reload(uac: &Uac, _call: &mut RpcCall) -> Result<(), Fault> {
    let store = uac
        .store
        .get()
        .ok_or_else(|| Fault::new(500, "there is no database"))?;
    let accounts = store
        .load_all()
        .map_err(|reason| Fault::new(500, reason.to_string()))?;
    uac.registrations.keep(&accounts);
    for account in accounts {
        uac.registrations.put(account);
    }
    Ok(())
}

/// Reads an account again, and registers it anew: `uac.reg_refresh L_UUID`.
#[rpc("uac.reg_refresh")]
fn reg_refresh(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let uuid = call.text()?;
    let store = uac
        .store
        .get()
        .ok_or_else(|| Fault::new(500, "there is no database"))?;
    let found = store
        .load_one(&uuid)
        .map_err(|reason| Fault::new(500, reason.to_string()))?;
    let account = found.ok_or_else(|| Fault::new(404, "Record not found"))?;
    uac.registrations.renew(account);
    Ok(())
}

/// Has registrations kept (1) or not (0): `uac.reg_active MODE`.
#[rpc("uac.reg_active")]
fn reg_active(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let mode = call.int()?;
    let before = uac.registrations.set_active(mode != 0);
    let mut reply = RpcStruct::new();
    reply.add("omode", i64::from(before)).add("nmode", mode);
    call.add(reply);
    Ok(())
}

/// Adds an account: `uac.reg_add L_UUID L_USERNAME L_DOMAIN R_USERNAME R_DOMAIN REALM AUTH_USERNAME AUTH_PASSWORD AUTH_HA1 AUTH_PROXY
/// EXPIRES FLAGS REG_DELAY SOCKET CONTACT_ADDR [CONTACT_USER]`; `.` stands for nothing.
#[rpc("uac.reg_add")]
fn reg_add(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(15, 400, "Invalid Parameters")?;
    let text = |call: &mut RpcCall| {
        let text = call.text()?;
        Ok::<Text, Fault>(if text == "." { Text::default() } else { text })
    };
    let account = Account {
        uuid: text(call)?,
        username: text(call)?,
        domain: text(call)?,
        remote_username: text(call)?,
        remote_domain: text(call)?,
        realm: text(call)?,
        auth_username: text(call)?,
        auth_password: text(call)?,
        auth_ha1: text(call)?,
        proxy: text(call)?,
        expires: call.int()?,
        flags: call.int()?,
        delay: call.int()?,
        socket: text(call)?,
        contact_address: text(call)?,
        contact_user: call.optional_text()?.unwrap_or_default(),
    };
    if account.uuid.is_empty() {
        return Err(Fault::new(400, "an account needs a name"));
    }
    if account.auth_password.is_empty() && account.auth_ha1.is_empty() {
        let message = "Failed to add record - invalid password or ha1";
        return Err(Fault::new(500, message));
    }
    let known = uac.registrations.with(Attribute::Uuid, &account.uuid);
    if known.is_some() {
        return Err(Fault::new(409, "uuid already exists"));
    }
    uac.registrations.put(account);
    Ok(())
}

/// Takes an account away: `uac.reg_remove L_UUID`.
#[rpc("uac.reg_remove")]
fn reg_remove(uac: &Uac, call: &mut RpcCall) -> Result<(), Fault> {
    let uuid = call.text()?;
    match uac.registrations.remove(&uuid) {
        true => Ok(()),
        false => Err(Fault::new(404, "Record not found")),
    }
}

fn wanted(uac: &Uac, call: &mut RpcCall) -> Result<Registration, Fault> {
    call.needs(2, 400, "Invalid Parameters")?;
    let (attribute, value) = (call.text()?, call.text()?);
    let attribute = Attribute::named(&attribute)
        .ok_or_else(|| Fault::new(400, "Unsupported filter attribute"))?;
    let found = uac.registrations.with(attribute, &value);
    found.ok_or_else(|| Fault::new(404, "Record not found"))
}

/// A registration as it is shown (observed on 5.6.3).
fn shown(uac: &Uac, registration: &Registration, now: i64) -> RpcStruct {
    let account = &registration.account;
    let or = |text: &Text, other: &'static str| match text.is_empty() {
        true => Text::from_static(other),
        false => text.clone(),
    };
    let contact = or(&account.contact_address, "");
    let contact = if contact.is_empty() {
        uac.params.reg_contact_addr.clone()
    } else {
        contact
    };
    let mut shown = RpcStruct::new();
    shown
        .add("l_uuid", account.uuid.clone())
        .add("l_username", account.username.clone())
        .add("l_domain", account.domain.clone())
        .add("r_username", account.remote_username.clone())
        .add("r_domain", account.remote_domain.clone())
        .add("realm", account.realm.clone())
        .add("auth_username", account.auth_username.clone())
        .add("auth_password", or(&account.auth_password, "none"))
        .add("auth_ha1", or(&account.auth_ha1, "none"))
        .add("auth_proxy", account.proxy.clone())
        .add("expires", registration.expires)
        .add("flags", registration.state.0)
        .add("diff_expires", registration.due.saturating_sub(now))
        .add("timer_expires", registration.due)
        .add("reg_init", registration.since)
        .add("reg_delay", account.delay)
        .add("contact_addr", contact)
        .add("contact_user", account.contact_user.clone())
        .add("socket", account.socket.clone());
    shown
}
