//! Puts queries to databases from the script: each connection has a name (`sqlcon`), and so has each result.
//!
//! A query that has to wait holds up only the run that put it. Results belong to the message: they are there for the rest
//! of its handling, or until they are freed or replaced.
//!
//! Return codes of queries: 1 there are rows; 2 there are none; 3 there are rows and no result was named to keep them; -1
//! the query failed.

mod arguments;
mod connection;
mod functions;
mod params;
mod pvars;
mod results;
mod transformations;

use connection::SqlConnection;
use module_api::{Diagnostic, Loader, Module, Text, exports};
use params::Params;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use transformations::literals::Quoting;

/// The module's instance.
pub struct SqlOps {
    params: Params,
    connections: BTreeMap<Text, Arc<SqlConnection>>,
    /// The names of results.
    results: Mutex<BTreeSet<Text>>,
    quoting: Quoting,
}

impl SqlOps {
    /// Whether a connection is not opened before a query needs it.
    pub fn opens_when_needed(&self) -> bool {
        self.params.connect_mode == 2
    }

    /// A connection by its name.
    pub fn connection(&self, name: &[u8]) -> Option<&Arc<SqlConnection>> {
        self.connections.get(name)
    }

    /// Makes sure that there is a result of that name; false when there are too many.
    fn declare_result(&self, name: &Text) -> bool {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        if results.contains(name) {
            return true;
        }
        let most = usize::try_from(self.params.results_maxsize).unwrap_or(0);
        results.len() < most && results.insert(name.clone())
    }
}

impl Module for SqlOps {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let connections = params.connections(loader.binder.diagnostics);
        let quoting = Quoting::for_engines(connections.values().map(|one| one.scheme()));
        let results = params.sqlres.iter().cloned().collect();
        Ok(SqlOps {
            connections,
            results: Mutex::new(results),
            quoting,
            params,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        if self.opens_when_needed() {
            return Ok(());
        }
        for connection in self.connections.values() {
            let Err(reason) = connection.open(&loader.hooks.databases) else {
                continue;
            };
            let message = format!("connection `{}` of sqlops: {reason}", connection.name);
            let code = diagnostics::codes::params::BAD_PARAMETER;
            match self.params.connect_mode {
                0 => mistakes.push(Diagnostic::error(code, connection.span, message)),
                _ => {
                    let warning = Diagnostic::warning(code, connection.span, message);
                    loader.binder.diagnostics.push(warning);
                }
            }
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }
}

exports! {
    name: "sqlops",
    module: SqlOps,
    functions: [
        functions::sql_query,
        functions::sql_xquery,
        functions::sql_pvquery,
        functions::sql_query_async,
        functions::sql_result_free,
    ],
    pvars: [pvars::result, pvars::affected_rows],
    transformations: [
        transformations::literals::literal,
        transformations::literals::integer,
        transformations::literals::string,
    ],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
