//! The one connection of a database that writes.

use crate::cells::bind;
use crate::driver::{FileOptions, JournalMode};
use crate::failure::error_of;
use crate::reader::collect;
use db::{Answer, Error, Operation, Request};
use rusqlite::{Connection, OpenFlags};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

/// Statements that are kept ready.
const STATEMENTS_KEPT: usize = 256;

/// A connection that writes, with the rules for what may be asked of it.
pub struct Hand {
    connection: Connection,
    path: String,
    /// What is at that path; none of what is no file.
    file: Option<FileId>,
}

/// What tells files apart: their device, and their number there.
type FileId = (u64, u64);

fn file_at(path: &str) -> Option<FileId> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

impl Hand {
    /// Opens the database at `path`, creating it where it is not.
    pub fn open(path: &str, options: FileOptions) -> Result<Hand, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(path, flags).map_err(error_of)?;
        connection
            .busy_timeout(options.busy_timeout)
            .map_err(error_of)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        // Another program that uses the file just now may keep it in the mode it has, which serves as well.
        let mode = options.journal_mode;
        let _ = connection.pragma_update(None, "journal_mode", mode.name());
        if mode == JournalMode::Wal {
            connection
                .pragma_update(None, "synchronous", "NORMAL")
                .map_err(error_of)?;
        }
        // What is no database shows at the first read only.
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .map_err(error_of)?;
        Ok(Hand {
            connection,
            path: path.to_owned(),
            file: file_at(path),
        })
    }

    /// Makes sure that others can find what is written.
    ///
    /// # Errors
    /// When the file is not at its path any more. 5.6.3 fails then, too; in `WAL` mode SQLite does not see it.
    pub fn find_file(&self) -> Result<(), Error> {
        if self.file.is_none() || self.file == file_at(&self.path) {
            return Ok(());
        }
        let text = format!("{} has been replaced or removed", self.path);
        Err(Error::Unavailable(text))
    }

    /// Has what follows wait for locks until then, and no longer.
    pub fn wait_until(&self, deadline: Instant) {
        // SQLite counts whole milliseconds, and may give up in the middle of one.
        let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
        // It only notes the number.
        let _ = self.connection.busy_timeout(left);
    }

    /// Whether no transaction is open.
    pub fn is_outside(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Carries requests out in a transaction of their own, where they may be in one.
    pub fn transact(&self, requests: &[Request]) -> Result<Vec<Answer>, Error> {
        if requests.len() < 2 || requests.iter().any(is_outside_transactions) {
            return self.run_all(requests);
        }
        self.execute("BEGIN IMMEDIATE")?;
        let result = self.run_all(requests);
        let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
        if !self.is_outside() {
            self.execute(end)?;
        }
        result
    }

    /// Carries requests out all or none, inside of a transaction.
    pub fn run_together(&self, requests: &[Request]) -> Result<Vec<Answer>, Error> {
        // A statement that fails leaves no trace; only several need to be taken back together.
        if requests.len() < 2 {
            return self.run_all(requests);
        }
        self.execute("SAVEPOINT job")?;
        let result = self.run_all(requests);
        if result.is_err() && !self.connection.is_autocommit() {
            self.execute("ROLLBACK TO job")?;
        }
        if !self.connection.is_autocommit() {
            self.execute("RELEASE job")?;
        }
        result
    }

    /// Carries requests out one after the other.
    pub fn run_all(&self, requests: &[Request]) -> Result<Vec<Answer>, Error> {
        requests.iter().map(|request| self.run(request)).collect()
    }

    fn run(&self, request: &Request) -> Result<Answer, Error> {
        let sql = &*request.statement.sql;
        if controls_transactions(sql) {
            return Err(Error::Unsupported("transactions of a script's own"));
        }
        let mut statement = self.connection.prepare_cached(sql).map_err(error_of)?;
        bind(&mut statement, &request.values).map_err(error_of)?;
        let before = self.connection.total_changes();
        let rows = collect(request, &mut statement)?;
        let has_changed = self.connection.total_changes() != before;
        Ok(Answer {
            rows,
            affected: if has_changed {
                self.connection.changes()
            } else {
                0
            },
        })
    }

    /// Runs a statement of our own.
    pub fn execute(&self, sql: &str) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(error_of)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(error_of)?.is_some() {}
        Ok(())
    }
}

/// The first word of a raw statement.
fn first_word(sql: &str) -> &str {
    let text = sql.trim_start();
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic());
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn is_one_of(sql: &str, words: &[&str]) -> bool {
    let first = first_word(sql);
    words.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether a request must not be part of a transaction.
pub fn is_outside_transactions(request: &Request) -> bool {
    request.statement.statement.operation == Operation::Raw
        && is_one_of(
            &request.statement.sql,
            &["PRAGMA", "VACUUM", "ATTACH", "DETACH"],
        )
}

/// Whether a statement would begin or end a transaction, which is ours to do.
fn controls_transactions(sql: &str) -> bool {
    is_one_of(
        sql,
        &["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"],
    )
}
