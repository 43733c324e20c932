//! RPC commands.

use crate::HttpClient;
use module_api::{Fault, RpcCall, RpcStruct, Text, rpc};
use std::time::Duration;

/// Lists the connections, without their passwords.
#[rpc("httpclient.listcon", list)]
fn list_connections(http: &HttpClient, call: &mut RpcCall) -> Result<(), Fault> {
    for (name, connection) in &http.connections {
        let settings = &connection.driver.settings;
        let mut item = RpcStruct::new();
        item.add("name", name.clone());
        item.add("url", connection.base.as_str());
        if let Some(credentials) = &settings.credentials {
            item.add("username", credentials.username.as_str());
            item.add("authmethod", credentials.methods);
        }
        let timeout = settings.timeout.unwrap_or(Duration::ZERO).as_millis();
        item.add("timeout_ms", i64::try_from(timeout).unwrap_or(i64::MAX));
        let body_max = settings.body_max.unwrap_or(0);
        item.add("maxdatasize", i64::try_from(body_max).unwrap_or(i64::MAX));
        item.add("useragent", settings.user_agent.as_str());
        item.add("httpredirect", i64::from(settings.follows_redirects));
        item.add("keep_connections", i64::from(settings.keeps_connections));
        item.add("verify_peer", i64::from(settings.tls.verifies_peer));
        item.add(
            "verify_host",
            if settings.tls.verifies_host { 2 } else { 0 },
        );
        item.add("httpproxy", settings.proxy.as_deref().unwrap_or(""));
        let failover = connection.failover.clone();
        item.add("failover", failover.unwrap_or_else(Text::default));
        call.add(item);
    }
    Ok(())
}
