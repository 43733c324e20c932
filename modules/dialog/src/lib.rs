//! Dialogs: calls from their INVITE to their BYE, with variables, profiles, timeouts and keep-alives.
//!
//! `dlg_manage()`, or a flag, makes a [`Dialog`] of an INVITE. What `tm` tells of its responses and what `rr` tells of the
//! requests that follow moves it on; a lifetime that is over ends it. Other modules are told of what happens to dialogs
//! through [`Dialogs::observe`]. All dialogs are in one table; what is said of a dialog is read and written under its own lock.

mod context;
mod creation;
mod dialog;
mod driver;
mod early;
mod ending;
mod events;
mod functions;
mod lookup;
mod numbers;
mod packed;
mod params;
mod profiles;
mod pvars;
mod requests;
mod rows;
mod rpc;
mod table;
mod timers;
mod track;

pub use dialog::{Body, Dialog, Membership, Side, State};
pub use packed::Field;

use arc_swap::ArcSwap;
use bytes::Bytes;
use diagnostics::codes;
use driver::Storage;
use mod_rr::Rr;
use mod_tm::Tm;
use module_api::{
    BoundVariable, Call, Counter, Diagnostic, Gauge, Loader, Module, Runtime, Span, Step, exports,
};
use params::Params;
use profiles::Profiles;
use sip::Message;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use table::{Numbering, Table};

/// What happens to a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It was made. The context is that of the INVITE.
    Begun,
    /// A 2xx has passed. The context is that of the INVITE.
    Answered,
    /// The ACK has passed.
    Confirmed,
    /// The INVITE has got a negative response. The context is that of the INVITE.
    Failed,
    /// A BYE has passed. The context is that of the BYE.
    Ended,
    /// It was ended here. The context has no message of the call.
    Terminated,
    /// Its lifetime is over. The context has no message of the call.
    Expired,
}

/// Told of what happens to dialogs. The variables of the dialog can be read in the context.
pub type Observer = Arc<dyn Fn(&mut Call, &Arc<Dialog>, Moment) + Send + Sync>;

/// Asked before a dialog is made of an INVITE: with a step the INVITE is refused, and the function that would make the dialog ends
/// with it.
pub type Gate = Arc<dyn Fn(&mut Call) -> Option<Step> + Send + Sync>;

/// Told of each request that passes within a dialog, and who has sent it. It may record edits.
pub type PassingObserver = Arc<dyn Fn(&mut Call, &Arc<Dialog>, Side) + Send + Sync>;

/// What outlives a reload.
struct Shared {
    table: Table,
    profiles: Profiles,
}

/// The module's figures.
struct Counters {
    active: Gauge,
    early: Gauge,
    processed: Counter,
    expired: Counter,
    failed: Counter,
}

/// The module's instance.
pub struct Dialogs {
    params: Params,
    shared: Arc<Shared>,
    counters: Counters,
    /// The module rr, wherever in the configuration it is loaded.
    rr: OnceLock<Arc<Rr>>,
    /// The variable of `timeout_avp`.
    timeout: OnceLock<BoundVariable>,
    observers: ArcSwap<Vec<Observer>>,
    /// Those who are told of requests within dialogs.
    passing: ArcSwap<Vec<PassingObserver>>,
    /// Those who may refuse an INVITE.
    gates: ArcSwap<Vec<Gate>>,
    storage: OnceLock<Arc<Storage>>,
    /// The request in the place of one that does not exist.
    stand_in: Message,
    runtime: OnceLock<Weak<Runtime>>,
}

impl Dialogs {
    /// Registers who is told of what happens to dialogs; to be called while modules start.
    pub fn observe(&self, observer: Observer) {
        self.observers.rcu(|observers| {
            let mut observers = Vec::clone(observers);
            observers.push(observer.clone());
            observers
        });
    }

    /// Registers who is told of requests within dialogs; to be called while modules start.
    pub fn observe_passing(&self, observer: PassingObserver) {
        self.passing.rcu(|observers| {
            let mut observers = Vec::clone(observers);
            observers.push(observer.clone());
            observers
        });
    }

    /// Registers who may refuse an INVITE; to be called while modules start.
    pub fn guard(&self, gate: Gate) {
        self.gates.rcu(|gates| {
            let mut gates = Vec::clone(gates);
            gates.push(gate.clone());
            gates
        });
    }

    /// The dialog that the message at hand belongs to.
    pub fn current(&self, call: &Call) -> Option<Arc<Dialog>> {
        context::current(self, call)
    }

    /// Gives a dialog the lifetime of its session from now on, in seconds.
    pub fn follow_session_timer(&self, call: &Call, dialog: &Arc<Dialog>, lifetime: u32) {
        let now = track::seconds(call.unix_time);
        {
            let mut body = dialog.body();
            timers::set_lifetime(self, dialog, &mut body, lifetime, now);
        }
        if let Some(storage) = self.storage.get() {
            storage.changed(self, &call.runtime, dialog);
        }
    }

    fn table(&self) -> &Table {
        &self.shared.table
    }

