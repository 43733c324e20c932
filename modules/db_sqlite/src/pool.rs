//! Connections for reading, and what reads of one moment share.
//!
//! To begin a read and to end it takes longer than to find a row. Where events come together, all of one moment, the reads
//! of all but the first are therefore done in one transaction, which ends with them; and when that was of use, so are
//! those of the next moment, the first included.

use crate::driver::{FileOptions, JournalMode};
use crate::reader::Reader;
use db::Snapshot;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::Instant;

/// Connections of a pool at most: no more threads than these read one file at once.
const READERS_MAX: i32 = 32;

/// Connections for reading that nobody uses at the moment.
pub struct Pool {
    path: String,
    options: FileOptions,
    /// How often this server has written to the file.
    writes: Arc<AtomicU64>,
    idle: Mutex<Idle>,
    /// How many there are, idle or not.
    count: AtomicI32,
}

#[derive(Default)]
struct Idle {
    readers: Vec<SharedReader>,
    /// The moment that was read for last.
    last: Option<Instant>,
    /// The moment for which a transaction was of no use: none is begun for it again.
    fruitless: Option<Instant>,
    /// Whether the transaction before was of use to more than one read.
    pays: bool,
}

/// A connection, with the transaction that is open on it.
struct SharedReader {
    reader: Box<Reader>,
    shared: Option<Shared>,
}

/// An open transaction that further reads may use.
struct Shared {
    /// The events that it is for.
    moment: Instant,
    /// How often the file had been written to before.
    writes: u64,
    /// The reads that have used it.
    uses: usize,
    /// Whether more of them may come.
    is_wanted: Arc<AtomicBool>,
}

impl SharedReader {
    fn is_at(&self, moment: Instant) -> bool {
        self.shared
            .as_ref()
            .is_some_and(|shared| shared.moment == moment)
    }

    /// Ends the transaction that is open; that is handed back.
    fn end(&mut self) -> Option<Shared> {
        let shared = self.shared.take()?;
        self.reader.end();
        Some(shared)
    }
}

impl Idle {
    /// A connection, of those that need not be taken from others if there is one: at best with a transaction for that
    /// moment.
    fn pop(&mut self, moment: Option<Instant>) -> Option<SharedReader> {
        let of_moment = |reader: &SharedReader| moment.is_some_and(|moment| reader.is_at(moment));
        let at = self.readers.iter().rposition(of_moment).or_else(|| {
            let mut readers = self.readers.iter();
            readers.rposition(|reader| reader.shared.is_none())
        })?;
        Some(self.readers.swap_remove(at))
    }

    /// Notes what a transaction that has ended was worth.
    fn note(&mut self, ended: &Shared) {
        self.pays = ended.uses > 1;
        self.fruitless = (!self.pays).then_some(ended.moment);
    }

    /// Whether a transaction is to be begun for the read at hand.
    fn shares(&mut self, moment: Instant) -> bool {
        let is_repeated = self.last.replace(moment) == Some(moment);
        (is_repeated || self.pays) && self.fruitless != Some(moment)
    }
}

impl Pool {
    /// An empty pool for the file at `path`. Whoever writes to that counts it in `writes` before telling anybody.
    pub fn new(path: &str, options: FileOptions, writes: Arc<AtomicU64>) -> Arc<Pool> {
        Arc::new(Pool {
            path: path.to_owned(),
            options,
            writes,
            idle: Mutex::default(),
            count: AtomicI32::new(0),
        })
    }

    /// Lets `work` use a connection; none when all are in use or no further one can be opened.
    pub fn with<T>(&self, work: impl FnOnce(&Reader) -> T) -> Option<T> {
        let popped = self.idle.lock().pop(None);
        let mut reader = self.some(popped)?;
        reader.end();
        let result = work(&reader.reader);
        self.put(reader);
        Some(result)
    }

    /// The same for an event of `moment`, whose reads share a transaction until what is returned with the result is dropped.
    pub fn with_at<T>(
        self: &Arc<Self>,
        moment: Instant,
        work: impl FnOnce(&Reader) -> T,
    ) -> Option<(T, Option<Snapshot>)> {
        let mut idle = self.idle.lock();
        let popped = idle.pop(Some(moment));
        // In the other modes a reader keeps the writer waiting.
        let shares = self.options.journal_mode == JournalMode::Wal && idle.shares(moment);
        drop(idle);
        let mut reader = self.some(popped)?;
        let writes = self.writes.load(Ordering::Acquire);
        let mut snapshot = None;
        match &mut reader.shared {
            Some(shared) if shared.moment == moment && shared.writes == writes => shared.uses += 1,
            _ => {
                if let Some(ended) = reader.end() {
                    self.idle.lock().note(&ended);
                } else if shares {
                    snapshot = self.begin(&mut reader, moment, writes);
                }
            }
        }
        let result = work(&reader.reader);
        self.put(reader);
        Some((result, snapshot))
    }

    /// Begins a transaction. It is that of the first read in it that decides what the others see.
    fn begin(
        self: &Arc<Self>,
        reader: &mut SharedReader,
        moment: Instant,
        writes: u64,
    ) -> Option<Snapshot> {
        if !reader.reader.begin() {
            return None;
        }
        let is_wanted = Arc::new(AtomicBool::new(true));
        reader.shared = Some(Shared {
            moment,
            writes,
            uses: 1,
            is_wanted: is_wanted.clone(),
        });
        Some(Snapshot::new(Wanting {
            pool: self.clone(),
            is_wanted,
        }))
    }

    /// The connection that was found, else a new one, else one that others have a transaction on: they can do without.
    fn some(&self, found: Option<SharedReader>) -> Option<SharedReader> {
        found
            .or_else(|| self.open())
            .or_else(|| self.idle.lock().readers.pop())
    }

    fn put(&self, mut reader: SharedReader) {
        let mut idle = self.idle.lock();
        let is_wanted = |shared: &Shared| shared.is_wanted.load(Ordering::Relaxed);
        if !reader.shared.as_ref().is_some_and(is_wanted) {
            reader.end();
        }
        // One that cannot leave its transaction would read what is long past.
        if reader.shared.is_none() && !reader.reader.is_outside() {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        idle.readers.push(reader);
    }

    fn open(&self) -> Option<SharedReader> {
        if self.count.fetch_add(1, Ordering::Relaxed) < READERS_MAX
            && let Ok(reader) = Reader::open(&self.path, self.options)
        {
            return Some(SharedReader {
                reader: Box::new(reader),
                shared: None,
            });
        }
        self.count.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

/// Somebody for whom a transaction is kept open.
struct Wanting {
    pool: Arc<Pool>,
    is_wanted: Arc<AtomicBool>,
}

impl Drop for Wanting {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock();
        // Whoever reads in it at the moment sees this when done.
        self.is_wanted.store(false, Ordering::Relaxed);
        let own = |reader: &SharedReader| {
            let shared = reader.shared.as_ref();
            shared.is_some_and(|shared| Arc::ptr_eq(&shared.is_wanted, &self.is_wanted))
        };
        if let Some(at) = idle.readers.iter().position(own) {
            let mut reader = idle.readers.swap_remove(at);
            if let Some(ended) = reader.end() {
                idle.note(&ended);
            }
            drop(idle);
            self.pool.put(reader);
        }
    }
}
