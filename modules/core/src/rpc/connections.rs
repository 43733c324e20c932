//! Stream connections.

use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// How many stream connections there are.
#[rpc("core.tcp_info")]
fn info(call: &mut RpcCall) -> Result<(), Fault> {
    let connections = call.runtime.host.connections();
    let queued: usize = connections
        .iter()
        .map(|connection| connection.queued_bytes)
        .sum();
    let secure = connections
        .iter()
        .filter(|connection| connection.transport.is_secure())
        .count();
    let settings = &call.runtime.settings;
    let mut reply = RpcStruct::new();
    reply
        .add(
            "readers",
            settings
                .process
                .tcp_children
                .unwrap_or(settings.process.children),
        )
        .add("max_connections", settings.tcp.max_connections.0)
        .add("max_tls_connections", settings.tls.max_connections)
        .add("opened_connections", connections.len() as i64)
        .add("opened_tls_connections", secure as i64)
        .add("write_queued_bytes", queued as i64);
    call.add(reply);
    Ok(())
}

/// The stream connections.
#[rpc("core.tcp_list", list)]
fn list(call: &mut RpcCall) -> Result<(), Fault> {
    let lifetime = call.runtime.settings.tcp.connection_lifetime;
    for connection in call.runtime.host.connections() {
        let mut entry = RpcStruct::new();
        entry
            .add("id", i64::from(connection.id.0))
            .add("type", connection.transport.via_name())
            .add("state", "CONN_OK")
            .add("timeout", connection.expires_in.as_secs() as i64)
            .add("lifetime", lifetime)
            .add("ref_count", 1)
            .add("src_ip", connection.peer.ip().to_string())
            .add("src_port", i64::from(connection.peer.port()))
            .add("dst_ip", connection.local.ip().to_string())
            .add("dst_port", i64::from(connection.local.port()));
        call.add(entry);
    }
    Ok(())
}

/// The parameters of stream connections.
#[rpc("core.tcp_options")]
fn options(call: &mut RpcCall) -> Result<(), Fault> {
    let settings = call.runtime.settings_now();
    let tcp = &settings.tcp;
    let mut reply = RpcStruct::new();
    reply
        .add("connect_timeout", tcp.connect_timeout)
        .add("send_timeout", tcp.send_timeout)
        .add("connection_lifetime", tcp.connection_lifetime)
        .add("max_connections(soft)", tcp.max_connections.0)
        .add("max_tls_connections(soft)", settings.tls.max_connections)
        .add("no_connect", i64::from(tcp.no_connect))
        .add("fd_cache", i64::from(tcp.fd_cache))
        .add("async", 1)
        .add("connect_wait", 1)
        .add("conn_wq_max", tcp.connection_queue_max.0)
        .add("wq_max", tcp.queue_max.0)
        .add("defer_accept", tcp.defer_accept)
        .add("delayed_ack", i64::from(tcp.delayed_ack))
        .add("syncnt", tcp.syn_count.unwrap_or(0))
        .add("linger2", tcp.linger2.unwrap_or(0))
        .add("keepalive", i64::from(tcp.keepalive))
        .add("keepidle", tcp.keepalive_idle.unwrap_or(0))
        .add("keepintvl", tcp.keepalive_interval.unwrap_or(0))
        .add("keepcnt", tcp.keepalive_count.unwrap_or(0))
        .add("crlf_ping", i64::from(tcp.crlf_ping))
        .add("accept_aliases", tcp.accept_aliases.get())
        .add("alias_flags", tcp.alias_flags)
        .add("new_conn_alias_flags", tcp.new_connection_alias_flags);
    call.add(reply);
    Ok(())
}
