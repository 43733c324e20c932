//! The driver: which files are open, and how.

use crate::file::File;
use crate::memory::Memory;
use db::{Connection, Driver, Error, Request, Statement, Url};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileOptions {
    /// Whether it is only read.
    pub is_readonly: bool,
    /// How it is kept safe while it is written.
    pub journal_mode: JournalMode,
    /// How long a lock of another program is waited for.
    pub busy_timeout: Duration,
}

impl Default for FileOptions {
    fn default() -> Self {
        FileOptions {
            is_readonly: false,
            journal_mode: JournalMode::Wal,
            busy_timeout: Duration::from_secs(2),
        }
    }
}

/// SQLite's ways to keep a file safe while it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalMode {
    /// A write-ahead log.
    Wal,
    /// A rollback journal that is removed after each transaction.
    Delete,
    /// One that is emptied.
    Truncate,
    /// One that is overwritten.
    Persist,
    /// One in memory: an end in the middle of a write damages the file.
    Memory,
    /// None: an end in the middle of a write damages the file.
    Off,
}

impl JournalMode {
    const NAMES: [(&'static str, JournalMode); 6] = [
        ("WAL", JournalMode::Wal),
        ("DELETE", JournalMode::Delete),
        ("TRUNCATE", JournalMode::Truncate),
        ("PERSIST", JournalMode::Persist),
        ("MEMORY", JournalMode::Memory),
        ("OFF", JournalMode::Off),
    ];

    /// The mode of that name, in any case.
    pub fn from_name(name: &str) -> Option<JournalMode> {
        let mut modes = JournalMode::NAMES.iter();
        modes
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, mode)| *mode)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let mut modes = JournalMode::NAMES.iter();
        modes
            .find(|(_, mode)| *mode == self)
            .map_or("", |(name, _)| name)
    }
}

/// The driver for SQLite files: each file is opened once, however many use it.
#[derive(Default)]
pub struct SqliteDriver {
    options: BTreeMap<String, FileOptions>,
    open: Mutex<BTreeMap<String, Weak<dyn Connection>>>,
}

impl SqliteDriver {
    /// A driver that opens files as `options` says, by path.
    pub fn new(options: BTreeMap<String, FileOptions>) -> SqliteDriver {
        SqliteDriver {
            options,
            open: Mutex::default(),
        }
    }

    /// A driver with other options that shares the files open already, where their options stay.
    pub fn with_options(&self, options: BTreeMap<String, FileOptions>) -> SqliteDriver {
        let mut open = self.open.lock().clone();
        open.retain(|path, _| self.options.get(path) == options.get(path));
        SqliteDriver {
            options,
            open: Mutex::new(open),
        }
    }

    /// Waits until what was asked of the files so far is done, and moves their logs into them: whoever reads a file alone
    /// finds everything in it.
    pub fn settle(&self) {
        let open: Vec<_> = self
            .open
            .lock()
            .values()
            .filter_map(Weak::upgrade)
            .collect();
        for database in open {
            let statement = Statement::raw("PRAGMA wal_checkpoint(TRUNCATE)");
            let request = Request::new(&database.prepare(statement), []);
            // It comes after all that is to be done. Where it fails nothing is lost: the log stays.
            let _ = database.run_blocking(request);
        }
    }
}

impl Driver for SqliteDriver {
    fn open(&self, url: &Url) -> Result<Arc<dyn Connection>, Error> {
        // Opening waits for the disk; two that open the same file at once must still share it.
        let mut open = self.open.lock();
        if let Some(file) = open.get(&url.location).and_then(Weak::upgrade) {
            return Ok(file);
        }
        let options = self.options.get(&url.location).copied().unwrap_or_default();
        let database: Arc<dyn Connection> = match url.location.as_str() {
            ":memory:" => Arc::new(Memory::open()?),
            path => Arc::new(File::open(path, options)?),
        };
        open.insert(url.location.clone(), Arc::downgrade(&database));
        Ok(database)
    }
}
