//! Location tables: where the users of address-of-records are.
//!
//! A table is named by the functions of `registrar`, `save("location")` for one, or by `preload`. It lies in memory, and
//! with `db_mode` in a database too. An address-of-record has bindings, each a contact with what was known of it when it
//! registered; an expired one is taken out by the timer, or, with `handle_lost_tcp`, when its connection goes.
//! `follow_connections` ties a contact to its connection: it is never looked up without it, and reached by it.
//!
//! Modules reach the tables through [`Usrloc::domain`]; read [`Domain`] first.

mod access;
mod attributes;
mod binding;
mod domain;
mod driver;
mod events;
mod keepalive;
mod owed;
mod params;
mod places;
mod record;
mod rows;
mod rpc;
mod ruid;
mod undo;

pub use access::{Access, Change};
pub use binding::{Binding, Facts, MEMORY_ONLY, NO_SOCKET, State, Texts};
pub use domain::{AorBinding, Domain, DomainSpec, Keeping};
pub use driver::{Storage, StorageOptions};
pub use events::DepartureHook;
pub use params::{DatabaseParams, Params};
pub use record::{Matching, Order, Record};
pub use undo::Undo;

use db::schema::VersionError;
use module_api::{Diagnostic, Live, Loader, Module, Runtime, Statistics, Text, exports};
use parking_lot::RwLock;
use ruid::Ruids;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use stdx::hash::Seed;

/// The module's instance.
pub struct Usrloc {
    /// What the configuration set.
    pub params: Params,
    server_id: i64,
    shared: Arc<Shared>,
    hooks: RwLock<Vec<DepartureHook>>,
    has_figures: AtomicBool,
    is_busy: AtomicBool,
    storage: OnceLock<Arc<Storage>>,
    runtime: OnceLock<Weak<Runtime>>,
    keepalive: OnceLock<keepalive::Keepalive>,
    /// Whether the case of letters tells address-of-records apart, as the module says that makes them.
    case_sensitive: OnceLock<Live>,
}

/// What outlives a reload.
#[derive(Default)]
struct Shared {
    domains: RwLock<BTreeMap<Text, Arc<Domain>>>,
    ruids: OnceLock<Ruids>,
}

/// What helps when a table cannot be used.
pub const TABLES_HELP: &str =
    "kahea db init URL creates the tables; modparam(\"usrloc\", \"version_table\", 0) takes any";

/// A time since 1970 in the whole seconds that bindings count in.
pub fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}

impl Usrloc {
    /// The table of a name, made when it is not there. For names of the configuration, never for those of messages.
    pub fn domain(&self, name: &Text) -> Arc<Domain> {
        if let Some(domain) = self.find_domain(name) {
            return domain;
        }
        let mut domains = self.shared.domains.write();
        let made = domains.entry(name.clone()).or_insert_with(|| {
            self.has_figures.store(false, Ordering::Relaxed);
            Arc::new(Domain::new(self.spec(name)))
        });
        made.clone()
    }

    /// The table of a name, made when it is not there, for who fills and asks it. Waits, when there is a database: for the
    /// start of the server.
    ///
    /// # Errors
    /// When the database has no such table, or one of another version.
    pub fn usable_domain(&self, name: &Text) -> Result<Arc<Domain>, VersionError> {
        if let Some(domain) = self.find_domain(name) {
            return Ok(domain);
        }
        if let Some(storage) = self.storage.get() {
            storage.check_table(name)?;
        }
        Ok(self.domain(name))
    }

    /// The table of a name, if there is one.
    pub fn find_domain(&self, name: &[u8]) -> Option<Arc<Domain>> {
        self.shared.domains.read().get(name).cloned()
    }

    /// All tables, by name.
    pub fn domains(&self) -> Vec<Arc<Domain>> {
        self.shared.domains.read().values().cloned().collect()
    }

    /// How a registration finds the binding it is about.
    pub fn matching(&self) -> Matching {
        match self.params.matching_mode {
            1 => Matching::ContactAndCallId,
            2 => Matching::ContactAndPath,
            3 => Matching::CallId,
            _ => Matching::Contact,
        }
    }

    /// Says where it stands whether the case of letters tells address-of-records apart: with the module that makes them.
    pub fn note_case_sensitive(&self, setting: &Live) {
        // There is one such module.
        let _ = self.case_sensitive.set(setting.clone());
    }

    /// Whether the case of letters tells address-of-records apart.
    pub fn tells_cases_apart(&self) -> bool {
        self.case_sensitive.get().is_some_and(Live::is_on)
    }

    /// The branch flag that marks a contact behind NAT, as a bit; 0 when there is none.
    pub fn nat_flag(&self) -> u32 {
        let bit = self
            .params
            .nat_bflag
            .and_then(|flag| u32::try_from(flag).ok());
        bit.and_then(|bit| 1u32.checked_shl(bit)).unwrap_or(0)
    }

