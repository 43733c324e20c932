//! Keeps databases in SQLite files: `sqlite:///path/to/file` in a `db_url`, or `sqlite://:memory:` for one that lives
//! and ends with the server.
//!
//! The engine is part of the server. A read is done where it is asked for, on a connection of its own, in a few
//! microseconds; one that turns out to take long, or finds the file locked, goes on in a thread of its own. Messages that
//! came together may read the file as it was when they came, with all that the server itself has written since. Writes are
//! collected by one thread per file, which carries out all that wait in one transaction and answers each when that is
//! committed. A file that is locked, full or slow makes its users wait or fail within `db_set_busy_timeout`, and nobody
//! else. Once it has been replaced or removed, writes fail until the server is started again, and reads are of the old one.
//!
//! Files are kept in write-ahead mode (`WAL`), in which readers and the writer do not hinder each other; another mode can
//! be asked for with `db_set_journal_mode`. What was answered survives the end of the server, however sudden; when the
//! machine itself loses power the last moments before may be missing in `WAL` mode.

mod block_on;
mod cells;
mod driver;
mod failure;
mod file;
mod hand;
mod memory;
mod params;
mod pool;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::Arc;

pub use driver::{FileOptions, JournalMode, Options, SqliteDriver};

/// The module's instance.
pub struct DbSqlite {
    driver: Arc<SqliteDriver>,
}

impl Module for DbSqlite {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let options = params.options(loader.binder.diagnostics);
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<DbSqlite>());
        let driver = Arc::new(match previous {
            Some(previous) => previous.driver.with_options(options),
            None => SqliteDriver::new(options),
        });
        loader.hooks.databases.register("sqlite", driver.clone());
        Ok(DbSqlite { driver })
    }

    fn stop(&self) {
        self.driver.settle();
    }
}

exports! {
    name: "db_sqlite",
    module: DbSqlite,
    functions: [],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
