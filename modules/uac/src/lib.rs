//! A user agent client for scripts: requests of our own (`$uac_req`, `uac_req_send()`), answers to challenges (`uac_auth()`), other
//! names in From and To that the far ends do not notice, and registrations at other registrars.
//!
//! The module knows transactions ([`mod_tm`]), Record-Route ([`mod_rr`]) and dialogs ([`mod_dialog`]) through their Rust APIs. Read
//! `request::OwnRequest` first.

mod credentials;
mod disguise;
mod functions;
mod in_dialog;
mod params;
mod pvars;
mod register;
mod registrations;
mod replace;
mod request;
mod rpc;
mod sending;
mod store;

use credentials::Credential;
use mod_dialog::Dialogs;
use mod_rr::Rr;
use mod_tm::Tm;
use module_api::{
    BoundVariable, Diagnostic, Loader, Module, Placed, SocketAddress, SocketId, Sockets, Span,
    Text, exports,
};
use params::{Params, RestoreMode};
use registrations::Registrations;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::Store;

/// The module's instance.
pub struct Uac {
    params: Params,
    mode: RestoreMode,
    credentials: Vec<Credential>,
    variables: OnceLock<Variables>,
    /// There when names are to be restored in later requests.
    /// The module rr, wherever in the configuration it is loaded.
    rr: OnceLock<Arc<Rr>>,
    /// There when CSeq numbers may have to be raised for challenges.
    dialogs: OnceLock<Arc<Dialogs>>,
    registrations: Registrations,
    /// The table of registrations, when there is a database.
    store: OnceLock<Store>,
}

/// The variables that parameters name.
#[derive(Default)]
struct Variables {
    username: Option<BoundVariable>,
    realm: Option<BoundVariable>,
    password: Option<BoundVariable>,
    from: Option<BoundVariable>,
    to: Option<BoundVariable>,
}

const TABLES_HELP: &str = "kahea db init URL creates the tables";

impl Module for Uac {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mode = params.mode().map_err(|mistake| vec![mistake])?;
        let credentials = params.credentials()?;
        let registrations = Registrations::new(&params);
        Ok(Uac {
            mode,
            credentials,
            variables: OnceLock::new(),
            rr: OnceLock::new(),
            dialogs: OnceLock::new(),
            registrations,
            store: OnceLock::new(),
            params,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let variables = self.bind_variables(loader)?;
        // Started once.
        let _ = self.variables.set(variables);
        if let Some(rr) = loader.binder.module::<Rr>() {
            let _ = self.rr.set(rr);
        }
        if let Some(dialogs) = loader.binder.module::<Dialogs>() {
            let _ = self.dialogs.set(dialogs);
        }
        self.hook_into_requests(loader)?;
        self.open_store(loader)?;
        let uac = self.clone();
        loader
            .hooks
            .on_start(move |runtime| register::look_after(&uac, runtime));
        let uac = self.clone();
        loader.hooks.every(
            "uac registrations",
            Duration::from_secs(self.params.reg_timer_interval.unsigned_abs().max(1)),
            move |runtime, _| register::look_after(&uac, runtime),
        );
        for (name, count) in registrations::FIGURES {
            let uac = self.clone();
            let count = *count;
            loader
                .statistics
                .computed("uac", name, move || uac.registrations.count(count));
        }
        Ok(())
    }
}

impl Uac {
    fn bind_variables(&self, loader: &mut Loader<'_>) -> Result<Variables, Vec<Diagnostic>> {
        let mut odd = Vec::new();
        let mut bind = |parameter: &Placed<Text>| {
            let variable = loader.binder.variable_named_by(parameter);
            variable.map_err(|mistake| vec![mistake])
        };
        let params = &self.params;
        let mut variables = Variables {
            username: bind(&params.auth_username_avp)?,
            realm: bind(&params.auth_realm_avp)?,
            password: bind(&params.auth_password_avp)?,
            ..Variables::default()
        };
        for (text, kept) in [
            (&params.restore_from_avp, &mut variables.from),
            (&params.restore_to_avp, &mut variables.to),
        ] {
            match bind(text) {
                Ok(variable) => *kept = variable,
                // COMPAT: 5.6.3 looks at them only when something is restored.
                Err(mistakes) if self.mode != RestoreMode::None => return Err(mistakes),
                Err(mistakes) => odd.extend(mistakes.into_iter().map(Diagnostic::softened)),
            }
        }
        loader.binder.diagnostics.extend(odd);
        let given = [&variables.username, &variables.realm, &variables.password];
        let count = given.iter().filter(|variable| variable.is_some()).count();
        if count != 0 && count != given.len() {
            return Err(vec![params.auth_username_avp.error(
                "`auth_username_avp`, `auth_realm_avp` and `auth_password_avp` are only of use together",
            )]);
        }
        Ok(variables)
    }

