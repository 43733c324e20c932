//! Looks after stream connections: their state, lifetime and keep-alive, and event routes for their end.
//!
//! The event routes see no message of their own; `$conid`, `$si`, `$sp`, `$proto`, `$Ri` and `$Rp` are those of the
//! connection.

mod functions;
mod params;
mod pvars;

use module_api::{
    ConnectionChange, ConnectionChangeKind, Diagnostic, Loader, Module, Reception, RouteRun,
    Runtime, exports,
};
use params::Params;
use std::sync::Arc;

/// The mark of connections whose end the script wants to hear of.
const WANTED: u32 = 1;

/// The module's instance.
pub struct Tcpops {
    /// Which connections raise events: 0 none, 1 all, 2 those that the script names.
    closed_event: i64,
}

impl Tcpops {
    /// Whether it is up to the script which connections raise events.
    fn is_up_to_script(&self) -> bool {
        self.closed_event == 2
    }

    fn raise(&self, runtime: &Arc<Runtime>, change: &ConnectionChange) {
        let is_wanted = match self.closed_event {
            0 => false,
            1 => true,
            _ => change.mark & WANTED != 0,
        };
        let name = match change.kind {
            ConnectionChangeKind::Closed => "tcp:closed",
            ConnectionChangeKind::Reset => "tcp:reset",
            ConnectionChangeKind::TimedOut => "tcp:timeout",
            ConnectionChangeKind::Opened | ConnectionChangeKind::ConnectFailed => return,
        };
        let Some(route) = runtime.routes.event.get(name).filter(|_| is_wanted) else {
            return;
        };
        runtime.host.run_route(RouteRun {
            reception: Some(Reception {
                transport: change.transport,
                local: change.local,
                socket: change.socket,
                peer: change.peer,
                connection: Some(change.id),
            }),
            ..RouteRun::event(runtime, *route)
        });
    }
}

impl Module for Tcpops {
    type Params = Params;

    fn load(params: Params, _: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Tcpops {
            closed_event: params.closed_event,
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        let tcpops = self.clone();
        let hook = move |runtime: &Arc<Runtime>, change: &ConnectionChange| {
            tcpops.raise(runtime, change);
        };
        loader.hooks.connections.push(Box::new(hook));
        Ok(())
    }
}

exports! {
    name: "tcpops",
    module: Tcpops,
    functions: [
        functions::tcp_close_connection,
        functions::tcp_con_alive,
        functions::tcp_conid_alive,
        functions::tcp_conid_state,
        functions::tcp_enable_closed_event,
        functions::tcp_get_conid,
        functions::tcp_keepalive_enable,
        functions::tcp_keepalive_disable,
        functions::tcp_set_connection_lifetime,
        functions::tcp_set_otcpid,
        functions::tcp_set_otcpid_flag,
    ],
    pvars: [pvars::connection],
    transformations: [],
    rpcs: [],
    event_routes: {
        "tcp:closed": "when a connection has been closed by either side, but not because the server ends",
        "tcp:timeout": "when a connection has ended because its peer was silent for too long, `tcp_connection_lifetime` included, where Kamailio 5.6.3 raises nothing",
        "tcp:reset": "when the peer has reset a connection",
    },
    statistics: {},
}
