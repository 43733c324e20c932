//! Queues of pairs of key and value, shared by all calls: one part of a script puts them in, another takes them out.
//!
//! Queues live in memory; those with a `dbmode` come from the database when the server starts, or go there when it stops.

mod driver;
mod functions;
mod params;
mod pvars;
mod queue;
mod rpc;

use driver::Storage;
use module_api::{
    Diagnostic, Host, Loader, LogLevel, Logger, Module, Placed, Runtime, Text, exports, log_outside,
};
use params::Params;
use queue::{Queue, QueueSpec};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Mqueue {
    queues: BTreeMap<Text, Arc<Queue>>,
    database: Placed<Text>,
    /// Once it is open.
    storage: OnceLock<Storage>,
    /// Once the server runs.
    outside: OnceLock<(Arc<dyn Host>, Arc<Logger>)>,
}

impl Mqueue {
    /// A queue by its name.
    pub fn queue(&self, name: &[u8]) -> Option<&Arc<Queue>> {
        self.queues.get(name)
    }

    /// The queues in the order of their names.
    pub fn queues(&self) -> impl Iterator<Item = &Arc<Queue>> {
        self.queues.values()
    }

    /// Opens the database and fills the queues that come from it; those, each with how many pairs found no place in it.
    /// What cannot be loaded is a mistake, as it is upstream.
    fn load_queues(
        &self,
        loader: &mut Loader<'_>,
    ) -> Result<Vec<(Arc<Queue>, usize)>, Vec<Diagnostic>> {
        let url = &self.database;
        let mistake = |message: String| vec![url.error(message)];
        let mut filled = Vec::new();
        let storage = match loader.hooks.databases.open(&url.value.to_str_lossy()) {
            Ok(connection) => Storage::new(connection),
            Err(error) => {
                let message = format!("parameter `db_url` of mqueue: {error}");
                if self.queues().any(|queue| queue.spec.storing.loads) {
                    return Err(mistake(message));
                }
                let warning = url.warning(format!("{message}; no queue is loaded or stored"));
                loader.binder.diagnostics.push(warning);
                return Ok(filled);
            }
        };
        for queue in self.queues().filter(|queue| queue.begin_loading()) {
            let dropped = storage.load(queue).map_err(|error| {
                mistake(format!(
                    "queue `{}` cannot be loaded: {error}",
                    queue.spec.name
                ))
            })?;
            filled.push((queue.clone(), dropped));
        }
        // A second start of the same instance keeps the first database.
        let _ = self.storage.set(storage);
        Ok(filled)
    }

    /// Empties the tables of the queues that have been filled from them: not before the server starts, since a
    /// configuration that is refused must leave what is stored.
    fn clear_tables(&self, runtime: &Runtime, filled: &[(Arc<Queue>, usize)]) {
        let Some(storage) = self.storage.get() else {
            return;
        };
        for (queue, dropped) in filled {
            let QueueSpec { name, size, .. } = &queue.spec;
            if *dropped > 0 {
                runtime.log(
                    LogLevel::Warning,
                    format_args!("queue `{name}` holds {size}: the oldest {dropped} of its stored pairs are dropped"),
                );
            }
            if let Err(error) = storage.clear(queue) {
                runtime.log(
                    LogLevel::Error,
                    format_args!("queue `{name}`: its table cannot be emptied: {error}"),
                );
            }
        }
    }
}

impl Module for Mqueue {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Mqueue>());
        let mut queues = BTreeMap::new();
        let found = &mut *loader.binder.diagnostics;
        let mut declare = |spec: Result<QueueSpec, String>, parameter, given: &Placed<Text>| {
            let reason = match spec {
                Ok(spec) if queues.contains_key(&spec.name) => {
                    format!("queue `{}` is declared twice", spec.name)
                }
                Ok(spec) => {
                    let kept = previous
                        .as_ref()
                        .and_then(|mqueue| mqueue.queue(&spec.name));
                    let kept = kept.filter(|queue| queue.spec == spec).cloned();
                    let name = spec.name.clone();
                    queues.insert(name, kept.unwrap_or_else(|| Arc::new(Queue::new(spec))));
                    return;
                }
                Err(reason) => reason,
            };
            found.push(given.error(format!("parameter `{parameter}`: {reason}")));
        };
        let mut odd = Vec::new();
        for declared in &params.mqueue {
            let mut doubts = Vec::new();
            let spec = params::queue_spec(&declared.value.to_str_lossy(), &mut doubts);
            declare(spec, "mqueue", declared);
            let doubts = doubts.into_iter();
            odd.extend(doubts.map(|text| declared.warning(format!("parameter `mqueue`: {text}"))));
        }
        for name in &params.mqueue_name {
            let (size, mode) = (params.mqueue_size, params.mqueue_addmode);
            let spec = params::named(name.value.clone(), size, mode);
            declare(Ok(spec), "mqueue_name", name);
        }
        found.extend(odd);
        Ok(Mqueue {
            queues,
            database: params.db_url,
            storage: OnceLock::new(),
            outside: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if self.database.value.is_empty() {
            return Ok(());
        }
        let filled = self.load_queues(loader)?;
        if let Some(outside) = loader
            .previous
            .and_then(|loaded| loaded.instance::<Mqueue>())
            .and_then(|mqueue| mqueue.outside.get().cloned())
        {
            let _ = self.outside.set(outside);
        }
        let mqueue = self.clone();
        loader.hooks.on_start(move |runtime| {
            mqueue
                .outside
                .get_or_init(|| (runtime.host.clone(), runtime.logger.clone()));
            mqueue.clear_tables(runtime, &filled);
        });
        Ok(())
    }

    fn stop(&self) {
        let (Some(storage), Some((host, logger))) = (self.storage.get(), self.outside.get()) else {
            return;
        };
        for queue in self.queues().filter(|queue| queue.spec.storing.stores) {
            if let Err(error) = storage.store(queue) {
                log_outside(
                    logger,
                    LogLevel::Error,
                    host.unix_time(),
                    format_args!("queue `{}` is not stored: {error}", queue.spec.name),
                );
            }
        }
    }
}

exports! {
    name: "mqueue",
    module: Mqueue,
    functions: [functions::mq_add, functions::mq_fetch, functions::mq_pv_free, functions::mq_size],
    pvars: [pvars::key, pvars::value, pvars::size],
    transformations: [],
    rpcs: [rpc::get_size, rpc::get_sizes, rpc::fetch],
    event_routes: {},
    statistics: {},
}
