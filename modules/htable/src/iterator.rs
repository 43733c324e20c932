//! Iterators: walks over the items of a table, by name, for one run.

use crate::table::Table;
use module_api::{Call, Text, Value, Verdict};
use std::sync::Arc;

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
pub fn position(call: &mut Call, name: &[u8]) -> Option<(Arc<Table>, Text)> {
    let walk = walk(call, name)?;
    let (key, _) = walk.at.as_ref()?;
    Some((walk.table.clone(), key.clone()))
}

/// Begins a walk over the items of `table` under a name; a walk of that name begins anew.
pub fn begin(call: &mut Call, name: Text, table: &Arc<Table>) -> Verdict {
    let items = table.items(call.now).into_iter();
    let new = Walk {
        name: name.clone(),
        table: table.clone(),
        items,
        at: None,
    };
    if let Some(old) = walk(call, &name) {
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

/// Goes on to the next item that is still there; whether there is one.
pub fn advance(call: &mut Call, name: &[u8]) -> bool {
    let now = call.now;
    let Some(walk) = walk(call, name) else {
        return false;
    };
    walk.at = loop {
        let Some((key, _)) = walk.items.next() else {
            break None;
        };
        if let Some(value) = walk.table.find(&key, now) {
            break Some((key, value));
        }
    };
    walk.at.is_some()
}

/// Ends a walk; whether there was one of that name.
pub fn end(call: &mut Call, name: &[u8]) -> bool {
    let Some(walks) = call.notes.get_mut::<Walks>() else {
        return false;
    };
    let before = walks.0.len();
    walks.0.retain(|walk| *walk.name != *name);
    walks.0.len() < before
}

/// Gives the item that a walk is at another value.
pub fn set(call: &mut Call, name: &[u8], value: Value) -> bool {
    let Some((table, key)) = position(call, name) else {
        return false;
    };
    let done = table.set(key, value.clone(), call.now).is_ok();
    if let Some(at) = walk(call, name).and_then(|walk| walk.at.as_mut()) {
        at.1 = value;
    }
    done
}

/// The key and value of the item that a walk is at.
pub fn item(call: &mut Call, name: &[u8]) -> Option<(Text, Value)> {
    walk(call, name)?.at.clone()
}
