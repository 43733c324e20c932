//! RPC commands.

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
        addresses.add("ADDR", socket.host.clone());
        let advertised = socket.advertised.as_ref().map(|(host, _)| host.clone());
        let mut reply = RpcStruct::new();
        reply
            .add("PROTO", socket.transport.name())
            .add("NAME", socket.host.clone())
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
    for alias in &sockets.aliases {
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

/// Accepted; there are no processes with memory of their own.
#[rpc("corex.pkg_summary")]
fn pkg_summary(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

/// Who manages memory: the system.
#[rpc("shm.info")]
fn info(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply.add("name", "system").add("size", 0);
    call.add(reply);
    Ok(())
}

/// Figures of shared memory: there is none, so they are 0.
#[rpc("shm.stats")]
fn stats(call: &mut RpcCall) -> Result<(), Fault> {
    zeros(
        call,
        &[
            "total",
            "free",
            "used",
            "real_used",
            "max_used",
            "fragments",
        ],
    )
}

/// Figures of shared memory and its fragments: there is none, so they are 0.
#[rpc("shm.report")]
fn report(call: &mut RpcCall) -> Result<(), Fault> {
    zeros(
        call,
        &[
            "total_size",
            "free_size_s",
            "used_size_s",
            "real_used_s",
            "max_used_s",
            "free_frags",
            "used_frags",
            "total_frags",
        ],
    )
}

/// Accepted; there is no shared memory whose report could be written to a file.
#[rpc("shm.rprint")]
fn rprint(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

fn zeros(call: &mut RpcCall, names: &[&str]) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    for name in names {
        reply.add(*name, 0);
    }
    call.add(reply);
    Ok(())
}
