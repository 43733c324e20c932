//! Registrations: from REGISTER to location tables, and from address-of-records to contacts.
//!
//! `save` keeps what a REGISTER asks for in a table of `usrloc` and answers it; `lookup` sends a request to the contacts of
//! its Request-URI. Path (RFC 3327), GRUU (RFC 5627) and outbound (RFC 5626) are followed as the parameters say.
//!
//! A REGISTER is carried out as a whole or not at all (RFC 3261 §10.3): one that is refused, be it for its Path, changes
//! nothing. A contact that is given another priority takes the place of that priority. In a table that is written through, the
//! answer waits for the database, and is a 500 when that fails.

mod aor;
mod contacts;
mod domain_arg;
mod events;
mod functions;
mod lookup;
mod params;
mod path;
mod pvars;
mod records;
mod refusal;
mod reply;
mod request;
mod save;
mod save_flags;

use aor::Aor;
use mod_sl::Sl;
use mod_usrloc::Usrloc;
use module_api::{
    BoundVariable, Call, Counter, Diagnostic, Loader, Module, Step, Text, Value, Verdict, exports,
};
use params::Params;
use refusal::Refusal;
use sip::Uri;
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Registrar {
    params: Params,
    usrloc: Arc<Usrloc>,
    /// The module sl, wherever in the configuration it is loaded.
    sl: OnceLock<Arc<Sl>>,
    received: OnceLock<BoundVariable>,
    /// The variable of `reg_callid_avp`.
    call_id: OnceLock<BoundVariable>,
    accepted: Counter,
    rejected: Counter,
}

impl Registrar {
    /// What the script set of that name for this run (`xavp_cfg`).
    fn setting(&self, call: &Call, name: &[u8]) -> Value {
        if self.params.xavp_cfg.is_empty() {
            return Value::Null;
        }
        let settings = call.attributes.xavps.children(&self.params.xavp_cfg, 0);
        settings.map_or(Value::Null, |settings| settings.value(name, 0))
    }

    /// The URI of the place the message came from, as the script set it (`received_avp`).
    fn received(&self, call: &mut Call) -> Text {
        match self.received.get().map(|variable| variable.get(call)) {
            Some(Value::Str(uri)) => uri,
            _ => Text::default(),
        }
    }

    /// The only Call-ID that `registered` is to find, if the script set one (`reg_callid_avp`).
    fn wanted_call_id(&self, call: &mut Call) -> Option<Text> {
        match self.call_id.get()?.get(call) {
            Value::Null => None,
            value => Some(value.to_text()),
        }
    }

    /// Answers the request, in its transaction if it has one.
    fn respond(&self, call: &mut Call, status: i64, reason: &[u8]) -> Step {
        let Some(sl) = self.sl.get() else {
            // It does not start without.
            return Verdict::FALSE.into();
        };
        sl.respond(call, status, reason)
    }

    /// The address-of-record of a URI.
    fn aor<'a>(&self, uri: &'a [u8]) -> Result<Aor<'a>, Refusal> {
        let uri = Uri::parse(uri).map_err(|_| Refusal::BadAor)?;
        self.aor_of(&uri)
    }

    fn aor_of<'a>(&self, uri: &Uri<'a>) -> Result<Aor<'a>, Refusal> {
        aor::extract(&self.params, self.usrloc.params.use_domain, uri)
    }
}

/// That a module is missing.
fn needs(what: &str, module: &str) -> Diagnostic {
    Diagnostic::error(
        diagnostics::codes::names::MODULE_NOT_LOADED,
        module_api::Span::default(),
        format!("module `registrar` needs the module {what}"),
    )
    .help(format!("loadmodule \"{module}.so\""))
}

impl Module for Registrar {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let Some(usrloc) = loader.binder.module::<Usrloc>() else {
            let has_failed = loader.binder.loaded.has_failed::<Usrloc>();
            let mistake = needs("`usrloc` before it", "usrloc");
            return Err(vec![mistake.following(has_failed)]);
        };
        if params.flow_timer.value > 0 && params.outbound_mode == 0 {
            return Err(vec![
                Diagnostic::error(
                    diagnostics::codes::params::BAD_PARAMETER,
                    params.flow_timer.span,
                    "bad value for `flow_timer`: flows are followed only where `outbound_mode` is not 0",
                )
                .help("modparam(\"registrar\", \"outbound_mode\", 1)"),
            ]);
        }
        usrloc.note_case_sensitive(&params.case_sensitive);
        let figure = |name: &str, value: i64| {
            loader.statistics.computed("registrar", name, move || value);
        };
        figure("max_expires", params.max_expires.get());
        figure("max_contacts", params.max_contacts.get());
        figure("default_expire", params.default_expires.get());
        figure("default_expires_range", params.default_expires_range.get());
        figure("expires_range", params.expires_range.get());
        Ok(Registrar {
            usrloc,
            sl: OnceLock::new(),
            received: OnceLock::new(),
            call_id: OnceLock::new(),
            accepted: loader.statistics.counter("registrar", "accepted_regs"),
            rejected: loader.statistics.counter("registrar", "rejected_regs"),
            params,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let Some(sl) = loader.binder.module::<Sl>() else {
            return Err(vec![needs("`sl`", "sl")]);
        };
        // Started once.
        let _ = self.sl.set(sl);
        for (parameter, place) in [
            (&self.params.received_avp, &self.received),
            (&self.params.reg_callid_avp, &self.call_id),
        ] {
            if let Some(variable) = loader
                .binder
                .variable_named_by(parameter)
                .map_err(|mistake| vec![mistake])?
            {
                // A second start of the same instance would bind the same text.
                let _ = place.set(variable);
            }
        }
        if loader
            .binder
            .routes
            .event
            .contains_key(events::CONTACT_EXPIRED)
        {
            self.usrloc.on_departure(events::contact_expired);
        }
        Ok(())
    }
}

exports! {
    name: "registrar",
    module: Registrar,
    functions: [
        functions::save,
        functions::lookup,
        functions::lookup_to_dset,
        functions::lookup_branches,
        functions::lookup_xavp,
        functions::registered,
        functions::add_sock_hdr,
        functions::unregister,
        functions::reg_fetch_contacts,
        functions::reg_free_contacts,
        functions::reg_from_user,
        functions::reg_send_reply,
    ],
    pvars: [pvars::contact_attribute],
    transformations: [],
    rpcs: [],
    event_routes: {
        "usrloc:contact-expired": "for each contact that ended by itself; $ulc(exp=>...) shows it",
    },
    statistics: {
        "max_expires": "the parameter `max_expires`",
        "max_contacts": "the parameter `max_contacts`",
        "default_expire": "the parameter `default_expires`",
        "default_expires_range": "the parameter `default_expires_range`",
        "expires_range": "the parameter `expires_range`",
        "accepted_regs": "registrations answered with 200",
        "rejected_regs": "registrations refused",
    },
}
