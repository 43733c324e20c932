//! Writing: one thread per file carries out all that waits in one transaction, then answers.

use crate::cells::bind;
use crate::engine::{FileOptions, JournalMode};
use crate::failure::error_of;
use crate::reader::collect;
use db::{Answer, Error, Operation, Request};
use futures_channel::oneshot;
use rusqlite::{Connection, OpenFlags};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Jobs that wait at most.
const QUEUE_MAX: usize = 65_536;
/// Jobs that one transaction holds at most.
const BATCH_MAX: usize = 1_000;
/// How long nothing must have been written before the log is moved into the file.
const QUIET: Duration = Duration::from_millis(100);
/// Statements that are kept ready.
const STATEMENTS_KEPT: usize = 256;

/// What is to be done in one piece.
struct Job {
    requests: Vec<Request>,
    answer: oneshot::Sender<Result<Vec<Answer>, Error>>,
    /// After this it is not begun any more.
    deadline: Instant,
}

/// The thread that writes, as others see it. It ends when this is dropped and all that waited is done.
pub struct Writer {
    sender: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    patience: Duration,
}

impl Writer {
    /// Opens the file at `path` for writing, creating it where it is not, and starts the thread.
    pub fn open(path: &str, options: FileOptions) -> Result<Writer, Error> {
        let connection = open(path, options)?;
        let (sender, receiver) = sync_channel(QUEUE_MAX);
        let desk = Desk {
            connection,
            receiver,
            keeps_log: options.journal_mode == JournalMode::Wal,
        };
        let thread = std::thread::Builder::new()
            .name("db_sqlite".to_owned())
            .spawn(move || desk.work())
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Writer {
            sender: Some(sender),
            thread: Some(thread),
            patience: options.busy_timeout,
        })
    }

    /// Puts requests in the queue, to be carried out all or none.
    pub fn submit(
        &self,
        requests: Vec<Request>,
    ) -> Result<oneshot::Receiver<Result<Vec<Answer>, Error>>, Error> {
        let (answer, answered) = oneshot::channel();
        let job = Job {
            requests,
            answer,
            deadline: Instant::now() + self.patience,
        };
        let Some(sender) = &self.sender else {
            return Err(Error::Unavailable("closed".to_owned()));
        };
        match sender.try_send(job) {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_)) => Err(Error::QueueFull),
            Err(TrySendError::Disconnected(_)) => Err(Error::Unavailable("closed".to_owned())),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to be waited for.
            let _ = thread.join();
        }
    }
}

fn open(path: &str, options: FileOptions) -> Result<Connection, Error> {
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
    Ok(connection)
}

/// The thread's side.
struct Desk {
    connection: Connection,
    receiver: Receiver<Job>,
    keeps_log: bool,
}

impl Desk {
    fn work(self) {
        let mut jobs = Vec::new();
        let mut has_written = false;
        loop {
            let job = match has_written {
                true => self.receiver.recv_timeout(QUIET),
                false => self
                    .receiver
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(job) => jobs.push(job),
                Err(RecvTimeoutError::Timeout) => {
                    has_written = false;
                    self.settle();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            jobs.extend(self.receiver.try_iter().take(BATCH_MAX - 1));
            let now = Instant::now();
            for late in jobs.extract_if(.., |job| job.deadline < now) {
                let _ = late.answer.send(Err(Error::TimedOut));
            }
            if !jobs.is_empty() {
                self.carry_out(&mut jobs);
                has_written = self.keeps_log;
            }
        }
    }

    /// Moves what was written lately from the log into the file: whoever copies the file has it all.
    fn settle(&self) {
        // Best effort: readers may keep it from being moved, and then the next time does.
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }

    fn carry_out(&self, jobs: &mut Vec<Job>) {
        let mut rest = jobs.drain(..).peekable();
        while rest.peek().is_some() {
            let mut batch = Vec::with_capacity(rest.len());
            while let Some(job) = rest.next_if(|job| !stands_alone(job)) {
                batch.push(job);
            }
            if !batch.is_empty() {
                self.carry_out_together(batch);
            }
            if let Some(job) = rest.next_if(stands_alone) {
                let result = self.run_all(&job.requests);
                let _ = job.answer.send(result);
            }
        }
    }

    /// One transaction for all; none is answered before it has ended.
    fn carry_out_together(&self, batch: Vec<Job>) {
        let mut results = Vec::with_capacity(batch.len());
        let mut whole = self.execute("BEGIN IMMEDIATE");
        if whole.is_ok() {
            for job in &batch {
                results.push(self.run_job(job));
                // Some errors (no room, no access) have ended the transaction, and with it what was done before.
                if self.connection.is_autocommit() {
                    whole = Err(first_error(&results));
                    break;
                }
            }
            if whole.is_ok() {
                whole = self.execute("COMMIT");
            }
            if whole.is_err() && !self.connection.is_autocommit() {
                let _ = self.execute("ROLLBACK");
            }
        }
        let mut results = results.into_iter();
        for job in batch {
            let result = match &whole {
                Ok(()) => results.next().unwrap_or(Err(Error::TimedOut)),
                Err(error) => Err(error.clone()),
            };
            // Whoever dropped its side does not want to know.
            let _ = job.answer.send(result);
        }
    }

    fn run_job(&self, job: &Job) -> Result<Vec<Answer>, Error> {
        // A statement that fails leaves no trace; only several need to be taken back together.
        if job.requests.len() < 2 {
            return self.run_all(&job.requests);
        }
        self.execute("SAVEPOINT job")?;
        let result = self.run_all(&job.requests);
        if result.is_err() && !self.connection.is_autocommit() {
            self.execute("ROLLBACK TO job")?;
        }
        if !self.connection.is_autocommit() {
            self.execute("RELEASE job")?;
        }
        result
    }

    fn run_all(&self, requests: &[Request]) -> Result<Vec<Answer>, Error> {
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
            last_id: self.connection.last_insert_rowid(),
        })
    }

    fn execute(&self, sql: &str) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(error_of)?;
        statement.raw_execute().map(|_| ()).map_err(error_of)
    }
}

fn first_error(results: &[Result<Vec<Answer>, Error>]) -> Error {
    let mut errors = results.iter().filter_map(|result| result.as_ref().err());
    errors
        .next_back()
        .cloned()
        .unwrap_or(Error::Unsupported("transactions of a script's own"))
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

/// Whether a job must not be part of a transaction.
fn stands_alone(job: &Job) -> bool {
    job.requests.iter().any(|request| {
        request.statement.statement.operation == Operation::Raw
            && is_one_of(
                &request.statement.sql,
                &["PRAGMA", "VACUUM", "ATTACH", "DETACH"],
            )
    })
}

/// Whether a statement would begin or end a transaction, which is ours to do.
fn controls_transactions(sql: &str) -> bool {
    is_one_of(
        sql,
        &["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"],
    )
}
