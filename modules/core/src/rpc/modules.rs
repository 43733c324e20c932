//! Modules, their parameters, and the preprocessor's defines.

use module_api::{Fault, ParamValue, RpcCall, RpcStruct, RpcValue, rpc};

/// The loaded modules, the last one first.
#[rpc("core.modules", list)]
fn modules(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    let names: Vec<_> = runtime
        .loaded
        .modules()
        .map(|module| module.entry.name)
        .collect();
    for name in names.into_iter().rev().filter(|name| *name != "core") {
        call.add(name);
    }
    Ok(())
}

/// The names of the preprocessor's defines.
#[rpc("core.ppdefines", list)]
fn defines(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    for name in runtime.defines.keys() {
        call.add(name.as_str());
    }
    Ok(())
}

/// The preprocessor's defines with their values.
#[rpc("core.ppdefines_full", list)]
fn defines_full(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    for (name, value) in &runtime.defines {
        let value = if value.is_empty() {
            "none".into()
        } else {
            value.clone()
        };
        let mut entry = RpcStruct::new();
        entry
            .add("name", name.as_str())
            .add("type", 0)
            .add("value", value);
        call.add(entry);
    }
    Ok(())
}

/// The parameters that modules were given; with names of modules, only theirs.
#[rpc("modparam.list", list)]
fn params(call: &mut RpcCall) -> Result<(), Fault> {
    let mut wanted = Vec::new();
    while let Some(name) = call.optional_text()? {
        wanted.push(name);
    }
    let runtime = call.runtime.clone();
    for module in runtime.loaded.modules() {
        let module = module.entry.name;
        if !wanted.is_empty() && !wanted.iter().any(|name| *name == module) {
            continue;
        }
        for (name, value) in runtime.loaded.params(module) {
            let mut entry = RpcStruct::new();
            entry
                .add("module", module)
                .add("name", name)
                .add("value", shown(value));
            call.add(entry);
        }
    }
    Ok(())
}

fn shown(value: &ParamValue) -> RpcValue {
    match value {
        ParamValue::Int(number) => RpcValue::Int(*number),
        ParamValue::Text(text) => RpcValue::Str(text.clone()),
    }
}

/// The value that a module and parameter, the next two arguments, have: what was given, else the default.
fn param(call: &mut RpcCall) -> Result<ParamValue, Fault> {
    let (module, name) = (call.text()?, call.text()?);
    let runtime = call.runtime.clone();
    let mut modules = runtime.loaded.modules();
    let entry = modules
        .find(|export| module == export.entry.name)
        .ok_or_else(|| Fault::new(404, format!("module {module} is not loaded")))?
        .entry;
    let mut given = runtime.loaded.params(entry.name);
    if let Some((_, value)) = given.find(|(known, _)| name == *known) {
        return Ok(value.clone());
    }
    let mut settings = entry.settings.iter();
    let setting = settings
        .find(|setting| name == setting.name)
        .ok_or_else(|| Fault::new(404, format!("module {module} has no parameter {name}")))?;
    Ok(match stdx::number::parse_i64(setting.default.as_bytes()) {
        Some(number) => ParamValue::Int(number),
        None => ParamValue::Text(setting.default.trim_matches('"').into()),
    })
}

/// The value of a module's parameter that is a text.
#[rpc("modparam.gets")]
fn param_text(call: &mut RpcCall) -> Result<(), Fault> {
    match param(call)? {
        ParamValue::Text(text) => {
            call.add(text);
            Ok(())
        }
        ParamValue::Int(_) => Err(Fault::new(400, "the parameter is an integer")),
    }
}

/// The value of a module's parameter that is an integer.
#[rpc("modparam.getn")]
fn param_number(call: &mut RpcCall) -> Result<(), Fault> {
    match param(call)? {
        ParamValue::Int(number) => {
            call.add(number);
            Ok(())
        }
        ParamValue::Text(_) => Err(Fault::new(400, "the parameter is a text")),
    }
}

/// Refuses: what a module was loaded with stays until the next reload.
#[rpc("modparam.setn")]
fn set_param_number(call: &mut RpcCall) -> Result<(), Fault> {
    param(call)?;
    call.int()?;
    Err(Fault::new(500, "change the configuration and reload it"))
}
