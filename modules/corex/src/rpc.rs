//! RPC commands.

use mod_core::memory::{Memory, configured};
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, Text, rpc};

/// The level of log messages; with an integer, sets it.
#[rpc("corex.debug")]
fn debug(call: &mut RpcCall) -> Result<(), Fault> {
    let logger = call.runtime.logger.clone();
    let before = i64::from(logger.threshold());
    let mut reply = RpcStruct::new();
    match call.optional_int()? {
        Some(level) => {
            logger.set_threshold(level.clamp(-10, 10) as i8);
            reply
                .add("old", before)
                .add("new", i64::from(logger.threshold()));
        }
        None => {
            reply.add("debug", before);
        }
    }
    call.add(reply);
    Ok(())
}

/// Our sockets.
#[rpc("corex.list_sockets", list)]
fn list_sockets(call: &mut RpcCall) -> Result<(), Fault> {
    let sockets = call.runtime.sockets.clone();
    for socket in &sockets.list {
        let mut addresses = RpcStruct::new();
        addresses.add("ADDR", socket.address.ip().to_string());
        let advertised = socket.advertised.as_ref().map(|(host, _)| host.clone());
        let mut reply = RpcStruct::new();
        reply
            .add("PROTO", socket.transport.name())
            .add("NAME", socket.given_host.clone())
            .add("ADDRLIST", RpcValue::from(addresses))
            .add("PORT", Text::from(i64::from(socket.address.port())))
            .add("MCAST", "no")
            .add("MHOMED", "no")
            .add("VIRTUAL", "no")
            .add("SOCKNAME", or_dash(socket.name.clone()))
            .add("ADVERTISE", or_dash(advertised));
        call.add(reply);
    }
    Ok(())
}

fn or_dash(text: Option<Text>) -> Text {
    text.unwrap_or(Text::from_static("-"))
}

/// The other names of us.
#[rpc("corex.list_aliases", list)]
fn list_aliases(call: &mut RpcCall) -> Result<(), Fault> {
    let sockets = call.runtime.sockets.clone();
    for alias in sockets.aliases.iter().rev() {
        let any = Text::from_static("*");
        let mut reply = RpcStruct::new();
        reply
            .add(
                "PROTO",
                alias.transport.map_or("*", |transport| transport.name()),
            )
            .add("ADDR", alias.host.clone().unwrap_or(any))
            .add("PORT", i64::from(alias.port.unwrap_or(0)));
        call.add(reply);
    }
    Ok(())
}

/// Accepted; there is no shared memory whose state could be logged.
#[rpc("corex.shm_status")]
fn shm_status(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

/// Accepted; there is no shared memory whose use could be logged.
#[rpc("corex.shm_summary")]
fn shm_summary(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

/// Accepted with a selector and a value; there are no processes with memory of their own.
#[rpc("corex.pkg_summary")]
fn pkg_summary(call: &mut RpcCall) -> Result<(), Fault> {
    match call.remaining() {
        0 | 1 => Err(Fault::new(400, "Selector and value not provided")),
        _ => Ok(()),
    }
}

fn now(call: &RpcCall) -> Memory {
    Memory::now(configured(&call.runtime.settings))
}

/// Who manages memory, and the size that is configured.
#[rpc("shm.info")]
fn info(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply.add("name", "system").add("size", now(call).total);
    call.add(reply);
    Ok(())
}

/// The memory of the process, in octets.
#[rpc("shm.stats")]
fn stats(call: &mut RpcCall) -> Result<(), Fault> {
    let memory = now(call);
    let mut reply = RpcStruct::new();
    reply
        .add("total", memory.total)
        .add("free", memory.free())
        .add("used", memory.used)
        .add("real_used", memory.used)
        .add("max_used", memory.max_used)
        .add("fragments", 1);
    call.add(reply);
    Ok(())
}

/// The memory of the process in octets, as one piece that is free and one that is used.
#[rpc("shm.report")]
fn report(call: &mut RpcCall) -> Result<(), Fault> {
    let memory = now(call);
    let mut reply = RpcStruct::new();
    reply
        .add("total_size", memory.total)
        .add("free_size_s", memory.free())
        .add("used_size_s", memory.used)
        .add("real_used_s", memory.used)
        .add("max_used_s", memory.max_used)
        .add("free_frags", 1)
        .add("used_frags", 1)
        .add("total_frags", 2)
        .add("max_free_frag_size", memory.free());
    call.add(reply);
    Ok(())
}

/// Accepted; there is no shared memory whose report could be written to a file.
#[rpc("shm.rprint")]
fn rprint(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}