    fn profiles(&self) -> &Profiles {
        &self.shared.profiles
    }

    fn tell(&self, call: &mut Call, dialog: &Arc<Dialog>, moment: Moment) {
        for observer in self.observers.load().iter() {
            observer(call, dialog, moment);
        }
    }

    fn shared(params: &Params, loader: &Loader<'_>) -> Arc<Shared> {
        let random = |bytes: &[u8]| {
            use std::hash::{BuildHasher, Hasher};
            let mut hasher = std::hash::RandomState::new().build_hasher();
            hasher.write(bytes);
            hasher.finish()
        };
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Dialogs>());
        let shared = match previous {
            Some(previous) => previous.shared.clone(),
            None => {
                let start = match params.h_id_start {
                    -1 => loader.settings.server_id,
                    start => start,
                };
                let numbering = Numbering {
                    start: u32::try_from(start).unwrap_or(0),
                    step: u32::try_from(params.h_id_step).unwrap_or(1),
                };
                let entries = usize::try_from(params.hash_size).unwrap_or(4096);
                let mut count = 0_u32;
                let table = Table::new(entries, numbering, || {
                    count += 1;
                    random(&count.to_be_bytes()) as u32
                });
                Arc::new(Shared {
                    table,
                    profiles: Profiles::default(),
                })
            }
        };
        for (names, has_values) in [
            (&params.profiles_with_value, true),
            (&params.profiles_no_value, false),
        ] {
            shared.profiles.declare(names, has_values, random(names));
        }
        shared
    }

    fn open_database(&self, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if self.params.db_mode == 0 {
            return Ok(());
        }
        let url = &self.params.db_url;
        let connection = loader
            .hooks
            .databases
            .open(&url.value.to_str_lossy())
            .map_err(|error| {
                let message = format!("parameter `db_url` of dialog: {error}");
                mistake(url.span, message)
            })?;
        let storage = Storage::new(connection, &self.params);
        let versions = &loader.settings.version_table;
        let are_read = self.params.db_skip_load == 0;
        storage
            .check_tables(versions, &self.params.columns, are_read)
            .map_err(|error| {
                let message = format!("parameter `db_url` of dialog: {error}");
                mistake(url.span, message)
            })?;
        // The instance is started once.
        let _ = self.storage.set(Arc::new(storage));
        Ok(())
    }

    fn begin(&self, runtime: &Arc<Runtime>) {
        if self.runtime.set(Arc::downgrade(runtime)).is_err() {
            return;
        }
        if let Some(storage) = self.storage.get()
            && self.params.db_skip_load == 0
            && self.table().len() == 0
        {
            storage.load(self, runtime);
        }
    }

    fn start_timers(self: &Arc<Self>, loader: &mut Loader<'_>) {
        let dialogs = self.clone();
        loader
            .hooks
            .every("dialog", Duration::from_secs(1), move |runtime, _| {
                timers::tick(&dialogs, runtime);
            });
        let seconds = |number: i64| Duration::from_secs(u64::try_from(number).unwrap_or(1));
        if self.params.ka_timer > 0 && self.params.ka_interval > 0 {
            let dialogs = self.clone();
            let interval = seconds(self.params.ka_timer);
            loader
                .hooks
                .every("dialog keep-alive", interval, move |runtime, _| {
                    timers::keep_alive(&dialogs, runtime);
                });
        }
        if self.params.db_mode == 2 {
            let dialogs = self.clone();
            let interval = seconds(self.params.db_update_period);
            loader
                .hooks
                .every("dialog database", interval, move |runtime, _| {
                    if let Some(storage) = dialogs.storage.get() {
                        storage.flush(&dialogs, runtime);
                    }
                });
        }
    }
}

fn mistake(span: Span, message: impl Into<String>) -> Vec<Diagnostic> {
    let code = codes::params::BAD_PARAMETER;
    vec![Diagnostic::error(code, span, message)]
}

