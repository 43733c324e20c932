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

/// How files are opened that are not opened as all others are; by path, without the slashes in front.
#[derive(Default)]
pub struct Options(BTreeMap<String, FileOptions>);

impl Options {
    /// Those of the file at `path`, to be changed.
    pub fn of_mut(&mut self, path: &str) -> &mut FileOptions {
        self.0.entry(Options::key(path).to_owned()).or_default()
    }

    /// Those of the file at `path`.
    pub fn of(&self, path: &str) -> FileOptions {
        self.0.get(Options::key(path)).copied().unwrap_or_default()
    }

    /// 5.6.3 takes what is behind `sqlite:///` for the path, here it begins with that slash.
    fn key(path: &str) -> &str {
        path.trim_start_matches('/')
    }
}

/// The driver for SQLite files: each file is opened once, however many use it.
#[derive(Default)]
pub struct SqliteDriver {
    options: Options,
    open: Mutex<BTreeMap<String, Weak<dyn Connection>>>,
}

impl SqliteDriver {
    /// A driver that opens files as `options` says.
    pub fn new(options: Options) -> SqliteDriver {
        SqliteDriver {
            options,
            open: Mutex::default(),
        }
    }

    /// A driver with other options that shares the files open already, where their options stay.
    pub fn with_options(&self, options: Options) -> SqliteDriver {
        let mut open = self.open.lock().clone();
        open.retain(|path, _| self.options.of(path) == options.of(path));
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
        let path = one_slash(&url.location);
        if let Some(file) = open.get(path).and_then(Weak::upgrade) {
            return Ok(file);
        }
        let database: Arc<dyn Connection> = match path {
            ":memory:" => Arc::new(Memory::open()?),
            path => Arc::new(File::open(path, self.options.of(path))?),
        };
        open.insert(path.to_owned(), Arc::downgrade(&database));
        Ok(database)
    }
}

/// A path with one slash in front where there are several: one file has one connection.
fn one_slash(path: &str) -> &str {
    let without = path.trim_start_matches('/');
    let slashes = path.len() - without.len();
    path.get(slashes.saturating_sub(1)..).unwrap_or(path)
}
