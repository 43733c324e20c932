//! Checks credentials against the passwords or hashes of subscribers in a database.
//!
//! The table has a column with the hash of user, realm and password (`password_column`), one with the same for user names
//! that carry a domain (`password_column_2`), or one with passwords as they are (`calculate_ha1`). Further columns can be
//! read along with them into AVPs (`load_credentials`). The return codes are those of module `auth`; a database that does
//! not answer makes -1.

mod arguments;
mod functions;
mod params;
mod subscribers;

use mod_auth::Auth;
use module_api::{Diagnostic, Loader, Module, Text, exports};
use params::Params;
use std::sync::{Arc, OnceLock};
use subscribers::Subscribers;

/// The module's instance.
pub struct AuthDb {
    params: Params,
    /// There once the module is started.
    parts: OnceLock<Parts>,
}

/// What the module works with.
struct Parts {
    auth: Arc<Auth>,
    subscribers: Subscribers,
    /// The table with the versions of tables.
    versions: Text,
}

impl Module for AuthDb {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(AuthDb {
            params,
            parts: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let error = |code, span, message: String| Err(vec![Diagnostic::error(code, span, message)]);
        let Some(auth) = loader.binder.module::<Auth>() else {
            let message = "module auth_db needs module auth".to_owned();
            let code = diagnostics::codes::names::MODULE_NOT_LOADED;
            let mistake = Diagnostic::error(code, diagnostics::Span::default(), message);
            let has_failed = loader.binder.loaded.has_failed::<Auth>();
            return Err(vec![mistake.following(has_failed)]);
        };
        let url = &self.params.db_url;
        let connection = match loader.hooks.databases.open(&url.value.to_str_lossy()) {
            Ok(connection) => connection,
            Err(reason) => {
                let message = format!("parameter `db_url` of auth_db: {reason}");
                return error(diagnostics::codes::params::BAD_PARAMETER, url.span, message);
            }
        };
        let attributes = match self.params.attributes(&mut loader.binder) {
            Ok(attributes) => attributes,
            Err(mistake) => return Err(vec![mistake]),
        };
        let parts = Parts {
            auth,
            subscribers: Subscribers::new(connection, &self.params, attributes),
            versions: loader.settings.version_table.clone(),
        };
        // Started once.
        let _ = self.parts.set(parts);
        Ok(())
    }
}

exports! {
    name: "auth_db",
    module: AuthDb,
    functions: [
        functions::www_authenticate,
        functions::proxy_authenticate,
        functions::auth_check,
        functions::is_subscriber,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
