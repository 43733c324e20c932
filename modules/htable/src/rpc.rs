//! RPC commands.

use crate::Htable;
use crate::driver::{Storage, StorageError};
use crate::events;
use crate::outside::Outside;
use crate::table::Table;
use db::Pending;
use module_api::calendar::{Calendar, Zone};
use module_api::{Fault, RpcCall, RpcStruct, RpcValue, Text, Value, rpc};
use std::sync::Arc;
use std::time::Duration;

/// The table that the next argument names.
fn table(htable: &Htable, call: &mut RpcCall) -> Result<Arc<Table>, Fault> {
    let name = call.text()?;
    htable
        .tables
        .get(&name)
        .cloned()
        .ok_or_else(|| Fault::new(500, "No such htable"))
}

fn rpc_value(value: Value) -> RpcValue {
    match value {
        Value::Null => RpcValue::from("<null>"),
        Value::Int(number) => RpcValue::Int(number),
        Value::Str(text) => RpcValue::Str(text),
    }
}

/// An item as `htable.get` shows it: `flags` has the bit 2 for a text, `expire` is local time.
fn single_item(call: &RpcCall, table: &Table, key: Text, value: Value) -> RpcStruct {
    let flags = if matches!(value, Value::Str(_)) { 2 } else { 0 };
    let host = &call.runtime.host;
    let expire = match table.life(&key, host.now()) {
        Some(life) if !life.is_zero() => {
            let calendar = Calendar::at(host.unix_time() + life, Zone::Local);
            Text::from(calendar.format(&c"%Y-%m-%d %H:%M:%S".to_owned()))
        }
        _ => Text::from_static("NEVER"),
    };
    let mut item = RpcStruct::new();
    item.add("name", key)
        .add("value", rpc_value(value))
        .add("flags", flags)
        .add("expire", expire);
    item
}

fn item(key: Text, value: Value) -> RpcStruct {
    let kind = if matches!(value, Value::Str(_)) {
        "str"
    } else {
        "int"
    };
    let mut item = RpcStruct::new();
    item.add("name", key)
        .add("value", rpc_value(value))
        .add("type", kind);
    item
}

/// All items of a table.
#[rpc("htable.dump", list)]
fn dump(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(1, 500, "No htable name given")?;
    let table = table(htable, call)?;
    for (entry, (key, value)) in table.items(call.runtime.host.now()).into_iter().enumerate() {
        let mut slot = RpcStruct::new();
        slot.add("entry", entry as i64).add("size", 1);
        slot.add("slot", RpcValue::Array(vec![item(key, value).into()]));
        call.add(slot);
    }
    Ok(())
}

/// One item of a table.
#[rpc("htable.get")]
fn get(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(2, 500, "Not enough parameters (htable name and key name)")?;
    let table = table(htable, call)?;
    let key = call.text()?;
    match table.find(&key, call.runtime.host.now()) {
        Some(value) => {
            let mut reply = RpcStruct::new();
            reply.add("item", single_item(call, &table, key, value));
            call.add(reply);
            Ok(())
        }
        None => Err(Fault::new(500, "Key name doesn't exist in htable.")),
    }
}

/// Removes an item.
#[rpc("htable.delete")]
fn delete(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(2, 500, "Not enough parameters (htable name & key name")?;
    let table = table(htable, call)?;
    let key = call.text()?;
    if table.remove(&key) {
        call.add("Ok. Key deleted.");
        Ok(())
    } else {
        Err(Fault::new(404, "Key not found in htable."))
    }
}

fn set(
    call: &mut RpcCall,
    table: &Table,
    key: Text,
    value: Value,
    life: Option<Duration>,
) -> Result<(), Fault> {
    let now = call.runtime.host.now();
    let set = match life {
        Some(life) => table.set_with_life(key, value, life, now),
        None => table.set(key, value, now),
    };
    set.map_err(|_| Fault::new(500, "The htable is full"))?;
    call.add("Ok. Key set to new value.");
    Ok(())
}

/// What is said when a command that sets an item has too few arguments.
const VALUE_NEEDED: &str = "Not enough parameters (htable name, key name and value)";

/// Sets an item to a text.
#[rpc("htable.sets")]
fn sets(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(3, 500, VALUE_NEEDED)?;
    let (table, key, value) = (table(htable, call)?, call.text()?, call.text()?);
    set(call, &table, key, Value::Str(value), None)
}

/// Sets an item to an integer.
#[rpc("htable.seti")]
fn seti(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(3, 500, VALUE_NEEDED)?;
    let (table, key) = (table(htable, call)?, call.text()?);
    let value = number(call, VALUE_NEEDED)?;
    set(call, &table, key, Value::Int(value), None)
}

/// The next argument; what is said when it is no integer.
fn number(call: &mut RpcCall, needed: &str) -> Result<i64, Fault> {
    call.int().map_err(|_| Fault::new(500, needed))
}

