//! DNS: from a URI to places, with a cache; questions go out on the runtime for back ends.

use crate::real::LazyRuntime;
use module_api::{Located, NextHop, Text, relay};
use sip::{Transport, Uri};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a name may take to resolve.
const PATIENCE: Duration = Duration::from_secs(5);

/// What resolves the names of next hops.
pub struct Resolver {
    runtime: Arc<LazyRuntime>,
}

impl Resolver {
    /// A resolver with the system's configuration.
    pub fn new(runtime: Arc<LazyRuntime>) -> Resolver {
        Resolver { runtime }
    }

    /// The places a URI stands for.
    pub fn locate(&self, uri: &Text) -> Located {
        if let Some(hop) = relay::numeric_hop(uri) {
            return Located::Ready(vec![hop]);
        }
        let Some((host, port, transport)) = named(uri) else {
            return Located::Ready(Vec::new());
        };
        if self.runtime.handle().is_none() {
            return Located::Ready(Vec::new());
        }
        Located::Later(Box::pin(async move {
            let lookup = tokio::net::lookup_host((host, port));
            match tokio::time::timeout(PATIENCE, lookup).await {
                Ok(Ok(addresses)) => addresses
                    .map(|address: SocketAddr| NextHop { transport, address })
                    .collect(),
                _ => Vec::new(),
            }
        }))
    }
}

fn named(uri: &[u8]) -> Option<(String, u16, Transport)> {
    let uri = Uri::parse(uri).ok()?;
    let transport = match uri.transport() {
        Some(transport) => transport,
        None if uri.is_secure() => Transport::Tls,
        None => Transport::Udp,
    };
    let host = String::from_utf8(uri.host().to_vec()).ok()?;
    Some((
        host,
        uri.port().unwrap_or(transport.default_port()),
        transport,
    ))
}
