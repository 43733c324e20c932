//! Authenticates users whose name holds the time it expires, and whose password is a hash of that name: a web service
//! that shares a secret with the server makes both, and no account is needed (draft-uberti-rtcweb-turn-rest).
//!
//! The name is `timestamp:user`, the password `base64(hmac-sha1(secret, name))`. There may be several secrets; the one
//! set last is tried first. The return codes are those of module `auth`, which the functions that read credentials need.

mod functions;
mod params;
mod rpc;
mod secrets;

use mod_auth::Auth;
use module_api::{Diagnostic, Loader, Module, exports};
use params::Params;
use secrets::Secrets;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct AuthEphemeral {
    params: Params,
    secrets: Secrets,
    /// There once the module is started, if module auth is loaded.
    auth: OnceLock<Arc<Auth>>,
}

impl Module for AuthEphemeral {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(AuthEphemeral {
            secrets: Secrets::new(&params.secret),
            params,
            auth: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if let Some(auth) = loader.binder.module::<Auth>() {
            // Started once.
            let _ = self.auth.set(auth);
        }
        Ok(())
    }
}

exports! {
    name: "auth_ephemeral",
    module: AuthEphemeral,
    functions: [
        functions::autheph_www,
        functions::autheph_proxy,
        functions::autheph_check,
        functions::autheph_authenticate,
        functions::autheph_check_from,
        functions::autheph_check_to,
        functions::autheph_check_timestamp,
    ],
    pvars: [],
    transformations: [],
    rpcs: [rpc::add_secret, rpc::dump_secrets, rpc::rm_secret],
    event_routes: {},
    statistics: {},
}
