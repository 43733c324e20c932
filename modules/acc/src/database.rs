//! Rows for accounted requests and calls.

use db::{Connection, Error, Pending, Prepared, Request, Statement, Value};
use module_api::{LogLevel, Runtime, Text};
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

    /// Adds a row to a table, without waiting for it to be there.
    pub fn insert(&self, runtime: &Arc<Runtime>, table: &Text, row: Vec<Value>) {
        let request = Request::new(&self.statement(table), row);
        match self.connection.run(request) {
            Pending::Ready(Ok(_)) => {}
            Pending::Ready(Err(error)) => report(runtime, &error),
            Pending::Later(answer) => {
                let log = runtime.clone();
                runtime.host.spawn(Box::pin(async move {
                    if let Err(error) = answer.await {
                        report(&log, &error);
                    }
                }));
            }
        }
    }
}

#[cold]
fn report(runtime: &Runtime, error: &Error) {
    let time = runtime.host.unix_time();
    let message = format_args!("acc: a row is lost: {error}");
    runtime.logger.log(LogLevel::Error, time, message);
}