    /// Whether it must be known who registered over a connection: contacts go with it, or are rows that outlive it.
    pub fn notes_connections(&self) -> bool {
        let params = &self.params;
        params.handle_lost_tcp.value || params.follow_connections || params.database.db_mode == 3
    }

    /// The database behind the tables, if there is one.
    pub fn storage(&self) -> Option<&Arc<Storage>> {
        self.storage.get()
    }

    /// The number of this server.
    pub fn server_id(&self) -> u32 {
        u32::try_from(self.server_id).unwrap_or(0)
    }

    /// Appends a new unique name of a binding that began with a registration.
    pub fn push_ruid(&self, runtime: &Runtime, out: &mut Vec<u8>) {
        self.push_ruid_of(b"uloc", runtime, out);
    }

    fn push_ruid_of(&self, family: &[u8], runtime: &Runtime, out: &mut Vec<u8>) {
        let ruids = self.shared.ruids.get_or_init(|| {
            let start = runtime.host.unix_time().as_secs();
            Ruids::new(self.server_id, start, std::process::id())
        });
        ruids.push_next(family, out);
    }

    /// Whether a binding can be reached as far as its connection goes: it has none, or that is open.
    pub fn is_reachable(runtime: &Runtime, facts: &Facts) -> bool {
        match facts.connection() {
            Some(connection) => runtime.host.connection(connection).is_some(),
            None => true,
        }
    }

    fn spec(&self, name: &Text) -> DomainSpec {
        DomainSpec {
            name: name.clone(),
            slots: 1 << self.params.hash_size.clamp(0, 16),
            order: if self.params.desc_time_order {
                Order::ByTime
            } else {
                Order::ByPriority
            },
            keeping: match self.params.database.db_mode {
                1 => Keeping::WriteThrough,
                2 => Keeping::WriteBack,
                3 => Keeping::Database,
                _ => Keeping::Memory,
            },
            seed: Seed::new(fastrand_seed()),
        }
    }

    /// Registers the figures of tables that have none.
    fn register_figures(&self, statistics: &Statistics, separator: &str) {
        if self.has_figures.swap(true, Ordering::Relaxed) {
            return;
        }
        for domain in self.domains() {
            let name = domain.name().to_str_lossy().into_owned();
            let figure = |what: &str, read: fn(&Domain) -> i64| {
                let domain = domain.clone();
                statistics.computed("usrloc", &format!("{name}{separator}{what}"), move || {
                    read(&domain)
                });
            };
            figure("users", |domain| domain.users() as i64);
            figure("contacts", |domain| domain.contacts() as i64);
            figure("expires", |domain| domain.expired.value());
        }
    }
}

/// A number that nobody outside can foresee.
fn fastrand_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}

/// Makes sure that rows are kept after their time only where the database alone has them.
fn check_delay(params: &Params, loader: &mut Loader<'_>) -> Result<(), Diagnostic> {
    let delay = &params.database.rm_expired_delay;
    let code = diagnostics::codes::params::BAD_PARAMETER;
    if delay.value != 0 && params.database.db_mode != 3 {
        let reason = "bad value for `rm_expired_delay`: rows are kept after their time only where `db_mode` is 3";
        return Err(Diagnostic::error(code, delay.span, reason)
            .help("modparam(\"usrloc\", \"db_mode\", 3)"));
    }
    if delay.value < 0 {
        let reason = "`rm_expired_delay` is less than 0, which counts as 0";
        let warning = Diagnostic::warning(code, delay.span, reason);
        loader.binder.diagnostics.push(warning);
    }
    Ok(())
}

/// Warns of what has no effect where the database alone has the contacts.
fn check_connections(params: &Params, loader: &mut Loader<'_>) {
    if params.database.db_mode != 3 {
        return;
    }
    let idle = [
        (
            &params.handle_lost_tcp,
            "`handle_lost_tcp` does nothing where `db_mode` is 3: rows stay until they end",
        ),
        (
            &params.close_expired_tcp,
            "`close_expired_tcp` does nothing where `db_mode` is 3: rows that end leave their connections alone",
        ),
    ];
    for (param, reason) in idle {
        if param.value {
            loader.binder.diagnostics.push(param.warning(reason));
        }
    }
}

