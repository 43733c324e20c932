//! Iterators: walks over the items of a table, by name, for one run.

use crate::Htable;
use crate::functions::table;
use crate::table::Table;
use module_api::{Call, InnerText, Text, Value, Verdict, pvar, script_function};
use std::sync::Arc;
use std::time::Duration;

/// How many iterators a run may have at once, as upstream.
const ITERATORS_MAX: usize = 4;

/// A walk over the items that were there when it began; what goes meanwhile is left out.
struct Walk {
    name: Text,
    table: Arc<Table>,
    items: std::vec::IntoIter<(Text, Value)>,
    at: Option<(Text, Value)>,
}

/// The iterators of a run.
#[derive(Default)]
struct Walks(Vec<Walk>);

fn walk<'a>(call: &'a mut Call, name: &[u8]) -> Option<&'a mut Walk> {
    call.notes
        .get_mut::<Walks>()?
        .0
        .iter_mut()
        .find(|walk| *walk.name == *name)
}

/// The key and table that an iterator is at.
fn position(call: &mut Call, name: &[u8]) -> Option<(Arc<Table>, Text)> {
    let walk = walk(call, name)?;
    let (key, _) = walk.at.as_ref()?;
    Some((walk.table.clone(), key.clone()))
}

/// Begins a walk `iterator` over the items of `table`, in the order of their keys.
///
/// ```cfg
/// $sht(a=>x) = 1;
/// sht_iterator_start("it", "a");
/// while (sht_iterator_next("it")) xinfo("$shtitkey(it)=$shtitval(it)\n");   # log: x=1
/// sht_iterator_end("it");
/// ```
#[script_function(sht_iterator_start, routes = ANY)]
pub fn sht_iterator_start(htable: &Htable, call: &mut Call, iterator: Text, name: Text) -> Verdict {
    let Some(table) = table(htable, call, &name) else {
        return Verdict::FALSE;
    };
    let items = table.items(call.now).into_iter();
    let new = Walk {
        name: iterator.clone(),
        table: table.clone(),
        items,
        at: None,
    };
    if let Some(old) = walk(call, &iterator) {
        *old = new;
        return Verdict::TRUE;
    }
    if call.notes.get::<Walks>().is_none() {
        call.notes.set(Walks::default());
    }
    match call.notes.get_mut::<Walks>() {
        Some(walks) if walks.0.len() < ITERATORS_MAX => walks.0.push(new),
        _ => {
            call.error(format_args!("a run has at most {ITERATORS_MAX} iterators"));
            return Verdict::FALSE;
        }
    }
    Verdict::TRUE
}

/// Goes on to the next item; false when there is none.
///
/// ```cfg
/// sht_iterator_start("it", "a");
/// if (!sht_iterator_next("it")) xinfo("empty\n");   # log: empty
/// sht_iterator_end("it");
/// ```
#[script_function(sht_iterator_next, routes = ANY)]
pub fn sht_iterator_next(call: &mut Call, iterator: Text) -> Verdict {
    let now = call.now;
    let Some(walk) = walk(call, &iterator) else {
        return Verdict::FALSE;
    };
    walk.at = loop {
        let Some((key, _)) = walk.items.next() else {
            break None;
        };
        if let Some(value) = walk.table.find(&key, now) {
            break Some((key, value));
        }
    };
    Verdict::of(walk.at.is_some())
}

/// Ends a walk.
///
/// ```cfg
/// sht_iterator_start("it", "a");
/// sht_iterator_end("it");
/// ```
#[script_function(sht_iterator_end, routes = ANY)]
pub fn sht_iterator_end(call: &mut Call, iterator: Text) -> Verdict {
    if let Some(walks) = call.notes.get_mut::<Walks>() {
        walks.0.retain(|walk| walk.name != iterator);
    }
    Verdict::TRUE
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
pub fn sht_iterator_rm(call: &mut Call, iterator: Text) -> Verdict {
    let Some((table, key)) = position(call, &iterator) else {
        return Verdict::FALSE;
    };
    Verdict::of(table.remove(&key))
}

fn set(call: &mut Call, iterator: &[u8], value: Value) -> Verdict {
    let Some((table, key)) = position(call, iterator) else {
        return Verdict::FALSE;
    };
    let done = table.set(key, value.clone(), call.now).is_ok();
    if let Some(at) = walk(call, iterator).and_then(|walk| walk.at.as_mut()) {
        at.1 = value;
    }
    Verdict::of(done)
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
pub fn sht_iterator_sets(call: &mut Call, iterator: Text, value: Text) -> Verdict {
    set(call, &iterator, Value::Str(value))
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
pub fn sht_iterator_seti(call: &mut Call, iterator: Text, value: i64) -> Verdict {
    set(call, &iterator, Value::Int(value))
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
pub fn sht_iterator_setex(call: &mut Call, iterator: Text, seconds: i64) -> Verdict {
    let Some((table, key)) = position(call, &iterator) else {
        return Verdict::FALSE;
    };
    let life = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Verdict::of(table.set_life(&key, life, call.now))
}

/// The key of the item an iterator is at.
#[pvar("shtitkey")]
pub fn iterator_key(call: &mut Call, iterator: &InnerText) -> Value {
    let name = iterator.0.text(call);
    let at = walk(call, &name).and_then(|walk| walk.at.as_ref());
    at.map_or(Value::Null, |(key, _)| Value::Str(key.clone()))
}

/// The value of the item an iterator is at.
#[pvar("shtitval")]
pub fn iterator_value(call: &mut Call, iterator: &InnerText) -> Value {
    let name = iterator.0.text(call);
    let at = walk(call, &name).and_then(|walk| walk.at.as_ref());
    at.map_or(Value::Null, |(_, value)| value.clone())
}
