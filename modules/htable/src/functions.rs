//! Script functions.

pub mod chosen;
pub mod iterators;

use crate::Htable;
use crate::table::Table;
use module_api::{Call, LogLevel, Step, Text, Value, Verdict, script_function};
use std::sync::Arc;
use std::time::Duration;

/// The table of a name; a missing one is the script's mistake.
pub fn find_table<'a>(htable: &'a Htable, call: &mut Call, name: &[u8]) -> Option<&'a Arc<Table>> {
    let table = htable.tables.get(name);
    if table.is_none() {
        call.error(format_args!(
            "there is no hash table `{}`",
            Text::from(name)
        ));
    }
    table
}

/// Splits `table=>rest`.
fn split(text: &Text) -> Option<(Text, Text)> {
    let at = text.windows(2).position(|pair| pair == b"=>")?;
    Some((text.slice(..at), text.slice(at + 2..)))
}

/// Removes the item `key` of `table`. True also when there was none.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_rm("a", "x");
/// xinfo("$sht(a=>x)\n");   # log: <null>
/// ```
#[script_function(sht_rm, routes = ANY)]
fn sht_rm(htable: &Htable, call: &mut Call, table: Text, key: Text) -> Verdict {
    let Some(table) = find_table(htable, call, &table) else {
        return Verdict::FALSE;
    };
    table.remove(&key);
    Verdict::TRUE
}

/// Removes all items of `table`.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_reset("a");
/// xinfo("$sht(a=>x)\n");   # log: <null>
/// ```
#[script_function(sht_reset, routes = ANY)]
fn sht_reset(htable: &Htable, call: &mut Call, table: Text) -> Verdict {
    let Some(table) = find_table(htable, call, &table) else {
        return Verdict::FALSE;
    };
    table.clear();
    Verdict::TRUE
}

/// Writes all items of all tables to the log.
///
/// ```cfg
/// sht_print();
/// ```
#[script_function(sht_print, routes = ANY)]
fn sht_print(htable: &Htable, call: &mut Call) -> Verdict {
    for table in htable.tables.iter() {
        call.log(
            LogLevel::Error,
            format_args!("===== htable[{}] hsize: {}", table.spec.name, table.len()),
        );
        for (key, value) in table.items(call.now) {
            call.log(
                LogLevel::Error,
                format_args!("  {key}: {}", value.to_text()),
            );
        }
    }
    Verdict::TRUE
}

/// Locks `table=>key` for this run; waits while another run has it.
///
/// The lock is given back by `sht_unlock()`, or at the end of the run.
///
/// ```cfg
/// sht_lock("a=>x");
/// $sht(a=>x) = 5;
/// sht_unlock("a=>x");
/// xinfo("$sht(a=>x)\n");   # log: 5
/// ```
#[script_function(sht_lock, routes = ANY, waits)]
fn sht_lock(htable: &Htable, call: &mut Call, key: Text) -> Step {
    match split(&key) {
        Some((name, _)) if htable.tables.get(&name).is_some() => htable.locks.take(call, key),
        _ => {
            call.error(format_args!("there is no hash table for `{key}`"));
            Verdict::FALSE.into()
        }
    }
}

/// Gives the lock of `table=>key` back.
///
/// ```cfg
/// sht_lock("a=>x");
/// sht_unlock("a=>x");
/// ```
#[script_function(sht_unlock, routes = ANY)]
fn sht_unlock(htable: &Htable, call: &mut Call, key: Text) -> Verdict {
    if !htable.locks.give_back(call, &key) {
        call.warn(format_args!("this run does not hold the lock `{key}`"));
        return Verdict::FALSE;
    }
    Verdict::TRUE
}

fn set_for(
    htable: &Htable,
    call: &mut Call,
    name: &[u8],
    key: Text,
    value: Value,
    seconds: i64,
) -> Verdict {
    let Some(table) = find_table(htable, call, name) else {
        return Verdict::FALSE;
    };
    let life = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Verdict::of(table.set_with_life(key, value, life, call.now).is_ok())
}

/// Sets the item `key` of `table` to the text `value`, to live `seconds`.
///
/// ```cfg
/// sht_setxs("a", "x", "abc", 120);
/// xinfo("$sht(a=>x) $shtex(a=>x)\n");   # log: abc 120
/// ```
#[script_function(sht_setxs, routes = ANY)]
fn sht_setxs(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    key: Text,
    value: Text,
    seconds: i64,
) -> Verdict {
    set_for(htable, call, &table, key, Value::Str(value), seconds)
}

/// Sets the item `key` of `table` to the integer `value`, to live `seconds`.
///
/// ```cfg
/// sht_setxi("a", "x", 100, 120);
/// xinfo("$sht(a=>x) $shtex(a=>x)\n");   # log: 100 120
/// ```
#[script_function(sht_setxi, routes = ANY)]
fn sht_setxi(
    htable: &Htable,
    call: &mut Call,
    table: Text,
    key: Text,
    value: i64,
    seconds: i64,
) -> Verdict {
    set_for(htable, call, &table, key, Value::Int(value), seconds)
}

/// Adds 1 to the item `key` of `table` in one step; the return code is the new value when that is positive.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_inc("a", "x");
/// xinfo("$sht(a=>x)\n");   # log: 2
/// ```
#[script_function(sht_inc, routes = ANY)]
fn sht_inc(htable: &Htable, call: &mut Call, table: Text, key: Text) -> Verdict {
    add(htable, call, &table, &key, 1)
}

/// Takes 1 from the item `key` of `table` in one step; the return code is the new value when that is positive.
///
/// ```cfg
/// $sht(a=>x) = 3;
/// sht_dec("a", "x");
/// xinfo("$sht(a=>x)\n");   # log: 2
/// ```
#[script_function(sht_dec, routes = ANY)]
fn sht_dec(htable: &Htable, call: &mut Call, table: Text, key: Text) -> Verdict {
    add(htable, call, &table, &key, -1)
}

fn add(htable: &Htable, call: &mut Call, name: &[u8], key: &[u8], amount: i64) -> Verdict {
    let Some(table) = find_table(htable, call, name) else {
        return Verdict::FALSE;
    };
    match table.add(key, amount, call.now) {
        // 0 would end the script.
        Some(sum) if sum > 0 => Verdict(sum),
        Some(_) => Verdict::TRUE,
        None => Verdict::FALSE,
    }
}

/// Whether the item `key` of `table` reads as `$null`.
///
/// The return code is 1 when it does and 2 when there is no such table; -1 when it is not there, but reads as the `initval` of the
/// table; and -2 when it is there.
///
/// ```cfg
/// if (sht_is_null("a", "nothing")) xinfo("none\n");   # log: none
/// ```
#[script_function(sht_is_null, routes = ANY)]
fn sht_is_null(htable: &Htable, call: &mut Call, table: Text, key: Text) -> Verdict {
    let Some(table) = find_table(htable, call, &table) else {
        return Verdict(2);
    };
    match (table.find(&key, call.now), table.spec.initial) {
        (Some(_), _) => Verdict(-2),
        (None, Some(_)) => Verdict::FALSE,
        (None, None) => Verdict::TRUE,
    }
}
