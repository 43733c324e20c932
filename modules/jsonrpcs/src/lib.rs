//! RPC commands over JSON-RPC 2.0: a FIFO, datagrams, TCP, HTTP through `xhttp`, and from the script.
//!
//! One thread serves the sockets and the FIFO, so that a command never delays a SIP message; they stay as they were when the
//! server started, also when the configuration is replaced. A document that is no request
//! at all is answered with an error, where upstream drops it or answers with an empty result.
//!
//! A request with a `store_path` has its answer put into that file, in the place of what the file holds. Whoever may send
//! requests may so write every file that the server may: let nobody else reach the sockets, the FIFO and the URL, and run the
//! server as a user of its own.

mod document;
mod fifo;
mod functions;
mod params;
mod pvars;
mod rpc;
mod spoken;
mod writer;

use diagnostics::codes;
use mod_ctl::endpoint::Endpoint;
use mod_ctl::listener::Listener;
use mod_ctl::service::{Board, Served, Service, Shared};
use module_api::{Diagnostic, Loader, Module, Runtime, exports};
use params::{Params, Places};
use spoken::JsonRpc;
use std::io;
use std::sync::Arc;
use writer::Style;

/// The module's instance.
pub struct Jsonrpcs {
    style: Style,
    places: Places,
    board: Arc<Board>,
    service: Shared,
}

impl Jsonrpcs {
    fn serve(&self, runtime: &Arc<Runtime>) -> io::Result<Service> {
        let fifo = self
            .places
            .fifo
            .as_ref()
            .map(fifo::Fifo::open)
            .transpose()?;
        let listeners = self.places.sockets.iter();
        let listeners = listeners.map(|(endpoint, access)| Listener::open(endpoint, access));
        let served = Served {
            name: "kahea-jsonrpc",
            protocol: JsonRpc { style: self.style },
            listeners: listeners.collect::<Result<_, _>>()?,
            source: match fifo {
                Some(fifo) => Some(Box::new(fifo)),
                None => None,
            },
        };
        Service::start(served, &self.board, &runtime.host)
    }

    fn open(&self, runtime: &Arc<Runtime>) {
        if self.places.fifo.is_none() && self.places.sockets.is_empty() {
            return;
        }
        match self.serve(runtime) {
            Ok(service) => self.service.put(service),
            Err(error) => runtime.error(format_args!("cannot be reached: {error}")),
        }
    }
}

/// What `transport` is a sum of; 0 is all.
const FIFO: i64 = 2;
const DATAGRAM: i64 = 4;
const TCP: i64 = 8;

impl Module for Jsonrpcs {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let folder = loader.settings.process.run_folder.to_str_lossy();
        let serves = |kind| params.transport == 0 || params.transport & kind != 0;
        let mut sockets = Vec::new();
        let mut mistakes = Vec::new();
        let mut add = |text: &str, span| match Endpoint::parse(text, &folder) {
            Ok(endpoint) => sockets.push((endpoint, params.datagram_access())),
            Err(reason) => {
                let mistake = Diagnostic::error(codes::params::BAD_PARAMETER, span, reason);
                // COMPAT: when all transports are served 5.6.3 does without those that it cannot serve.
                mistakes.push(match params.transport {
                    0 => mistake.softened(),
                    _ => mistake,
                });
            }
        };
        if serves(DATAGRAM) && !params.dgram_socket.value.is_empty() {
            let given = &params.dgram_socket;
            let text = params::datagram_place(&given.value.to_str_lossy());
            add(&text, given.span);
        }
        if serves(TCP) && !params.tcp_socket.value.is_empty() {
            let given = &params.tcp_socket;
            let text = params::stream_place(&given.value.to_str_lossy());
            add(&text, given.span);
        }
        loader.binder.diagnostics.extend(mistakes);
        let previous = loader
            .previous
            .and_then(|loaded| loaded.instance::<Jsonrpcs>());
        let previous = previous.as_deref();
        Ok(Jsonrpcs {
            style: match params.pretty_format {
                0 => Style::Compact,
                _ => Style::Pretty,
            },
            places: Places {
                sockets,
                fifo: serves(FIFO).then(|| params.fifo(&folder)),
            },
            board: previous.map_or_else(Arc::default, |previous| previous.board.clone()),
            service: previous.map_or_else(Shared::default, |previous| previous.service.clone()),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        self.board.register(loader.statistics, "jsonrpcs");
        let jsonrpcs = self.clone();
        loader.hooks.on_start(move |runtime| jsonrpcs.open(runtime));
        Ok(())
    }

    fn stop(&self) {
        self.service.stop_with(self);
    }
}

exports! {
    name: "jsonrpcs",
    module: Jsonrpcs,
    functions: [functions::jsonrpc_dispatch, functions::jsonrpc_exec],
    pvars: [pvars::reply],
    transformations: [],
    rpcs: [rpc::echo],
    event_routes: {},
    statistics: {
        "connections": "connections that are open",
        "refused_connections": "connections that were closed because their socket had too many",
    },
}
