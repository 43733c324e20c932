//! Rows for accounted requests.

use crate::params::Params;
use db::{Connection, Error, Pending, Prepared, Request, Statement, Value};
use module_api::{Call, LogLevel, Runtime, Text};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The database that rows go to.
pub struct Database {
    connection: Arc<dyn Connection>,
    columns: Vec<Text>,
    time_mode: i64,
    /// The statements by table.
    statements: Mutex<BTreeMap<Text, Arc<Prepared>>>,
}

/// The columns that `time_mode` adds.
pub fn time_columns(params: &Params) -> Option<Text> {
    match params.time_mode {
        1 => Some(params.time_exten.clone()),
        2 => Some(params.time_attr.clone()),
        _ => None,
    }
}

impl Database {
    /// Rows with these columns.
    pub fn new(connection: Arc<dyn Connection>, columns: Vec<Text>, params: &Params) -> Database {
        Database {
            connection,
            columns,
            time_mode: params.time_mode,
            statements: Mutex::default(),
        }
    }

    /// The cells that `time_mode` adds.
    pub fn times(&self, time: Duration) -> Option<Value> {
        match self.time_mode {
            1 => Some(Value::Int(i64::from(time.subsec_micros()))),
            2 => Some(Value::Double(time.as_millis() as f64 / 1000.0)),
            _ => None,
        }
    }

    fn statement(&self, table: &Text) -> Arc<Prepared> {
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let statement = statements.entry(table.clone()).or_insert_with(|| {
            let columns = self.columns.iter().cloned();
            self.connection
                .prepare(Statement::insert(table.clone()).columns(columns))
        });
        statement.clone()
    }

    /// Adds a row to a table, without waiting for it to be there.
    pub fn insert(&self, call: &Call, table: &Text, row: Vec<Value>) {
        let request = Request::new(&self.statement(table), row);
        match self.connection.run(request) {
            Pending::Ready(Ok(_)) => {}
            Pending::Ready(Err(error)) => report(&call.runtime, &error),
            Pending::Later(answer) => {
                let runtime = call.runtime.clone();
                call.runtime.host.spawn(Box::pin(async move {
                    if let Err(error) = answer.await {
                        report(&runtime, &error);
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
