//! RPC commands.

use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// What commands answer that change something (observed on 5.6.3).
const DONE: &str = "200 ok";

/// Orders for breakpoints: `on`, `off`, and others that need a stopped run.
#[rpc("dbg.bp")]
fn breakpoint(call: &mut RpcCall) -> Result<(), Fault> {
    order(call, "Unknown inner command")
}

/// Turns the tracing of statements on or off.
#[rpc("dbg.trace")]
fn trace(call: &mut RpcCall) -> Result<(), Fault> {
    order(call, "Unknown trace command")
}

fn order(call: &mut RpcCall, unknown: &str) -> Result<(), Fault> {
    match &*call.text()?.to_str_lossy() {
        "on" | "off" => {
            call.add(DONE);
            Ok(())
        }
        _ => Err(Fault::new(500, unknown)),
    }
}

/// The state of the debugger: one process, which is never stopped.
#[rpc("dbg.ls")]
fn list(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply.add("entry", 0);
    reply.add("pid", i64::from(std::process::id()));
    for name in ["set", "state", "in.pid", "in.cmd"] {
        reply.add(name, 0);
    }
    call.add(reply);
    Ok(())
}

/// The log level of a module.
#[rpc("dbg.get_mod_level")]
fn get_level(call: &mut RpcCall) -> Result<(), Fault> {
    let module = call.text()?;
    let logger = &call.runtime.logger;
    let own = logger.module_thresholds();
    let own = own.iter().find(|(name, _)| name.as_bytes() == &*module);
    let level = own.map_or_else(|| logger.threshold(), |(_, level)| *level);
    call.add(i64::from(level));
    Ok(())
}

/// Gives a module a log level of its own.
#[rpc("dbg.set_mod_level")]
fn set_level(call: &mut RpcCall) -> Result<(), Fault> {
    let module = call.text()?;
    let level = i8::try_from(call.int()?).map_err(|_| Fault::new(400, "invalid level"))?;
    crate::set_level(&call.runtime, &module.to_str_lossy(), Some(level));
    call.add(DONE);
    Ok(())
}

/// The syslog facility of a module, which is that of all.
#[rpc("dbg.get_mod_facility")]
fn get_facility(call: &mut RpcCall) -> Result<(), Fault> {
    call.text()?;
    call.add("LOG_DAEMON");
    Ok(())
}

/// Refuses to give a module a facility of its own.
#[rpc("dbg.set_mod_facility")]
fn set_facility(call: &mut RpcCall) -> Result<(), Fault> {
    call.text()?;
    Err(Fault::new(500, "cannot store parameter"))
}

/// Refuses to number messages anew.
#[rpc("dbg.reset_msgid")]
fn reset_message_number(_call: &mut RpcCall) -> Result<(), Fault> {
    let message = "reset_msgid is 0. Set it to 1 to enable.";
    Err(Fault::new(500, message))
}
