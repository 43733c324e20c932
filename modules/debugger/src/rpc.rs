//! RPC commands.

use crate::Debugger;
use crate::session::Order;
use crate::trace::shown;
use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// What commands answer that change something (observed on 5.6.3).
const DONE: &str = "200 ok";

fn absent() -> Fault {
    Fault::new(500, "No such pid")
}

/// The run that a number names: its own, or that of the process, which is the run that has been stopped the longest.
fn run(debugger: &Debugger, call: &mut RpcCall) -> Result<i64, Fault> {
    let missing = || Fault::new(500, "Missing pid parameter");
    let number = call.optional_int()?.ok_or_else(missing)?;
    let stopped = debugger.session.stopped();
    if stopped.contains(&number) {
        return Ok(number);
    }
    match stopped.first() {
        Some(first) if is_process(number) => Ok(*first),
        _ => Err(absent()),
    }
}

fn is_process(number: i64) -> bool {
    number == i64::from(std::process::id())
}

/// Refuses the number of a process that is not this one.
fn process(call: &mut RpcCall) -> Result<(), Fault> {
    match call.optional_int()? {
        Some(number) if !is_process(number) => Err(absent()),
        _ => Ok(()),
    }
}

/// Orders for breakpoints: `on`, `off`, `keep`, `release`, and for a run that is stopped `next`, `move`, `show`, `eval` and
/// `log`, with its number.
#[rpc("dbg.bp")]
fn breakpoint(debugger: &Debugger, call: &mut RpcCall) -> Result<(), Fault> {
    let missing = || Fault::new(500, "Config breakpoint command missing");
    let order = call.optional_text()?.ok_or_else(missing)?;
    let session = &debugger.session;
    match &*order.to_str_lossy() {
        "on" => {
            process(call)?;
            session.set_breaking(true);
        }
        "off" => {
            process(call)?;
            session.set_breaking(false);
            for number in session.stopped() {
                session.order(number, Order::Move);
            }
        }
        "release" => session.set_breaking(false),
        "keep" => {
            let kept = run(debugger, call)?;
            session.set_breaking(false);
            for number in session.stopped().into_iter().filter(|n| *n != kept) {
                session.order(number, Order::Move);
            }
        }
        "show" => {
            let number = run(debugger, call)?;
            let action = session.place_of(number).ok_or_else(absent)?;
            call.line(format_args!("at bkp {}", shown(&call.runtime, &action)));
            return Ok(());
        }
        "next" => {
            let number = run(debugger, call)?;
            let action = session.order(number, Order::Next).ok_or_else(absent)?;
            call.line(format_args!("exec {}", shown(&call.runtime, &action)));
            return Ok(());
        }
        "move" => {
            let number = run(debugger, call)?;
            session.order(number, Order::Move).ok_or_else(absent)?;
        }
        "log" => {
            let (number, text) = (run(debugger, call)?, call.text()?);
            let order = Order::Log(text, debugger.level);
            session.order(number, order).ok_or_else(absent)?;
        }
        "eval" => {
            let (number, text) = (run(debugger, call)?, call.text()?);
            // The run's lane tells.
            let order = Order::Evaluate(text, call.answer_later(debugger.patience)?);
            session.order(number, order).ok_or_else(absent)?;
            return Ok(());
        }
        _ => return Err(Fault::new(500, "Unknown inner command")),
    }
    call.add(DONE);
    Ok(())
}

/// Turns the log of actions on or off.
#[rpc("dbg.trace")]
fn trace(debugger: &Debugger, call: &mut RpcCall) -> Result<(), Fault> {
    let missing = || Fault::new(500, "Config trace command missing");
    let order = call.optional_text()?.ok_or_else(missing)?;
    let on = match &*order.to_str_lossy() {
        "on" => true,
        "off" => false,
        _ => return Err(Fault::new(500, "Unknown trace command")),
    };
    process(call)?;
    debugger.session.set_tracing(on);
    call.add(DONE);
    Ok(())
}

/// The state of the debugger: of the process, and of each run that is stopped.
#[rpc("dbg.ls")]
fn list(debugger: &Debugger, call: &mut RpcCall) -> Result<(), Fault> {
    let session = &debugger.session;
    let set = i64::from(session.is_tracing()) | i64::from(session.is_breaking()) << 1;
    let process = [(i64::from(std::process::id()), 0)];
    let stopped = session.stopped().into_iter().map(|number| (number, 1));
    let all = process.into_iter().chain(stopped);
    let only = call.optional_int()?;
    let mut found = false;
    for (entry, (pid, state)) in all.enumerate() {
        if only.is_some_and(|only| only != pid) {
            continue;
        }
        found = true;
        let mut reply = RpcStruct::new();
        reply
            .add("entry", entry as i64)
            .add("pid", pid)
            .add("set", set)
            .add("state", state)
            .add("in.pid", 0)
            .add("in.cmd", 0);
        call.add(reply);
    }
    match found {
        true => Ok(()),
        false => Err(absent()),
    }
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

/// The syslog facility of what a module logs.
#[rpc("dbg.get_mod_facility")]
fn get_facility(call: &mut RpcCall) -> Result<(), Fault> {
    let module = call.text()?;
    let own = call.runtime.logger.module_facility(&module.to_str_lossy());
    // Observed on 5.6.3.
    let facility = own.unwrap_or(call.runtime.settings.log.facility.0);
    call.add(telemetry::facility_name(facility).unwrap_or_default());
    Ok(())
}

/// Gives what a module logs a syslog facility of its own.
#[rpc("dbg.set_mod_facility")]
fn set_facility(call: &mut RpcCall) -> Result<(), Fault> {
    let (module, facility) = (call.text()?, call.text()?);
    let facility = telemetry::facility_number(&facility.to_str_lossy());
    let facility = facility.ok_or_else(|| Fault::new(500, "cannot store parameter"))?;
    let logger = &call.runtime.logger;
    logger.set_module_facility(&module.to_str_lossy(), Some(facility));
    call.add(DONE);
    Ok(())
}

/// Numbers messages (`$mi`) from 1 again, where `reset_msgid` allows it.
#[rpc("dbg.reset_msgid")]
fn reset_message_number(debugger: &Debugger, call: &mut RpcCall) -> Result<(), Fault> {
    if !debugger.resets_numbers {
        let message = "reset_msgid is 0. Set it to 1 to enable.";
        return Err(Fault::new(500, message));
    }
    if let Some(core) = call.runtime.module::<mod_core::Core>() {
        core.reset_message_numbers();
    }
    call.add(DONE);
    Ok(())
}
