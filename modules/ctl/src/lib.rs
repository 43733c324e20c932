//! Control sockets: RPC commands over binrpc, the protocol of `kamcmd`.
//!
//! One thread serves all sockets and connections; a command runs on it, so that it never delays a SIP message. Without a
//! `binrpc` parameter there is one Unix stream socket, `kamailio_ctl` in the folder of control sockets (`rundir`). The sockets
//! stay as they were when the server started, also when the configuration is replaced.
//!
//! A socket has 64 connections at most, whoever else is served at another. For one more the connection is closed that
//! has been silent for longest, when that is more than ten seconds; else the new one is. Both are counted
//! (`refused_connections`) and told of in the log.

mod binrpc;
mod connection;
pub mod endpoint;
pub mod files;
mod late;
pub mod listener;
mod params;
pub mod protocol;
mod rpc;
pub mod service;
mod waiting;

use diagnostics::codes;
use endpoint::Endpoint;
use listener::Listener;
use module_api::{Diagnostic, Loader, Module, Runtime, exports};
use params::Params;
use protocol::Binrpc;
use service::{Board, Served, Service, Shared};
use std::io;
use std::sync::Arc;

/// The module's instance.
pub struct Ctl {
    access: files::Access,
    endpoints: Vec<Endpoint>,
    board: Arc<Board>,
    service: Shared,
}

impl Ctl {
    fn serve(&self, runtime: &Arc<Runtime>) -> io::Result<Service> {
        let listeners = self.endpoints.iter().map(|endpoint| {
            Listener::open(endpoint, &self.access).map_err(|error| {
                let (place, port) = endpoint.place();
                let protocol = endpoint.protocol();
                io::Error::new(error.kind(), format!("{protocol}:{place} {port}: {error}"))
            })
        });
        let served = Served {
            name: "kahea-ctl",
            protocol: Binrpc,
            listeners: listeners.collect::<Result<_, _>>()?,
            source: None,
        };
        Service::start(served, &self.board, &runtime.host)
    }

    fn open(&self, runtime: &Arc<Runtime>) {
        match self.serve(runtime) {
            Ok(service) => self.service.put(service),
            Err(error) => runtime.error(format_args!("control sockets cannot be opened: {error}")),
        }
    }
}

impl Module for Ctl {
    type Params = Params;

    fn load(params: Params, loader: &mut Loader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let folder = loader.settings.process.run_folder.to_str_lossy();
        let mut endpoints = Vec::new();
        let mut mistakes = Vec::new();
        for given in &params.binrpc {
            match Endpoint::parse(&given.value.to_str_lossy(), &folder) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(reason) => mistakes.push(Diagnostic::error(
                    codes::params::BAD_PARAMETER,
                    given.span,
                    format!("parameter `binrpc`: {reason}"),
                )),
            }
        }
        if params.binrpc.is_empty() {
            endpoints.push(Endpoint::standard(&folder));
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let previous = loader.previous.and_then(|loaded| loaded.instance::<Ctl>());
        let previous = previous.as_deref();
        Ok(Ctl {
            access: params.access(&loader.settings.process),
            endpoints,
            board: previous.map_or_else(Arc::default, |ctl| ctl.board.clone()),
            service: previous.map_or_else(Shared::default, |ctl| ctl.service.clone()),
        })
    }

    fn start(self: &Arc<Self>, loader: &mut Loader<'_>) -> Result<(), Vec<Diagnostic>> {
        self.board.register(loader.statistics, "ctl");
        let ctl = self.clone();
        loader.hooks.on_start(move |runtime| ctl.open(runtime));
        Ok(())
    }

    fn stop(&self) {
        self.service.stop_with(self);
    }
}

exports! {
    name: "ctl",
    module: Ctl,
    functions: [],
    pvars: [],
    transformations: [],
    rpcs: [rpc::connections, rpc::listen, rpc::who],
    event_routes: {},
    statistics: {
        "connections": "connections that are open",
        "refused_connections": "connections that were closed because their socket had too many",
    },
}
