//! RPC commands about RPC commands.

use module_api::{Fault, RpcCall, RpcValue, rpc};

/// The names of all RPC commands.
#[rpc("system.listMethods", list)]
fn list_methods(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    let exports = runtime.loaded.modules().flat_map(|module| module.rpcs);
    let mut names: Vec<&str> = exports.map(|export| export.entry.name).collect();
    names.sort_unstable();
    for name in names {
        call.add(RpcValue::from(name));
    }
    Ok(())
}

/// What an RPC command does.
#[rpc("system.methodHelp")]
fn method_help(call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(1, 400, "Method Name Expected")?;
    let wanted = call.text()?;
    let runtime = call.runtime.clone();
    let mut exports = runtime.loaded.modules().flat_map(|module| module.rpcs);
    match exports.find(|export| wanted == export.entry.name) {
        Some(export) => {
            call.add(export.entry.doc);
            Ok(())
        }
        None => Err(Fault::new(400, "command not found")),
    }
}

/// Refuses, as upstream does: commands do not describe the types of their arguments.
#[rpc("system.methodSignature")]
fn method_signature(_call: &mut RpcCall) -> Result<(), Fault> {
    Err(Fault::new(500, "Not Implemented Yet"))
}
