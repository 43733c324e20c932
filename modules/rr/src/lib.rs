//! Record-Route and loose routing: how this server stays in the path of a dialog (RFC 3261 §16.6, §16.12).
//!
//! `record_route()` only notes that the header is wanted: which sockets it names is known when the request leaves. What a later
//! request brings back in its Route is taken off by `loose_route()`; the parameters of that Route tell the direction of the
//! request and whatever the script has put there by `add_rr_param()`.
//!
//! Other modules put in parameters by [`Rr::add_param`], read them by [`Rr::route_param`], and are told of each Route of ours by
//! [`Rr::on_route`].

mod functions;
mod header;
mod loose;
mod params;
mod pvars;
mod record;
mod route_set;

use arc_swap::ArcSwap;
use diagnostics::codes;
use mod_outbound::Outbound;
use module_api::{
    BoundVariable, Call, Diagnostic, Loader, Module, Placed, SocketId, Text, exports,
};
use params::Params;
use sip::Uri;
use std::sync::{Arc, OnceLock};

pub use header::is_recorded;
pub use loose::Direction;

/// Told of the parameters of a Route of ours, when a request has been routed by it.
pub type RouteHook = Arc<dyn Fn(&mut Call, &[u8]) + Send + Sync>;

/// The module's instance.
pub struct Rr {
    params: Params,
    /// The module outbound, wherever in the configuration it is loaded.
    outbound: OnceLock<Arc<Outbound>>,
    /// The variable of `custom_user_avp`.
    user: OnceLock<BoundVariable>,
    hooks: ArcSwap<Vec<RouteHook>>,
}

impl Module for Rr {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Rr {
            params,
            outbound: OnceLock::new(),
            user: OnceLock::new(),
            hooks: ArcSwap::default(),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        if let Some(outbound) = loader.binder.module::<Outbound>() {
            if self.params.add_username {
                return Err(vec![Diagnostic::error(
                    codes::params::BAD_PARAMETER,
                    self.params.custom_user_avp.span,
                    "parameter `add_username` cannot be used with the module `outbound`: both need the user of the URI",
                )]);
            }
            let _ = self.outbound.set(outbound);
        }
        let rr = self.clone();
        loader
            .hooks
            .fills
            .push(Box::new(move |call, deferred, delivery, out| {
                header::fill(&rr.params, call, deferred, delivery, out);
            }));
        let user = &self.params.custom_user_avp;
        if let Some(variable) = loader
            .binder
            .variable_named_by(user)
            .map_err(|mistake| vec![mistake])?
        {
            let _ = self.user.set(variable);
        }
        Ok(())
    }
}

impl Rr {
    /// Registers what is told of each Route of ours; to be called while modules start.
    pub fn on_route(&self, hook: impl Fn(&mut Call, &[u8]) + Send + Sync + 'static) {
        let hook: RouteHook = Arc::new(hook);
        self.hooks.rcu(|hooks| {
            let mut hooks = Vec::clone(hooks);
            hooks.push(hook.clone());
            hooks
        });
    }

    /// `append_fromtag`, without which nobody knows which way a later request goes.
    pub fn append_fromtag(&self) -> &Placed<bool> {
        &self.params.append_fromtag
    }

    /// Puts a parameter, such as `;did=a.b`, into the Record-Route of this message: the one recorded, or the one to come.
    /// False when it would break the header field.
    pub fn add_param(&self, call: &mut Call, param: &[u8]) -> bool {
        header::add_param(call, param)
    }

    /// The value of a parameter of the Route of ours that this request came with; empty when it has none.
    pub fn route_param(&self, call: &mut Call, name: &[u8]) -> Option<Text> {
        let params = loose::route_params(self, call)?;
        let param = sip::Params::new(&params).named(name)?;
        Some(Text::from(param.value.unwrap_or_default()))
    }

    /// The direction of the request in its dialog.
    pub fn direction(&self, call: &mut Call) -> Direction {
        loose::direction(self, call)
    }

    /// The socket of ours that a Route names by its `sn`, with `sockname_mode`.
    fn named_socket(&self, call: &Call, uri: &Uri<'_>) -> Option<SocketId> {
        if !self.params.sockname_mode {
            return None;
        }
        let name = uri.param(b"sn")?;
        call.runtime.sockets.named(name).map(|socket| socket.id)
    }

    /// Whether a URI names us.
    fn is_ours(&self, call: &Call, uri: &Uri<'_>) -> bool {
        self.named_socket(call, uri).is_some() || call.runtime.sockets.are_meant_by(uri)
    }

    /// The socket that a URI of ours names.
    fn socket_of(&self, call: &Call, uri: &Uri<'_>) -> Option<SocketId> {
        if let Some(socket) = self.named_socket(call, uri) {
            return Some(socket);
        }
        let transport = match uri.transport() {
            Some(transport) => transport,
            None if uri.is_secure() => sip::Transport::Tls,
            None => sip::Transport::Udp,
        };
        let port = uri.port().unwrap_or(transport.default_port());
        let address = uri.host_address();
        let mut sockets = call.runtime.sockets.list.iter();
        let found = sockets.find(|socket| {
            let is_named = socket.transport == transport
                || transport == sip::Transport::Ws && socket.transport == sip::Transport::Wss;
            let is_bound = socket.address.port() == port && address == Some(socket.address.ip());
            let is_shown = socket.advertised.is_some()
                && socket.shown_port() == port
                && socket.shown_host().eq_ignore_ascii_case(uri.host());
            is_named && (is_bound || is_shown)
        });
        found.map(|socket| socket.id)
    }
}

exports! {
    name: "rr",
    module: Rr,
    functions: [
        functions::route::loose_route,
        functions::route::loose_route_preloaded,
        functions::route::loose_route_mode,
        functions::route::is_direction,
        functions::route::check_route_param,
        functions::route::rr_next_hop_route,
        functions::record::record_route,
        functions::record::record_route_preset,
        functions::record::record_route_advertised_address,
        functions::record::remove_record_route,
        functions::record::add_rr_param,
    ],
    pvars: [pvars::route_uri, pvars::from_tag_initial, pvars::to_tag_initial, pvars::direction],
    transformations: [],
    rpcs: [],
    event_routes: {},
    statistics: {},
}
