//! Writing: one thread per file carries out all that waits in one transaction, then answers.

use crate::driver::{FileOptions, JournalMode};
use crate::hand::{Hand, is_outside_transactions};
use db::{Answer, Error, Request};
use futures_channel::oneshot;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Jobs that wait at most.
const QUEUE_MAX: usize = 65_536;
/// Jobs that one transaction holds at most.
const BATCH_MAX: usize = 1_000;
/// How long nothing must have been written before the log is moved into the file.
const QUIET: Duration = Duration::from_millis(100);

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
    /// Opens the file at `path` for writing, creating it where it is not, and starts the thread. That counts in
    /// `writes` how often something was written, before it answers.
    pub fn open(path: &str, options: FileOptions, writes: Arc<AtomicU64>) -> Result<Writer, Error> {
        let hand = Hand::open(path, options)?;
        let (sender, receiver) = sync_channel(QUEUE_MAX);
        let desk = Desk {
            hand,
            receiver,
            writes,
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

/// The thread's side.
struct Desk {
    hand: Hand,
    receiver: Receiver<Job>,
    writes: Arc<AtomicU64>,
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
            fail_late(&mut jobs, now);
            if !jobs.is_empty() {
                self.carry_out(&mut jobs);
                has_written = self.keeps_log;
            }
        }
    }

    /// Moves what was written lately from the log into the file: whoever copies the file has it all.
    fn settle(&self) {
        // Best effort: readers may keep it from being moved, and then the next time does.
        let _ = self.hand.execute("PRAGMA wal_checkpoint(PASSIVE)");
    }

    /// Whoever reads from here on sees what was written.
    fn count_write(&self) {
        self.writes.fetch_add(1, Ordering::Release);
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
                self.hand.wait_until(job.deadline);
                let found = self.hand.find_file();
                let result = found.and_then(|()| self.hand.run_all(&job.requests));
                self.count_write();
                let _ = job.answer.send(result);
            }
        }
    }

    /// Begins a transaction. What another program's lock keeps from beginning fails when its own time is over.
    fn begin(&self, batch: &mut Vec<Job>) -> Result<(), Error> {
        self.hand.find_file()?;
        while let Some(first) = batch.iter().map(|job| job.deadline).min() {
            self.hand.wait_until(first);
            match self.hand.execute("BEGIN IMMEDIATE") {
                Err(Error::Busy) if fail_late(batch, Instant::now()) => {}
                begun => return begun,
            }
        }
        Err(Error::TimedOut)
    }

    /// One transaction for all; none is answered before it has ended.
    fn carry_out_together(&self, mut batch: Vec<Job>) {
        let mut whole = self.begin(&mut batch);
        let mut results = Vec::with_capacity(batch.len());
        let hand = &self.hand;
        if whole.is_ok() {
            for job in &batch {
                results.push(hand.run_together(&job.requests));
                // Some errors (no room, no access) have ended the transaction, and with it what was done before.
                if hand.is_outside() {
                    whole = Err(first_error(&results));
                    break;
                }
            }
            if whole.is_ok() {
                whole = hand.execute("COMMIT");
                self.count_write();
            }
            if whole.is_err() && !hand.is_outside() {
                let _ = hand.execute("ROLLBACK");
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
}

/// Fails the jobs whose time is over; whether there are any.
fn fail_late(jobs: &mut Vec<Job>, now: Instant) -> bool {
    let before = jobs.len();
    for late in jobs.extract_if(.., |job| job.deadline <= now) {
        let _ = late.answer.send(Err(Error::TimedOut));
    }
    jobs.len() < before
}

fn first_error(results: &[Result<Vec<Answer>, Error>]) -> Error {
    let mut errors = results.iter().filter_map(|result| result.as_ref().err());
    errors
        .next_back()
        .cloned()
        .unwrap_or(Error::Unsupported("transactions of a script's own"))
}

/// Whether a job must not be part of a transaction.
fn stands_alone(job: &Job) -> bool {
    job.requests.iter().any(is_outside_transactions)
}
