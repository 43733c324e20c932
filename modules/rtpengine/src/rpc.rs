//! RPC commands.

use crate::Rtpengine;
use media_proxies::nodes::{Node, Standing};
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, rpc};
use std::sync::Arc;
use std::time::Duration;

/// How long a ping may take in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Shows daemons: `rtpengine.show URL|all`.
#[rpc("rtpengine.show", list)]
fn show(rtpengine: &Rtpengine, call: &mut RpcCall) -> Result<(), Fault> {
    let wanted = named(rtpengine, call)?.1;
    let now = call.runtime.host.now();
    for (set, node) in rtpengine.control.nodes.all() {
        if !wanted.iter().any(|known| Arc::ptr_eq(known, &node)) {
            continue;
        }
        let mut shown = RpcStruct::new();
        shown
            .add("url", node.listing.url.clone())
            .add("set", set)
            .add("index", node.index as i64)
            .add("weight", i64::from(node.listing.weight));
        match node.standing() {
            Standing::Enabled => shown.add("disabled", 0).add("recheck_ticks", 0),
            Standing::TurnedOff => shown
                .add("disabled", "1(permanent)")
                .add("recheck_ticks", "N/A"),
            Standing::SilentUntil(until) => {
                let left = until.saturating_duration_since(now).as_secs() as i64;
                shown.add("disabled", 1).add("recheck_ticks", left)
            }
        };
        call.add(shown);
    }
    Ok(())
}

/// Asks daemons whether they are there: `rtpengine.ping URL|all`.
#[rpc("rtpengine.ping")]
fn ping(rtpengine: &Rtpengine, call: &mut RpcCall) -> Result<(), Fault> {
    let (url, nodes) = named(rtpengine, call)?;
    answer_when_asked(rtpengine, call, url, nodes, "success")
}

/// Has daemons asked (1) or not (0): `rtpengine.enable URL|all MODE`. Who is to be asked must answer a ping first.
#[rpc("rtpengine.enable")]
fn enable(rtpengine: &Rtpengine, call: &mut RpcCall) -> Result<(), Fault> {
    let (url, nodes) = named(rtpengine, call)?;
    let standing = match call.int()? {
        0 => Standing::TurnedOff,
        _ => Standing::Enabled,
    };
    for node in &nodes {
        node.set_standing(standing);
    }
    match standing {
        Standing::Enabled => answer_when_asked(rtpengine, call, url, nodes, "enable"),
        _ => {
            call.add(status(url, "disable"));
            Ok(())
        }
    }
}

/// How many calls are remembered with their daemons: `rtpengine.get_hash_total`.
#[rpc("rtpengine.get_hash_total")]
fn get_hash_total(rtpengine: &Rtpengine, call: &mut RpcCall) -> Result<(), Fault> {
    call.add(rtpengine.control.calls() as i64);
    Ok(())
}

/// Reads the table of daemons again: `rtpengine.reload`.
#[rpc("rtpengine.reload")]
fn reload(rtpengine: &Rtpengine, call: &mut RpcCall) -> Result<(), Fault> {
    let _ = call.take();
    let Some(table) = rtpengine.table.get() else {
        return Err(Fault::new(500, "No Database URL"));
    };
    let wanted = table
        .load()
        .map_err(|reason| Fault::new(500, reason.to_string()))?;
    rtpengine.control.nodes.replace(wanted);
    call.add("Success");
    Ok(())
}

fn named(rtpengine: &Rtpengine, call: &mut RpcCall) -> Result<(RpcValue, Vec<Arc<Node>>), Fault> {
    let url = call.text()?;
    let nodes = rtpengine.control.nodes.named(&url);
    match nodes.is_empty() {
        true => Err(Fault::new(404, "Instance not found")),
        false => Ok((RpcValue::Str(url), nodes)),
    }
}

fn status(url: RpcValue, status: &str) -> RpcStruct {
    let mut reply = RpcStruct::new();
    reply.add("url", url).add("status", status);
    reply
}

/// Pings daemons, and answers with the status `good` when each of them has answered. Whoever carries the command out does not wait:
/// with `jsonrpc_dispatch` that is a lane.
fn answer_when_asked(
    rtpengine: &Rtpengine,
    call: &mut RpcCall,
    url: RpcValue,
    nodes: Vec<Arc<Node>>,
    good: &'static str,
) -> Result<(), Fault> {
    let answer = call.answer_later(PATIENCE)?;
    let host = call.runtime.host.clone();
    let control = rtpengine.control.clone();
    call.runtime.host.spawn(Box::pin(async move {
        let mut outcome = good;
        for node in nodes {
            if !control.clone().ping(host.clone(), node).await {
                outcome = "fail";
            }
        }
        answer.finish(Ok(vec![status(url, outcome).into()]));
    }));
    Ok(())
}
