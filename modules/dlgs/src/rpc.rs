//! RPC commands.

use crate::Dlgs;
use crate::filter::Filter;
use crate::table::{Record, State};
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, rpc};

/// Calls in one reply; of more only the first are shown.
const ROWS_MAX: usize = 10_000;

/// Shows the calls: `dlgs.list`.
#[rpc("dlgs.list", list)]
fn list(dlgs: &Dlgs, call: &mut RpcCall) -> Result<(), Fault> {
    show(dlgs, call, &|_| true, ROWS_MAX, whole);
    Ok(())
}

/// Shows the calls in brief: `dlgs.briefing`.
#[rpc("dlgs.briefing", list)]
fn briefing(dlgs: &Dlgs, call: &mut RpcCall) -> Result<(), Fault> {
    show(dlgs, call, &|_| true, ROWS_MAX, brief);
    Ok(())
}

/// Shows a call that fits: `dlgs.get FIELD OPERATOR DATA`.
#[rpc("dlgs.get", list)]
fn get(dlgs: &Dlgs, call: &mut RpcCall) -> Result<(), Fault> {
    let filter = filter(call)?;
    show(dlgs, call, &|record| filter.takes(record), 1, whole);
    Ok(())
}

/// Shows the calls that fit: `dlgs.getall FIELD OPERATOR DATA`.
#[rpc("dlgs.getall", list)]
fn getall(dlgs: &Dlgs, call: &mut RpcCall) -> Result<(), Fault> {
    let filter = filter(call)?;
    show(dlgs, call, &|record| filter.takes(record), ROWS_MAX, whole);
    Ok(())
}

/// The number of calls going on that fit: `dlgs.count FIELD OPERATOR DATA`.
#[rpc("dlgs.count")]
fn count(dlgs: &Dlgs, call: &mut RpcCall) -> Result<(), Fault> {
    let filter = filter(call)?;
    let mut count = 0i64;
    dlgs.table.for_each(&mut |record| {
        count += i64::from(record.state.is_active() && filter.takes(record));
        true
    });
    let mut reply = RpcStruct::new();
    reply.add("count", count);
    call.add(reply);
    Ok(())
}

/// The number of calls in each state: `dlgs.stats`.
#[rpc("dlgs.stats")]
fn stats(dlgs: &Dlgs, call: &mut RpcCall) -> Result<(), Fault> {
    let states = [
        ("init", State::Initial),
        ("progress", State::Progress),
        ("answered", State::Answered),
        ("confirmed", State::Confirmed),
        ("terminated", State::Terminated),
        ("notanswered", State::NotAnswered),
    ];
    let mut counts = [0i64; 6];
    dlgs.table.for_each(&mut |record| {
        let position = states.iter().position(|(_, state)| *state == record.state);
        if let Some(count) = position.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
        true
    });
    let mut reply = RpcStruct::new();
    for ((name, _), count) in states.into_iter().zip(counts) {
        reply.add(name, count);
    }
    call.add(reply);
    Ok(())
}

fn filter(call: &mut RpcCall) -> Result<Filter, Fault> {
    let (field, operator, data) = (call.text()?, call.text()?, call.text()?);
    Filter::read(&field, &operator, &data).ok_or_else(|| Fault::new(500, "Invalid filter"))
}

fn show(
    dlgs: &Dlgs,
    call: &mut RpcCall,
    takes: &dyn Fn(&Record) -> bool,
    most: usize,
    shown: fn(&Record) -> RpcStruct,
) {
    let mut rows: Vec<RpcValue> = Vec::new();
    dlgs.table.for_each(&mut |record| {
        if takes(record) {
            rows.push(shown(record).into());
        }
        rows.len() < most
    });
    call.add(RpcValue::Array(rows));
}

fn brief(record: &Record) -> RpcStruct {
    let mut shown = RpcStruct::new();
    shown
        .add("src", record.source.clone())
        .add("dst", record.destination.clone())
        .add("data", record.data.clone())
        .add("state", record.state as i64);
    shown
}

fn whole(record: &Record) -> RpcStruct {
    let mut shown = RpcStruct::new();
    let tags: Vec<RpcValue> = record.tags.iter().cloned().map(RpcValue::from).collect();
    shown
        .add("id", record.number as i64)
        .add("src", record.source.clone())
        .add("dst", record.destination.clone())
        .add("data", record.data.clone())
        .add("callid", record.call_id.clone())
        .add("ftag", record.from_tag.clone())
        .add("ttag", record.to_tag.clone())
        .add("ts_init", record.began_s as i64)
        .add("ts_answer", record.answered_s as i64)
        .add("state", record.state as i64)
        .add("tags", RpcValue::Array(tags));
    shown
}
