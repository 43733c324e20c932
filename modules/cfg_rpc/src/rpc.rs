//! RPC commands.

use crate::CfgRpc;
use crate::known::{Base, Change, Group, Whole};
use module_api::{Fault, ParamValue, RpcCall, RpcStruct, RpcValue, Text, rpc};

fn base<'a>(cfg: &'a CfgRpc, call: &'a RpcCall) -> Whole<'a> {
    Whole {
        runtime: &call.runtime,
        kept: &cfg.kept,
    }
}

fn shown(value: ParamValue) -> RpcValue {
    match value {
        ParamValue::Int(number) => RpcValue::Int(number),
        ParamValue::Text(text) => RpcValue::Str(text),
    }
}

fn done(success: bool, otherwise: &str) -> Result<(), Fault> {
    match success {
        true => Ok(()),
        false => Err(Fault::new(400, otherwise)),
    }
}

/// The group and the name that a command begins with.
fn variable(call: &mut RpcCall) -> Result<(Group, Text), Fault> {
    Ok((Group::parse(&call.text()?), call.text()?))
}

/// The change that a command asks for, its value read by `value`.
fn change(
    call: &mut RpcCall,
    value: fn(&mut RpcCall) -> Result<ParamValue, Fault>,
) -> Result<Change, Fault> {
    let (group, name) = variable(call)?;
    let value = Some(value(call)?);
    Ok(Change { group, name, value })
}

fn int(call: &mut RpcCall) -> Result<ParamValue, Fault> {
    call.int().map(ParamValue::Int)
}

fn string(call: &mut RpcCall) -> Result<ParamValue, Fault> {
    call.text().map(ParamValue::Text)
}

/// An integer stays one, anything else is text.
fn any(call: &mut RpcCall) -> Result<ParamValue, Fault> {
    match call.take() {
        Some(RpcValue::Int(number)) => Ok(ParamValue::Int(number)),
        Some(RpcValue::Str(text)) => Ok(ParamValue::Text(text)),
        Some(RpcValue::Double(number)) => Ok(ParamValue::Text(Text::from(number.to_string()))),
        Some(_) => Err(Fault::new(400, "A string is needed as parameter")),
        None => Err(Fault::new(400, "Too few parameters")),
    }
}

fn make(cfg: &CfgRpc, call: &RpcCall, change: &Change) -> Result<(), Fault> {
    done(
        cfg.variables.make(&base(cfg, call), change),
        "Failed to set the variable",
    )
}

fn prepare(cfg: &CfgRpc, call: &RpcCall, change: &Change) -> Result<(), Fault> {
    done(
        cfg.variables.prepare(&base(cfg, call), change),
        "Failed to set the variable",
    )
}

/// The name and the number of an instance that must be given.
fn instance(group: Group) -> Result<(Text, u32), Fault> {
    match group.instance {
        Some(number) => Ok((group.name, number)),
        None => Err(Fault::new(400, "Wrong group syntax. Use \"group[id]\"")),
    }
}

/// The change that lets a variable of an instance follow its group again.
fn deletion(call: &mut RpcCall) -> Result<Change, Fault> {
    let (group, name) = variable(call)?;
    instance(group.clone())?;
    let value = None;
    Ok(Change { group, name, value })
}

/// The variables of all groups, or of one.
#[rpc("cfg.list", list)]
fn list(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let only = call.optional_text()?;
    for (group, name) in base(cfg, call).names() {
        if only.as_ref().is_none_or(|only| *only == group) {
            call.line(format_args!("{group}: {name}"));
        }
    }
    Ok(())
}

/// The value of a variable, or the values of a group.
#[rpc("cfg.get")]
fn get(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let Some(group) = call.optional_text()? else {
        return Err(Fault::new(500, "Failed to get the parameters"));
    };
    let group = Group::parse(&group);
    let none = || Fault::new(400, "Failed to get the variable");
    if let Some(name) = call.optional_text()? {
        let value = cfg.variables.get(&base(cfg, call), &group, &name);
        call.add(shown(value.ok_or_else(none)?));
        return Ok(());
    }
    let values = cfg.variables.group(&base(cfg, call), &group);
    let mut reply = RpcStruct::new();
    for (name, value) in values {
        reply.add(name, shown(value));
    }
    call.add(reply);
    Ok(())
}

