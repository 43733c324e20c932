//! Variables.

use crate::Kex;
use module_api::{Binder, Call, Diagnostic, PvarInner, PvarSpec, Value, pvar};
use std::sync::Arc;

/// The module, for `$sruid`.
pub struct Own(Option<Arc<Kex>>);

impl PvarInner for Own {
    fn bind(_: &PvarSpec<'_>, binder: &mut Binder<'_>) -> Result<Self, Diagnostic> {
        Ok(Own(binder.module::<Kex>()))
    }
}

/// A text that no other read gives, on this server or on others with another `server_id`.
#[pvar("sruid")]
pub fn unique_id(call: &mut Call, own: &Own) -> Value {
    let started = own.0.as_ref().map_or(0, |kex| kex.started);
    let server = call.runtime.settings.server_id;
    let random = call.random();
    let id = match server {
        0 => format!("srid-{started:x}-{:x}-{:x}", std::process::id(), random),
        server => format!(
            "srid-{server:x}-{started:x}-{:x}-{:x}",
            std::process::id(),
            random
        ),
    };
    Value::from(id.as_str())
}