fn life(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// Gives an item, if there is one, seconds to live.
#[rpc("htable.setex")]
fn setex(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    let needed = "Not enough parameters (htable name, item name and expire)";
    call.needs(3, 500, needed)?;
    let (table, key) = (table(htable, call)?, call.text()?);
    let seconds = number(call, needed)?;
    table.set_life(&key, life(seconds), call.runtime.host.now());
    call.add("Ok");
    Ok(())
}

/// What is said when a command that gives an item a life has too few arguments.
const LIFE_NEEDED: &str = "Not enough parameters (htable name, key name, value and expire)";

/// Sets an item to a text, with seconds to live.
#[rpc("htable.setxs")]
fn setxs(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(4, 500, LIFE_NEEDED)?;
    let (table, key, value, seconds) = (
        table(htable, call)?,
        call.text()?,
        call.text()?,
        call.int()?,
    );
    set(call, &table, key, Value::Str(value), Some(life(seconds)))
}

/// Sets an item to an integer, with seconds to live.
#[rpc("htable.setxi")]
fn setxi(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(4, 500, LIFE_NEEDED)?;
    let (table, key, value, seconds) =
        (table(htable, call)?, call.text()?, call.int()?, call.int()?);
    set(call, &table, key, Value::Int(value), Some(life(seconds)))
}

/// Removes all items of a table.
#[rpc("htable.flush")]
fn flush(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    call.needs(1, 500, "No htable name given")?;
    table(htable, call)?.clear();
    call.add("Ok. Htable flushed.");
    Ok(())
}

/// The tables and what they are like.
#[rpc("htable.listTables", list)]
fn list_tables(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    for table in htable.tables.iter() {
        let spec = &table.spec;
        let mut entry = RpcStruct::new();
        entry
            .add("name", spec.name.clone())
            .add("dbtable", spec.source.table.clone())
            .add("dbmode", i64::from(spec.source.is_written_back))
            .add(
                "expire",
                spec.expire.map_or(0, |life| life.as_secs() as i64),
            )
            .add("updateexpire", i64::from(spec.update_expire))
            .add("size", 1i64 << spec.size.min(31))
            .add("dmqreplicate", 0);
        call.add(entry);
    }
    Ok(())
}

/// How many items the tables hold and how they are spread.
#[rpc("htable.stats", list)]
fn stats(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    for table in htable.tables.iter() {
        let (most, least) = table.spread();
        let mut entry = RpcStruct::new();
        entry
            .add("name", table.spec.name.clone())
            .add("slots", 1i64 << table.spec.size.min(31))
            .add("all", table.len() as i64)
            .add("min", least as i64)
            .add("max", most as i64);
        call.add(entry);
    }
    Ok(())
}

/// Puts what the database has in the place of all that a table holds.
///
/// The answer does not wait for a slow database; what fails after it is in the log.
#[rpc("htable.reload")]
fn reload(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    let storage = storage(htable)?;
    call.needs(1, 500, "No htable name given")?;
    let table = table(htable, call)?;
    let outside = Outside::of(&call.runtime);
    let pending = storage.reload(&table, outside.now()).map_err(fault)?;
    let (runtime, reloaded) = (call.runtime.clone(), table.clone());
    let finish = move |result: Result<Result<(), StorageError>, db::Error>| {
        result??;
        events::announce_reload(&runtime, &reloaded);
        Ok(())
    };
    settle(call, table, pending, finish)?;
    call.line(format_args!("Ok. Htable reloaded."));
    Ok(())
}

/// Puts what a table holds in the place of all that the database has.
///
/// The answer does not wait for a slow database; what fails after it is in the log.
#[rpc("htable.store")]
fn store(htable: &Htable, call: &mut RpcCall) -> Result<(), Fault> {
    let storage = storage(htable)?;
    call.needs(1, 500, "No htable name given")?;
    let table = table(htable, call)?;
    let outside = Outside::of(&call.runtime);
    let pending = storage.store(&table, outside.now()).map_err(fault)?;
    let finish = |result: Result<(), db::Error>| Ok(result?);
    settle(call, table, pending, finish)?;
    call.line(format_args!("Ok. Htable successfully stored to DB."));
    Ok(())
}

fn storage(htable: &Htable) -> Result<&Storage, Fault> {
    let storage = htable.storage.get();
    storage.ok_or_else(|| Fault::new(500, "No htable db_url"))
}

fn fault(error: StorageError) -> Fault {
    Fault::new(500, error.to_string())
}

/// Tells of a failure: in the answer when it is known already, else in the log.
fn settle<T: Send + 'static>(
    call: &RpcCall,
    table: Arc<Table>,
    pending: Pending<T>,
    finish: impl FnOnce(Result<T, db::Error>) -> Result<(), StorageError> + Send + 'static,
) -> Result<(), Fault> {
    match pending {
        Pending::Ready(result) => finish(result).map_err(fault),
        Pending::Later(answer) => {
            let outside = Outside::of(&call.runtime);
            call.runtime.host.spawn(Box::pin(async move {
                if let Err(error) = finish(answer.await) {
                    let name = &table.spec.name;
                    outside.report(format_args!(
                        "hash table `{name}` and its database: {error}"
                    ));
                }
            }));
            Ok(())
        }
    }
}
