//! RPC commands.

use crate::Core;
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, rpc};

/// The version of the server.
#[rpc("core.version")]
fn version(call: &mut RpcCall) -> Result<(), Fault> {
    call.line(format_args!(
        "kahea 6.1.0 ({}/{})",
        std::env::consts::ARCH,
        std::env::consts::OS
    ));
    Ok(())
}

/// How long the server has run.
#[rpc("core.uptime")]
fn uptime(core: &Core, call: &mut RpcCall) -> Result<(), Fault> {
    let seconds = core.started.elapsed().as_secs() as i64;
    let now = call.runtime.host.unix_time().as_secs() as i64;
    let mut reply = RpcStruct::new();
    reply
        .add("now", now)
        .add("up_since", now - seconds)
        .add("uptime", seconds);
    call.add(reply);
    Ok(())
}

/// Its arguments.
#[rpc("core.echo")]
fn echo(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(value) = call.take() {
        call.add(value);
    }
    Ok(())
}

/// Its arguments, which are texts.
#[rpc("core.prints")]
fn prints(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(text) = call.optional_text()? {
        call.add(text);
    }
    Ok(())
}

/// Its arguments, which are integers.
#[rpc("core.printi")]
fn printi(call: &mut RpcCall) -> Result<(), Fault> {
    while let Some(number) = call.optional_int()? {
        call.add(number);
    }
    Ok(())
}

/// The working directory.
#[rpc("core.pwd")]
fn pwd(call: &mut RpcCall) -> Result<(), Fault> {
    let path = std::env::current_dir().map_err(|error| Fault::new(500, error.to_string()))?;
    call.line(format_args!("{}", path.display()));
    Ok(())
}

/// Stops the server.
#[rpc("core.kill")]
fn kill(call: &mut RpcCall) -> Result<(), Fault> {
    call.runtime.host.stop();
    Ok(())
}

/// Our sockets.
#[rpc("core.sockets_list")]
fn sockets_list(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    for socket in &runtime.sockets.list {
        let mut entry = RpcStruct::new();
        entry
            .add("proto", socket.transport.name())
            .add("address", socket.host.clone())
            .add("port", i64::from(socket.address.port()))
            .add("name", socket.name.clone().unwrap_or_default());
        if let Some((host, port)) = &socket.advertised {
            entry.add("advertise", format!("{host}:{port}"));
        }
        call.add(entry);
    }
    Ok(())
}

/// Our other names.
#[rpc("core.aliases_list")]
fn aliases_list(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    for alias in &runtime.sockets.aliases {
        let mut entry = RpcStruct::new();
        entry
            .add(
                "proto",
                alias.transport.map_or("*", |transport| transport.name()),
            )
            .add("address", alias.host.clone().unwrap_or_default())
            .add(
                "port",
                alias
                    .port
                    .map_or_else(|| "*".to_owned(), |port| port.to_string()),
            );
        call.add(entry);
    }
    Ok(())
}

/// How many stream connections there are.
#[rpc("core.tcp_info")]
fn tcp_info(call: &mut RpcCall) -> Result<(), Fault> {
    let connections = call.runtime.host.connections();
    let queued: usize = connections
        .iter()
        .map(|connection| connection.queued_bytes)
        .sum();
    let mut reply = RpcStruct::new();
    reply
        .add("readers", 1)
        .add("max_connections", call.runtime.settings.tcp.max_connections)
        .add("opened_connections", connections.len() as i64)
        .add("write_queued_bytes", queued as i64);
    call.add(reply);
    Ok(())
}

/// The stream connections.
#[rpc("core.tcp_list")]
fn tcp_list(call: &mut RpcCall) -> Result<(), Fault> {
    for connection in call.runtime.host.connections() {
        let mut entry = RpcStruct::new();
        entry
            .add("id", i64::from(connection.id.0))
            .add("type", connection.transport.via_name())
            .add("timeout", connection.expires_in.as_secs() as i64)
            .add("src_ip", connection.peer.ip().to_string())
            .add("src_port", i64::from(connection.peer.port()))
            .add("dst_ip", connection.local.ip().to_string())
            .add("dst_port", i64::from(connection.local.port()));
        call.add(entry);
    }
    Ok(())
}

