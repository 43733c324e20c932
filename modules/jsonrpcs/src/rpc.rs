//! RPC commands.

use module_api::{Fault, RpcCall, rpc};

/// Answers with its arguments: the first as text, the others as numbers when they are some.
#[rpc("jsonrpc.echo", list)]
fn echo(call: &mut RpcCall) -> Result<(), Fault> {
    if call.remaining() == 0 {
        return Err(Fault::new(400, "Too few parameters"));
    }
    while let Some(value) = call.take() {
        call.add(value);
    }
    Ok(())
}
