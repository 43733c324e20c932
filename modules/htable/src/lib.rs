//! Tables of items under keys, shared by all calls, with expiry.
//!
//! `$sht(table=>key)` reads and writes an item; a write of `$null` removes it. An item of a table with `autoexpire` goes
//! after that many seconds; `event_route[htable:expired:TABLE]` sees it go. Tables are declared by the `htable` parameter,
//! may be filled in `event_route[htable:mod-init]`, and are kept over a reload when their declaration has not changed.
//! A table with a `dbtable` is loaded from the database before that, and with `dbmode=1` stored when the server stops.

mod declaration;
mod driver;
mod events;
mod functions;
mod iterator;
mod outside;
mod params;
mod pvars;
mod rows;
mod rpc;
mod table;
mod tables;

use db::Pending;
use driver::{Storage, StorageError};
use module_api::{Diagnostic, Loader, Locks, Module, Runtime, exports};
use outside::Outside;
use params::{DatabaseParams, Params};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use table::Table;
use tables::Tables;

/// The module's instance.
pub struct Htable {
    tables: Tables,
    /// Whether a declaration could not be read, which was told of: any table may have been its.
    is_misread: bool,
    locks: Locks,
    interval: Duration,
    database: DatabaseParams,
    /// Once it is open.
    storage: OnceLock<Storage>,
    /// Once the server runs.
    outside: OnceLock<Outside>,
}

impl Module for Htable {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Htable>());
        let mut tables = Tables::default();
        let mut is_misread = false;
        let found = &mut *loader.binder.diagnostics;
        for declared in &params.htable {
            let mut odd = Vec::new();
            let message = |reason: String| format!("parameter `htable`: {reason}");
            match declaration::table_spec(&declared.value.to_str_lossy(), &mut odd) {
                Ok(spec) if tables.get(&spec.name).is_some() => {
                    let reason = format!("table `{}` is declared twice", spec.name);
                    found.push(declared.error(message(reason)));
                }
                Ok(spec) => tables.declare(spec, previous.as_ref().map(|htable| &htable.tables)),
                Err(reason) => {
                    is_misread = true;
                    found.push(declared.error(message(reason)));
                }
            }
            found.extend(odd.into_iter().map(|text| declared.warning(message(text))));
        }
        let interval = Duration::from_secs(u64::try_from(params.timer_interval).unwrap_or(20));
        Ok(Htable {
            tables,
            is_misread,
            locks: Locks::default(),
            interval,
            database: params.database,
            storage: OnceLock::new(),
            outside: match previous.as_ref().and_then(|htable| htable.outside.get()) {
                Some(outside) => outside.clone().into(),
                None => OnceLock::new(),
            },
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        self.load_tables(loader)?;
        let htable = self.clone();
        loader
            .hooks
            .every("htable expiry", self.interval, move |runtime, now| {
                events::expire(&htable, runtime, now);
            });
        for table in self.tables.iter() {
            if let Some(interval) = table.spec.source.reload_after {
                let (htable, table) = (self.clone(), table.clone());
                let loader = &mut loader.hooks;
                loader.every("htable reload", interval, move |runtime, _| {
                    htable.reload(runtime, &table);
                });
            }
        }
        let htable = self.clone();
        loader.hooks.on_start(move |runtime| {
            htable.outside.get_or_init(|| Outside::of(runtime));
            events::announce_start(runtime);
        });
        Ok(())
    }

    fn stop(&self) {
        let (Some(storage), Some(outside)) = (self.storage.get(), self.outside.get()) else {
            return;
        };
        for table in self.tables.iter().filter(|table| table.is_stored()) {
            if let Err(error) = storage.store_blocking(table, outside.now()) {
                let name = &table.spec.name;
                outside.report(format_args!("hash table `{name}` is not stored: {error}"));
            }
        }
    }
}

