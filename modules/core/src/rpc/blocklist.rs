//! The list of places that do not answer. What a place does is seen per transaction here, so there is no such list, and
//! these commands answer as upstream's do when the list is off.

use module_api::{Fault, RpcCall, rpc};

fn off() -> Result<(), Fault> {
    Err(Fault::new(500, "dst blocklist support disabled"))
}

/// Adds a place: address, port, transport and flags.
#[rpc("dst_blocklist.add")]
fn add(_call: &mut RpcCall) -> Result<(), Fault> {
    off()
}

/// The list with details.
#[rpc("dst_blocklist.debug")]
fn debug(_call: &mut RpcCall) -> Result<(), Fault> {
    off()
}

/// Forgets all places.
#[rpc("dst_blocklist.delete_all")]
fn delete_all(_call: &mut RpcCall) -> Result<(), Fault> {
    off()
}

/// The memory of the list.
#[rpc("dst_blocklist.mem_info")]
fn mem_info(_call: &mut RpcCall) -> Result<(), Fault> {
    off()
}

/// A figure of the list.
#[rpc("dst_blocklist.stats_get")]
fn stats_get(_call: &mut RpcCall) -> Result<(), Fault> {
    off()
}

/// The list.
#[rpc("dst_blocklist.view")]
fn view(_call: &mut RpcCall) -> Result<(), Fault> {
    off()
}
