//! Reading: on the asking thread as long as it is quick, else on a thread for slow reads.

use crate::cells::{bind, columns, value_of};
use crate::driver::FileOptions;
use crate::failure::error_of;
use db::{Answer, Error, Request, Row, Rows, Value};
use rusqlite::{Connection, OpenFlags};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

/// Rows that a result holds at most.
const ROWS_MAX: usize = 1_000_000;
/// Steps of SQLite's machine between two looks at the budget.
const STEPS_PER_LOOK: i32 = 1_000;
/// Looks until a read on the asking thread is taken for slow: about half a millisecond.
const LOOKS_QUICK: i32 = 20;
/// Looks until a slow read is given up: tens of seconds.
const LOOKS_SLOW: i32 = 2_000_000;
/// Statements that each connection keeps ready.
const STATEMENTS_KEPT: usize = 128;

/// A connection that only reads.
pub struct Reader {
    connection: Connection,
    /// Looks that are left to the statement being run.
    budget: Arc<AtomicI32>,
}

/// How long a read may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The asking thread waits: long work and locks are given up at once.
    Quick,
    /// A thread for it waits.
    Slow(Duration),
}

/// What came of a quick read.
pub enum Outcome {
    /// The answer.
    Done(Result<Answer, Error>),
    /// It takes long, or the file is locked: to be done again where one may wait.
    Slow,
    /// It writes.
    Writes,
}

impl Reader {
    /// Opens a connection to the file at `path`.
    pub fn open(path: &str, options: FileOptions) -> Result<Reader, Error> {
        // Also opened for writing where the file is: the log of recent writes needs it, and `query_only` keeps to reading.
        let access = if options.is_readonly {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let mut connection = Connection::open_with_flags(path, flags).map_err(error_of)?;
        connection
            .pragma_update(None, "query_only", true)
            .map_err(error_of)?;
        connection.busy_timeout(Duration::ZERO).map_err(error_of)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        let budget = Arc::new(AtomicI32::new(0));
        let left = budget.clone();
        let look = move || left.fetch_sub(1, Ordering::Relaxed) <= 0;
        connection
            .progress_handler(STEPS_PER_LOOK, Some(look))
            .map_err(error_of)?;
        Ok(Reader { connection, budget })
    }

    /// Reads, if it can be done at this pace.
    pub fn read(&self, request: &Request, pace: Pace) -> Outcome {
        let (looks, wait) = match pace {
            Pace::Quick => (LOOKS_QUICK, Duration::ZERO),
            Pace::Slow(wait) => (LOOKS_SLOW, wait),
        };
        self.budget.store(looks, Ordering::Relaxed);
        if pace != Pace::Quick && self.connection.busy_timeout(wait).is_err() {
            return Outcome::Done(Err(Error::Busy));
        }
        match self.run(request) {
            Ok(Some(answer)) => Outcome::Done(Ok(answer)),
            Ok(None) => Outcome::Writes,
            Err(Error::TimedOut | Error::Busy) if pace == Pace::Quick => Outcome::Slow,
            Err(error) => Outcome::Done(Err(error)),
        }
    }

    /// Reads as long as it takes, row by row.
    pub fn read_each(
        &self,
        request: &Request,
        wait: Duration,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.budget.store(i32::MAX, Ordering::Relaxed);
        self.connection.busy_timeout(wait).map_err(error_of)?;
        let sql = &*request.statement.sql;
        let mut statement = self.connection.prepare_cached(sql).map_err(error_of)?;
        bind(&mut statement, &request.values).map_err(error_of)?;
        let columns = columns(&request.statement, &statement);
        let mut rows = statement.raw_query();
        let mut cells: Vec<Value> = Vec::with_capacity(columns.len());
        while let Some(row) = rows.next().map_err(error_of)? {
            cells.clear();
            for (position, column) in columns.iter().enumerate() {
                cells.push(value_of(
                    row.get_ref(position).map_err(error_of)?,
                    column.kind,
                ));
            }
            if each(&cells).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Begins a transaction: until it ends, all reads are of the database as the first of them finds it.
    pub fn begin(&self) -> bool {
        self.execute("BEGIN").is_ok()
    }

    /// Ends the transaction.
    pub fn end(&self) {
        // Where that was not possible it is still open.
        let _ = self.execute("COMMIT");
    }

    /// Whether no transaction is open.
    pub fn is_outside(&self) -> bool {
        self.connection.is_autocommit()
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.raw_query().next().map(|_| ())
    }

    /// The answer; none when the statement writes.
    fn run(&self, request: &Request) -> Result<Option<Answer>, Error> {
        let sql = &*request.statement.sql;
        let mut statement = self.connection.prepare_cached(sql).map_err(error_of)?;
        if !statement.readonly() {
            return Ok(None);
        }
        bind(&mut statement, &request.values).map_err(error_of)?;
        let rows = collect(request, &mut statement)?;
        Ok(Some(Answer {
            rows,
            ..Answer::default()
        }))
    }
}

/// Runs a statement that has its values and keeps its rows.
pub fn collect(request: &Request, statement: &mut rusqlite::Statement<'_>) -> Result<Rows, Error> {
    let columns = columns(&request.statement, statement);
    let mut result = Rows::new(columns.clone());
    let mut rows = statement.raw_query();
    let mut left = ROWS_MAX;
    while let Some(row) = rows.next().map_err(error_of)? {
        left = left.checked_sub(1).ok_or(Error::TooManyRows)?;
        for (position, column) in columns.iter().enumerate() {
            let cell = row.get_ref(position).map_err(error_of)?;
            result.push(value_of(cell, column.kind));
        }
    }
    Ok(result)
}
