//! Finds the user behind an alias, or the alias of a user, in a database table.

mod aliases;
mod functions;
mod params;

use aliases::Aliases;
use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct AliasDb {
    params: Params,
    /// There once the module is started.
    aliases: OnceLock<Aliases>,
}

impl Module for AliasDb {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(AliasDb {
            params,
            aliases: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let url = &self.params.db_url;
        match loader.hooks.databases.open(&url.value.to_str_lossy()) {
            Ok(connection) => {
                // Started once.
                let _ = self.aliases.set(Aliases::new(connection, &self.params));
                Ok(())
            }
            Err(reason) => Err(vec![Diagnostic::error(
                diagnostics::codes::params::BAD_PARAMETER,
                url.span,
                format!("parameter `db_url` of alias_db: {reason}"),
            )]),
        }
    }
}

exports! {
    name: "alias_db",
    module: AliasDb,
    functions: [functions::alias_db_lookup, functions::alias_db_find],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