impl Htable {
    /// Loads a table again, beside the messages, and tells its event route when that is done.
    fn reload(&self, runtime: &Arc<Runtime>, table: &Arc<Table>) {
        let Some(storage) = self.storage.get() else {
            return;
        };
        let outside = Outside::of(runtime);
        let (own, loaded, log) = (runtime.clone(), table.clone(), outside.clone());
        let finish = move |result: Result<(), StorageError>| match result {
            Ok(()) => events::announce_reload(&own, &loaded),
            Err(error) => {
                let name = &loaded.spec.name;
                log.report(format_args!(
                    "hash table `{name}` is not loaded again: {error}"
                ));
            }
        };
        match storage.reload(table, outside.now()) {
            Err(error) => finish(Err(error)),
            Ok(Pending::Ready(result)) => finish(result.map_err(StorageError::from).flatten()),
            Ok(Pending::Later(answer)) => runtime.host.spawn(Box::pin(async move {
                finish(answer.await.map_err(StorageError::from).flatten());
            })),
        }
    }

    /// Opens the database and loads the tables that are new. What cannot be loaded is a mistake, as it is upstream.
    fn load_tables(&self, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let url = &self.database.db_url;
        if url.value.is_empty() {
            return Ok(());
        }
        let mistake = |message| url.error(message);
        let connection = loader
            .hooks
            .databases
            .open(&url.value.to_str_lossy())
            .map_err(|error| vec![mistake(format!("parameter `db_url` of htable: {error}"))])?;
        let storage = Storage::new(connection, &self.database, self.tables.iter());
        let now = self
            .outside
            .get()
            .map_or_else(outside::time_of_system, Outside::now);
        let mut mistakes = Vec::new();
        for table in self.tables.iter().filter(|table| table.begin_loading()) {
            if let Err(error) = storage.load_blocking(table, now) {
                let name = &table.spec.name;
                mistakes.push(mistake(format!(
                    "hash table `{name}` cannot be loaded: {error}"
                )));
            }
        }
        // A second start of the same instance keeps the first database.
        let _ = self.storage.set(storage);
        match mistakes.is_empty() {
            true => Ok(()),
            false => Err(mistakes),
        }
    }
}

exports! {
    name: "htable",
    module: Htable,
    functions: [
        functions::sht_rm,
        functions::sht_reset,
        functions::sht_print,
        functions::sht_lock,
        functions::sht_unlock,
        functions::sht_setxs,
        functions::sht_setxi,
        functions::sht_inc,
        functions::sht_dec,
        functions::sht_is_null,
        functions::chosen::sht_rm_name_re,
        functions::chosen::sht_rm_value_re,
        functions::chosen::sht_rm_name,
        functions::chosen::sht_rm_value,
        functions::chosen::sht_match_name,
        functions::chosen::sht_has_name,
        functions::chosen::sht_match_str_value,
        functions::chosen::sht_has_str_value,
        functions::iterators::sht_iterator_start,
        functions::iterators::sht_iterator_next,
        functions::iterators::sht_iterator_end,
        functions::iterators::sht_iterator_rm,
        functions::iterators::sht_iterator_sets,
        functions::iterators::sht_iterator_seti,
        functions::iterators::sht_iterator_setex,
    ],
    pvars: [
        pvars::item,
        pvars::life,
        pvars::count_names,
        pvars::count_values,
        pvars::increment,
        pvars::decrement,
        pvars::expired_record,
        pvars::iterator_key,
        pvars::iterator_value,
    ],
    transformations: [],
    rpcs: [
        rpc::dump,
        rpc::get,
        rpc::delete,
        rpc::sets,
        rpc::seti,
        rpc::setex,
        rpc::setxs,
        rpc::setxi,
        rpc::flush,
        rpc::list_tables,
        rpc::stats,
        rpc::reload,
        rpc::store,
    ],
    event_routes: {
        "htable:mod-init": "once, when all modules are loaded and before the first message",
        "htable:expired:<table>": "for each item of the table that has expired; `$shtrecord` shows it",
        "htable:reloaded:<table>": "when the table has been loaded from its database again",
    },
    statistics: {},
}
