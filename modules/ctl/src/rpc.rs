//! RPC commands.

use crate::Ctl;
use module_api::{Fault, RpcCall, rpc};

/// How many connections are open.
#[rpc("ctl.connections")]
fn connections(ctl: &Ctl, call: &mut RpcCall) -> Result<(), Fault> {
    call.add(ctl.board.connections.lock().len() as i64);
    Ok(())
}

/// The open sockets: protocol, transport, address and port of each.
#[rpc("ctl.listen")]
fn listen(ctl: &Ctl, call: &mut RpcCall) -> Result<(), Fault> {
    for endpoint in ctl.board.endpoints.lock().iter() {
        let (place, port) = endpoint.place();
        call.add("binrpc");
        call.add(endpoint.protocol());
        call.add(place);
        call.add(port);
    }
    Ok(())
}

/// The open connections: protocol, transport, the peer's address and port, our address and port of each.
#[rpc("ctl.who")]
fn who(ctl: &Ctl, call: &mut RpcCall) -> Result<(), Fault> {
    let connections = ctl.board.connections.lock();
    if connections.is_empty() {
        return Err(Fault::new(400, "no open stream connection"));
    }
    for (endpoint, (peer, peer_port)) in connections.values() {
        let (place, port) = endpoint.place();
        call.add("binrpc");
        call.add(endpoint.protocol());
        call.add(peer.as_str());
        call.add(peer_port.as_str());
        call.add(place);
        call.add(port);
    }
    Ok(())
}
