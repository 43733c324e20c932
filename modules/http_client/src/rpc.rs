//! RPC commands.

use crate::HttpClient;
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, Text, rpc};
use std::time::Duration;

/// Lists the connections: the fields of Kamailio, then ours. Passwords are not shown.
#[rpc("httpclient.listcon")]
fn list_connections(http: &HttpClient, call: &mut RpcCall) -> Result<(), Fault> {
    let mut list = RpcStruct::new();
    for (name, connection) in &http.connections {
        let settings = &connection.driver.settings;
        let url = connection.base.as_str();
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let credentials = settings.credentials.as_ref();
        let username = credentials.map(|known| Text::from(known.username.as_str()));
        let password = credentials.map(|_| Text::from_static("(set)"));
        let timeout = settings.timeout.unwrap_or(Duration::ZERO);
        let body_max = settings.body_max.unwrap_or(0);
        let proxy = settings.proxy.as_deref().map(Text::from);
        let mut item = RpcStruct::new();
        item.add("NAME", name.clone())
            .add("SCHEMA", scheme)
            .add("URI", rest)
            .add("USERNAME", or_null(username))
            .add("PASSWORD", or_null(password))
            .add("FAILOVER", or_null(connection.failover.clone()))
            .add("TIMEOUT", whole(timeout.as_secs()))
            .add("timeout_ms", whole(timeout.as_millis()))
            .add("maxdatasize", whole(body_max))
            .add("useragent", settings.user_agent.as_str())
            .add("httpredirect", i64::from(settings.follows_redirects))
            .add("keep_connections", i64::from(settings.keeps_connections))
            .add("verify_peer", i64::from(settings.tls.verifies_peer))
            .add("verify_host", 2 * i64::from(settings.tls.verifies_host))
            .add("authmethod", credentials.map_or(0, |known| known.methods))
            .add("httpproxy", or_null(proxy));
        list.add("CONNECTION", item);
    }
    call.add(list);
    Ok(())
}

fn or_null(text: Option<Text>) -> RpcValue {
    text.map_or(RpcValue::Null, RpcValue::Str)
}

fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
