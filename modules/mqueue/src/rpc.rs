//! RPC commands.

use crate::Mqueue;
use crate::queue::Queue;
use module_api::{Fault, RpcCall, RpcStruct, rpc};
use std::sync::Arc;

/// The queue that the next argument names; 5.6.3 says that there is none with a code of each command's own.
fn queue(mqueue: &Mqueue, call: &mut RpcCall, missing: u16) -> Result<Arc<Queue>, Fault> {
    let name = call.text()?;
    mqueue
        .queue(&name)
        .cloned()
        .ok_or_else(|| Fault::new(missing, "No such queue"))
}

fn sized(queue: &Queue) -> RpcStruct {
    let mut reply = RpcStruct::new();
    reply
        .add("name", queue.spec.name.clone())
        .add("size", queue.len() as i64);
    reply
}

/// How many pairs a queue holds.
#[rpc("mqueue.get_size")]
fn get_size(mqueue: &Mqueue, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(1, 400, "No queue name")?;
    let queue = queue(mqueue, call, 404)?;
    call.add(sized(&queue));
    Ok(())
}

/// How many pairs each queue holds.
#[rpc("mqueue.get_sizes", list)]
fn get_sizes(mqueue: &Mqueue, call: &mut RpcCall) -> Result<(), Fault> {
    for queue in mqueue.queues() {
        call.add(sized(queue));
    }
    Ok(())
}

/// Takes the oldest pair out of a queue.
#[rpc("mqueue.fetch")]
fn fetch(mqueue: &Mqueue, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(1, 500, "No queue name")?;
    let queue = queue(mqueue, call, 500)?;
    let (key, value) = queue
        .fetch()
        .ok_or_else(|| Fault::new(404, "Empty queue"))?;
    let mut reply = RpcStruct::new();
    reply.add("key", key).add("val", value);
    call.add(reply);
    Ok(())
}
