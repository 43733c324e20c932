//! Script functions that walk over a table.

use super::find_table;
use crate::{Htable, iterator};
use module_api::{Call, Text, Value, Verdict, script_function};
use std::time::Duration;

/// Begins a walk over the items of `table`, in the order of their keys.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_iterator_start("it", "a");
/// while (sht_iterator_next("it")) xinfo("$shtitkey(it)=$shtitval(it)\n");   # log: x=1
/// sht_iterator_end("it");
/// ```
#[script_function(sht_iterator_start, routes = ANY)]
fn sht_iterator_start(htable: &Htable, call: &mut Call, walk: Text, name: Text) -> Verdict {
    match find_table(htable, call, &name) {
        Some(table) => iterator::begin(call, walk, table),
        None => Verdict::FALSE,
    }
}

/// Goes on to the next item; false when there is none.
///
/// ```cfg
/// sht_iterator_start("it", "a");
/// if (!sht_iterator_next("it")) xinfo("empty\n");   # log: empty
/// sht_iterator_end("it");
/// ```
#[script_function(sht_iterator_next, routes = ANY)]
fn sht_iterator_next(call: &mut Call, walk: Text) -> Verdict {
    Verdict::of(iterator::advance(call, &walk))
}

/// Ends a walk.
///
/// ```cfg
/// sht_iterator_start("it", "a");
/// sht_iterator_end("it");
/// ```
#[script_function(sht_iterator_end, routes = ANY)]
fn sht_iterator_end(call: &mut Call, walk: Text) -> Verdict {
    Verdict::of(iterator::end(call, &walk))
}

/// Removes the item the iterator is at.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_iterator_start("it", "a");
/// while (sht_iterator_next("it")) sht_iterator_rm("it");
/// sht_iterator_end("it");
/// xinfo("$sht(a=>x)\n");   # log: <null>
/// ```
#[script_function(sht_iterator_rm, routes = ANY)]
fn sht_iterator_rm(call: &mut Call, walk: Text) -> Verdict {
    let Some((table, key)) = iterator::position(call, &walk) else {
        return Verdict::FALSE;
    };
    Verdict::of(table.remove(&key))
}

/// Sets the item the iterator is at to a text.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_iterator_start("it", "a");
/// while (sht_iterator_next("it")) sht_iterator_sets("it", "new");
/// sht_iterator_end("it");
/// xinfo("$sht(a=>x)\n");   # log: new
/// ```
#[script_function(sht_iterator_sets, routes = ANY)]
fn sht_iterator_sets(call: &mut Call, walk: Text, value: Text) -> Verdict {
    Verdict::of(iterator::set(call, &walk, Value::Str(value)))
}

/// Sets the item the iterator is at to an integer.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_iterator_start("it", "a");
/// while (sht_iterator_next("it")) sht_iterator_seti("it", 7);
/// sht_iterator_end("it");
/// xinfo("$sht(a=>x)\n");   # log: 7
/// ```
#[script_function(sht_iterator_seti, routes = ANY)]
fn sht_iterator_seti(call: &mut Call, walk: Text, value: i64) -> Verdict {
    Verdict::of(iterator::set(call, &walk, Value::Int(value)))
}

/// Gives the item the iterator is at `seconds` to live.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_iterator_start("it", "a");
/// while (sht_iterator_next("it")) sht_iterator_setex("it", 60);
/// sht_iterator_end("it");
/// xinfo("$shtex(a=>x)\n");   # log: 60
/// ```
#[script_function(sht_iterator_setex, routes = ANY)]
fn sht_iterator_setex(call: &mut Call, walk: Text, seconds: i64) -> Verdict {
    let Some((table, key)) = iterator::position(call, &walk) else {
        return Verdict::FALSE;
    };
    let life = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Verdict::of(table.set_life(&key, life, call.now))
}
