//! RPC commands.

use crate::Rtpproxy;
use media_proxies::nodes::Standing;
use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// Shows the proxies: `rtpproxy.list`.
#[rpc("rtpproxy.list", list)]
fn list(rtpproxy: &Rtpproxy, call: &mut RpcCall) -> Result<(), Fault> {
    let now = call.runtime.host.now();
    for (set, node) in rtpproxy.control.nodes.all() {
        let (is_off, recheck) = match node.standing() {
            Standing::Enabled => (0, 0),
            Standing::TurnedOff => (1, -1),
            Standing::SilentUntil(until) => {
                (1, until.saturating_duration_since(now).as_secs() as i64)
            }
        };
        let mut shown = RpcStruct::new();
        shown
            .add("setid", set)
            .add("url", node.listing.url.clone())
            .add("index", node.index as i64)
            .add("disabled", is_off)
            .add("weight", i64::from(node.listing.weight))
            .add("recheck", recheck);
        call.add(shown);
    }
    Ok(())
}

/// Has a proxy asked (1) or not (0): `rtpproxy.enable URL MODE`.
#[rpc("rtpproxy.enable")]
fn enable(rtpproxy: &Rtpproxy, call: &mut RpcCall) -> Result<(), Fault> {
    let (url, mode) = (call.text()?, call.int()?);
    let nodes = rtpproxy.control.nodes.named(&url);
    if nodes.is_empty() {
        return Err(Fault::new(404, "RTPProxy not found"));
    }
    for node in nodes {
        node.set_standing(match mode {
            0 => Standing::TurnedOff,
            _ => Standing::Enabled,
        });
    }
    Ok(())
}