impl Module for Usrloc {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        check_delay(&params, loader).map_err(|mistake| vec![mistake])?;
        check_connections(&params, loader);
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Usrloc>());
        let shared = Arc::new(Shared::default());
        let usrloc = Usrloc {
            params,
            server_id: loader.settings.server_id,
            shared: match &previous {
                Some(previous) => previous.shared.clone(),
                None => shared,
            },
            hooks: RwLock::default(),
            has_figures: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
            storage: OnceLock::new(),
            runtime: OnceLock::new(),
            keepalive: OnceLock::new(),
            case_sensitive: OnceLock::new(),
        };
        usrloc.keep_tables();
        for name in &usrloc.params.preload {
            usrloc.domain(name);
        }
        Ok(usrloc)
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        self.open_database(loader)?;
        self.start_keepalive(loader)?;
        let usrloc = self.clone();
        loader.hooks.on_start(move |runtime| usrloc.begin(runtime));
        let usrloc = self.clone();
        let interval = u64::try_from(self.params.timer_interval).unwrap_or(60);
        loader.hooks.every(
            "usrloc",
            Duration::from_secs(interval),
            move |runtime, _| {
                usrloc.begin(runtime);
                events::work(&usrloc, runtime);
            },
        );
        if self.notes_connections() {
            let usrloc = self.clone();
            let hook = move |runtime: &Arc<Runtime>, change: &module_api::ConnectionChange| {
                events::connection_changed(&usrloc, runtime, change);
            };
            loader.hooks.connections.push(Box::new(hook));
        }
        let usrloc = self.clone();
        loader
            .statistics
            .computed("usrloc", "registered_users", move || {
                let domains = usrloc.domains();
                domains.iter().map(|domain| domain.users() as i64).sum()
            });
        Ok(())
    }

    fn stop(&self) {
        let (Some(storage), Some(runtime)) = (
            self.storage.get(),
            self.runtime.get().and_then(Weak::upgrade),
        ) else {
            return;
        };
        for domain in self.domains() {
            storage.settle(&runtime, &domain);
        }
    }
}

impl Usrloc {
    fn open_database(&self, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let params = &self.params.database;
        if params.db_mode == 0 {
            return Ok(());
        }
        let url = &params.db_url;
        let connection = loader
            .hooks
            .databases
            .open(&url.value.to_str_lossy())
            .map_err(|error| {
                let message = format!("parameter `db_url` of usrloc: {error}");
                let code = diagnostics::codes::params::BAD_PARAMETER;
                vec![Diagnostic::error(code, url.span, message)]
            })?;
        let storage = Storage::new(
            connection,
            params.clone(),
            StorageOptions {
                has_domain: self.params.use_domain,
                has_attributes: !self.params.xavp_contact.is_empty(),
                server_id: self.server_id,
                versions: loader.settings.version_table.clone(),
            },
        );
        for name in &self.params.preload {
            storage.check_table(name).map_err(|error| {
                let message = format!("parameter `preload` of usrloc: {error}");
                let code = diagnostics::codes::params::BAD_PARAMETER;
                vec![Diagnostic::error(code, url.span, message).help(TABLES_HELP)]
            })?;
        }
        // A second start of the same instance keeps the first database.
        let _ = self.storage.set(Arc::new(storage));
        Ok(())
    }

    /// Does once what needs the runtime; then, for tables that are new, registers their figures and loads them.
    fn begin(&self, runtime: &Arc<Runtime>) {
        self.runtime.get_or_init(|| Arc::downgrade(runtime));
        let separator = runtime.settings.stats_name_separator.to_str_lossy();
        self.register_figures(&runtime.statistics, &separator);
        let Some(storage) = self.storage.get() else {
            return;
        };
        let params = &self.params.database;
        if !params.db_load && params.db_mode != 4 {
            return;
        }
        for domain in self.domains() {
            if !domain.is_loaded.swap(true, Ordering::Relaxed) {
                storage.load(runtime, &domain, &|| {
                    let mut ruid = Vec::with_capacity(40);
                    self.push_ruid(runtime, &mut ruid);
                    Text::from(ruid)
                });
            }
        }
    }
}

impl Usrloc {
    /// Makes the tables of the configuration before fit this one's parameters, with all their bindings.
    fn keep_tables(&self) {
        let mut domains = self.shared.domains.write();
        for (name, domain) in domains.iter_mut() {
            let mut spec = self.spec(name);
            spec.seed = domain.spec.seed;
            let (new, old) = (&spec, &domain.spec);
            let same = (new.slots, new.order, new.keeping) == (old.slots, old.order, old.keeping);
            if same {
                continue;
            }
            let table = Domain::new(spec);
            let was_loaded = domain.is_loaded.load(Ordering::Relaxed);
            table.is_loaded.store(was_loaded, Ordering::Relaxed);
            domain.for_each(&mut |record| {
                for binding in record.bindings() {
                    table.restore(record.aor(), binding.clone());
                }
            });
            table.owed.add(domain.owed.take());
            *domain = Arc::new(table);
        }
    }
}

exports! {
    name: "usrloc",
    module: Usrloc,
    functions: [],
    pvars: [],
    transformations: [],
    rpcs: [
        rpc::dump,
        rpc::lookup,
        rpc::rm,
        rpc::rm_contact,
        rpc::add,
        rpc::flush,
        rpc::db_users,
        rpc::db_contacts,
        rpc::db_expired_contacts,
    ],
    event_routes: {},
    statistics: {
        "registered_users": "address-of-records with contacts, in all tables",
        "<domain>_users": "address-of-records with contacts in the table",
        "<domain>_contacts": "contacts in the table",
        "<domain>_expires": "contacts of the table that have expired",
    },
}
