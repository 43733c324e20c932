//! What happens to bindings by themselves: they end, or their connection does.

use crate::domain::{Departed, Domain};
use crate::{Usrloc, seconds};
use module_api::{ConnectionChange, ConnectionChangeKind, Runtime};
use std::sync::Arc;

/// Told of each binding that ended without a registration's doing.
pub type DepartureHook = Box<dyn Fn(&Arc<Runtime>, &Arc<Domain>, &Departed) + Send + Sync>;

impl Usrloc {
    /// Registers who is told of bindings that end by themselves.
    pub fn on_departure(
        &self,
        hook: impl Fn(&Arc<Runtime>, &Arc<Domain>, &Departed) + Send + Sync + 'static,
    ) {
        self.hooks.write().push(Box::new(hook));
    }

    pub(crate) fn tell(&self, runtime: &Arc<Runtime>, domain: &Arc<Domain>, gone: &Departed) {
        for hook in self.hooks.read().iter() {
            hook(runtime, domain, gone);
        }
    }
}

/// Takes expired bindings out of all tables.
pub fn expire(usrloc: &Usrloc, runtime: &Arc<Runtime>) {
    let now = seconds(runtime.host.unix_time());
    for domain in usrloc.domains() {
        domain.sweep(now, &mut |gone| {
            if usrloc.params.close_expired_tcp
                && let Some(connection) = gone.binding.facts.connection()
            {
                runtime.host.close_connection(connection);
            }
            usrloc.tell(runtime, &domain, &gone);
        });
    }
}

/// Takes the bindings of a connection out when it has ended.
pub fn connection_changed(usrloc: &Usrloc, runtime: &Arc<Runtime>, change: &ConnectionChange) {
    if change.kind == ConnectionChangeKind::Opened {
        return;
    }
    for domain in usrloc.domains() {
        domain.drop_connection(change.id, &mut |gone| {
            usrloc.tell(runtime, &domain, &gone);
        });
    }
}
