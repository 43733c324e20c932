//! An open file: reads here, writes there.

use crate::block_on::block_on;
use crate::driver::FileOptions;
use crate::pool::Pool;
use crate::reader::{Outcome, Pace, Reader};
use crate::writer::Writer;
use db::{Answer, Connection, Dialect, Error, Operation, Pending, Request, Row, Snapshot};
use futures_channel::oneshot;
use parking_lot::Mutex;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Slow reads that wait at most.
const SLOW_MAX: usize = 1_024;

/// An open database in a file.
pub struct File {
    path: String,
    options: FileOptions,
    pool: Arc<Pool>,
    /// None where nothing is written.
    writer: Option<Writer>,
    slow: Mutex<Option<SyncSender<SlowRead>>>,
}

/// A read that takes long.
struct SlowRead {
    request: Request,
    answer: oneshot::Sender<Result<Answer, Error>>,
    asked: Instant,
}

impl File {
    /// Opens the database at `path`.
    pub fn open(path: &str, options: FileOptions) -> Result<File, Error> {
        let writes = Arc::new(AtomicU64::new(0));
        let writer = match options.is_readonly {
            true => None,
            false => Some(Writer::open(path, options, writes.clone())?),
        };
        if writer.is_none() {
            // Says at once when the file is not there.
            Reader::open(path, options)?;
        }
        Ok(File {
            path: path.to_owned(),
            options,
            pool: Pool::new(path, options, writes),
            writer,
            slow: Mutex::default(),
        })
    }

    fn write(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
        let Some(writer) = &self.writer else {
            return Pending::Ready(Err(Error::ReadOnly));
        };
        match writer.submit(requests) {
            Ok(answer) => {
                Pending::Later(Box::pin(async move { answer.await.unwrap_or_else(lost) }))
            }
            Err(error) => Pending::Ready(Err(error)),
        }
    }

    fn write_one(&self, request: Request) -> Pending<Answer> {
        self.write(vec![request])
            .map(|answers| answers.into_iter().next().unwrap_or_default())
    }

    /// What came of a quick read, or what is done in its place; nothing came of one that found no connection.
    fn answer(&self, outcome: Option<Outcome>, request: Request) -> Pending<Answer> {
        match outcome {
            Some(Outcome::Done(result)) => Pending::Ready(result),
            Some(Outcome::Writes) => self.write_one(request),
            Some(Outcome::Slow) | None => self.read_slowly(request),
        }
    }

    /// Hands a read to the thread for slow ones, starting that when it is the first.
    fn read_slowly(&self, request: Request) -> Pending<Answer> {
        let (answer, answered) = oneshot::channel();
        let mut slow = self.slow.lock();
        let sender = match &*slow {
            Some(sender) => sender,
            None => match self.start_slow_reads() {
                Ok(sender) => slow.insert(sender),
                Err(error) => return Pending::Ready(Err(error)),
            },
        };
        let asked = Instant::now();
        let read = SlowRead {
            request,
            answer,
            asked,
        };
        match sender.try_send(read) {
            Ok(()) => Pending::Later(Box::pin(async move { answered.await.unwrap_or_else(lost) })),
            Err(TrySendError::Full(_)) => Pending::Ready(Err(Error::QueueFull)),
            Err(TrySendError::Disconnected(_)) => {
                *slow = None;
                Pending::Ready(Err(Error::Unavailable("closed".to_owned())))
            }
        }
    }

    fn start_slow_reads(&self) -> Result<SyncSender<SlowRead>, Error> {
        let reader = Reader::open(&self.path, self.options)?;
        let (sender, receiver) = sync_channel(SLOW_MAX);
        let patience = self.options.busy_timeout;
        std::thread::Builder::new()
            .name("db_sqlite read".to_owned())
            .spawn(move || read_all(&reader, patience, &receiver))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(sender)
    }
}

/// The thread for slow reads: one after the other, until the file is closed.
fn read_all(reader: &Reader, patience: Duration, receiver: &Receiver<SlowRead>) {
    let mut is_locked = false;
    for read in receiver {
        // While one has waited for a lock in vain, so has all that came behind it.
        let waited = if is_locked {
            read.asked.elapsed()
        } else {
            Duration::ZERO
        };
        let pace = Pace::Slow(patience.saturating_sub(waited));
        let result = match reader.read(&read.request, pace) {
            Outcome::Done(result) => result,
            Outcome::Slow => Err(Error::Busy),
            Outcome::Writes => Err(Error::ReadOnly),
        };
        is_locked = matches!(result, Err(Error::Busy));
        // Whoever dropped its side does not want to know.
        let _ = read.answer.send(result);
    }
}

fn lost<T>(_: oneshot::Canceled) -> Result<T, Error> {
    Err(Error::Unavailable(
        "the thread of the database has ended".to_owned(),
    ))
}

/// Whether a statement may turn out to be a read.
fn may_read(request: &Request) -> bool {
    match request.statement.statement.operation {
        Operation::Select => true,
        Operation::Raw => {
            let sql = &request.statement.sql;
            let first = sql.trim_ascii_start().as_bytes().first_chunk::<3>();
            first.is_some_and(|word| {
                [b"sel", b"wit", b"val", b"exp"]
                    .iter()
                    .any(|read| word.eq_ignore_ascii_case(*read))
            })
        }
        _ => false,
    }
}

impl Connection for File {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run(&self, request: Request) -> Pending<Answer> {
        if !may_read(&request) {
            return self.write_one(request);
        }
        let read = |reader: &Reader| reader.read(&request, Pace::Quick);
        self.answer(self.pool.with(read), request)
    }

    fn run_at(&self, request: Request, moment: Instant) -> (Pending<Answer>, Option<Snapshot>) {
        if !may_read(&request) {
            return (self.write_one(request), None);
        }
        let read = |reader: &Reader| reader.read(&request, Pace::Quick);
        let (outcome, snapshot) = match self.pool.with_at(moment, read) {
            Some((outcome, snapshot)) => (Some(outcome), snapshot),
            None => (None, None),
        };
        (self.answer(outcome, request), snapshot)
    }

    fn run_all(&self, requests: Vec<Request>) -> Pending<Vec<Answer>> {
        self.write(requests)
    }

    fn run_blocking(&self, request: Request) -> Result<Answer, Error> {
        block_on(self.run(request).wait())
    }

    fn run_all_blocking(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Error> {
        block_on(self.run_all(requests).wait())
    }

    fn read_blocking(
        &self,
        request: Request,
        each: &mut dyn FnMut(Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let reader = Reader::open(&self.path, self.options)?;
        reader.read_each(&request, self.options.busy_timeout, each)
    }
}