/// The memory of the process; there is one heap, and no pool of shared memory.
#[rpc("core.shmmem")]
fn shared_memory(call: &mut RpcCall) -> Result<(), Fault> {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let mut pages = pages
        .split_whitespace()
        .map(|n| n.parse::<i64>().unwrap_or(0) * 4096);
    let (total, resident) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    let mut reply = RpcStruct::new();
    reply
        .add("total", total)
        .add("free", total - resident)
        .add("used", resident)
        .add("real_used", resident)
        .add("max_used", resident)
        .add("fragments", 0);
    call.add(reply);
    Ok(())
}

/// What the process does, as Kamailio's processes are named.
fn roles(call: &RpcCall) -> Vec<(i64, String)> {
    let pid = i64::from(std::process::id());
    let settings = &call.runtime.settings;
    let mut roles = vec![(pid, "main process - attendant".to_owned())];
    for socket in &call.runtime.sockets.list {
        let workers = if socket.transport.is_stream() {
            0
        } else {
            settings.process.children
        };
        for child in 0..workers {
            let address = format!("{}:{}", socket.host, socket.address.port());
            roles.push((pid, format!("udp receiver child={child} sock={address}")));
        }
    }
    if call
        .runtime
        .sockets
        .list
        .iter()
        .any(|socket| socket.transport.is_stream())
    {
        for child in 0..settings
            .process
            .tcp_children
            .unwrap_or(settings.process.children)
        {
            roles.push((pid, format!("tcp receiver (generic) child={child}")));
        }
        roles.push((pid, "tcp main process".to_owned()));
    }
    roles
}

/// The processes: there is one, shown in the roles that Kamailio's processes have.
#[rpc("core.ps")]
fn processes(call: &mut RpcCall) -> Result<(), Fault> {
    for (pid, role) in roles(call) {
        call.add(pid);
        call.add(role);
    }
    Ok(())
}

/// The processes with their numbers: there is one, shown in the roles that Kamailio's processes have.
#[rpc("core.psx")]
fn processes_at_length(call: &mut RpcCall) -> Result<(), Fault> {
    for (index, (pid, role)) in roles(call).into_iter().enumerate() {
        let mut entry = RpcStruct::new();
        entry
            .add("IDX", index as i64)
            .add("PID", pid)
            .add("DSC", role);
        call.add(entry);
    }
    Ok(())
}

/// The loaded modules.
#[rpc("core.modules")]
fn modules(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    for module in runtime.loaded.modules() {
        call.add(module.entry.name);
    }
    Ok(())
}

/// The preprocessor's defines.
#[rpc("core.ppdefines")]
fn defines(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    for (name, value) in &runtime.defines {
        let mut entry = RpcStruct::new();
        entry.add("name", name.as_str()).add("value", value.clone());
        call.add(entry);
    }
    Ok(())
}

/// The script runs that are parked: of which call, what they wait for, where, and for how many milliseconds.
#[rpc("core.parked")]
fn parked(call: &mut RpcCall) -> Result<(), Fault> {
    let now = call.runtime.host.now();
    for run in call.runtime.host.parked() {
        let mut entry = RpcStruct::new();
        entry
            .add("call_id", run.call_id)
            .add("what", run.what)
            .add("place", run.place)
            .add(
                "since_ms",
                now.saturating_duration_since(run.since).as_millis() as i64,
            );
        call.add(entry);
    }
    Ok(())
}

/// The names of all RPC commands.
#[rpc("system.listMethods")]
fn list_methods(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    let mut names: Vec<&str> = runtime
        .loaded
        .modules()
        .flat_map(|module| module.rpcs.iter().map(|export| export.entry.name))
        .collect();
    names.sort_unstable();
    for name in names {
        call.add(RpcValue::from(name));
    }
    Ok(())
}

/// What an RPC command does.
#[rpc("system.methodHelp")]
fn method_help(call: &mut RpcCall) -> Result<(), Fault> {
    let wanted = call.text()?;
    let runtime = call.runtime.clone();
    let mut exports = runtime
        .loaded
        .modules()
        .flat_map(|module| module.rpcs.iter());
    match exports.find(|export| wanted == export.entry.name) {
        Some(export) => {
            call.add(export.entry.doc);
            Ok(())
        }
        None => Err(Fault::new(400, "command not found")),
    }
}
