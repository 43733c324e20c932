//! The processes: there is one, shown in the roles that Kamailio's processes have, for tools that count on them.

use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// The roles of the process.
fn roles(call: &RpcCall) -> Vec<String> {
    let process = &call.runtime.settings.process;
    let sockets = &call.runtime.sockets.list;
    let mut roles = vec!["main process - attendant".to_owned()];
    for socket in sockets
        .iter()
        .filter(|socket| !socket.transport.is_stream())
    {
        for child in 0..process.children {
            let port = socket.address.port();
            roles.push(format!(
                "udp receiver child={child} sock={}:{port}",
                socket.host
            ));
        }
    }
    roles.extend(["slow timer", "timer", "secondary timer"].map(str::to_owned));
    if sockets.iter().any(|socket| socket.transport.is_stream()) {
        let children = process.tcp_children.unwrap_or(process.children);
        roles.extend((0..children).map(|child| format!("tcp receiver (generic) child={child}")));
        roles.push("tcp main process".to_owned());
    }
    roles
}

fn pid() -> i64 {
    i64::from(std::process::id())
}

/// The processes: numbers and descriptions in turn.
#[rpc("core.ps", list)]
fn short(call: &mut RpcCall) -> Result<(), Fault> {
    for role in roles(call) {
        call.add(pid());
        call.add(role);
    }
    Ok(())
}

/// The processes with their indexes.
#[rpc("core.psx", list)]
fn long(call: &mut RpcCall) -> Result<(), Fault> {
    for (index, role) in roles(call).into_iter().enumerate() {
        let mut entry = RpcStruct::new();
        entry
            .add("IDX", index as i64)
            .add("PID", pid())
            .add("DSC", role);
        call.add(entry);
    }
    Ok(())
}

/// The processes with their indexes, states and ranks.
#[rpc("core.psa", list)]
fn all(call: &mut RpcCall) -> Result<(), Fault> {
    for (index, role) in roles(call).into_iter().enumerate() {
        let mut entry = RpcStruct::new();
        entry
            .add("index", index as i64)
            .add("pid", pid())
            .add("status", 1)
            .add("rank", index as i64)
            .add("description", role);
        call.add(entry);
    }
    Ok(())
}
