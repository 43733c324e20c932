//! The results that a message has.

use db::Rows;
use module_api::{Call, Text};
use std::sync::Arc;

/// A note: results by their names, and what the last query of each connection has changed.
#[derive(Default)]
struct Results {
    rows: Vec<(Text, Arc<Rows>)>,
    affected: Vec<(Text, i64)>,
}

fn results(call: &mut Call) -> Option<&mut Results> {
    if call.notes.get::<Results>().is_none() {
        call.notes.set(Results::default());
    }
    call.notes.get_mut::<Results>()
}

/// The rows of a result.
pub fn rows(call: &Call, name: &[u8]) -> Option<Arc<Rows>> {
    let results = call.notes.get::<Results>()?;
    let mut same = results.rows.iter().filter(|(known, _)| **known == *name);
    same.next().map(|(_, rows)| rows.clone())
}

/// Keeps rows as a result, or takes it away.
pub fn keep(call: &mut Call, name: &Text, rows: Option<Rows>) {
    let Some(results) = results(call) else {
        return;
    };
    results.rows.retain(|(known, _)| known != name);
    if let Some(rows) = rows {
        results.rows.push((name.clone(), Arc::new(rows)));
    }
}

/// How many rows the last query of a connection has changed.
pub fn affected(call: &Call, connection: &Text) -> Option<i64> {
    let results = call.notes.get::<Results>()?;
    let mut same = results
        .affected
        .iter()
        .filter(|(name, _)| name == connection);
    same.next().map(|(_, count)| *count)
}

/// Notes how many rows a query of a connection has changed.
pub fn note_affected(call: &mut Call, connection: &Text, count: u64) {
    let Some(results) = results(call) else {
        return;
    };
    results.affected.retain(|(name, _)| name != connection);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    results.affected.push((connection.clone(), count));
}

/// A cell as the script sees it: integers and points in time are numbers, everything else is text.
pub fn value_of(cell: &db::Value) -> module_api::Value {
    match cell {
        db::Value::Int(number) | db::Value::Time(number) => module_api::Value::Int(*number),
        other => module_api::Value::from_option(other.to_text()),
    }
}
