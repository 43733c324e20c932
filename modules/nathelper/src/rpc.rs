//! RPC commands.

use crate::Nathelper;
use module_api::{Fault, RpcCall, rpc};
use std::sync::atomic::Ordering;

/// Turns pings on or off: `nathelper.enable_ping 1`. Fails where there are none (`natping_interval` 0).
#[rpc("nathelper.enable_ping")]
fn enable_ping(nathelper: &Nathelper, call: &mut RpcCall) -> Result<(), Fault> {
    let on = call.int()? != 0;
    if nathelper.params.natping_interval == 0 {
        return Err(Fault::new(500, "NATping disabled"));
    }
    nathelper.pings.store(on, Ordering::Relaxed);
    Ok(())
}
