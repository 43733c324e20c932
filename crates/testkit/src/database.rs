//! A database in memory that a test looks into.

use db::{
    Answer, Column, ColumnType, Connection, Dialect, Error, Operation, Pending, Request, Row, Rows,
    Value,
};
use module_api::Text;
use parking_lot::Mutex;
use std::ops::ControlFlow;

/// A database of one table, whatever it is called: every `SELECT` reads all of it, every `DELETE` empties it, and an `INSERT`
/// adds a row.
#[derive(Default)]
pub struct OneTable {
    /// Its rows.
    pub rows: Mutex<Vec<Vec<Value>>>,
    /// The statements it was asked to run.
    pub statements: Mutex<Vec<String>>,
}

impl OneTable {
    /// One with rows in it.
    pub fn with(rows: impl IntoIterator<Item = Vec<Value>>) -> OneTable {
        OneTable {
            rows: Mutex::new(rows.into_iter().collect()),
            statements: Mutex::default(),
        }
    }
}

impl Connection for OneTable {
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
        let mut rows = self.rows.lock();
        let sql = request.statement.sql.to_string();
        self.statements.lock().push(sql);
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
