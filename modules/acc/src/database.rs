//! Rows for accounted requests and calls.

use db::{Connection, Error, Pending, Prepared, Request, Statement, Value};
use module_api::{Call, Text};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many tables statements are kept for: names may have variables in them.
const TABLES_MAX: usize = 256;

/// The database that rows go to.
pub struct Database {
    connection: Arc<dyn Connection>,
    columns: Vec<Text>,
    /// The statements by table.
    statements: Mutex<BTreeMap<Text, Arc<Prepared>>>,
}

impl Database {
    /// Rows with these columns.
    pub fn new(connection: Arc<dyn Connection>, columns: Vec<Text>) -> Database {
        Database {
            connection,
            columns,
            statements: Mutex::default(),
        }
    }

    fn statement(&self, table: &Text) -> Arc<Prepared> {
        let mut statements = self.statements.lock();
        if let Some(known) = statements.get(table) {
            return known.clone();
        }
        let columns = self.columns.iter().cloned();
        let insert = Statement::insert(table.clone()).columns(columns);
        let made = self.connection.prepare(insert);
        if statements.len() >= TABLES_MAX {
            statements.clear();
        }
        statements.insert(Text::from(&**table), made.clone());
        made
    }

    /// What is wrong with a table that rows are to go to, as it is now; nothing when it has all columns.
    pub fn gaps(&self, table: &Text) -> Vec<String> {
        if self.connection.is_closed() {
            return Vec::new();
        }
        let select = Statement::select(table.clone()).limit(1);
        let request = Request::new(&self.connection.prepare(select), []);
        let answer = match self.connection.run_blocking(request) {
            Ok(answer) => answer,
            Err(error) => return vec![format!("acc cannot add rows to table `{table}`: {error}")],
        };
        let known = answer.rows.columns();
        let has = |wanted: &Text| {
            let mut known = known.iter();
            known.any(|column| column.name.eq_ignore_ascii_case(wanted))
        };
        let missing = self.columns.iter().filter(|column| !has(column));
        missing
            .map(|column| {
                let definition = definition(table, column);
                format!(
                    "acc cannot add rows to table `{table}`: it has no column `{column}`; \
                     ALTER TABLE {table} ADD COLUMN {column} {definition};"
                )
            })
            .collect()
    }

    /// Adds rows to a table, all or none.
    pub fn add(&self, table: &Text, rows: Vec<Vec<Value>>) -> Pending<()> {
        let statement = self.statement(table);
        let requests = rows.into_iter().map(|row| Request::new(&statement, row));
        self.connection.run_all(requests.collect()).map(|_| ())
    }
}

/// The type of a column: as the table has it where it is one of ours, else that of texts.
fn definition(table: &Text, column: &Text) -> &'static str {
    let tables = db::schema::tables();
    let known = tables.iter().find(|known| *table == known.name);
    let known = known.and_then(|known| known.columns.iter().find(|known| *column == known.name));
    known.map_or("varchar(128) NOT NULL DEFAULT ''", |known| known.mysql_type)
}

/// Says so when rows for the message at hand are lost, without waiting for them to be there.
pub fn watch(call: &mut Call, table: Text, pending: Pending<()>) {
    match pending {
        Pending::Ready(Ok(())) => {}
        Pending::Ready(Err(error)) => lost(call, &table, &error),
        Pending::Later(answer) => {
            let runtime = call.runtime.clone();
            let message = call.message.clone();
            call.runtime.host.spawn(Box::pin(async move {
                if let Err(error) = answer.await {
                    let call_id = String::from_utf8_lossy(message.call_id().unwrap_or_default());
                    runtime.error(format_args!(
                        "the row of call {call_id} for table {table} is lost: {error}"
                    ));
                }
            }));
        }
    }
}

/// Says that rows for the message at hand are lost.
#[cold]
pub fn lost(call: &mut Call, table: &Text, error: &Error) {
    let message = call.message.clone();
    let call_id = String::from_utf8_lossy(message.call_id().unwrap_or_default());
    let message = format_args!("the row of call {call_id} for table {table} is lost: {error}");
    call.error(message);
}
