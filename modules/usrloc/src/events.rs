//! What happens to bindings by themselves: they end, or their connection does.

use crate::domain::{AorBinding, Domain, Keeping};
use crate::{Usrloc, seconds};
use module_api::{ConnectionChange, ConnectionChangeKind, ConnectionId, Runtime};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Told of each binding that ended without a registration's doing.
pub type DepartureHook = Box<dyn Fn(&Arc<Runtime>, &Arc<Domain>, &AorBinding) + Send + Sync>;

impl Usrloc {
    /// Registers who is told of bindings that end by themselves.
    pub fn on_departure(
        &self,
        hook: impl Fn(&Arc<Runtime>, &Arc<Domain>, &AorBinding) + Send + Sync + 'static,
    ) {
        self.hooks.write().push(Box::new(hook));
    }

    /// Tells whoever wants to know that a binding has gone.
    pub fn tell(&self, runtime: &Arc<Runtime>, domain: &Arc<Domain>, gone: &AorBinding) {
        for hook in self.hooks.read().iter() {
            hook(runtime, domain, gone);
        }
    }

    /// Tells of a binding whose time in memory is over, and closes its connection where that is wanted.
    fn tell_expired(&self, runtime: &Arc<Runtime>, domain: &Arc<Domain>, gone: &AorBinding) {
        if self.params.close_expired_tcp.value
            && let Some(connection) = gone.binding.facts.connection()
        {
            runtime.host.close_connection(connection);
        }
        self.tell(runtime, domain, gone);
    }
}

/// From how many bindings on the periodic work is done on a thread of its own, so that no timer waits for it.
const LARGE: usize = 20_000;

/// Does the periodic work; when the last one still goes on there is none.
pub fn work(usrloc: &Arc<Usrloc>, runtime: &Arc<Runtime>) {
    if usrloc.is_busy.swap(true, Ordering::AcqRel) {
        return;
    }
    let domains = usrloc.domains();
    let total: usize = domains.iter().map(|domain| domain.contacts()).sum();
    let is_large = total > LARGE;
    let (own, host) = (usrloc.clone(), runtime.clone());
    let work = move || {
        expire(&own, &host, is_large);
        own.is_busy.store(false, Ordering::Release);
    };
    if !is_large {
        work();
    } else if !runtime.host.run_blocking(Box::new(work)) {
        usrloc.is_busy.store(false, Ordering::Release);
    }
}

/// Takes expired bindings out of all tables, and writes what is written from time to time.
fn expire(usrloc: &Arc<Usrloc>, runtime: &Arc<Runtime>, may_wait: bool) {
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
            Keeping::WriteBack => {
                // What could not be deleted the last time.
                storage.pay(runtime, &domain);
                match may_wait {
                    true => storage.flush_blocking(runtime, &domain),
                    false => storage.flush_later(runtime, &domain),
                }
            }
            Keeping::Database => {
                let (told, table) = (usrloc.clone(), domain.clone());
                storage.take_ended(runtime, &domain, now, move |runtime, gone| {
                    told.tell(runtime, &table, &gone);
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
    if change.kind != ConnectionChangeKind::Opened {
        usrloc.drop_connection(runtime, change.id);
    }
}

impl Usrloc {
    /// Takes the bindings of a connection out.
    fn drop_connection(&self, runtime: &Arc<Runtime>, connection: ConnectionId) {
        for domain in self.domains() {
            let changes = domain.drop_connection(connection, &mut |gone| {
                self.tell(runtime, &domain, &gone);
            });
            if let Some(storage) = self.storage() {
                storage.write_later(runtime, &domain, changes);
            }
        }
    }

    /// Notes that an address-of-record registered over a connection; if that has ended meanwhile, so do its bindings.
    pub fn note_connection(
        &self,
        runtime: &Arc<Runtime>,
        domain: &Domain,
        aor: &[u8],
        connection: ConnectionId,
    ) {
        domain.note_places(aor, Some(connection), None);
        if runtime.host.connection(connection).is_none() {
            self.drop_connection(runtime, connection);
        }
    }
}
