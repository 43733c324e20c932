//! The list of places that are avoided.

use module_api::blocklist::AvoidedPlace;
use module_api::{Fault, NextHop, RpcCall, RpcStruct, rpc};
use sip::Transport;
use std::net::SocketAddr;

/// Refuses when places are not avoided (observed on 5.6.3).
fn check(call: &RpcCall) -> Result<(), Fault> {
    match call.runtime.avoids_places() {
        true => Ok(()),
        false => Err(Fault::new(500, "dst blocklist support disabled")),
    }
}

fn listed(call: &RpcCall) -> Vec<AvoidedPlace> {
    call.runtime.blocklist.list(call.runtime.host.now())
}

/// How long a place stays listed, in whole seconds, a part counted as one.
fn seconds(place: &AvoidedPlace) -> i64 {
    place.expires_in.as_millis().div_ceil(1000) as i64
}

/// Adds a place: address, port, the transport's number, and flags that say why.
#[rpc("dst_blocklist.add")]
fn add(call: &mut RpcCall) -> Result<(), Fault> {
    check(call)?;
    let bad = |what: &str| Fault::new(400, format!("bad {what}"));
    let ip = call.text()?.to_str_lossy().parse();
    let ip = ip.map_err(|_| bad("ip"))?;
    let port = u16::try_from(call.int()?).map_err(|_| bad("port"))?;
    let number = u8::try_from(call.int()?).ok();
    let transport = number.and_then(Transport::from_number);
    let flags = call.int()? as u8;
    let hop = NextHop {
        transport: transport.ok_or_else(|| bad("protocol"))?,
        address: SocketAddr::new(ip, port),
    };
    let now = call.runtime.host.now();
    call.runtime.avoid(hop, flags, 0, None, now);
    Ok(())
}

/// The list, each value for itself: protocol, address, port, seconds left, flags.
#[rpc("dst_blocklist.debug")]
fn debug(call: &mut RpcCall) -> Result<(), Fault> {
    check(call)?;
    for place in listed(call) {
        call.add(place.hop.transport.name());
        call.add(place.hop.address.ip().to_string());
        call.add(i64::from(place.hop.address.port()));
        call.add(seconds(&place));
        call.add(i64::from(place.reasons));
    }
    Ok(())
}

/// Forgets all places.
#[rpc("dst_blocklist.delete_all")]
fn delete_all(call: &mut RpcCall) -> Result<(), Fault> {
    check(call)?;
    call.runtime.blocklist.clear();
    Ok(())
}

/// How many octets the list takes, and how many it may take.
#[rpc("dst_blocklist.mem_info")]
fn mem_info(call: &mut RpcCall) -> Result<(), Fault> {
    check(call)?;
    call.add(call.runtime.blocklist.octets() as i64);
    call.add(call.runtime.blocklist_octets_max() as i64);
    Ok(())
}

/// A figure of the list; there is none, as in upstream's packages.
#[rpc("dst_blocklist.stats_get")]
fn stats_get(_call: &mut RpcCall) -> Result<(), Fault> {
    Err(Fault::new(500, "command dst_blocklist.stats_get not found"))
}

/// The list.
#[rpc("dst_blocklist.view")]
fn view(call: &mut RpcCall) -> Result<(), Fault> {
    check(call)?;
    for place in listed(call) {
        let mut shown = RpcStruct::new();
        shown
            .add("protocol", place.hop.transport.name())
            .add("ip", place.hop.address.ip().to_string())
            .add("port", i64::from(place.hop.address.port()))
            .add("expires in (s)", seconds(&place))
            .add("flags", i64::from(place.reasons));
        call.add(shown);
    }
    Ok(())
}
