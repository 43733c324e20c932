//! RPC commands.

use crate::Counters;
use module_api::{Fault, RpcCall, RpcStruct, Text, rpc};

/// The figure of a group and a name.
fn value(call: &RpcCall, group: &str, name: &str) -> Result<i64, Fault> {
    let statistics = &call.runtime.statistics;
    statistics
        .value(&format!("{group}:{name}"))
        .ok_or_else(|| missing(group, name))
}

fn missing(group: &str, name: &str) -> Fault {
    Fault::new(400, format!("non-existent counter {group}.{name}"))
}

fn texts(call: &mut RpcCall) -> Result<(String, String), Fault> {
    let group = call.text()?.to_str_lossy().into_owned();
    Ok((group, call.text()?.to_str_lossy().into_owned()))
}

fn add_group(call: &mut RpcCall, group: &str) {
    let mut reply = RpcStruct::new();
    for (_, name, value) in group_of(call, group) {
        reply.add(Text::from(name), value);
    }
    call.add(reply);
}

fn group_of(call: &RpcCall, group: &str) -> Vec<(String, String, i64)> {
    let mut all = call.runtime.statistics.list();
    all.retain(|(of, _, _)| of == group);
    all
}

fn add_names(call: &mut RpcCall) -> Result<(), Fault> {
    let group = call.text()?;
    for (_, name, _) in group_of(call, &group.to_str_lossy()) {
        call.add(name);
    }
    Ok(())
}

fn add_groups(call: &mut RpcCall) {
    for group in call.runtime.statistics.groups() {
        call.add(group);
    }
}

/// The value of a figure, or all of a group when no name is given.
#[rpc("cnt.get")]
fn get(call: &mut RpcCall) -> Result<(), Fault> {
    if call.remaining() == 1 {
        return get_vars(call);
    }
    get_raw(call)
}

/// The value of a figure.
#[rpc("cnt.get_raw")]
fn get_raw(call: &mut RpcCall) -> Result<(), Fault> {
    let (group, name) = texts(call)?;
    let value = value(call, &group, &name)?;
    call.add(value);
    Ok(())
}

/// All figures of a group.
#[rpc("cnt.get_vars")]
fn get_vars(call: &mut RpcCall) -> Result<(), Fault> {
    let group = call.text()?;
    add_group(call, &group.to_str_lossy());
    Ok(())
}

/// All figures of a group.
#[rpc("cnt.grp_get_all")]
fn group_get_all(call: &mut RpcCall) -> Result<(), Fault> {
    get_vars(call)
}

/// The names of all groups.
#[rpc("cnt.grps_list", list)]
fn groups_list(call: &mut RpcCall) -> Result<(), Fault> {
    add_groups(call);
    Ok(())
}

/// The names of all groups.
#[rpc("cnt.list_groups", list)]
fn list_groups(call: &mut RpcCall) -> Result<(), Fault> {
    add_groups(call);
    Ok(())
}

/// The names of a group's figures.
#[rpc("cnt.list_vars", list)]
fn list_vars(call: &mut RpcCall) -> Result<(), Fault> {
    add_names(call)
}

/// The names of a group's figures.
#[rpc("cnt.var_list", list)]
fn var_list(call: &mut RpcCall) -> Result<(), Fault> {
    add_names(call)
}

/// What a figure says about itself.
#[rpc("cnt.help")]
fn help(counters: &Counters, call: &mut RpcCall) -> Result<(), Fault> {
    let (group, name) = texts(call)?;
    value(call, &group, &name)?;
    call.add(counters.help(&group, &name));
    Ok(())
}

/// Makes a figure 0 again: `cnt.reset GROUP NAME`.
#[rpc("cnt.reset")]
fn reset(call: &mut RpcCall) -> Result<(), Fault> {
    let (group, name) = texts(call)?;
    value(call, &group, &name)?;
    call.runtime.statistics.reset(&group, &name);
    Ok(())
}
