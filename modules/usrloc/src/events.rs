//! What happens to bindings by themselves: they end, or their connection does.

use crate::domain::{Departed, Domain, Keeping};
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

    fn tell_expired(&self, runtime: &Arc<Runtime>, domain: &Arc<Domain>, gone: &Departed) {
        if self.params.close_expired_tcp
            && let Some(connection) = gone.binding.facts.connection()
        {
            runtime.host.close_connection(connection);
        }
        self.tell(runtime, domain, gone);
    }
}

/// Takes expired bindings out of all tables, and writes what is written from time to time.
pub fn expire(usrloc: &Arc<Usrloc>, runtime: &Arc<Runtime>) {
    let now = seconds(runtime.host.unix_time());
    for domain in usrloc.domains() {
        let changes = domain.sweep(now, &mut |gone| {
            usrloc.tell_expired(runtime, &domain, &gone);
        });
        let Some(storage) = usrloc.storage() else {
            continue;
        };
        match domain.spec.keeping {
            Keeping::Memory => {}
            Keeping::WriteThrough => storage.write_later(runtime, &domain, changes),
            Keeping::WriteBack => storage.write_later(runtime, &domain, domain.take_changes()),
            Keeping::Database => {
                let (told, table) = (usrloc.clone(), domain.clone());
                storage.take_ended(runtime, &domain, now, move |runtime, gone| {
                    told.tell_expired(runtime, &table, &gone);
                });
            }
        }
        if usrloc.params.database.db_timer_clean
            && matches!(
                domain.spec.keeping,
                Keeping::WriteThrough | Keeping::WriteBack
            )
        {
            storage.delete_ended(runtime, &domain, now);
        }
    }
}

/// Takes the bindings of a connection out when it has ended.
pub fn connection_changed(usrloc: &Usrloc, runtime: &Arc<Runtime>, change: &ConnectionChange) {
    if change.kind == ConnectionChangeKind::Opened {
        return;
    }
    for domain in usrloc.domains() {
        let changes = domain.drop_connection(change.id, &mut |gone| {
            usrloc.tell(runtime, &domain, &gone);
        });
        if let Some(storage) = usrloc.storage() {
            storage.write_later(runtime, &domain, changes);
        }
    }
}
