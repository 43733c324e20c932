//! Asks senders for proof of who they are, and checks it: Digest authentication by RFC 7616 with the algorithms of
//! RFC 8760.
//!
//! The functions that begin with `pv_` check against a password or hash that the script has; `auth_db` and other modules
//! bring the secrets from elsewhere and use the same checks. A challenge carries a nonce that proves itself, so that
//! nothing needs to be kept for it; with `nonce_count` or `one_time_nonce` a few bits for each guard against replays.
//!
//! An ACK, a CANCEL and a PRACK cannot be challenged (RFC 3261 §22.1): checks let them pass.
//!
//! Return codes of the checks: 1 is good; -1 something is malformed or forged; -2 wrong password; -3 unknown user; -4 the
//! nonce is too old; -5 no credentials for the realm; -6 the nonce was used before; -8 the user is not the one that the
//! request speaks for.

mod challenge;
mod check;
mod functions;
mod identity;
mod nonces;
mod params;
mod track;

pub use challenge::{ChallengeKind, Qop};
pub use check::{Begun, Refusal, Secret, Started};
pub use identity::{IdentityCheck, check_identity};

use mod_sl::Sl;
use module_api::{Diagnostic, Loader, Module, exports};
use nonces::Nonces;
use params::Params;
use sip::digest::Algorithm;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Auth {
    params: Params,
    nonces: Nonces,
    /// The algorithms that `algorithm` names; empty when it names none.
    algorithms: Vec<Algorithm>,
    /// Whether a challenge of ours has offered `auth-int`: else nobody has to answer so.
    offers_auth_int: AtomicBool,
    /// What answers with challenges.
    sl: OnceLock<Arc<Sl>>,
}

impl Module for Auth {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let algorithms = params.algorithms().map_err(|mistake| vec![mistake])?;
        let previous = loader.previous.and_then(|loaded| loaded.instance::<Auth>());
        let nonces = Nonces::new(&params, previous.as_ref().map(|previous| &previous.nonces));
        Ok(Auth {
            nonces: nonces.map_err(|mistake| vec![mistake])?,
            offers_auth_int: AtomicBool::new(false),
            params,
            algorithms,
            sl: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        match loader.binder.module::<Sl>() {
            Some(sl) => {
                // Started once.
                let _ = self.sl.set(sl);
                Ok(())
            }
            None => Err(vec![Diagnostic::error(
                diagnostics::codes::names::MODULE_NOT_LOADED,
                diagnostics::Span::default(),
                "module auth needs module sl",
            )]),
        }
    }
}

exports! {
    name: "auth",
    module: Auth,
    functions: [
        functions::checks::consume_credentials,
        functions::checks::has_credentials,
        functions::checks::pv_www_authenticate,
        functions::checks::pv_proxy_authenticate,
        functions::checks::pv_auth_check,
        functions::challenges::www_challenge,
        functions::challenges::proxy_challenge,
        functions::challenges::auth_challenge,
        functions::challenges::auth_get_www_authenticate,
        functions::challenges::auth_algorithm,
    ],
    pvars: [],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