    /// Has names restored in responses, and in later requests.
    fn hook_into_requests(
        self: &Arc<Self>,
        loader: &mut Loader<'_>,
    ) -> Result<(), Vec<Diagnostic>> {
        let Some(tm) = loader.binder.module::<Tm>() else {
            let message = "the module `uac` needs the module `tm`: load it before";
            return Err(vec![self.params.restore_mode.error(message)]);
        };
        if self.mode == RestoreMode::None {
            return Ok(());
        }
        let uac = self.clone();
        tm.on_response(Arc::new(move |call, request, sent| {
            replace::restore_response(&uac, call, request, sent);
        }));
        if let Some(dialogs) = self.dialogs.get()
            && self.params.restore_dlg != 0
        {
            dialogs.observe_passing(Arc::new(in_dialog::restore));
        }
        self.check_direction()?;
        if let Some(rr) = self.rr.get().filter(|_| self.mode == RestoreMode::Auto) {
            let uac = self.clone();
            rr.on_route(move |call, params| replace::restore_request(&uac, call, params));
        }
        Ok(())
    }

    /// Observed on 5.6.3: it refuses to restore requests whose direction it cannot know, unless dialogs keep the names.
    fn check_direction(&self) -> Result<(), Vec<Diagnostic>> {
        let params = &self.params;
        if self.mode != RestoreMode::Auto || params.restore_dlg != 0 {
            return Ok(());
        }
        match self.rr.get().map(|rr| rr.append_fromtag()) {
            Some(given) if !given.value => {
                let message = "parameter `append_fromtag` of rr is off: `restore_mode` \"auto\" of uac needs it";
                let mut mistake = given.error(message);
                if params.restore_mode.span != Span::default() {
                    mistake = mistake.also(params.restore_mode.span, "this is set here");
                }
                Err(vec![
                    mistake.help("modparam(\"rr\", \"append_fromtag\", 1)"),
                ])
            }
            _ => Ok(()),
        }
    }

    fn open_store(&self, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let url = &self.params.reg_db_url;
        if url.value.is_empty() {
            return Ok(());
        }
        let mistake =
            |message: String| vec![url.error(format!("parameter `reg_db_url` of uac: {message}"))];
        let connection = loader
            .hooks
            .databases
            .open(&url.value.to_str_lossy())
            .map_err(|reason| mistake(reason.to_string()))?;
        let versions = loader.settings.version_table.clone();
        let store = Store::new(connection, self.params.reg_db_table.clone(), versions);
        if !store.is_closed() {
            match store.load_all() {
                Ok(accounts) => accounts
                    .into_iter()
                    .for_each(|account| self.registrations.put(account)),
                // 5.6.3 starts with it, and registers nobody.
                Err(reason) => {
                    let reason = format!("no account is registered: {reason}");
                    let warning = url.warning(reason);
                    loader.binder.diagnostics.push(warning.help(TABLES_HELP));
                }
            }
        }
        let _ = self.store.set(store);
        Ok(())
    }

    /// The socket that a text such as `udp:192.0.2.1:5060` names, else that of `default_socket`.
    fn socket(&self, sockets: &Sockets, wanted: &[u8]) -> Option<SocketId> {
        let named = |text: &[u8]| {
            let address = SocketAddress::parse(text)?;
            address.find(sockets).map(|socket| socket.id)
        };
        named(wanted).or_else(|| named(&self.params.default_socket))
    }
}

exports! {
    name: "uac",
    module: Uac,
    functions: [
        functions::replacing::uac_replace_from,
        functions::replacing::uac_replace_from_display,
        functions::replacing::uac_restore_from,
        functions::replacing::uac_replace_to,
        functions::replacing::uac_replace_to_display,
        functions::replacing::uac_restore_to,
        functions::requests::uac_auth,
        functions::requests::uac_auth_mode,
        functions::requests::uac_req_send,
        functions::registrations::uac_reg_lookup,
        functions::registrations::uac_reg_lookup_uri,
        functions::registrations::uac_reg_status,
        functions::registrations::uac_reg_request_to,
        functions::registrations::uac_reg_enable,
        functions::registrations::uac_reg_disable,
        functions::registrations::uac_reg_refresh,
        functions::registrations::uac_reg_send_register,
        functions::registrations::uac_reg_send_unregister,
    ],
    pvars: [pvars::own_request],
    transformations: [],
    rpcs: [
        rpc::reg_dump,
        rpc::reg_info,
        rpc::reg_enable,
        rpc::reg_disable,
        rpc::reg_register,
        rpc::reg_unregister,
        rpc::reg_reload,
        rpc::reg_refresh,
        rpc::reg_active,
        rpc::reg_add,
        rpc::reg_remove,
    ],
    event_routes: {
        "uac:reply": "for the final response to a request of `uac_req_send()` that asks for it by `$uac_req(evroute)`",
    },
    statistics: {
        "regtotal": "registrations at other registrars that are to be kept",
        "regactive": "those of them that are accepted",
        "regdisabled": "those of them that are given up or turned off",
    },
}
