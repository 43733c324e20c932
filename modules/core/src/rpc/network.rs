//! Sockets and names.

use module_api::{Fault, RpcCall, RpcStruct, RpcValue, rpc};

/// Our sockets.
#[rpc("core.sockets_list", list)]
fn sockets_list(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    let mut reply = RpcStruct::new();
    for socket in &runtime.sockets.list {
        let mut entry = RpcStruct::new();
        let address = socket.address.ip().to_string();
        entry
            .add("proto", socket.transport.name())
            .add("address", socket.given_host.clone())
            .add("ipaddress", address)
            .add("port", socket.address.port().to_string())
            .add(
                "mcast",
                if socket.address.ip().is_multicast() {
                    "yes"
                } else {
                    "no"
                },
            )
            .add("mhomed", if runtime.settings.mhomed { "yes" } else { "no" })
            .add("virtual", "no");
        if let Some(name) = &socket.name {
            entry.add("name", name.clone());
        }
        if let Some((host, port)) = &socket.advertised {
            entry.add("advertise", format!("{host}:{port}"));
        }
        reply.add("socket", entry);
    }
    call.add(reply);
    Ok(())
}

/// Our other names.
#[rpc("core.aliases_list")]
fn aliases_list(call: &mut RpcCall) -> Result<(), Fault> {
    let runtime = call.runtime.clone();
    let mut aliases = Vec::new();
    for alias in runtime.sockets.aliases.iter().rev() {
        let port = alias
            .port
            .map_or(RpcValue::from("*"), |port| i64::from(port).into());
        let mut entry = RpcStruct::new();
        entry
            .add(
                "proto",
                alias.transport.map_or("*", |transport| transport.name()),
            )
            .add("address", alias.host.clone().unwrap_or_else(|| "*".into()))
            .add("port", port);
        aliases.push(("alias".into(), entry.into()));
    }
    let mut reply = RpcStruct::new();
    reply
        .add("myself_callbacks", "no")
        .add("aliases", RpcValue::Named(aliases));
    call.add(reply);
    Ok(())
}

/// How raw sockets are used.
#[rpc("core.udp4_raw_info")]
fn udp4_raw_info(call: &mut RpcCall) -> Result<(), Fault> {
    let settings = &call.runtime.settings.ip;
    let is_used = match settings.udp4_raw {
        0 => false,
        // Where it was to be used and could not, the server did not start.
        1.. => true,
        _ => call.runtime.host.can_send_as(),
    };
    let mut reply = RpcStruct::new();
    reply
        .add("udp4_raw", i64::from(is_used))
        .add("udp4_raw_mtu", settings.udp4_raw_mtu)
        .add("udp4_raw_ttl", settings.udp4_raw_ttl);
    call.add(reply);
    Ok(())
}

/// The peers that were named by PROXY headers over UDP; none are remembered.
#[rpc("udp.proxy.dump", list)]
fn proxy_dump(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

/// Forgets the peers that were named by PROXY headers over UDP and have expired; none are remembered.
#[rpc("udp.proxy.clean")]
fn proxy_clean(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

/// Forgets all peers that were named by PROXY headers over UDP; none are remembered.
#[rpc("udp.proxy.flush")]
fn proxy_flush(_call: &mut RpcCall) -> Result<(), Fault> {
    Ok(())
}

/// How many peers were named by PROXY headers over UDP; none are remembered.
#[rpc("udp.proxy.stats")]
fn proxy_stats(call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    reply.add("records", 0);
    call.add(reply);
    Ok(())
}