impl Module for Dialogs {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let text = Bytes::from_static(b"OPTIONS sip:nobody SIP/2.0\r\n\r\n");
        let Ok(stand_in) = Message::parse(text) else {
            stdx::never!("the text above is no request");
            return Err(Vec::new());
        };
        let statistics = loader.statistics;
        let counters = Counters {
            active: statistics.gauge("dialog", "active_dialogs"),
            early: statistics.gauge("dialog", "early_dialogs"),
            processed: statistics.counter("dialog", "processed_dialogs"),
            expired: statistics.counter("dialog", "expired_dialogs"),
            failed: statistics.counter("dialog", "failed_dialogs"),
        };
        let shared = Dialogs::shared(&params, loader);
        let counted = shared.clone();
        statistics.computed("dialog", "known_dialogs", move || {
            counted.table.len() as i64
        });
        Ok(Dialogs {
            params,
            shared,
            counters,
            rr: OnceLock::new(),
            timeout: OnceLock::new(),
            observers: ArcSwap::default(),
            passing: ArcSwap::default(),
            gates: ArcSwap::default(),
            storage: OnceLock::new(),
            stand_in,
            runtime: OnceLock::new(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let Some(tm) = loader.binder.module::<Tm>() else {
            return Err(mistake(
                Span::default(),
                "dialog needs tm, which must be loaded before it",
            ));
        };
        let timeout = &self.params.timeout_avp;
        if let Some(variable) = loader
            .binder
            .variable_named_by(timeout)
            .map_err(|mistake| vec![mistake])?
        {
            // The instance is started once.
            let _ = self.timeout.set(variable);
        }
        self.open_database(loader)?;
        let dialogs = self.clone();
        tm.observe_beginnings(Arc::new(move |call, _| track::began(&dialogs, call)));
        if self.params.dlg_mode == 0 {
            let dialogs = self.clone();
            tm.observe(Arc::new(move |call, event| {
                track::told(&dialogs, call, event);
            }));
            let dialogs = self.clone();
            tm.observe_provisional(Arc::new(move |call, _| track::rang(&dialogs, call)));
        }
        if self.params.track_cseq_updates != 0 {
            let dialogs = self.clone();
            tm.on_response(Arc::new(move |call, request, _| {
                numbers::answered(&dialogs, call, request);
            }));
        }
        if let Some(rr) = loader.binder.module::<Rr>() {
            let dialogs = self.clone();
            rr.on_route(move |call, params| track::routed(&dialogs, call, params));
            let _ = self.rr.set(rr);
        }
        let dialogs = self.clone();
        let ended = move |call: &mut Call, _| ending::request_ended(&dialogs, call);
        loader.hooks.request_ends.push(Box::new(ended));
        let dialogs = self.clone();
        loader.hooks.on_start(move |runtime| dialogs.begin(runtime));
        self.start_timers(loader);
        Ok(())
    }

    fn stop(&self) {
        if let (Some(storage), Some(runtime)) = (
            self.storage.get(),
            self.runtime.get().and_then(Weak::upgrade),
        ) {
            storage.flush_blocking(self, &runtime);
        }
    }
}

exports! {
    name: "dialog",
    module: Dialogs,
    functions: [
        functions::managing::dlg_manage,
        functions::managing::dlg_get,
        functions::managing::is_known_dlg,
        functions::managing::dlg_set_state,
        functions::managing::dlg_update_state,
        functions::managing::dlg_update_contact,
        functions::managing::dlg_update_socket,
        functions::managing::dlg_set_ruri,
        functions::managing::dlg_db_load_callid,
        functions::managing::dlg_db_load_extra,
        functions::managing::dlg_remove_dialogs_from_node,
        functions::settings::dlg_setflag,
        functions::settings::dlg_resetflag,
        functions::settings::dlg_isflagset,
        functions::settings::dlg_set_property,
        functions::settings::dlg_reset_property,
        functions::settings::dlg_set_timeout,
        functions::settings::dlg_set_timeout_of,
        functions::settings::dlg_set_timeout_by_profile,
        functions::settings::dlg_set_timeout_by_value,
        functions::settings::dlg_get_var,
        functions::settings::dlg_set_var,
        functions::sending::dlg_bye,
        functions::sending::dlg_refer,
        functions::sending::dlg_refer_did,
        functions::sending::dlg_refer_cid,
        functions::sending::dlg_bridge,
        functions::sending::dlg_req_within,
        functions::profiles::set_dlg_profile,
        functions::profiles::unset_dlg_profile,
        functions::profiles::is_in_profile,
        functions::profiles::get_profile_size,
        functions::profiles::get_profile_size_of,
        functions::profiles::dlg_remote_profile,
    ],
    pvars: [
        pvars::count,
        pvars::status,
        pvars::lifetime,
        pvars::dialog,
        pvars::coming,
        pvars::variable,
    ],
    transformations: [],
    rpcs: [
        rpc::bridge_dlg,
        rpc::briefing,
        rpc::dlg_list,
        rpc::dlg_list_ctx,
        rpc::dump_file,
        rpc::end_dlg,
        rpc::is_alive,
        rpc::list,
        rpc::list_ctx,
        rpc::list_match,
        rpc::list_match_ctx,
        rpc::profile_get_size,
        rpc::profile_list,
        rpc::set_state,
        rpc::stats_active,
        rpc::terminate_dlg,
    ],
    event_routes: {
        "dialog:start": "when a 2xx to the INVITE of a dialog has come; it is the message at hand",
        "dialog:end": "when a dialog has ended, by a BYE, which is the message at hand, or by us",
        "dialog:failed": "when the INVITE of a dialog has got a negative response; it is the message at hand",
        "dialog:timeout": "when the lifetime of a dialog is over",
    },
    statistics: {
        "active_dialogs": "dialogs that were answered and go on",
        "early_dialogs": "dialogs that ring",
        "processed_dialogs": "dialogs that were made",
        "expired_dialogs": "dialogs whose lifetime was over",
        "failed_dialogs": "dialogs that were not answered",
        "known_dialogs": "dialogs in memory",
    },
}
