//! RPC commands.

use crate::Sl;
use module_api::{Fault, RpcCall, RpcStruct, rpc};

/// How many stateless responses were sent, by status.
#[rpc("sl.stats")]
fn stats(sl: &Sl, call: &mut RpcCall) -> Result<(), Fault> {
    let mut reply = RpcStruct::new();
    for (status, sent) in sl.counters.shown() {
        reply.add(status, sent);
    }
    call.add(reply);
    Ok(())
}
