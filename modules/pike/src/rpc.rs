//! RPC commands.

use crate::Pike;
use crate::tree::{Heat, Row};
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, rpc};
use std::time::Instant;

/// Rows of a reply; those that are left out are told by `number_of_rows` of the filter `ALL`.
const ROWS_MAX: usize = 10_000;

/// Shows the sources that are counted: `pike.top [HOT|WARM|ALL]`.
#[rpc("pike.top")]
fn top(pike: &Pike, call: &mut RpcCall) -> Result<(), Fault> {
    answer(pike, call)
}

/// Shows the sources that are counted: `pike.list [HOT|WARM|ALL]`.
#[rpc("pike.list")]
fn list(pike: &Pike, call: &mut RpcCall) -> Result<(), Fault> {
    answer(pike, call)
}

fn answer(pike: &Pike, call: &mut RpcCall) -> Result<(), Fault> {
    let filter = call.optional_text()?.unwrap_or_default();
    let least = match filter.to_ascii_uppercase().as_slice() {
        b"" | b"HOT" => Heat::Hot,
        b"WARM" => Heat::Warm,
        b"ALL" => Heat::Cold,
        _ => {
            let message = "Bad argument. Select: ALL, HOT or WARM";
            return Err(Fault::new(500, message));
        }
    };
    let now: Instant = call.runtime.host.now();
    let rows = pike.tree.rows(pike.seconds(now), least, ROWS_MAX);
    let mut reply = RpcStruct::new();
    reply.add("max_hits", i64::from(pike.tree.limits().hits));
    let number = rows.len() as i64;
    reply.add("list", RpcValue::Array(rows.iter().map(shown).collect()));
    reply.add("number_of_rows", number);
    call.add(reply);
    Ok(())
}

fn shown(row: &Row) -> RpcValue {
    let mut shown = RpcStruct::new();
    shown
        .add("ip_addr", row.address.to_string())
        .add("leaf_hits_prev", i64::from(row.hits_before))
        .add("leaf_hits_curr", i64::from(row.hits))
        .add("expires", i64::from(row.expires_s))
        .add(
            "status",
            match row.heat {
                Heat::Hot => "HOT",
                Heat::Warm => "WARM",
                Heat::Cold => "",
            },
        );
    shown.into()
}
