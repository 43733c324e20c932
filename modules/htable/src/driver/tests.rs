use super::*;
use crate::declaration::table_spec;
use db::{Error, Value as Cell};
use module_api::Value;
use std::time::{Duration, Instant};
use testkit::OneTable;

fn row(key: &str, value: &str) -> Vec<Cell> {
    vec![key.into(), 0.into(), 0.into(), value.into()]
}

fn storage(declaration: &str, rows: &[Vec<Cell>]) -> (Storage, Arc<Table>, Arc<OneTable>, Moment) {
    let database = Arc::new(OneTable::with(rows.to_vec()));
    let table = Arc::new(Table::new(
        table_spec(declaration, &mut Vec::new()).unwrap(),
    ));
    let params = DatabaseParams::default();
    let storage = Storage::new(database.clone(), &params, std::iter::once(&table));
    let now = Moment {
        instant: Instant::now(),
        unix: Duration::from_secs(1_000),
    };
    (storage, table, database, now)
}

fn ready<T>(pending: Pending<T>) -> Result<T, Error> {
    match pending {
        Pending::Ready(result) => result,
        Pending::Later(_) => panic!("the answer is not there"),
    }
}

#[test]
fn what_was_loaded_is_stored_with_what_was_added() {
    let (storage, table, database, now) = storage("a=>dbtable=t;dbmode=1", &[row("k", "v")]);
    storage.load_blocking(&table, now).unwrap();
    assert_eq!(table.get(b"k", now.instant), Value::Str(Text::from("v")));
    table
        .set(Text::from("n"), Value::Int(5), now.instant)
        .unwrap();
    ready(storage.store(&table, now).unwrap()).unwrap();
    let mut stored = database.rows.lock().clone();
    stored.sort_by_key(|row| row[0].to_text());
    let number = vec!["n".into(), 0.into(), 1.into(), "5".into()];
    assert_eq!(stored, [row("k", "v"), number]);
    assert_eq!(
        database.statements.lock()[..3],
        [
            "SELECT `key_name`, `key_type`, `value_type`, `key_value` FROM `t`",
            "DELETE FROM `t`",
            "INSERT INTO `t` (`key_name`, `key_type`, `value_type`, `key_value`) VALUES (?, ?, ?, ?)",
        ]
    );
}

#[test]
fn a_reload_forgets_what_the_database_does_not_have() {
    let (storage, table, database, now) = storage("a=>dbtable=t", &[row("k", "v")]);
    table
        .set(Text::from("mine"), Value::Int(5), now.instant)
        .unwrap();
    ready(storage.reload(&table, now).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(table.get(b"mine", now.instant), Value::Null);
    assert_eq!(table.get(b"k", now.instant), Value::Str(Text::from("v")));
    database
        .rows
        .lock()
        .push(vec![Cell::Null, 0.into(), 0.into(), "v".into()]);
    let outcome = ready(storage.reload(&table, now).unwrap()).unwrap();
    assert!(matches!(outcome, Err(StorageError::Row(_))));
    assert_eq!(table.len(), 1, "what cannot be read replaces nothing");
}

#[test]
fn rows_with_columns_of_their_own_are_loaded_and_never_touched() {
    let rows = [vec!["k".into(), "x".into(), Cell::Null]];
    let (storage, table, database, now) = storage("a=>dbtable=t;cols='k,x,y';dbmode=1", &rows);
    storage.load_blocking(&table, now).unwrap();
    assert_eq!(table.get(b"k", now.instant), Value::Str(Text::from("x,*")));
    assert_eq!(
        storage.store_blocking(&table, now),
        Err(StorageError::OwnColumns)
    );
    assert_eq!(database.rows.lock().len(), 1);
    assert!(!table.is_stored());
}

#[test]
fn a_table_without_a_database_table_is_left_alone() {
    let (storage, table, database, now) = storage("a=>size=4", &[row("k", "v")]);
    assert_eq!(storage.load_blocking(&table, now), Ok(()));
    assert_eq!(table.len(), 0);
    assert!(matches!(
        storage.reload(&table, now),
        Err(StorageError::NoTable)
    ));
    assert!(matches!(
        storage.store(&table, now),
        Err(StorageError::NoTable)
    ));
    assert!(database.statements.lock().is_empty());
}
