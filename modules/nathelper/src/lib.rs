//! Help for phones behind NATs: finding them out, and putting the address where they really are into Contacts, registrations and
//! session descriptions.
//!
//! What a phone says is compared with where its message came from. `alias` parameters keep the real address in the Contact, to be
//! taken out again when a request comes for it.

mod contact;
mod description;
mod functions;
mod params;
mod pings;
mod private;
mod pvars;
mod rpc;

use module_api::{BoundVariable, Diagnostic, Loader, Module, exports};
use params::Params;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};

/// The module's instance.
pub struct Nathelper {
    params: Params,
    /// The variable of `received_avp`.
    received: OnceLock<BoundVariable>,
    /// Whether pings are sent.
    pings: AtomicBool,
    /// Whether pings can leave with addresses that are not ours.
    can_send_as: AtomicBool,
    /// Seconds of pinging.
    tick: AtomicU64,
    /// SIP pings sent.
    count: AtomicU64,
}

impl Module for Nathelper {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Nathelper {
            params,
            received: OnceLock::new(),
            pings: AtomicBool::new(true),
            can_send_as: AtomicBool::new(false),
            tick: AtomicU64::new(0),
            count: AtomicU64::new(0),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let received = &self.params.received_avp;
        if let Some(variable) = loader
            .binder
            .variable_named_by(received)
            .map_err(|mistake| vec![mistake])?
        {
            let _ = self.received.set(variable);
        }
        pings::start(self, loader)
    }
}

exports! {
    name: "nathelper",
    module: Nathelper,
    functions: [
        functions::test::nat_uac_test,
        functions::test::is_rfc1918,
        functions::contact::fix_nated_contact,
        functions::contact::add_contact_alias,
        functions::contact::add_contact_alias_of,
        functions::contact::set_contact_alias,
        functions::contact::set_alias_to_pv,
        functions::contact::add_rcv_param,
        functions::target::handle_ruri_alias,
        functions::target::fix_nated_register,
        functions::sdp::fix_nated_sdp,
    ],
    pvars: [pvars::record_route_count, pvars::record_route_top_count],
    transformations: [],
    rpcs: [rpc::enable_ping],
    event_routes: {},
    statistics: {},
}
