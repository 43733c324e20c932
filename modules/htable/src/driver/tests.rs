use super::*;
use crate::declaration::table_spec;
use db::{Column, ColumnType, Dialect, Error, Operation, Row, Rows, Value as Cell};
use module_api::Value;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A database of one table, whatever it is called.
#[derive(Default)]
struct Fake {
    rows: Mutex<Vec<Vec<Cell>>>,
    statements: Mutex<Vec<String>>,
}

impl Connection for Fake {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run(&self, request: Request) -> Pending<Answer> {
        Pending::Ready(self.run_blocking(request))
    }

    fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
        Pending::Ready(self.run_all_blocking(requests))
    }

    fn run_blocking(&self, request: Request) -> Result<Answer, Error> {
        let mut rows = self.rows.lock().unwrap();
        let sql = request.statement.sql.to_string();
        self.statements.lock().unwrap().push(sql);
        let mut answer = Answer::default();
        match request.statement.statement.operation {
            Operation::Delete => rows.clear(),
            Operation::Insert => rows.push(request.values.into_vec()),
            _ => {
                let width = rows.first().map_or(1, Vec::len);
                let column = Column {
                    name: Text::default(),
                    kind: ColumnType::Text,
                };
                answer.rows = Rows::new(vec![column; width].into());
                for cell in rows.iter().flatten() {
                    answer.rows.push(cell.clone());
                }
            }
        }
        Ok(answer)
    }

    fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error> {
        requests
            .into_iter()
            .map(|request| self.run_blocking(request))
            .collect()
    }

    fn read_blocking(
        &self,
        request: Request,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let answer = self.run_blocking(request)?;
        let _ = answer.rows.iter().try_for_each(each);
        Ok(())
    }
}

fn row(key: &str, value: &str) -> Vec<Cell> {
    vec![key.into(), 0.into(), 0.into(), value.into()]
}

fn storage(declaration: &str, rows: &[Vec<Cell>]) -> (Storage, Arc<Table>, Arc<Fake>, Moment) {
    let fake = Arc::new(Fake::default());
    *fake.rows.lock().unwrap() = rows.to_vec();
    let table = Arc::new(Table::new(table_spec(declaration).unwrap()));
    let params = DatabaseParams::default();
    let storage = Storage::new(fake.clone(), &params, std::iter::once(&table));
    let now = Moment {
        instant: Instant::now(),
        unix: Duration::from_secs(1_000),
    };
    (storage, table, fake, now)
}

fn ready<T>(pending: Pending<T>) -> Result<T, Error> {
    match pending {
        Pending::Ready(result) => result,
        Pending::Later(_) => panic!("the answer is not there"),
    }
}

#[test]
fn what_was_loaded_is_stored_with_what_was_added() {
    let (storage, table, fake, now) = storage("a=>dbtable=t;dbmode=1", &[row("k", "v")]);
    storage.load_blocking(&table, now).unwrap();
    assert_eq!(table.get(b"k", now.instant), Value::Str(Text::from("v")));
    table
        .set(Text::from("n"), Value::Int(5), now.instant)
        .unwrap();
    ready(storage.store(&table, now).unwrap()).unwrap();
    let mut stored = fake.rows.lock().unwrap().clone();
    stored.sort_by_key(|row| row[0].to_text());
    let number = vec!["n".into(), 0.into(), 1.into(), "5".into()];
    assert_eq!(stored, [row("k", "v"), number]);
    assert_eq!(
        fake.statements.lock().unwrap()[..3],
        [
            "SELECT `key_name`, `key_type`, `value_type`, `key_value` FROM `t`",
            "DELETE FROM `t`",
            "INSERT INTO `t` (`key_name`, `key_type`, `value_type`, `key_value`) VALUES (?, ?, ?, ?)",
        ]
    );
}

#[test]
fn a_reload_forgets_what_the_database_does_not_have() {
    let (storage, table, fake, now) = storage("a=>dbtable=t", &[row("k", "v")]);
    table
        .set(Text::from("mine"), Value::Int(5), now.instant)
        .unwrap();
    ready(storage.reload(&table, now).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(table.get(b"mine", now.instant), Value::Null);
    assert_eq!(table.get(b"k", now.instant), Value::Str(Text::from("v")));
    fake.rows
        .lock()
        .unwrap()
        .push(vec![Cell::Null, 0.into(), 0.into(), "v".into()]);
    let outcome = ready(storage.reload(&table, now).unwrap()).unwrap();
    assert!(matches!(outcome, Err(StorageError::Row(_))));
    assert_eq!(table.len(), 1, "what cannot be read replaces nothing");
}

#[test]
fn rows_with_columns_of_their_own_are_loaded_and_never_touched() {
    let rows = [vec!["k".into(), "x".into(), Cell::Null]];
    let (storage, table, fake, now) = storage("a=>dbtable=t;cols='k,x,y';dbmode=1", &rows);
    storage.load_blocking(&table, now).unwrap();
    assert_eq!(table.get(b"k", now.instant), Value::Str(Text::from("x,*")));
    assert_eq!(
        storage.store_blocking(&table, now),
        Err(StorageError::OwnColumns)
    );
    assert_eq!(fake.rows.lock().unwrap().len(), 1);
    assert!(!table.is_stored());
}

#[test]
fn a_table_without_a_database_table_is_left_alone() {
    let (storage, table, fake, now) = storage("a=>size=4", &[row("k", "v")]);
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
    assert!(fake.statements.lock().unwrap().is_empty());
}