/// What a variable is for, and its type.
#[rpc("cfg.help")]
fn help(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let (group, name) = variable(call)?;
    let found = base(cfg, call).description(&group.name, &name);
    let value = cfg.variables.get(&base(cfg, call), &group, &name);
    let (Some(description), Some(value)) = (found, value) else {
        return Err(Fault::new(400, "Failed to get the variable description"));
    };
    call.add(match description.is_empty() {
        true => RpcValue::Null,
        false => RpcValue::Str(description),
    });
    call.add(match value {
        ParamValue::Int(_) => "(parameter type is integer)",
        ParamValue::Text(_) => "(parameter type is string)",
    });
    Ok(())
}

/// Gives a variable a value, a number or a text.
#[rpc("cfg.set")]
fn set(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = change(call, any)?;
    make(cfg, call, &change)
}

/// Gives a variable a number.
#[rpc("cfg.seti")]
fn seti(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = change(call, int)?;
    make(cfg, call, &change)
}

/// Gives a variable a text.
#[rpc("cfg.sets")]
fn sets(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = change(call, string)?;
    make(cfg, call, &change)
}

/// Gives a variable a number; another name of `cfg.seti`.
#[rpc("cfg.set_now_int")]
fn set_now_int(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    seti(cfg, call)
}

/// Gives a variable a text; another name of `cfg.sets`.
#[rpc("cfg.set_now_string")]
fn set_now_string(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    sets(cfg, call)
}

/// Prepares to give a variable a value, a number or a text.
#[rpc("cfg.set_delayed")]
fn set_delayed(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = change(call, any)?;
    prepare(cfg, call, &change)
}

/// Prepares to give a variable a number.
#[rpc("cfg.set_delayed_int")]
fn set_delayed_int(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = change(call, int)?;
    prepare(cfg, call, &change)
}

/// Prepares to give a variable a text.
#[rpc("cfg.set_delayed_string")]
fn set_delayed_string(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = change(call, string)?;
    prepare(cfg, call, &change)
}

/// Lets a variable of an instance follow its group again.
#[rpc("cfg.del")]
fn del(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = deletion(call)?;
    done(
        cfg.variables.make(&base(cfg, call), &change),
        "Failed to delete the value",
    )
}

/// Prepares to let a variable of an instance follow its group again.
#[rpc("cfg.del_delayed")]
fn del_delayed(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let change = deletion(call)?;
    done(
        cfg.variables.prepare(&base(cfg, call), &change),
        "Failed to delete the value",
    )
}

/// Makes the prepared changes.
#[rpc("cfg.commit")]
fn commit(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    done(
        cfg.variables.commit(&base(cfg, call)),
        "Failed to commit the changes",
    )
}

/// Forgets the prepared changes.
#[rpc("cfg.rollback")]
fn rollback(cfg: &CfgRpc, _call: &mut RpcCall) -> Result<(), Fault> {
    cfg.variables.rollback();
    Ok(())
}

/// The prepared changes, each with the present value and the one to come.
#[rpc("cfg.diff")]
fn diff(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let value_or_default = |value: Option<ParamValue>| match value {
        Some(value) => shown(value),
        None => RpcValue::from("<default>"),
    };
    for change in cfg.variables.prepared() {
        let present = cfg
            .variables
            .get(&base(cfg, call), &change.group, &change.name);
        let mut reply = RpcStruct::new();
        reply.add("group name", change.group.name);
        if let Some(number) = change.group.instance {
            reply.add("group id", i64::from(number));
        }
        reply
            .add("variable name", change.name)
            .add("old value", value_or_default(present))
            .add("new value", value_or_default(change.value));
        call.add(reply);
    }
    Ok(())
}

/// Gives the variables of a group the values that they had when the server started.
#[rpc("cfg.reset")]
fn reset(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let group = Group::parse(&call.text()?);
    match cfg.variables.reset(&base(cfg, call), &group) {
        true => Ok(()),
        false => Err(Fault::new(500, "Reset failed")),
    }
}

/// Adds an instance of a group.
#[rpc("cfg.add_group_inst")]
fn add_group_inst(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let (name, number) = instance(Group::parse(&call.text()?))?;
    done(
        cfg.variables.add_instance(&base(cfg, call), name, number),
        "Failed to add the group instance",
    )
}

/// Removes an instance of a group.
#[rpc("cfg.del_group_inst")]
fn del_group_inst(cfg: &CfgRpc, call: &mut RpcCall) -> Result<(), Fault> {
    let (name, number) = instance(Group::parse(&call.text()?))?;
    done(
        cfg.variables.remove_instance(name, number),
        "Failed to delete the group instance",
    )
}
